"""A server of our wire alone, to be spoken to in bytes."""

import asyncio
import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any, Self

import pytest
import uvloop

from muster.process import Process, configured

DEADLINE_SECONDS = 30
HOST = b"Host: x\r\n"
LAST = b"Connection: close\r\n\r\n"


class Echo:
    """Answers the length of each body, and keeps the scopes; `held` keeps the answers back until it is set."""

    def __init__(self) -> None:
        self.scopes: list[dict[str, Any]] = []
        self.held = threading.Event()
        self.held.set()
        self.reads = True
        self.size = 0  # of a body that is answered instead of the length
        self.fields: list[tuple[bytes, bytes]] = []

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            for step in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{step}.complete"})
            return
        self.scopes.append(scope)
        size, more = 0, self.reads
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            size, more = size + len(message["body"]), message["more_body"]
        await asyncio.to_thread(self.held.wait)
        body = b"y" * self.size or str(size).encode()
        headers = [(b"content-length", str(len(body)).encode()), *self.fields]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


class Served:
    """An application behind our wire, on a port of its own, in a thread."""

    def __init__(self) -> None:
        self.application = Echo()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address: tuple[str, int] = self._listener.getsockname()
        self._server = Process(configured(self.application))
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(self._server.serve(sockets=[self._listener]))

    def __enter__(self) -> Self:
        self._thread.start()
        for _ in soon():
            if self._server.started:
                break
        return self

    def __exit__(self, *_exc: object) -> None:
        self.application.held.set()
        self._server.end()
        self._thread.join(DEADLINE_SECONDS)
        assert not self._thread.is_alive()

    @property
    def connections(self) -> set[Any]:
        """What it has of each connection."""
        return set(self._server.server_state.connections)

    def connect(self) -> socket.socket:
        """A connection to it."""
        return socket.create_connection(self.address, timeout=DEADLINE_SECONDS)

    def say(self, *portions: bytes) -> bytes:
        """All that is answered to these bytes before the server hangs up."""
        with self.connect() as talk:
            for portion in portions:
                talk.sendall(portion)
            return everything(talk)


def soon() -> Iterator[None]:
    """Yield again and again until the deadline: for what another thread's state alone tells."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < deadline:
        yield
        time.sleep(0.005)
    pytest.fail("it did not happen in time")


def everything(talk: socket.socket) -> bytes:
    """What comes until the server hangs up."""
    heard = b""
    with contextlib.suppress(ConnectionResetError):
        while piece := talk.recv(65536):
            heard += piece
    return heard


def until(talk: socket.socket, end: bytes) -> bytes:
    """What comes, up to this end of an answer."""
    heard = b""
    while not heard.endswith(end):
        piece = talk.recv(65536)
        assert piece, heard
        heard += piece
    return heard


def pushed(talk: socket.socket, piece: bytes) -> int:
    """How many bytes can be sent, piece by piece, until the server hangs up."""
    sent = 0
    with contextlib.suppress(ConnectionError):
        while sent < 1 << 30:
            talk.sendall(piece)
            sent += len(piece)
    return sent


def refused(answer: bytes) -> tuple[int, str]:
    """The status and the detail of a whole answer that is a SCIM Error and ends its connection."""
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = head.decode().lower().split("\r\n")
    assert "connection: close" in lines
    assert "content-type: application/scim+json; charset=utf-8" in lines
    assert f"content-length: {len(body)}" in lines
    error = json.loads(body)
    assert error["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    status = int(lines[0].split()[1])
    assert error["status"] == str(status)
    return status, error["detail"]
