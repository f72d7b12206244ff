"""A wire to PostgreSQL that breaks when something is committed. Law: until it is told to, it only passes on."""

import socket

from tests.harness.wire import Wire

COMMIT = b"COMMIT\0"
NEVER, BEFORE, AFTER = "never", "before", "after"


class CutWire(Wire):
    """Between a server and PostgreSQL; `cut` says when it breaks: before a COMMIT has arrived, or after it was done.

    `mark` is what a COMMIT is known by; a statement that commits by itself is known by a value of it.
    """

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.mark = COMMIT
        self.cut = NEVER
        self._breaking: set[socket.socket] = set()

    def carries(self, near: socket.socket, data: bytes, *, client: bool) -> bool:
        """Whether this is said before the cut: PostgreSQL's word that it is done goes no further."""
        if client and self.cut != NEVER and self.mark in data:
            self._breaking.add(near)
            return self.cut != BEFORE
        return client or near not in self._breaking
