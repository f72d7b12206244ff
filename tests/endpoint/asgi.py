"""Drives the real endpoint over a real database within the test process: for tests that need thousands of requests."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NamedTuple, Self, TypeVar

from muster.bootstrap import open_database, world
from muster.directory.connections import create_connection
from muster.directory.identifiers import organization_of
from muster.directory.organizations import create_organization
from muster.directory.ports import Database
from muster.endpoint.admission import Admission
from muster.front import endpoint
from muster.scim.errors import ERROR_URN
from muster.settings import Settings

T = TypeVar("T")
Header = tuple[bytes, bytes]


class Response(NamedTuple):
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes
    portions: int = 1

    @property
    def json(self) -> Any:
        """Return the body's JSON value."""
        return json.loads(self.body)


class Endpoint:
    """The endpoint with one connection, on an event loop of its own: over a new SQLite file unless `database` says else."""

    def __init__(self, directory: Path, **settings: Any) -> None:
        self._open(Settings(**{"database": f"sqlite:///{directory / 'muster.db'}"} | settings))
        self.run(create_organization(self.database, world(), "tested"))
        self.connection_id, self.api_key = self.connection(strict=False)

    def _open(self, settings: Settings) -> None:
        self.settings = settings
        self._loop = asyncio.new_event_loop()
        self.database: Database = self.run(open_database(settings, serving=True))
        self._application = endpoint(self.database, settings)

    def beside(self, database: str) -> Self:
        """Return what another process is to the same connection; `database` is its way to the same database."""
        other = type(self).__new__(type(self))
        other._open(Settings(database=database))
        other.connection_id, other.api_key = self.connection_id, self.api_key
        return other

    @property
    def admission(self) -> Admission:
        """Return what counts the requests under way."""
        return self._application.admission

    @property
    def organization(self) -> int:
        """Return the organization's number."""
        number = organization_of(self.connection_id)
        assert number is not None
        return number

    def connection(self, *, strict: bool) -> tuple[str, str]:
        """Make one more connection; return its id and API key."""
        made, _, key = self.run(create_connection(self.database, world(), "tested", "generic", strict=strict))
        return made.id, key.api_key

    def run(self, work: Awaitable[T]) -> T:
        """Run something on the endpoint's event loop."""

        async def awaited() -> T:
            return await work

        return self._loop.run_until_complete(awaited())

    def close(self) -> None:
        """Close the database and the loop."""
        self.run(self.database.close())
        self._loop.close()

    def request(
        self,
        method: str,
        raw_path: bytes,
        body: bytes = b"",
        query: bytes = b"",
        headers: tuple[Header, ...] = (),
        api_key: str | None = None,
        connection_id: str | None = None,
        client: str | None = None,
        meanwhile: Callable[[], Awaitable[object]] | None = None,
    ) -> Response:
        """Send one request under a connection's base path ("": the common one) and return the answer.

        `client` is the address of the socket's other end; `meanwhile` is done when the first byte of the body has come,
        and the rest is still to come.
        """
        connection = self.connection_id if connection_id is None else connection_id
        base = f"/scim/{connection}/v2".replace("//", "/").encode()
        sent = b"authorization" in dict(headers)
        authorization = (b"authorization", f"Bearer {api_key or self.api_key}".encode())
        scope = {
            "type": "http",
            "method": method,
            "path": "/scim",
            "raw_path": base + raw_path,
            "query_string": query,
            "headers": [*headers] if sent else [authorization, *headers],
            "client": (client, 1) if client else None,
        }
        return self.run(self._send(scope, body, meanwhile))

    def send_to(self, raw_path: bytes, send: Callable[[Any], Awaitable[None]]) -> None:
        """Send a GET whose answer goes to `send`, message by message, and is kept nowhere."""
        scope = {
            "type": "http",
            "method": "GET",
            "path": "/scim",
            "raw_path": f"/scim/{self.connection_id}/v2".encode() + raw_path,
            "query_string": b"",
            "headers": [(b"authorization", f"Bearer {self.api_key}".encode())],
        }

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        self.run(self._application(scope, receive, send))

    async def _send(
        self, scope: dict[str, Any], body: bytes, meanwhile: Callable[[], Awaitable[object]] | None = None
    ) -> Response:
        sent: list[Any] = []
        parts = [body] if meanwhile is None else [body[1:], body[:1]]

        async def receive() -> dict[str, Any]:
            if meanwhile is not None and len(parts) == 1:
                await meanwhile()
            return {"type": "http.request", "body": parts.pop(), "more_body": bool(parts)}

        async def send(message: Any) -> None:
            sent.append(message)

        await self._application(scope, receive, send)
        start, *bodies = sent
        assert [body.get("more_body", False) for body in bodies] == [True] * (len(bodies) - 1) + [False]
        headers = {name.decode(): value.decode("latin-1") for name, value in start["headers"]}
        return Response(start["status"], headers, b"".join(body["body"] for body in bodies), len(bodies))


def assert_scim(response: Response) -> None:
    """Assert what holds for any answer: a 2xx, or a SCIM Error that is no bug of ours."""
    assert response.status < 300 or 400 <= response.status < 500 or response.status == 501
    if response.status >= 400:
        assert response.headers["content-type"].startswith("application/scim+json")
        assert response.json["schemas"] == [ERROR_URN]
        assert response.json["status"] == str(response.status)
        assert response.json["detail"]
