"""The schema's versions on PostgreSQL: numbered SQL files, applied by the owner's role, used by the application's.

Law: each step is one transaction with its number, under a lock, so that an interrupted migration is continued by the
next; a server starts only on a schema it can work with, and as a role that row-level security holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Final
from urllib.parse import unquote, urlsplit

import asyncpg

from muster.directory.failures import StoreError
from muster.store.postgres.connecting import SCHEMA, Connection, connect, shown
from muster.store.steps import Migration, steps_of

_LOCK: Final = 0x4D535452  # "MSTR"
_PATIENCE: Final = "'60s'"  # to wait for another migration, or for a table that is in use
_OLDEST_SERVER: Final = 14
_ENCODINGS: Final = ("UTF8", "SQL_ASCII")  # the second keeps the bytes that it is sent: UTF-8, by asyncpg
_VERSIONS: Final = """CREATE TABLE IF NOT EXISTS schema_versions (
  number     bigint PRIMARY KEY,
  compatible bigint NOT NULL,  -- a program that knows the schema up to this number can work with it
  applied    timestamptz NOT NULL DEFAULT now()
)"""
_RECORD: Final = "INSERT INTO schema_versions (number, compatible) VALUES ($1, $2)"
_NEEDED: Final = "SELECT coalesce(max(number), 0), coalesce(max(compatible), 0) FROM schema_versions"
_LOST: Final = (asyncpg.PostgresConnectionError, asyncpg.OperatorInterventionError)
_ROLE: Final = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
_OWNS: Final = (
    "SELECT count(*) FROM pg_class WHERE relnamespace = to_regnamespace($1)"
    " AND pg_has_role(current_user, relowner, 'USAGE')"
)


def migrations() -> Sequence[Migration]:
    """Return all steps this program knows, in order."""
    return steps_of("postgres")


async def migrate(owner_url: str, application_url: str, steps: Sequence[Migration] | None = None) -> int:
    """Bring the database to the newest step and let the application's role use it; return how many steps were applied.

    Raises `StoreError` with one line that says what to do.
    """
    connection = await connect(owner_url)
    try:
        await connection.execute(f"SET statement_timeout = 0; SET lock_timeout = {_PATIENCE}")
        return await _migrate(connection, _role(application_url), migrations() if steps is None else steps)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError) as error:
        raise StoreError(f"cannot migrate {shown(owner_url)}: {_explain(error)}") from error
    finally:
        with suppress(Exception):  # one that was lost cannot be closed in good order
            await connection.close()


def _explain(error: Exception) -> str:
    reason = " ".join(str(error).split()) or type(error).__name__
    match error:
        case asyncpg.LockNotAvailableError():
            return (
                "another `muster migrate`, or a transaction on a table that a step changes, did not end in time;"
                " nothing of this step was kept, run it again"
            )
        case asyncpg.PostgresError() if not isinstance(error, _LOST):
            return f"{reason}; nothing of this step was kept"
    return f"{reason}; run it again, it goes on after the last step that was kept"


def _role(application_url: str) -> str:
    name = urlsplit(application_url).username
    if not name:
        raise StoreError("the database's address names no user: postgresql://USER@HOST/DATABASE")
    return unquote(name)


async def _migrate(connection: Connection, role: str, steps: Sequence[Migration]) -> int:
    _suits(connection)
    if not await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role):
        raise StoreError(
            f"there is no role {role}; create it: CREATE ROLE {_quoted(role)} LOGIN PASSWORD '…'"
        )
    if role == await connection.fetchval("SELECT current_user"):
        raise StoreError(f"{role} would own the tables it uses: migrate as another role (--as-owner)")
    await connection.execute(f"SELECT pg_advisory_lock({_LOCK})")
    await connection.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}; {_VERSIONS}")
    number = await _number(connection, steps[-1].number)
    await connection.execute(_grants(_quoted(role)))
    waiting = [step for step in steps if step.number > number]
    for step in waiting:
        await _apply(connection, step, role)
    return len(waiting)


def _suits(connection: Connection) -> None:
    if connection.get_server_version()[0] < _OLDEST_SERVER:
        raise StoreError(f"PostgreSQL {_OLDEST_SERVER} or newer is needed")
    encoding = connection.get_settings().server_encoding
    if encoding not in _ENCODINGS:
        raise StoreError(
            f"the database's encoding is {encoding}, which cannot hold every name; make another one with"
            " CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0"
        )


async def _apply(connection: Connection, step: Migration, role: str) -> None:
    """Apply a step, with its number and with what the servers' role may do: no server sees one without the other."""
    async with connection.transaction():
        await connection.execute(step.sql)
        await connection.execute(_RECORD, step.number, step.compatible)
        await connection.execute(_grants(_quoted(role)))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _grants(role: str) -> str:
    return (
        f"GRANT USAGE ON SCHEMA {SCHEMA} TO {role};"
        f"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA {SCHEMA} TO {role};"
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {SCHEMA} TO {role};"
        f"REVOKE INSERT, UPDATE, DELETE ON schema_versions FROM {role};"
        f"GRANT USAGE, UPDATE ON ALL SEQUENCES IN SCHEMA {SCHEMA} TO {role}"
    )


async def check(connection: Connection, steps: Sequence[Migration] | None = None) -> None:
    """Make sure that a server may work here, as this role. Raises `StoreError` with one line that says what to do."""
    try:
        await _check(connection, (migrations() if steps is None else steps)[-1].number)
    except asyncpg.InsufficientPrivilegeError as error:
        raise StoreError("the database's user may not use Muster's tables: run `muster migrate`") from error


async def _check(connection: Connection, known: int) -> None:
    if await connection.fetchval("SELECT to_regclass($1)", f"{SCHEMA}.schema_versions") is None:
        raise StoreError("the database has no tables of Muster: run `muster migrate`")
    number = await _number(connection, known)
    if number < known:
        raise StoreError(
            f"the database has schema {number}, this program needs {known}: run `muster migrate`"
        )
    if await connection.fetchval(_ROLE) or await connection.fetchval(_OWNS, SCHEMA):
        raise StoreError(
            "the database's user owns Muster's tables or can bypass row-level security: serve as another role"
        )


async def _number(connection: Connection, known: int) -> int:
    """Return the number of the last step applied, 0 for none. Raises `StoreError`: it needs a newer program."""
    number, compatible = await connection.fetchrow(_NEEDED)
    if compatible > known:
        raise StoreError(f"the database has schema {number}, this program knows {known}: run a newer Muster")
    return int(number)
