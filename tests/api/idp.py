"""An IdP beside the management API: the SCIM endpoint over the same database, in the same process."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from muster.bootstrap import world
from muster.directory.connections import create_connection
from muster.directory.identifiers import organization_with
from muster.directory.records import Provider
from muster.front import endpoint
from muster.scim.schema import CORE_GROUP, CORE_USER
from muster.settings import Settings
from tests.api.asgi import Answer, Api

Meanwhile = Callable[[], Awaitable[None]]
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
ALICE: dict[str, Any] = {
    "userName": "Alice@Example.com",
    "externalId": "a1",
    "displayName": "Alice Smith",
    "name": {"givenName": "Alice", "familyName": "Smith"},
    "emails": [
        {"type": "home", "value": "alice@home.example"},
        {"type": "work", "value": "alice@example.com"},
    ],
    "title": "  Engineer ",
}


class Idp:
    """One connection of an organization, and what its IdP sends."""

    def __init__(self, api: Api, organization: str, provider: Provider = "generic") -> None:
        self.api = api
        number = organization_with(organization)
        assert number is not None
        self.number = number
        names = {one.organization: one.name for one in api.run(api.database.organizations())}
        made, _, key = api.run(
            create_connection(api.database, world(), names[number], provider, strict=False)
        )
        self.connection = made.id
        self.authorization = f"Bearer {key.api_key}"
        self._endpoint = endpoint(api.database, Settings())

    def send(self, method: str, path: str, body: Any = None, meanwhile: Meanwhile | None = None) -> Answer:
        """Send one SCIM request under the connection's base path; `meanwhile` is done before its body has come."""
        return self.api.run(self.sent(method, path, body, meanwhile))

    async def sent(
        self, method: str, path: str, body: Any = None, meanwhile: Meanwhile | None = None
    ) -> Answer:
        """Do the same on the event loop, where several can be under way."""
        return await self._send(method, path, b"" if body is None else json.dumps(body).encode(), meanwhile)

    def user(self, user_name: str = "alice", /, **more: Any) -> str:
        """Create a user; its id."""
        answer = self.send("POST", "/Users", {"schemas": [CORE_USER], "userName": user_name, **more})
        assert answer.status == 201, answer.body
        return str(answer.json["id"])

    def group(self, name: str, *members: str) -> str:
        """Create a group; its id."""
        listed = [{"value": member} for member in members]
        answer = self.send(
            "POST", "/Groups", {"schemas": [CORE_GROUP], "displayName": name, "members": listed}
        )
        assert answer.status == 201, answer.body
        return str(answer.json["id"])

    def patch(self, path: str, *operations: dict[str, Any]) -> Answer:
        """Send a PATCH that has to succeed."""
        answer = self.send("PATCH", path, {"schemas": [PATCH], "Operations": list(operations)})
        assert answer.status in (200, 204), answer.body
        return answer

    def activate(self, user: str, *, active: bool) -> None:
        """Set `active` of a user."""
        self.patch(f"/Users/{user}", {"op": "replace", "path": "active", "value": active})

    def delete(self, path: str) -> None:
        """Send a DELETE that has to succeed."""
        assert self.send("DELETE", path).status == 204

    async def _send(self, method: str, path: str, body: bytes, meanwhile: Meanwhile | None = None) -> Answer:
        sent: list[Any] = []
        route, _, query = path.partition("?")
        scope = {
            "type": "http",
            "method": method,
            "path": "/scim",
            "raw_path": f"/scim/{self.connection}/v2{route}".encode(),
            "query_string": query.encode(),
            "headers": [
                (b"authorization", self.authorization.encode()),
                (b"content-type", b"application/scim+json"),
            ],
        }

        async def receive() -> dict[str, Any]:
            if meanwhile is not None:
                await meanwhile()
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        await self._endpoint(scope, receive, send)
        start, *rest = sent
        headers = {name.decode(): value.decode("latin-1") for name, value in start["headers"]}
        return Answer(start["status"], headers, b"".join(part["body"] for part in rest))
