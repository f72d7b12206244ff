"""A wire to PostgreSQL that breaks when something is committed. Law: until it is told to, it only passes on."""

import contextlib
import socket
import threading
from typing import Self
from urllib.parse import urlsplit

COMMIT = b"COMMIT\0"
NEVER, BEFORE, AFTER = "never", "before", "after"


class CutWire:
    """Between a server and PostgreSQL; `cut` says when it breaks: before a COMMIT has arrived, or after it was done.

    `mark` is what a COMMIT is known by; a statement that commits by itself is known by a value of it.
    """

    def __init__(self, url: str) -> None:
        self.mark = COMMIT
        parts = urlsplit(url)
        self._target = (str(parts.hostname), int(parts.port or 0))
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = parts._replace(
            netloc=f"{parts.username}@127.0.0.1:{self._listening.getsockname()[1]}"
        ).geturl()
        self.cut = NEVER
        self._sockets: list[socket.socket] = [self._listening]

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_exc: object) -> None:
        for each in self._sockets:
            _close(each)

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return  # closed
            far = socket.create_connection(self._target)
            self._sockets += [near, far]
            breaking = threading.Event()
            for source, sink in ((near, far), (far, near)):
                threading.Thread(
                    target=self._pass, args=(source, sink, breaking, source is near), daemon=True
                ).start()

    def _pass(
        self, source: socket.socket, sink: socket.socket, breaking: threading.Event, client: bool
    ) -> None:
        try:
            while data := source.recv(65536):
                if client and self.cut != NEVER and self.mark in data:
                    breaking.set()
                    if self.cut == BEFORE:
                        break
                if not client and breaking.is_set():
                    break  # PostgreSQL's word that it is done goes no further
                sink.sendall(data)
        except OSError:
            pass  # the other direction has ended
        _close(source)
        _close(sink)


def _close(each: socket.socket) -> None:
    with contextlib.suppress(OSError):
        each.shutdown(socket.SHUT_RDWR)
    each.close()
