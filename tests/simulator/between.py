"""A server that breaks what the real one does: it stands between, and changes requests or answers.

Law: what a break does not touch goes through as it is, so that one fault is there and no other.
"""

import http.server
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from tests.harness.client import ScimClient


class Asked(NamedTuple):
    """A request that arrived."""

    method: str
    path: str
    headers: Mapping[str, str]
    raw: bytes

    @property
    def body(self) -> Any:
        """The parsed JSON, or None."""
        return json.loads(self.raw) if self.raw else None

    def having(self, body: Any) -> "Asked":
        """The same with another body."""
        return self._replace(raw=json.dumps(body).encode())

    def bearing(self, authorization: str) -> "Asked":
        """The same with another key."""
        return self._replace(headers=dict(self.headers) | {"authorization": authorization})


class Told(NamedTuple):
    """An answer."""

    status: int
    raw: bytes = b""
    headers: Mapping[str, str] = {"content-type": "application/scim+json"}

    @property
    def body(self) -> Any:
        """The parsed JSON, or None."""
        return json.loads(self.raw) if self.raw else None

    def having(self, body: Any) -> "Told":
        """The same with another body."""
        return self._replace(raw=json.dumps(body).encode())


Forward = Callable[[Asked], Told]
Break = Callable[[Asked, Forward], Told]


@contextmanager
def between(client: ScimClient, broken: Break) -> Iterator[str]:
    """The base URL of a broken server in front of the client's, while the block runs."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1  # an answer is one packet

        def setup(self) -> None:
            super().setup()
            self.behind = client.twin()

        def handle_any(self) -> None:
            raw = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items() if name.lower() != "host"}
            told = broken(Asked(self.command, self.path, headers, raw), self.forward)
            self.send_response(told.status)
            for name, value in told.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(told.raw)))
            self.end_headers()
            self.wfile.write(told.raw)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any  # noqa: N815 - the names that http.server calls

        def forward(self, asked: Asked) -> Told:
            headers: dict[str, str | None] = {"authorization": None, **asked.headers, "content-length": None}
            if asked.raw:
                headers["content-length"] = str(len(asked.raw))
            reply = self.behind.request(
                asked.method, asked.path, raw=asked.raw or None, headers=headers, absolute=True
            )
            return Told(reply.status, reply.raw, {"content-type": reply.headers.get("content-type", "")})

        def finish(self) -> None:
            self.behind.close()
            super().finish()

        def log_message(self, *args: Any, **kwargs: Any) -> None:
            """Say nothing."""

    class Quiet(http.server.ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            """Say nothing: the simulator hangs up, which is one of its faults."""

    server = Quiet(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}{client.base_path}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
