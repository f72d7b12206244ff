"""The schema's versions on PostgreSQL: numbered SQL files, applied by the owner's role, used by the application's.

Law: each step is one transaction with its number, under a lock, so that an interrupted migration is continued by the
next; a server starts only on a schema it can work with, and as a role that row-level security holds.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.resources import files
from typing import Final, NamedTuple
from urllib.parse import unquote, urlsplit

import asyncpg

from muster.directory.failures import StoreError
from muster.store.postgres.pool import SCHEMA, Connection, connect, shown

_LOCK: Final = 0x4D535452  # "MSTR"
_COMPATIBLE: Final = re.compile(r"-- compatible: (\d+)\n")
_OLDEST_SERVER: Final = 14_00_00
_VERSIONS: Final = """CREATE TABLE IF NOT EXISTS schema_versions (
  number     bigint PRIMARY KEY,
  compatible bigint NOT NULL,  -- a program that knows the schema up to this number can work with it
  applied    timestamptz NOT NULL DEFAULT now()
)"""
_ROLE: Final = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
_OWNS: Final = (
    "SELECT count(*) FROM pg_class WHERE relnamespace = to_regnamespace($1)"
    " AND pg_has_role(current_user, relowner, 'USAGE')"
)


class Migration(NamedTuple):
    """One step of the schema: its number, from 1, what it needs of a program, and its statements."""

    number: int
    compatible: int
    sql: str


def migrations() -> Sequence[Migration]:
    """Return all steps this program knows, in order."""
    folder = files("muster.store") / "sql" / "postgres" / "migrations"
    return sorted(
        _step(int(file.name[:4]), file.read_text("utf-8"))
        for file in folder.iterdir()
        if file.name.endswith(".sql")
    )


def _step(number: int, sql: str) -> Migration:
    compatible = _COMPATIBLE.match(sql)
    if compatible is None:
        raise ValueError(f"step {number} does not say what it is compatible with")
    return Migration(number, int(compatible[1]), sql)


async def migrate(owner_url: str, application_url: str, steps: Sequence[Migration] | None = None) -> int:
    """Bring the database to the newest step and let the application's role use it; return how many steps were applied.

    Raises `StoreError` with one line that says what to do.
    """
    connection = await connect(owner_url)
    try:
        await connection.execute("SET statement_timeout = 0; SET lock_timeout = '60s'")
        return await _migrate(connection, _role(application_url), migrations() if steps is None else steps)
    except asyncpg.PostgresError as error:
        raise StoreError(
            f"cannot migrate {shown(owner_url)}: {error}; nothing of this step was kept"
        ) from error
    finally:
        await connection.close()


def _role(application_url: str) -> str:
    name = urlsplit(application_url).username
    if not name:
        raise StoreError("the database's address names no user: postgresql://USER@HOST/DATABASE")
    return unquote(name)


async def _migrate(connection: Connection, role: str, steps: Sequence[Migration]) -> int:
    if connection.get_server_version()[0] * 10_000 < _OLDEST_SERVER:
        raise StoreError("PostgreSQL 14 or newer is needed")
    if not await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role):
        raise StoreError(
            f"there is no role {role}; create it: CREATE ROLE {_quoted(role)} LOGIN PASSWORD '…'"
        )
    if role == await connection.fetchval("SELECT current_user"):
        raise StoreError(f"{role} would own the tables it uses: migrate as another role (--as-owner)")
    await connection.execute(f"SELECT pg_advisory_lock({_LOCK})")
    await connection.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}; {_VERSIONS}")
    number = await version(connection)
    waiting = [step for step in steps if step.number > number]
    for step in waiting:
        async with connection.transaction():
            await connection.execute(step.sql)
            await connection.execute(
                "INSERT INTO schema_versions (number, compatible) VALUES ($1, $2)",
                step.number,
                step.compatible,
            )
    await connection.execute(_grants(_quoted(role)))
    return len(waiting)


async def version(connection: Connection) -> int:
    """Return the number of the last step applied; 0 for none."""
    return int(await connection.fetchval("SELECT coalesce(max(number), 0) FROM schema_versions"))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _grants(role: str) -> str:
    return (
        f"GRANT USAGE ON SCHEMA {SCHEMA} TO {role};"
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {SCHEMA} TO {role};"
        f"REVOKE INSERT, UPDATE, DELETE ON schema_versions FROM {role};"
        f"GRANT USAGE, UPDATE ON ALL SEQUENCES IN SCHEMA {SCHEMA} TO {role}"
    )


async def check(connection: Connection, steps: Sequence[Migration] | None = None) -> None:
    """Make sure that a server may work here, as this role. Raises `StoreError` with one line that says what to do."""
    known = (migrations() if steps is None else steps)[-1].number
    if await connection.fetchval("SELECT to_regclass($1)", f"{SCHEMA}.schema_versions") is None:
        raise StoreError("the database has no tables of Muster: run `muster migrate`")
    newest = await connection.fetchrow(
        "SELECT number, compatible FROM schema_versions ORDER BY number DESC LIMIT 1"
    )
    number, compatible = newest or (0, 0)
    if number < known:
        raise StoreError(
            f"the database has schema {number}, this program needs {known}: run `muster migrate`"
        )
    if compatible > known:
        raise StoreError(f"the database has schema {number}, this program knows {known}: run a newer Muster")
    if await connection.fetchval(_ROLE) or await connection.fetchval(_OWNS, SCHEMA):
        raise StoreError(
            "the database's user owns Muster's tables or can bypass row-level security: serve as another role"
        )
