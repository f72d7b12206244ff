"""A wire to PostgreSQL. Law: it passes on what is said as it was said, until it breaks, and alters nothing."""

import contextlib
import socket
import threading
from typing import Self
from urllib.parse import urlsplit


class Wire:
    """Between a client and PostgreSQL; `url` is the database's address by way of here."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._target = (str(parts.hostname), int(parts.port or 0))
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = parts._replace(
            netloc=f"{parts.username}@127.0.0.1:{self._listening.getsockname()[1]}"
        ).geturl()
        self._sockets: list[socket.socket] = [self._listening]

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_exc: object) -> None:
        for each in self._sockets:
            _close(each)

    def carries(self, near: socket.socket, data: bytes, *, client: bool) -> bool:  # noqa: ARG002 - for other wires
        """Whether it passes on what the client, or else the server, of a connection has said."""
        return True

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return  # closed
            far = socket.create_connection(self._target)
            self._sockets += [near, far]
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self._pass, args=(source, sink, near), daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket, near: socket.socket) -> None:
        # What the other direction's end has closed can be neither read nor written any more.
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if not self.carries(near, data, client=source is near):
                    break
                sink.sendall(data)
        _close(source)
        _close(sink)


class CountingWire(Wire):
    """Counts round trips: how often the client, of a single connection, began to speak after the server had."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._client_speaks = False
        self.trips = 0

    def carries(self, near: socket.socket, data: bytes, *, client: bool) -> bool:  # noqa: ARG002
        """Count, and pass on."""
        if client and not self._client_speaks:
            self.trips += 1  # by one thread alone: the other direction's never counts
        self._client_speaks = client
        return True


def _close(each: socket.socket) -> None:
    with contextlib.suppress(OSError):
        each.shutdown(socket.SHUT_RDWR)
    each.close()
