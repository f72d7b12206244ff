"""What conformance tests expect of answers. Law: each function asserts, and returns what the test goes on with."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tests.conformance.bodies import ERROR, LIST, group, operation, user
from tests.harness.client import Answer, ScimClient

SCIM_TYPES = {
    "invalidFilter": 400,
    "tooMany": 400,
    "uniqueness": 409,
    "mutability": 400,
    "invalidSyntax": 400,
    "invalidPath": 400,
    "noTarget": 400,
    "invalidValue": 400,
    "invalidVers": 400,
    "sensitive": 403,
    "invalidCursor": 400,
    "expiredCursor": 400,
    "invalidCount": 400,
}
MEDIA_TYPE = "application/scim+json"


def done(answer: Answer, status: int = 200) -> Any:
    """The body of an answer that has exactly this status."""
    assert answer.status == status, f"{answer.status}, not {status}: {answer.raw[:400]!r}"
    return answer.body


def refused(answer: Answer, status: int, *scim_types: str) -> dict[str, Any]:
    """The SCIM Error of an answer with this status and, where any are named, one of these scimTypes."""
    assert answer.status == status, f"{answer.status}, not {status}: {answer.raw[:400]!r}"
    assert answer.headers["content-type"].startswith(MEDIA_TYPE)
    body: dict[str, Any] = answer.body
    assert body["schemas"] == [ERROR]
    assert body["status"] == str(status)
    assert SCIM_TYPES.get(body.get("scimType", "none"), status) == status
    assert not scim_types or body.get("scimType") in scim_types, body
    return body


def by_mode(scim: ScimClient, answer: Answer, default: int, *strict_types: str) -> Any:
    """Default mode: the body of an answer with status `default`. Strict: a 400 with one of `strict_types`."""
    if scim.strict:
        return refused(answer, 400, *strict_types)
    return done(answer, default)


def new_user(scim: ScimClient, body: Mapping[str, Any] | None = None, /, **attributes: Any) -> dict[str, Any]:
    """A user that was created with `attributes`, or from a whole `body`."""
    made: dict[str, Any] = done(scim.post("/Users", user(**attributes) if body is None else body), 201)
    return made


def new_group(scim: ScimClient, *member_ids: str, **attributes: Any) -> dict[str, Any]:
    """A group that was created with these members and attributes, read back."""
    made = done(scim.post("/Groups", group(*member_ids, **attributes)), 201)
    return read(scim, f"/Groups/{made['id']}")


def read(scim: ScimClient, target: str, /, **query: Any) -> dict[str, Any]:
    """The resource at `target`."""
    body: dict[str, Any] = done(scim.get(target, query=query))
    return body


def listed(scim: ScimClient, target: str = "/Users", /, **query: Any) -> dict[str, Any]:
    """The ListResponse of a query."""
    body = read(scim, target, **query)
    assert body["schemas"] == [LIST]
    return body


def found(scim: ScimClient, expression: str, target: str = "/Users") -> set[str]:
    """The ids that a filter finds (at most 1000)."""
    body = listed(scim, target, filter=expression, count=1000)
    ids = [resource["id"] for resource in body.get("Resources", [])]
    assert len(ids) == len(set(ids)) == body["totalResults"]
    return set(ids)


def bad_filter(scim: ScimClient, expression: str, target: str = "/Users") -> dict[str, Any]:
    """The error of a filter that must be refused."""
    return refused(scim.get(target, query={"filter": expression}), 400, "invalidFilter")


def modified(scim: ScimClient, target: str, *operations: dict[str, Any]) -> dict[str, Any]:
    """The resource at `target` after a PATCH that must succeed."""
    answer = scim.patch(target, *operations)
    assert answer.status in (200, 204), f"{answer.status}: {answer.raw[:400]!r}"
    return read(scim, target)


def add(path: str, value: Any) -> dict[str, Any]:
    """An add operation."""
    return operation("add", path, value)


def replace(path: str, value: Any) -> dict[str, Any]:
    """A replace operation."""
    return operation("replace", path, value)


def remove(path: str) -> dict[str, Any]:
    """A remove operation."""
    return operation("remove", path)


@contextmanager
def unchanged(scim: ScimClient, target: str) -> Iterator[None]:
    """The resource at `target`, its ETag included, is the same after the block as before it."""
    before = scim.get(target)
    yield
    after = scim.get(target)
    assert (after.status, after.body, after.headers.get("etag")) == (
        before.status,
        before.body,
        before.headers.get("etag"),
    )


def member_ids(resource: Mapping[str, Any]) -> set[str]:
    """The ids of a group's members."""
    return {member["value"] for member in resource.get("members", [])}


def uris(resource: Mapping[str, Any]) -> set[str]:
    """The schema URIs of a resource."""
    return set(resource["schemas"])
