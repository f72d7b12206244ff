"""A layer under SQLite that tells what has reached the disk: which marks were written, and which were synced since.

Law: it changes nothing; every call goes on to the system's own VFS.
"""

import re
import threading

import apsw

NAME = "muster-tracing"
MARK = re.compile(rb"mark-[0-9a-f]{16}")


class Trace:
    """Marks by how far they have come: in the log file, or synced with it. `broken` lets the disk fail."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._written: set[str] = set()
        self.synced: set[str] = set()
        self.unsynced = 0
        self.syncs = 0
        self.broken: type[apsw.Error] | None = None

    def write(self, name: str, data: bytes) -> None:
        """Note what is written to the write-ahead log. Raises the error that the disk is to have."""
        if name.endswith("-wal"):
            self._fail_if(apsw.FullError)
            with self._lock:
                self.unsynced += 1
                self._written |= {mark.decode() for mark in MARK.findall(data)}

    def begin_sync(self, name: str) -> None:
        """Raise the error that the disk is to have."""
        if name.endswith("-wal"):
            self._fail_if(apsw.IOError)

    def end_sync(self, name: str) -> None:
        """Count everything written to the log before as safe."""
        if name.endswith("-wal"):
            with self._lock:
                self.syncs += 1
                self.unsynced = 0
                self.synced |= self._written
                self._written.clear()

    def _fail_if(self, error: type[apsw.Error]) -> None:
        if self.broken is error:
            raise error("the disk fails as it was told to")


class TracingFile(apsw.VFSFile):
    """A file whose writes and syncs are told to the trace; a sync counts when it has returned."""

    def __init__(self, trace: Trace, name: str | apsw.URIFilename | None, flags: list[int]) -> None:
        self._trace = trace
        self._name = str(name.filename() if isinstance(name, apsw.URIFilename) else name)
        super().__init__("", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802 - SQLite's name
        """Write, and tell."""
        self._trace.write(self._name, data)
        super().xWrite(data, offset)

    def xSync(self, flags: int) -> None:  # noqa: N802 - SQLite's name
        """Sync, and tell."""
        self._trace.begin_sync(self._name)
        super().xSync(flags)
        self._trace.end_sync(self._name)


class TracingVFS(apsw.VFS):
    """The system's VFS, opening files that tell."""

    def __init__(self) -> None:
        self.trace = Trace()
        super().__init__(NAME, "")

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802 - SQLite's name
        """Open a file of SQLite's."""
        return TracingFile(self.trace, name, flags)
