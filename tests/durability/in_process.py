"""The real ASGI application over a store opened on the tracing layer, called without a network between.

Law: it is put together by the program's own bootstrap; only the file layer differs.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from muster.bootstrap import world
from muster.directory.connections import create_connection
from muster.directory.organizations import create_organization
from muster.endpoint.application import Endpoint
from muster.front import endpoint
from muster.settings import Settings
from muster.store.sqlite import SqliteDatabase, open_database
from tests.durability.tracing import NAME

Seen = Callable[[int], None]


@dataclass(frozen=True)
class InProcess:
    """The application with one connection; `call` is a request."""

    application: Endpoint
    database: SqliteDatabase
    api_key: str
    base_path: str

    async def call(self, method: str, target: str, body: Any = None, seen: Seen | None = None) -> Any:
        """Status and JSON body of one request; `seen` is told the status at the moment the answer leaves."""
        payload = b"" if body is None else json.dumps(body).encode()
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": payload, "more_body": False}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start" and seen is not None:
                seen(message["status"])
            sent.append(message)

        await self.application(self._scope(method, target, payload), receive, send)
        raw = b"".join(message.get("body", b"") for message in sent[1:])
        return sent[0]["status"], json.loads(raw) if raw else None

    def _scope(self, method: str, target: str, payload: bytes) -> dict[str, Any]:
        path, _, query = target.partition("?")
        headers = [
            (b"host", b"127.0.0.1"),
            (b"authorization", f"Bearer {self.api_key}".encode()),
            (b"content-type", b"application/scim+json"),
            (b"content-length", str(len(payload)).encode()),
        ]
        return {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": self.base_path + path,
            "raw_path": (self.base_path + path).encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": headers,
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
        }


async def opened(path: Path) -> InProcess:
    """A new database on the tracing layer, with an organization and a connection."""
    database = open_database(path, serving=True, vfs=NAME)
    outside = world()
    await create_organization(database, outside, "traced")
    connection, _, key = await create_connection(database, outside, "traced", "generic", strict=False)
    application = endpoint(database, Settings(database=f"sqlite:///{path}"))
    return InProcess(application, database, key.api_key, f"/scim/{connection.id}/v2")
