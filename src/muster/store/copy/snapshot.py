"""From a PostgreSQL, served or not, into a new SQLite file: `muster backup`.

Law: the file is one moment of the database, read in one transaction that holds up no writer; what was written is read
back and compared with what was read.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import apsw
import asyncpg

from muster.directory.failures import StoreError
from muster.directory.identifiers import PLATFORM
from muster.store.backup import Report, give_name
from muster.store.copy.copies import refuse_unfinished
from muster.store.copy.entries import Attributes
from muster.store.copy.from_postgres import DAMAGED, PostgresSource, enter
from muster.store.copy.from_sqlite import SqliteSource
from muster.store.copy.into_sqlite import SqliteTarget
from muster.store.copy.tables import ENTRIES, OF_PLATFORM, TABLES, Form, Row, Table
from muster.store.copy.tally import Tally, differing, tally
from muster.store.postgres.connecting import Connection, connect, disconnect, shown
from muster.store.postgres.migrate import check

_SEALED_UNDER: Final = "SELECT id FROM secret_keys"
_SCHEMAS: Final = "SELECT document FROM schemas WHERE organization = $1 ORDER BY created, id"


def back_up(url: str, target: Path, report: Report) -> int:
    """Copy one moment of a database into a new file; return its size in bytes.

    Raises `StoreError`: the database cannot be read, `target` exists, or the copy is not sound.
    """

    def fill(unfinished: Path) -> None:
        os.close(os.open(unfinished, os.O_CREAT | os.O_WRONLY, 0o600))
        asyncio.run(_fill(url, unfinished, report))

    return give_name(target, fill)


async def _fill(url: str, path: Path, report: Report) -> None:
    connection = await connect(url)
    try:
        await check(connection)
        await connection.execute("SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0")
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            await refuse_unfinished(connection)
            tallies = await _Snapshot(connection, report).into(path)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        raise StoreError(f"{shown(url)}: {' '.join(str(error).split())}; nothing was kept") from error
    except apsw.Error as error:
        raise StoreError(f"cannot write {path}: {error}; nothing was kept") from error
    finally:
        await disconnect(connection)
    await _compare(path, tallies)


class Part(NamedTuple):
    """A table of an organization, or of the platform."""

    organization: int
    whose: str
    table: Table


class _Snapshot:
    """One moment of a database."""

    def __init__(self, connection: Connection, report: Report) -> None:
        self._connection = connection
        self._source = PostgresSource(connection)
        self._report = report

    async def into(self, path: Path) -> dict[Part, Tally]:
        """Write everything into a new file; return what was read."""
        target = SqliteTarget(path)
        try:
            target.note_secret_keys([id for (id,) in await self._connection.fetch(_SEALED_UNDER)])
            parts = await self._parts()
            total, done = sum(parts.values()), 0
            tallies = {part: Tally() for part in parts}
            for part, found in tallies.items():
                async for rows in self._write(part, target):
                    found.add(rows)
                    done += len(rows)
                    self._report(min(done, total), total)
            target.own()
        finally:
            target.close()
        return tallies

    async def _parts(self) -> dict[Part, int]:
        names = await self._connection.fetch("SELECT organization, name FROM organization_names ORDER BY 1")
        parts = [Part(number, f"organization {name}", table) for number, name in names for table in TABLES]
        parts += [Part(PLATFORM, "the platform", table) for table in OF_PLATFORM]
        return {part: await self._source.count(part.table, part.organization) for part in parts}

    async def _write(self, part: Part, target: SqliteTarget) -> AsyncIterator[Sequence[Row]]:
        """Write a table, and yield its rows some at a time."""
        organization, _, table = part
        attributes = await self._attributes(organization) if table is ENTRIES else None
        async for rows in self._source.portions(table, organization):
            _refuse_damaged(part, rows)
            kept = attributes.kept(rows) if attributes else rows
            target.write(table, organization, map(attributes.written, kept) if attributes else kept)
            yield kept

    async def _attributes(self, organization: int) -> Attributes:
        await enter(self._connection, organization)
        found = await self._connection.fetch(_SCHEMAS, organization)
        return Attributes.of(document for (document,) in found)


def _refuse_damaged(part: Part, rows: Sequence[Row]) -> None:
    places = [place for place, column in enumerate(part.table.columns) if column.form is Form.KEY]
    if any(row[place] and row[place].startswith(DAMAGED) for row in rows for place in places):
        raise StoreError(f"{part.whose}: {part.table.name} holds a key that is damaged")


async def _compare(path: Path, tallies: dict[Part, Tally]) -> None:
    """Read back what was written. Raises `StoreError` when it is not what was read."""
    source = SqliteSource.open(path)
    try:
        for part, expected in tallies.items():
            found = await tally(source, part.table, part.organization, lambda _: None)
            wrong = differing(expected, found)
            if wrong:
                raise StoreError(f"{part.whose}: {part.table.name} was not written as it is: {wrong}")
    finally:
        source.close()
