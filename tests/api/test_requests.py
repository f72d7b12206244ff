"""The request log over the management API: found, narrowed, read on, explained, and nobody else's."""

from __future__ import annotations

import json
from typing import Any

import pytest

from muster.bootstrap import world
from muster.directory.connections import create_connection
from muster.front import endpoint
from muster.settings import Settings
from tests.api.asgi import Api, assert_problem
from tests.conformance.bodies import user

AGENT = (b"user-agent", b"JumpCloud")
JSON = (b"content-type", b"application/scim+json")


class Idp:
    """An IdP that sends requests to a connection of its own, and an organization that reads what came of them."""

    def __init__(self, api: Api, name: str) -> None:
        self._api = api
        self.organization = api.new_organization(name)
        made, _, key = api.run(create_connection(api.database, world(), name, "jumpcloud", strict=False))
        self.connection, self.api_key = made.id, key.api_key
        self.key = api.new_key(self.organization)
        self._endpoint = endpoint(api.database, Settings())

    def send(self, method: str, path: str, body: Any = None, *, api_key: str | None = None) -> str:
        """Send a request; its id. What it leaves in the log is written when this returns."""
        route, _, query = path.partition("?")
        scope = {
            "type": "http",
            "method": method,
            "path": "/scim",
            "raw_path": f"/scim/{self.connection}/v2{route}".encode(),
            "query_string": query.encode(),
            "headers": [(b"authorization", f"Bearer {api_key or self.api_key}".encode()), JSON, AGENT],
        }
        headers: dict[bytes, bytes] = {}

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": json.dumps(body).encode() if body else b""}

        async def send(message: Any) -> None:
            headers.update(message.get("headers", ()))

        self._api.run(self._endpoint(scope, receive, send))
        database: Any = self._api.database
        self._api.run(database._log.flush())
        self._api.run(database._refusals._flush())
        return headers[b"x-request-id"].decode()

    def read(self, query: str = "") -> Any:
        """What the organization's own key lists."""
        answer = self._api.request("GET", f"/requests{query}", key=self.key)
        assert answer.status == 200, answer.body
        return answer.json["items"]


@pytest.fixture
def idp(api: Api) -> Idp:
    """An IdP."""
    return Idp(api, "acme")


def test_a_person_that_was_refused_is_found_and_explained(api: Api, idp: Idp) -> None:
    """By userName, with cause and the way to mend it in this IdP; by the request's id with what was sent."""
    made = idp.send("POST", "/Users", user(userName="ada"))
    refused = idp.send("POST", "/Users", user(userName="Ada", password="hunter2"))
    found = idp.read("?user=ADA&refused=true")
    assert [(one["id"], one["status"], one["subject"]) for one in found] == [(refused, 409, "ada")]
    assert found[0]["explanation"]["code"] == found[0]["code"] == "user-name-taken"
    assert "In JumpCloud: **SSO Applications**" in found[0]["explanation"]["fix"]
    assert "body" not in found[0]
    whole = api.request("GET", f"/requests/{refused}", key=idp.key).json["items"]
    assert [json.loads(one.pop("body"))["password"] for one in whole] == ["(not kept)"]
    assert whole == found
    first = api.request("GET", f"/requests/{made}", key=idp.key).json["items"][0]
    assert [one["id"] for one in idp.read(f"?resource={first['resource']}")] == [made]
    assert (first["user_agent"], first["explanation"], first["sequence"] > 0) == ("JumpCloud", None, True)


def test_a_list_is_narrowed_and_read_on(api: Api, idp: Idp) -> None:
    """A cursor goes on in the same question, and in no other."""
    for number in range(5):
        idp.send("GET", f"/Users/{number}")
    idp.send("GET", "/Users?count=0")
    assert len(idp.read()) == 6
    assert len(idp.read("?status=4xx")) == len(idp.read("?status=404&method=get&code=user-unknown")) == 5
    assert len(idp.read(f"?connection={idp.connection}&since=1h")) == 6
    assert idp.read("?until=1h") == idp.read("?since=2100-01-01T00:00:00Z") == []
    page = api.request("GET", "/requests?status=404&limit=2", key=idp.key).json
    found = page["items"]
    cursor = page["next"]
    while page["next"]:
        page = api.request("GET", f"/requests?status=404&limit=2&cursor={page['next']}", key=idp.key).json
        found += page["items"]
    assert found == idp.read("?status=404")
    assert_problem(api.request("GET", f"/requests?cursor={cursor}", key=idp.key), 400, "invalid_cursor")


@pytest.mark.parametrize(
    "query",
    [
        "status=9",
        "status=40",
        "since=yesterday",
        "until=2026-13-01T00:00:00Z",
        "code=foo",
        "method=X",
        "code=%00",
    ],
)
def test_what_is_not_written_as_it_must_be_is_refused(api_on_sqlite: Api, query: str) -> None:
    """In one line that says how it is written."""
    idp = Idp(api_on_sqlite, "acme")
    assert_problem(api_on_sqlite.request("GET", f"/requests?{query}", key=idp.key), 422, "refused")


@pytest.mark.parametrize(
    "name", ["connection", "resource", "user", "status", "code", "method", "since", "until", "cursor"]
)
def test_what_is_empty_narrows_nothing_and_is_refused(api_on_sqlite: Api, name: str) -> None:
    """Taken for no question at all, it would answer everything."""
    idp = Idp(api_on_sqlite, "acme")
    assert api_on_sqlite.request("GET", f"/requests?{name}=", key=idp.key).status in (400, 422)


def test_nobody_sees_the_log_of_another(api: Api, idp: Idp) -> None:
    """An organization's key finds its own; the platform names whose it wants."""
    other = Idp(api, "other")
    id = idp.send("GET", "/Users/1")
    idp.send("GET", "/Users", api_key=other.api_key)
    assert other.read("?user=1") == []
    unknown = api.request("GET", f"/requests?connection={idp.connection}", key=other.key)
    assert_problem(unknown, 404, "not_found")
    assert [one["code"] for one in other.read()] == ["address-not-of-key"]
    assert_problem(api.request("GET", f"/requests/{id}", key=other.key), 404, "not_found")
    path = f"/requests?organization={idp.organization}"
    assert_problem(api.request("GET", path, key=other.key), 404, "not_found")
    assert_problem(api.request("GET", "/requests"), 400, "organization_required")
    assert [one["code"] for one in api.request("GET", path).json["items"]] == [
        "key-of-another-organization",
        "user-unknown",
    ]
    assert [one["credential"] for one in idp.read("?code=key-of-another-organization")] == [None]


def test_odd_text_finds_nothing(api: Api, idp: Idp) -> None:
    """What no database could hold is in none."""
    idp.send("GET", "/Users/1")
    for name in ("resource", "user"):
        assert idp.read(f"?{name}=%00") == idp.read(f"?{name}=%ED%A0%80") == []
    assert_problem(api.request("GET", "/requests/%00", key=idp.key), 404, "not_found")
