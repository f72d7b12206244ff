"""One server per file: a lock beside the database that dies with its process.

Law: whoever serves, or moves the schema, holds `<file>.lock`; the operating system lets go of it when the holder ends.
A server is two processes, and the second takes that lock when the first has let go of it. So the first holds
`<file>.start.lock` for as long as it lives.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from muster.directory.failures import StoreError


class ServerLock:
    """The lock on one database file; held from `take` to `release`."""

    def __init__(self, database: Path, ending: str = ".lock") -> None:
        self._path = database.with_name(database.name + ending)
        self._descriptor: int | None = None

    def take(self) -> bool:
        """Take the lock if nobody has it; tell whether it is ours now. Raises `StoreError` when it cannot be made."""
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StoreError(f"cannot write {self._path}: {error.strerror}") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        """Let go of the lock; the file stays, so that two processes never lock different ones."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def start_lock(database: Path) -> ServerLock:
    """Return the lock on being the one server of a file, which is started in two processes."""
    return ServerLock(database, ".start.lock")
