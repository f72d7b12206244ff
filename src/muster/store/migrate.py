"""The schema's versions on SQLite: numbered SQL files, applied in order, each in one transaction with its number.

Law: `user_version` is the number of the last file applied, `schema_versions` has what each needs of a program, and
`application_id` says that the file is ours. A newer schema is used where it says that this program can, and refused
otherwise; only the holder of the server lock moves the schema.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import apsw

from muster.directory.failures import StoreError
from muster.store.connection import explain, fetch, write_ahead
from muster.store.lock import ServerLock
from muster.store.steps import Migration, steps_of

APPLICATION_ID: Final = 0x4D535452  # "MSTR"
# One statement, hence one snapshot: another process may be making the tables at this moment.
_VERSION: Final = """SELECT (SELECT user_version FROM pragma_user_version),
  (SELECT application_id FROM pragma_application_id), EXISTS (SELECT 1 FROM sqlite_schema)"""
_VERSIONS: Final = """CREATE TABLE IF NOT EXISTS schema_versions (
  number     INTEGER PRIMARY KEY,
  compatible INTEGER NOT NULL  -- a program that knows the schema up to this number can work with it
) STRICT"""
_RECORDED: Final = "SELECT 1 FROM sqlite_schema WHERE name = 'schema_versions'"
_NEEDED: Final = """SELECT (SELECT user_version FROM pragma_user_version), max(number), max(compatible)
  FROM schema_versions"""
_RECORD: Final = "INSERT INTO schema_versions (number, compatible) VALUES (?, ?)"
# What the step itself, or the room for it, is to blame for; the rest is explained as when a file is opened.
_OF_THE_STEP: Final = (apsw.SQLError, apsw.ConstraintError, apsw.FullError, apsw.IOError)
_PATIENCE: Final = 5.0  # seconds to wait for another process that is moving the schema
_PAUSE: Final = 0.02


def migrations() -> Sequence[Migration]:
    """Return all steps this program knows, in order."""
    return steps_of("sqlite")


def newest() -> int:
    """Return the number of the newest step that this program knows."""
    return migrations()[-1].number


def version(connection: apsw.Connection) -> int:
    """Return the number of the last step applied; 0 for an empty file. Raises `StoreError` when it is not ours."""
    ((number, application, used),) = fetch(connection, _VERSION)
    if application == APPLICATION_ID:
        return int(number)
    if number == 0 and not used:
        return 0
    raise StoreError(f"{connection.filename} is an SQLite database, but not one of Muster; name another file")


def is_current(connection: apsw.Connection, known: int) -> bool:
    """Tell whether the schema has all steps up to `known`; newer ones are as good where they say so.

    Raises `StoreError`: the file is not ours, or needs a newer program.
    """
    number = version(connection)
    if number > known and _needed(connection, number) > known:
        raise StoreError(
            f"{connection.filename} has schema {number}, this program knows up to {known}: run a newer Muster"
        )
    return number >= known


def _needed(connection: apsw.Connection, number: int) -> int:
    """Return up to where a program has to know the schema; where the file does not say so, all of it."""
    if not fetch(connection, _RECORDED):
        return number
    ((number, recorded, compatible),) = fetch(connection, _NEEDED)
    return int(compatible) if recorded == number else int(number)


def migrate(
    connection: apsw.Connection, lock: ServerLock, *, locked: bool, steps: Sequence[Migration]
) -> int:
    """Bring the file to the newest of `steps`; `locked` says that the server lock is ours already.

    Returns how many steps this took. Raises `StoreError` when the file needs a newer program, when a step fails, or
    when another process does not let go of the file.
    """
    path, known = Path(connection.filename), steps[-1].number
    try:
        if is_current(connection, known):
            return 0
        if not locked and not _wait(connection, lock, known):
            return 0
        try:
            write_ahead(connection)
            return sum(_apply(connection, step) for step in steps)
        finally:
            if not locked:
                lock.release()
    except apsw.Error as error:
        raise StoreError(explain(path, error)) from error


def _wait(connection: apsw.Connection, lock: ServerLock, known: int) -> bool:
    """Take the lock, and tell True; or see another process do the work, and tell False."""
    until = time.monotonic() + _PATIENCE
    while not lock.take():
        if is_current(connection, known):
            return False
        if time.monotonic() > until:
            raise StoreError(
                f"{connection.filename} has an older schema and is being served, or migrated by another process:"
                " stop that server first, or wait"
            )
        time.sleep(_PAUSE)
    return True


def _apply(connection: apsw.Connection, step: Migration) -> bool:
    """Apply a step with its number, all of it or nothing; tell whether it was still to be done."""
    connection.execute("BEGIN EXCLUSIVE")
    try:
        waiting = version(connection) < step.number
        if waiting:
            connection.execute(step.sql).fetchall()  # to its end: a statement that returns rows would stop it
            connection.execute(_VERSIONS)
            connection.execute(_RECORD, (step.number, step.compatible))
            connection.execute(f"PRAGMA application_id={APPLICATION_ID}; PRAGMA user_version={step.number}")
        connection.execute("COMMIT")
    except BaseException as error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        if isinstance(error, _OF_THE_STEP):
            raise StoreError(
                f"cannot bring {connection.filename} to schema {step.number}: {error}; nothing of this step was kept"
            ) from error
        raise
    return waiting
