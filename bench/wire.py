"""The HTTP/1.1 client of the generator: keep-alive, one request at a time per connection.

Law: as little Python per request as possible, since the client shares the machine with the server; and
never a guess: what is not Content-Length, chunked or body-less is an error.
"""

from __future__ import annotations

import asyncio
import socket
import time
from typing import cast
from urllib.parse import urlsplit

MEDIA = "application/scim+json"
END = b"\r\n\r\n"
NO_BODY = (204, 304)


class Address:
    """Where requests go: host, port, the path before every target, and the headers of every request."""

    def __init__(self, base_url: str, api_key: str | None) -> None:
        parts = urlsplit(base_url)
        if parts.scheme != "http" or not parts.hostname:
            message = f"not an http:// address: {base_url}"
            raise ValueError(message)
        self.host, self.port = parts.hostname, parts.port or 80
        self.prefix = parts.path.rstrip("/")
        authorization = f"Authorization: Bearer {api_key}\r\n" if api_key else ""
        self.headers = f" HTTP/1.1\r\nHost: {parts.netloc}\r\nAccept: {MEDIA}\r\n{authorization}"

    def message(self, method: str, target: str, body: bytes | None) -> bytes:
        """The bytes of one request; `target` is appended to the base path."""
        head = f"{method} {self.prefix}{target}{self.headers}"
        if body is None:
            return f"{head}\r\n".encode()
        return f"{head}Content-Type: {MEDIA}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


class Connection(asyncio.Protocol):
    """One connection; `answer` is the future of the request under way."""

    def __init__(self) -> None:
        self.buffer = b""
        self.answer: asyncio.Future[tuple[int, bytes]] | None = None
        self.sent = 0.0
        self.closed = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Switch Nagle's algorithm off."""
        self.transport = cast("asyncio.Transport", transport)
        plug = transport.get_extra_info("socket")
        if plug is not None:
            plug.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail the request under way."""
        self.closed = True
        if self.answer and not self.answer.done():
            self.answer.set_exception(ConnectionError(f"connection lost: {exc}"))

    def data_received(self, data: bytes) -> None:
        """Collect bytes until the answer is whole."""
        self.buffer = self.buffer + data if self.buffer else data
        end = self.buffer.find(END)
        if end < 0 or self.answer is None or self.answer.done():
            return
        try:
            self._finish(self.buffer[: end + 2].lower(), end + 4)
        except ValueError as error:
            self.answer.set_exception(error)
            self.transport.abort()

    def _finish(self, head: bytes, start: int) -> None:
        """Hand over the answer when its body is complete."""
        status = int(head[9:12])
        body = b"" if status in NO_BODY else _body(head, self.buffer, start)
        if body is None:
            return
        self.buffer = b""
        if b"\r\nconnection: close" in head:
            self.closed = True
            self.transport.close()
        if self.answer is not None:
            self.answer.set_result((status, body))


def _body(head: bytes, buffer: bytes, start: int) -> bytes | None:
    """The body, or None while bytes are missing; ValueError when its length is not told."""
    at = head.find(b"\r\ncontent-length:")
    if at >= 0:
        length = int(head[at + 17 : head.index(b"\r\n", at + 17)])
        return buffer[start : start + length] if len(buffer) >= start + length else None
    if b"\r\ntransfer-encoding: chunked" not in head:
        message = "an answer without Content-Length"
        raise ValueError(message)
    return _chunks(buffer, start) if buffer.endswith(b"0\r\n\r\n") else None


def _chunks(buffer: bytes, start: int) -> bytes | None:
    """The joined chunks of a chunked body, or None while bytes are missing."""
    parts: list[bytes] = []
    while (end := buffer.find(b"\r\n", start)) >= 0:
        size = int(buffer[start:end].split(b";")[0], 16)
        if size == 0:
            return b"".join(parts)
        parts.append(buffer[end + 2 : end + 2 + size])
        start = end + 4 + size
    return None


class Client:
    """A connection that is opened again when the server has closed it."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self.connection: Connection | None = None

    async def request(self, method: str, target: str, body: bytes | None = None) -> tuple[int, bytes]:
        """Status and body of one request; ConnectionError when a fresh connection fails too."""
        message = self.address.message(method, target, body)
        connection = self.connection
        if connection is not None and not connection.closed:
            try:
                return await self._exchange(connection, message)
            except ConnectionError:
                pass  # kept alive on our side only: once more on a new connection, as any HTTP client does
        return await self._exchange(await self._open(), message)

    async def _open(self) -> Connection:
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(Connection, self.address.host, self.address.port)
        self.connection = connection
        return connection

    async def _exchange(self, connection: Connection, message: bytes) -> tuple[int, bytes]:
        connection.answer = asyncio.get_running_loop().create_future()
        connection.sent = time.perf_counter()
        connection.transport.write(message)
        try:
            return await connection.answer
        finally:
            connection.answer = None

    def give_up(self, before: float) -> None:
        """Abort a request that was sent before `before` (perf_counter seconds) and is still open."""
        connection = self.connection
        if connection and connection.answer and connection.sent < before:
            connection.transport.abort()

    def close(self) -> None:
        """Close the connection, if any."""
        if self.connection and not self.connection.closed:
            self.connection.transport.close()
