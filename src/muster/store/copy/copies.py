"""The unfinished copy that a PostgreSQL may hold: what it is of, and how it begins, ends and is taken away.

Law: there is at most one; while it is there no server starts, and nobody can use what is not whole yet.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final, NamedTuple

import asyncpg

from muster.directory.failures import StoreError
from muster.store.copy.from_postgres import enter
from muster.store.copy.from_sqlite import Origin
from muster.store.copy.tables import NUMBERED, TABLES, Opening
from muster.store.postgres.connecting import Connection
from muster.store.postgres.migrate import check

_LOCK: Final = 0x4D535452_434F5059  # "MSTRCOPY": more than the 40 bits of an organization
_SETTINGS: Final = (
    "SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0; SET lock_timeout = '10s'"
)
_ROOM: Final = 10_000  # row numbers that others may take while we look
_UNFINISHED: Final = "SELECT organization, base, reach, restoring FROM copies ORDER BY organization"
_NAMES: Final = "SELECT name, organization FROM organization_names ORDER BY organization"
_CLAIM: Final = "INSERT INTO copies (organization, base, reach, restoring) VALUES ($1, $2, $3, $4)"
_NAME: Final = "INSERT INTO organization_names (name, organization) VALUES ($1, $2)"
_SEALED_UNDER: Final = "INSERT INTO secret_keys (id) SELECT unnest($1::text[]) ON CONFLICT DO NOTHING"
_GIVEN: Final = "SELECT nextval(pg_get_serial_sequence($1, 'row'))"
_AHEAD: Final = (
    "SELECT setval(pg_get_serial_sequence($1, 'row'),"
    " greatest(nextval(pg_get_serial_sequence($1, 'row')), $2))"
)
_ANEW: Final = "--anew removes what was copied and begins again"


class Claim(NamedTuple):
    """What a copy is of: the organizations, and the highest number that a row of theirs has.

    `opening` is what it has of the platform that opens every organization; `restoring` says that it restores.
    """

    origins: Sequence[Origin]
    reach: int
    opening: Sequence[Opening]
    restoring: bool


async def prepare(connection: Connection) -> None:
    """Make sure that we may work here, and that no other copy does. Raises `StoreError`."""
    await check(connection)
    await connection.execute(_SETTINGS)
    try:
        await connection.execute(f"SELECT pg_advisory_lock({_LOCK})")
    except asyncpg.LockNotAvailableError as error:
        raise StoreError("another copy into this database is under way") from error


async def claim(connection: Connection, wanted: Claim) -> int:
    """Begin a copy, or go on with it; return what is added to the numbers of rows.

    Raises `StoreError`, and nothing is written: an organization is there already, or an unfinished copy is another one.
    """
    async with connection.transaction():
        names = await connection.fetch(_NAMES)
        unfinished = await connection.fetch(_UNFINISHED)
        _refuse_others(wanted, names, {row["organization"] for row in unfinished})
        if unfinished:
            return _continued(wanted, unfinished)
        return await _begin(connection, wanted, empty=not names)


def _refuse_others(wanted: Claim, names: Sequence[Any], ours: Collection[int]) -> None:
    others = {row["organization"]: row["name"] for row in names if row["organization"] not in ours}
    if others and wanted.restoring:
        raise StoreError(
            "the database holds organizations: restore into an empty one that `muster migrate` has prepared"
        )
    if others and wanted.opening:
        what = ", ".join(opening.what for opening in wanted.opening)
        commands = dict.fromkeys(f"`{opening.end_with}`" for opening in wanted.opening)
        raise StoreError(
            f"the platform's {what} in the source would open the organizations that the database holds:"
            f" end them in the source with {', '.join(commands)} (the last operator with --last), or copy into an"
            " empty database"
        )
    for origin in wanted.origins:
        if origin.organization in others or origin.name in others.values():
            raise StoreError(
                f"the database has an organization {origin.name} already, or its number: copy into another database"
            )


def _continued(wanted: Claim, unfinished: Sequence[Any]) -> int:
    base, reach, restoring = unfinished[0][1:]
    if restoring != wanted.restoring:
        raise StoreError(f"{_again(restoring)}, or {_ANEW}")
    numbers = [row["organization"] for row in unfinished]
    if numbers != [origin.organization for origin in wanted.origins] or reach != wanted.reach:
        raise StoreError(
            f"the unfinished copy is of another source, or the source has changed since: {_ANEW}"
        )
    return int(base)


async def _begin(connection: Connection, wanted: Claim, *, empty: bool) -> int:
    """Claim names and numbers; the sequences go ahead of what will be written, so that servers take none of it."""
    given = [int(await connection.fetchval(_GIVEN, name)) for name in NUMBERED]
    base = 0 if empty else max(given) + _ROOM
    for name in NUMBERED:
        await connection.execute(_AHEAD, name, base + wanted.reach)
    for origin in wanted.origins:
        await connection.execute(_NAME, origin.name, origin.organization)
        await connection.execute(_CLAIM, origin.organization, base, wanted.reach, wanted.restoring)
    return base


async def refuse_changed(connection: Connection, origin: Origin) -> None:
    """Raise `StoreError` when an organization has changed since its copy began."""
    async with connection.transaction():
        await enter(connection, origin.organization)
        sql = "SELECT sequence FROM organizations WHERE organization = $1"
        began = await connection.fetchval(sql, origin.organization)
    if began is not None and began != origin.sequence:
        raise StoreError(
            f"organization {origin.name} has changed since its copy began (change {began} then, {origin.sequence} now):"
            f" leave the source unserved; {_ANEW}"
        )


async def note_secret_keys(connection: Connection, ids: Collection[str]) -> None:
    """Have servers ask for the secret keys that something is sealed under."""
    await connection.execute(_SEALED_UNDER, list(ids))


async def forget(connection: Connection, organization: int) -> None:
    """Let the copy of an organization be finished, within a transaction that has entered it."""
    await connection.execute("DELETE FROM copied WHERE organization = $1", organization)
    await connection.execute("DELETE FROM copies WHERE organization = $1", organization)


async def remove(connection: Connection) -> None:
    """Take away what an unfinished copy has written, one organization after the other."""
    for organization, *_ in await connection.fetch(_UNFINISHED):
        async with connection.transaction():
            await enter(connection, organization)
            for table in reversed(TABLES):
                await connection.execute(f"DELETE FROM {table.name} WHERE organization = $1", organization)
            await connection.execute("DELETE FROM organization_names WHERE organization = $1", organization)
            await forget(connection, organization)


async def refuse_unfinished(connection: Connection) -> None:
    """Raise `StoreError` when the database holds an unfinished copy."""
    for row in await connection.fetch(_UNFINISHED):
        raise StoreError(_again(row["restoring"]))


def _again(restoring: bool) -> str:
    command = "restore" if restoring else "copy"
    return f"the database holds an unfinished {command}: run `muster {command}` again, which goes on where it was"
