"""Users and groups of one connection, few or many, for requests whose cost is counted."""

from __future__ import annotations

import json
from typing import Any, NamedTuple
from urllib.parse import urlencode

from tests.conformance.bodies import fresh, group, user
from tests.endpoint.asgi import Endpoint, Header, Response

BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
JSON: Header = (b"content-type", b"application/scim+json")


class Ask(NamedTuple):
    """A request that is still to be sent; `query` holds its parameters."""

    method: str
    path: str
    body: Any = None
    query: dict[str, str] | None = None
    headers: tuple[Header, ...] = ()
    api_key: str | None = None


class Population:
    """`size` users, all in the group `staff`, and `at_once` more who are in none: as many as one request moves.

    The first user, `ada`, has more attributes, and is in a few or many groups besides; a page has half of `size`.
    """

    def __init__(self, endpoint: Endpoint, *, size: int, at_once: int, teams: int) -> None:
        self.endpoint = endpoint
        self.members = self._users(size)
        self.others = self._users(at_once)
        self.page = str(size // 2)
        self.middle = str(size // 4)
        self.staff = self.new("/Groups", group(*self.members, displayName="Staff"))
        emails = [{"value": "ada@example.com", "type": "work"}]
        self.ada = self.new("/Users", user(userName="ada", externalId="ada-1", emails=emails))
        self.boss = self.new("/Users", user(userName="boss"))
        self.teams = [
            self.new("/Groups", group(self.ada, displayName=f"team {number}")) for number in range(teams)
        ]

    def send(self, ask: Ask) -> Response:
        """Send a request."""
        body = b"" if ask.body is None else json.dumps(ask.body).encode()
        query = urlencode(ask.query or {}).encode()
        return self.endpoint.request(
            ask.method, ask.path.encode(), body, query, (JSON, *ask.headers), api_key=ask.api_key
        )

    def new(self, path: str, body: dict[str, Any]) -> str:
        """Create a user or a group; its id."""
        response = self.send(Ask("POST", path, body))
        assert response.status == 201, response.body
        id: str = response.json["id"]
        return id

    def patch(self, path: str, *operations: dict[str, Any]) -> Ask:
        """A PATCH of a user or a group."""
        return Ask("PATCH", path, {"schemas": [PATCH], "Operations": list(operations)})

    def bulk(self, *operations: dict[str, Any]) -> Ask:
        """A bulk request."""
        return Ask("POST", "/Bulk", {"schemas": [BULK], "Operations": list(operations)})

    def add(self) -> Ask:
        """The request that adds the others to the staff."""
        members = [{"value": id} for id in self.others]
        return self.patch(f"/Groups/{self.staff}", {"op": "add", "path": "members", "value": members})

    def remove(self) -> Ask:
        """The request that removes them."""
        members = [{"value": id} for id in self.others]
        return self.patch(f"/Groups/{self.staff}", {"op": "remove", "path": "members", "value": members})

    def team_member(self) -> str:
        """A new user who is in all teams; the id."""
        id = self.new("/Users", user())
        adding = {"op": "add", "path": "members", "value": [{"value": id}]}
        body = {"schemas": [PATCH], "Operations": [adding]}
        joins = [{"method": "PATCH", "path": f"/Groups/{team}", "data": body} for team in self.teams]
        assert self.send(self.bulk(*joins)).status == 200
        return id

    def _users(self, number: int) -> list[str]:
        bodies = [user(userName=f"{fresh('u')}-{position}") for position in range(number)]
        posts = [
            {"method": "POST", "path": "/Users", "bulkId": str(position), "data": body}
            for position, body in enumerate(bodies)
        ]
        response = self.send(self.bulk(*posts))
        made = [operation["location"].rpartition("/")[2] for operation in response.json["Operations"]]
        assert len(set(made)) == number
        return made
