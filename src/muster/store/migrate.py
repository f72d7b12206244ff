"""The schema's versions: numbered SQL files, applied in order, each in one transaction with its number.

Law: `user_version` is the number of the last file applied and `application_id` says that the file is ours; a schema
newer than this program is refused; only the holder of the server lock moves the schema.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final, NamedTuple

import apsw

from muster.directory.failures import StoreError
from muster.store.connection import explain, fetch, write_ahead
from muster.store.lock import ServerLock

APPLICATION_ID: Final = 0x4D535452  # "MSTR"
# One statement, hence one snapshot: another process may be making the tables at this moment.
_VERSION: Final = """SELECT (SELECT user_version FROM pragma_user_version),
  (SELECT application_id FROM pragma_application_id), EXISTS (SELECT 1 FROM sqlite_schema)"""
_PATIENCE: Final = 5.0  # seconds to wait for another process that is moving the schema
_PAUSE: Final = 0.02


class Migration(NamedTuple):
    """One step of the schema: its number, from 1, and its statements."""

    number: int
    sql: str


@cache
def newest() -> int:
    """Return the number of the newest step that this program knows."""
    return migrations()[-1].number


def migrations() -> Sequence[Migration]:
    """Return all steps this program knows, in order."""
    folder = files("muster.store") / "sql" / "sqlite" / "migrations"
    steps = [
        Migration(int(file.name[:4]), file.read_text("utf-8"))
        for file in folder.iterdir()
        if file.name.endswith(".sql")
    ]
    return sorted(steps)


def version(connection: apsw.Connection) -> int:
    """Return the number of the last step applied; 0 for an empty file. Raises `StoreError` when it is not ours."""
    ((number, application, used),) = fetch(connection, _VERSION)
    if application == APPLICATION_ID:
        return int(number)
    if number == 0 and not used:
        return 0
    raise StoreError(f"{connection.filename} is an SQLite database, but not one of Muster; name another file")


def migrate(
    connection: apsw.Connection, lock: ServerLock, *, locked: bool, steps: Sequence[Migration]
) -> None:
    """Bring the file to the newest of `steps`; `locked` says that the server lock is ours already.

    Raises `StoreError` when the schema is newer than that, or when another process does not let go of the file.
    """
    path = Path(connection.filename)
    try:
        if _current(connection, steps):
            return
        if not locked and not _wait(connection, lock, steps):
            return
        try:
            _apply(connection, steps)
        finally:
            if not locked:
                lock.release()
    except apsw.Error as error:
        raise StoreError(explain(path, error)) from error


def _current(connection: apsw.Connection, steps: Sequence[Migration]) -> bool:
    number, newest = version(connection), steps[-1].number
    if number > newest:
        raise StoreError(
            f"{connection.filename} has schema {number}, this program knows up to {newest}: run a newer Muster"
        )
    return number == newest


def _wait(connection: apsw.Connection, lock: ServerLock, steps: Sequence[Migration]) -> bool:
    """Take the lock, and tell True; or see another process do the work, and tell False."""
    until = time.monotonic() + _PATIENCE
    while not lock.take():
        if _current(connection, steps):
            return False
        if time.monotonic() > until:
            raise StoreError(
                f"{connection.filename} has an older schema and is being served: stop that server first"
            )
        time.sleep(_PAUSE)
    return True


def _apply(connection: apsw.Connection, steps: Sequence[Migration]) -> None:
    write_ahead(connection)
    for step in steps:
        connection.execute("BEGIN EXCLUSIVE")
        try:
            if version(connection) < step.number:
                connection.execute(step.sql)
                connection.execute(
                    f"PRAGMA application_id={APPLICATION_ID}; PRAGMA user_version={step.number}"
                )
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
