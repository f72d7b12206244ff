"""One connection to the SQLite file, set up the same way everywhere.

Law: every commit is synced before it returns; nothing is memory-mapped; what SQLite reports while opening becomes one
clear line (`StoreError`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import apsw

from muster.directory.failures import StoreError, StoreUnavailable, Unwritable

WRITER_CACHE: Final = 64 * 1024  # in KiB, as much as is used
LOOK_UP_CACHE: Final = 64 * 1024
READER_CACHE: Final = 16 * 1024

_STATEMENTS: Final = 256  # prepared statements kept per connection
_CHECKPOINT_PAGES: Final = 8000  # pages in the log before they are put into the file
_WAL_BYTES: Final = 64 * 1024 * 1024


def connect(
    path: Path, *, vfs: str | None = None, cache: int = READER_CACHE, wait: int = 5000
) -> apsw.Connection:
    """Open the file, creating it if need be; `cache` in KiB, `wait` for another process's lock in milliseconds.

    Raises `StoreError` when it cannot be opened or is not an SQLite database.
    """
    try:
        connection = apsw.Connection(str(path), vfs=vfs, statementcachesize=_STATEMENTS)
        connection.set_busy_timeout(wait)
        # Plans that do not look at the values bound: without it, statements on several tables are prepared anew for
        # each execution, which costs five times the look-up.
        connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)
        connection.execute(
            f"PRAGMA mmap_size=0; PRAGMA cache_size=-{cache}; PRAGMA temp_store=MEMORY; PRAGMA trusted_schema=OFF;"
            "PRAGMA foreign_keys=ON; PRAGMA synchronous=FULL"
        ).fetchall()
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchall()
    except apsw.Error as error:
        raise StoreError(explain(path, error)) from error
    return connection


def write_ahead(connection: apsw.Connection) -> None:
    """Put the file into write-ahead mode, which it keeps, and bound the size of its log. Raises `StoreError`."""
    try:
        connection.execute(
            f"PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint={_CHECKPOINT_PAGES};"
            f"PRAGMA journal_size_limit={_WAL_BYTES}"
        ).fetchall()
    except apsw.Error as error:
        raise StoreError(explain(Path(connection.filename), error)) from error


def connect_reader(path: Path, vfs: str | None = None, *, cache: int = READER_CACHE) -> apsw.Connection:
    """Open a connection that can only read."""
    connection = connect(path, vfs=vfs, cache=cache)
    connection.execute("PRAGMA query_only=ON").fetchall()
    return connection


def fetch(
    connection: apsw.Connection, sql: str, values: Sequence[Any] | Mapping[str, Any] = ()
) -> list[tuple[Any, ...]]:
    """Run a statement to its end and return its rows."""
    return connection.execute(sql, values).fetchall()


def explain(path: Path, error: apsw.Error) -> str:
    """Return one line that says what is wrong with the file and what to do."""
    match error:
        case apsw.NotADBError():
            return f"{path} is not an SQLite database; name another file, or move it away"
        case apsw.CantOpenError():
            return _unopened(path)
        case apsw.ReadOnlyError() | apsw.PermissionsError():
            return (
                f"the database cannot be written: {path} or its folder is read-only for this user;"
                " check the permissions of both"
            )
        case apsw.CorruptError():
            return f"{path} is damaged: restore it from a backup"
        case apsw.BusyError() | apsw.LockedError():
            return f"{path} is locked by another process; try again when it has finished"
        case _:
            return f"cannot open {path}: {error}"


def _unopened(path: Path) -> str:
    try:
        if path.is_dir():
            return f"{path} is a directory; name a file in it"
        if not path.parent.is_dir():
            return f"cannot open {path}: the directory {path.parent} does not exist; create it"
    except PermissionError:
        pass  # not even that may be looked at: the line below says so
    return f"cannot open {path}: check that this user may read and write it and its directory"


def told(connection: apsw.Connection, error: BaseException) -> BaseException:
    """Return what the one who waits is to hear: SQLite's trouble as `StoreUnavailable`, anything else as it is."""
    if isinstance(error, apsw.Error) and not isinstance(error, apsw.ConstraintError | apsw.SQLError):
        return undone(connection, error)
    return error


def undone(connection: apsw.Connection, error: apsw.Error) -> StoreUnavailable:
    """Return that nothing was changed, and why."""
    unavailable: StoreUnavailable
    if isinstance(error, apsw.ReadOnlyError | apsw.PermissionsError):
        unavailable = Unwritable(explain(Path(connection.filename), error))
    else:
        unavailable = StoreUnavailable(f"nothing was changed: {error}")
    unavailable.__cause__ = error
    return unavailable
