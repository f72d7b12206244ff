"""RFC 7644 §3.12: errors (R261 to R267, R293, R294)."""

import json
from typing import Any

import pytest

from tests.conformance.bodies import ERROR, fresh, group, user
from tests.conformance.expect import (
    SCIM_TYPES,
    add,
    bad_filter,
    done,
    found,
    new_group,
    new_user,
    read,
    refused,
    remove,
    replace,
)
from tests.conformance.marks import Connect, requirement
from tests.conformance.wire import exchange
from tests.harness.client import Answer, ScimClient
from tests.harness.inside import held
from tests.harness.server import RunningServer, muster

NOBODY = "00000000-0000-4000-8000-000000000000"


def every_error(scim: ScimClient) -> dict[int, Answer]:
    """An answer of each error status that a client can bring about."""
    made = new_user(scim)
    target = f"/Users/{made['id']}"
    return {
        400: scim.post("/Users", user(active="perhaps")),
        401: scim.get("/Users", headers={"Authorization": None}),
        403: scim.get("/Schemas", query={"filter": "id pr"}),
        404: scim.get(f"/Users/{NOBODY}"),
        405: scim.put("/Users", user()),
        409: scim.post("/Users", user(userName=made["userName"])),
        412: scim.delete(target, headers={"If-Match": 'W/"999"'}),
        413: scim.post("/Users", user(title="x" * 1_100_000)),
        415: scim.post("/Users", user(), headers={"Content-Type": "application/xml"}),
        501: scim.get("/Me"),
    }


@requirement("R261", "R293")
def test_r261_every_error_is_a_scim_error(scim: ScimClient) -> None:
    """Each error has the Error schema, its status as a string, a detail, and nothing that is not known."""
    for status, answer in every_error(scim).items():
        body = refused(answer, status)
        assert body["schemas"] == [ERROR]
        assert body["status"] == str(answer.status)
        assert isinstance(body["detail"], str)
        assert body["detail"]
        assert not {name for name in body if not name.startswith("urn:")} - {
            "schemas",
            "status",
            "detail",
            "scimType",
        }


@requirement("R261")
@pytest.mark.parametrize("target", ["/Nothing", "/Users/a/b", "/", "/ResourceTypes/Robot", "/Bulk/x"])
def test_r261_unknown_routes(scim: ScimClient, target: str) -> None:
    """Unknown routes below the base are SCIM errors for every method."""
    for method in ("GET", "POST", "DELETE"):
        answer = scim.request(method, target, {} if method == "POST" else None)
        if answer.status != 200:
            refused(answer, answer.status)
            assert answer.status in (404, 405)


@requirement("R262")
def test_r262_types_of_errors(scim: ScimClient) -> None:
    """Each scimType that applies is given for its cause, with the status of the table."""
    made = new_user(scim)
    target = f"/Users/{made['id']}"
    causes: dict[str, Answer] = {
        "invalidFilter": scim.get("/Users", query={"filter": "x y z"}),
        "uniqueness": scim.post("/Users", user(userName=made["userName"])),
        "mutability": scim.patch(target, replace("id", "x")),
        "invalidSyntax": scim.post("/Users", raw=b"{"),
        "invalidPath": scim.patch(target, replace("emails.", "x")),
        "noTarget": scim.patch(target, {"op": "remove"}),
        "invalidValue": scim.post("/Users", user(userName=5)),
    }

    for name, answer in causes.items():
        assert refused(answer, SCIM_TYPES[name])["scimType"] == name


@requirement("R262")
def test_r262_no_type_where_none_fits(scim: ScimClient) -> None:
    """Statuses that the table does not speak of come without scimType."""
    for status, answer in every_error(scim).items():
        if status not in (400, 403, 409):
            assert "scimType" not in refused(answer, status)


@requirement("R263")
def test_r263_nothing_leaks(scim: ScimClient) -> None:
    """No error has a trace, SQL, a path of the server or a credential in it."""
    for answer in every_error(scim).values():
        text = answer.raw.decode().lower()
        for leak in (
            "traceback",
            "select ",
            "insert ",
            "sqlite",
            "apsw",
            ".py",
            "/src/",
            "line ",
            str(scim.api_key).lower(),
        ):
            assert leak not in text, leak
        assert "server" not in answer.headers or "/" not in answer.headers["server"]


@requirement("R263")
def test_r263_answers_can_be_told_apart(scim: ScimClient) -> None:
    """Each answer, good or bad, carries an id of its own for the log."""
    answers = [
        scim.get("/Users"),
        scim.get("/Users"),
        scim.get("/Nothing"),
        scim.get("/Users", headers={"Authorization": None}),
    ]
    names = ("x-request-id", "x-correlation-id", "request-id")
    ids = [next((answer.headers[name] for name in names if name in answer.headers), "") for answer in answers]

    assert all(ids)
    assert len(set(ids)) == len(ids)


