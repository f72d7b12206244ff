"""RFC 7644 §3.3: creating resources (R123 to R131)."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.conformance.bodies import USER, compact, enterprise_user, fresh, group, user
from tests.conformance.expect import by_mode, done, found, listed, new_user, read, refused
from tests.conformance.marks import Body, requirement
from tests.conftest import new_connection
from tests.harness.client import ScimClient
from tests.harness.server import RunningServer


@requirement("R123")
@pytest.mark.parametrize("endpoint, body", [("/Users", user), ("/Groups", group)])
def test_r123_created(scim: ScimClient, endpoint: str, body: Body) -> None:
    """201 with Location, ETag and the whole resource, the same that a GET answers."""
    answer = scim.post(endpoint, body(externalId=fresh()))
    made = done(answer, 201)

    assert answer.headers["location"] == made["meta"]["location"]
    assert answer.headers["etag"] == made["meta"]["version"]
    assert answer.headers["content-type"].startswith("application/scim+json")
    assert read(scim, f"{endpoint}/{made['id']}") == made


@requirement("R124")
def test_r124_read_only_attributes_are_ignored(scim: ScimClient) -> None:
    """A wished id, meta, groups or manager.displayName has no effect."""
    lies: dict[str, Any] = {"id": "me", "meta": {"version": "x"}, "groups": [{"value": "x"}]}
    body = enterprise_user(manager={"value": "nobody", "displayName": "Eve"}) | lies
    made = new_user(scim, body)

    assert made["id"] != "me"
    assert made["meta"]["version"] != "x"
    assert "groups" not in made
    assert "Eve" not in json.dumps(made)


@requirement("R125")
def test_r125_defaults(scim: ScimClient) -> None:
    """Only active is defaulted; nothing else is invented, and null or [] stay without value."""
    made = new_user(scim, emails=[], title=None)

    assert set(made) == {"schemas", "id", "userName", "active", "meta"}
    assert made["active"] is True


@requirement("R126")
@pytest.mark.parametrize(
    "endpoint, name, body",
    [
        ("/Users", "userName", user),
        ("/Users", "externalId", user),
        ("/Groups", "displayName", group),
        ("/Groups", "externalId", group),
    ],
)
def test_r126_conflicts(scim: ScimClient, endpoint: str, name: str, body: Body) -> None:
    """A conflict is 409 uniqueness, names the attribute, and tells nothing of the other resource."""
    secret = {"emails": [{"value": f"{fresh()}@example.com"}]} if body is user else {}
    value = fresh()
    made = done(scim.post(endpoint, body(**{name: value}, **secret)), 201)

    error = refused(scim.post(endpoint, body(**{name: value})), 409, "uniqueness")
    assert name in error["detail"]
    assert made["id"] not in json.dumps(error)
    assert not secret or secret["emails"][0]["value"] not in json.dumps(error)


@requirement("R127")
def test_r127_the_endpoint_says_the_type(scim: ScimClient) -> None:
    """The meta.resourceType of a new resource is its endpoint's type."""
    assert done(scim.post("/Users", user()), 201)["meta"]["resourceType"] == "User"
    assert done(scim.post("/Groups", group()), 201)["meta"]["resourceType"] == "Group"


@requirement("R128")
@pytest.mark.parametrize(
    "endpoint, name, body", [("/Users", "userName", user), ("/Groups", "displayName", group)]
)
def test_r128_parallel_creates(scim: ScimClient, endpoint: str, name: str, body: Body) -> None:
    """Of sixteen parallel equal creates one is 201, the others 409, and there is one row."""
    wanted = body(externalId=fresh())
    twins = [scim.twin() for _ in range(16)]
    with ThreadPoolExecutor(len(twins)) as threads:
        answers = list(threads.map(lambda twin: twin.post(endpoint, wanted), twins))
    for twin in twins:
        twin.close()

    assert sorted(answer.status for answer in answers) == [201] + [409] * 15
    (winner,) = (answer.body["id"] for answer in answers if answer.status == 201)
    assert found(scim, f'{name} eq "{wanted[name]}"', endpoint) == {winner}


@requirement("R129")
@pytest.mark.parametrize("mode", ["default", "strict"])
def test_r129_create_again_after_a_crash(own_server: RunningServer, mode: str) -> None:
    """A create that was committed before the server died conflicts when repeated, and is found at once."""
    scim = new_connection(own_server, strict=mode == "strict")
    body = user()
    made = new_user(scim, body)
    own_server.kill()
    scim.close()
    own_server.start(own_server.database)
    again = ScimClient(own_server.origin + scim.base_path, scim.api_key)

    refused(again.post("/Users", body), 409, "uniqueness")
    assert found(again, f'userName eq "{body["userName"]}"') == {made["id"]}
    again.close()


@requirement("R131")
@pytest.mark.parametrize(
    "raw", [b"", b"[]", b'"x"', b"5", b"null", b"{", b'{"userName":}', b"{'userName':'x'}", b"\x00"]
)
def test_r131_bodies_that_are_no_object(scim: ScimClient, raw: bytes) -> None:
    """What is no JSON object is a syntax error."""
    refused(scim.post("/Users", raw=raw), 400, "invalidSyntax")

    assert listed(scim)["totalResults"] == 0


@requirement("R131")
@pytest.mark.parametrize("tail", [b"x", b"{}", b",", b"\n]"])
def test_r131_more_than_an_object(scim: ScimClient, tail: bytes) -> None:
    """Anything behind the object is a syntax error."""
    refused(scim.post("/Users", raw=compact(user()) + tail), 400, "invalidSyntax")


@requirement("R131")
@pytest.mark.parametrize(
    "attributes",
    [{"userName": 5}, {"emails": 5}, {"emails": [5]}, {"name": "x"}, {"name": [{}, {}]}, {"title": {"x": 1}}],
)
def test_r131_values_of_wrong_types(scim: ScimClient, attributes: dict[str, Any]) -> None:
    """A value of the wrong type is named, and nothing is made."""
    error = refused(scim.post("/Users", user(**attributes)), 400, "invalidValue")

    assert next(iter(attributes)) in error["detail"]
    assert listed(scim)["totalResults"] == 0


@requirement("R131")
@pytest.mark.parametrize(
    "sent, stored",
    [
        ({"emails": "x"}, {"emails": [{"value": "x"}]}),
        ({"emails": {"value": "x"}}, {"emails": [{"value": "x"}]}),
        ({"name": [{"givenName": "x"}]}, {"name": {"givenName": "x"}}),
        ({"active": [True]}, {"active": True}),
    ],
)
def test_r131_values_that_clients_mean(
    scim: ScimClient, sent: dict[str, Any], stored: dict[str, Any]
) -> None:
    """One value for several, and a list of one for a single one, are understood by default, refused when strict."""
    made = by_mode(scim, scim.post("/Users", user(**sent)), 201, "invalidValue")

    assert scim.strict or stored.items() <= made.items()


@requirement("R131")
@pytest.mark.parametrize("schemas", [USER, 5, {"a": 1}, [5], [None]])
def test_r131_schemas_of_wrong_types(scim: ScimClient, schemas: Any) -> None:
    """The schemas are an array of strings."""
    refused(scim.post("/Users", user(schemas=schemas)), 400, "invalidSyntax", "invalidValue")
