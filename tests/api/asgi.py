"""Drives the real management API over a real database within the test process."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, TypeVar
from urllib.parse import unquote

from muster.api.application import management
from muster.bootstrap import now, open_database, world
from muster.directory.api_keys import create_api_key
from muster.directory.identifiers import PLATFORM, organization_with
from muster.directory.lifetime import LONGEST
from muster.directory.organizations import create_organization
from muster.directory.ports import Database
from muster.directory.registers.api_keys import ManagementScope
from muster.directory.world import World
from muster.endpoint.client_address import Proxies
from muster.settings import Settings
from tests.harness.server import Place, url_of

T = TypeVar("T")

ORIGIN = "https://muster.test"
BASE = f"{ORIGIN}/api/v1"
WRITE: Sequence[ManagementScope] = ("write",)


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body's JSON value."""
        return json.loads(self.body)


class Api:
    """The management API on an event loop of its own; `key` is a key of the platform that may write."""

    def __init__(self, place: Place, outside: World | None = None) -> None:
        self._runner = asyncio.Runner()
        self.database: Database = self.run(open_database(Settings(database=url_of(place)), serving=True))
        self.ahead = 0  # microseconds that the API's clock is ahead of ours
        outside = outside or replace(world(), clock=lambda: now() + self.ahead)
        self._application = management(self.database, outside, ORIGIN, Proxies().client)
        self.description = self._application.description
        self.key = self.new_key()

    def run(self, work: Awaitable[T]) -> T:
        """Run something on the event loop."""

        async def awaited() -> T:
            return await work

        return self._runner.run(awaited())

    def close(self) -> None:
        """Close the database and the loop."""
        self.run(self.database.close())
        self._runner.close()

    def new_organization(self, name: str) -> str:
        """Make an organization; its id."""
        self.run(create_organization(self.database, world(), name))
        found = self.request("GET", "/organizations?limit=200").json["items"]
        return next(str(one["id"]) for one in found if one["name"] == name)

    def new_key(self, organization: str | None = None, scopes: Sequence[ManagementScope] = WRITE) -> str:
        """Make a management key, of the platform unless an organization is named."""
        number = PLATFORM if organization is None else organization_with(organization)
        assert number is not None
        _, made = self.run(create_api_key(self.database, world(), number, "test", scopes, LONGEST))
        return made.api_key

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = "",
        content: bytes | None = None,
        headers: Sequence[tuple[bytes, bytes]] = (),
    ) -> Answer:
        """Send one request; `body` goes as JSON, `content` as it is; `key` "" is the platform's, None is none."""
        return self.run(self.send(method, path, body, key=key, content=content, headers=headers))

    async def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = "",
        content: bytes | None = None,
        headers: Sequence[tuple[bytes, bytes]] = (),
    ) -> Answer:
        """Do the same on the event loop, where several can be under way."""
        route, _, query = path.partition("?")
        sent = b"" if body is None else json.dumps(body).encode()
        every = [(b"content-type", b"application/json")] if body is not None else []
        if key is not None:
            every.append((b"authorization", f"Bearer {key or self.key}".encode()))
        scope = {
            "type": "http",
            "method": method,
            "path": "/api/v1" + unquote(route),
            "raw_path": b"/api/v1" + route.encode(),
            "root_path": "",
            "query_string": query.encode(),
            "headers": [*every, *headers],
            "client": ("192.0.2.7", 1),
        }
        return await self._send(scope, sent if content is None else content)

    async def _send(self, scope: dict[str, Any], body: bytes) -> Answer:
        sent: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        await self._application(scope, receive, send)
        start, *rest = sent
        headers = {name.decode(): value.decode("latin-1") for name, value in start["headers"]}
        return Answer(start["status"], headers, b"".join(part["body"] for part in rest))


def assert_problem(answer: Answer, status: int, code: str) -> Any:
    """Assert that an answer is an RFC 9457 problem of this kind; its document."""
    assert (answer.status, answer.headers["content-type"]) == (status, "application/problem+json"), answer
    document = answer.json
    assert (document["status"], document["code"]) == (status, code)
    assert document["type"] == f"{BASE}/docs#problem-{code}"
    assert document["title"]
    assert document["detail"]
    return document