@requirement("R264")
@pytest.mark.parametrize("target", ["/Users/", "//Users", "/users", "", "/", "/Me", "/Schemas/"])
def test_r264_no_redirects(scim: ScimClient, target: str) -> None:
    """No path is answered with a redirect, with or without a credential."""
    for headers in ({}, {"Authorization": None}):
        answer = scim.get(target, headers=headers)
        assert not 300 <= answer.status < 400
    outside = scim.get(scim.base_path.removesuffix("/v2"), absolute=True)
    assert not 300 <= outside.status < 400


@requirement("R265")
def test_r265_bursts_are_served(scim: ScimClient) -> None:
    """A hundred requests as fast as one client can are served; a 429 would say for how long to wait."""
    made = new_user(scim)
    answers = [scim.get(f"/Users/{made['id']}") for _ in range(100)]

    for answer in answers:
        assert answer.status == 200 or answer.headers["retry-after"].isdigit()
    assert {answer.status for answer in answers} == {200}


@requirement("R267")
@pytest.mark.parametrize("kind", ["none", "wrong", "revoked", "foreign", "neighbour"])
def test_r267_credentials_and_routes(
    scim: ScimClient, server: RunningServer, connect: Connect, kind: str
) -> None:
    """Each kind of wrong credential gets one status on every route, and changes nothing."""
    made, crowd = new_user(scim), new_group(scim)
    key = {"none": None, "wrong": "mst_" + "B" * 44}.get(kind, scim.api_key)
    if kind == "revoked":
        revoked = muster(server.database, "credential", "create", "--connection", scim.connection_id)
        key = revoked["api_key"]
        muster(server.database, "credential", "revoke", revoked["credential_id"])
    if kind in {"foreign", "neighbour"}:
        organization = scim.organization if kind == "neighbour" else None
        key = connect(strict=scim.strict, organization=organization).api_key
    headers = {"Authorization": None if key is None else f"Bearer {key}"}

    for method, target, body in routes(made["id"], crowd["id"]):
        answer = scim.request(method, target, body, headers=headers)
        refused(answer, 404 if kind in {"foreign", "neighbour"} else 401)
    assert (read(scim, f"/Users/{made['id']}"), read(scim, f"/Groups/{crowd['id']}")) == (made, crowd)


def routes(user_id: str, group_id: str) -> list[tuple[str, str, Any]]:
    """Every route, with a body where it takes one."""
    change = {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [add("externalId", "x")],
    }
    listing = [
        ("GET", target, None)
        for target in ("/Users", "/Groups", "/", "/Schemas", "/ResourceTypes", "/ServiceProviderConfig")
    ]
    single: list[tuple[str, str, Any]] = []
    for target, body in ((f"/Users/{user_id}", user()), (f"/Groups/{group_id}", group())):
        single += [
            ("GET", target, None),
            ("PUT", target, body),
            ("PATCH", target, change),
            ("DELETE", target, None),
        ]
    return [
        *listing,
        *single,
        ("POST", "/Users", user()),
        ("POST", "/Groups", group()),
        ("POST", "/.search", {}),
    ]


@requirement("R266")
def test_r266_a_failing_back_end(scim: ScimClient, server: RunningServer) -> None:
    """While somebody else holds the database's write lock, writes are 503 with Retry-After; then all is well."""
    made = new_user(scim)
    body = user()
    with held(server.database):
        answer = scim.post("/Users", body)
        assert read(scim, f"/Users/{made['id']}") == made

    refused(answer, 503)
    assert answer.headers["retry-after"].isdigit()
    new_user(scim, body)


@requirement("R294")
def test_r294_grammar_of_the_errata(scim: ScimClient) -> None:
    """Brackets do not nest, parentheses within them do, and a space may follow `not`."""
    made = new_user(scim, emails=[{"value": "a@example.com", "type": "work"}])

    bad_filter(scim, 'emails[type eq "work" and value[x eq "y"]]')
    assert found(scim, 'emails[(type eq "work" or type eq "x") and not (value sw "b")]') == {made["id"]}
    assert found(scim, 'not(userName eq "x")') == found(scim, 'not (userName eq "x")') == {made["id"]}


@requirement("R294")
def test_r294_no_credential_in_answers(scim: ScimClient) -> None:
    """No answer repeats the Authorization header or the key in it."""
    answers = [scim.get("/Users"), scim.post("/Users", user()), *every_error(scim).values()]
    answers.append(exchange(scim, "GET", "/Users", f"Authorization: Bearer {scim.api_key}"))

    for answer in answers:
        assert "authorization" not in answer.headers
        assert str(scim.api_key) not in json.dumps(dict(answer.headers)) + answer.raw.decode()
    assert done(scim.patch(f"/Users/{new_user(scim, title=fresh())['id']}", remove("title")))
