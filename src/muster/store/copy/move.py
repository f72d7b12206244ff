"""From an SQLite file into a PostgreSQL: `muster copy`, and `muster restore` there.

Law: killed at any moment, it goes on where it was; it is finished only when everything was read back and agrees, in one
transaction that also opens the doors (credentials, management keys, setup links), and after a restore moves the epochs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import apsw
import asyncpg

from muster.directory.failures import StoreError
from muster.directory.identifiers import PLATFORM
from muster.directory.ports import Administration
from muster.store.backup import Report
from muster.store.copy.copies import Claim, claim, forget, note_secret_keys, prepare, refuse_changed, remove
from muster.store.copy.from_postgres import PostgresSource, enter
from muster.store.copy.from_sqlite import Origin, SqliteSource
from muster.store.copy.into_postgres import PostgresTarget
from muster.store.copy.owners import own, refuse_taken
from muster.store.copy.tables import DOORS, OF_PLATFORM, TABLES, Table
from muster.store.copy.tally import Tally, differing, tally
from muster.store.postgres.administration import PostgresAdministration
from muster.store.postgres.connecting import Connection, connect, disconnect, shown

_PASSES: Final = 3  # every row is copied, read in the source, and read in the target
_OPEN: Final = tuple(table for table in TABLES if table not in DOORS)  # what is copied before the end
_PLATFORM: Final = Origin(PLATFORM, "", 0)

AtTheEnd = Callable[[int, Administration], Awaitable[None]]
"""What is to be done in an organization, and for the platform, within the transaction that finishes the copy."""


@dataclass(slots=True)
class Copied:
    """What was copied: how many organizations, and how many rows of each table."""

    organizations: int = 0
    rows: Counter[str] = field(default_factory=Counter)


async def copy(
    source: SqliteSource, url: str, report: Report, *, anew: bool = False, at_the_end: AtTheEnd | None = None
) -> Copied:
    """Copy everything in a file into a database, or go on with it; `at_the_end` says that this is a restore.

    `anew` takes away first what an unfinished copy has written. Raises `StoreError` with one line that says what to do.
    """
    connection = await connect(url)
    try:
        await prepare(connection)
        if anew:
            await remove(connection)
        for origin in source.origins():
            await refuse_taken(connection, origin, source.owned(origin.organization))
        wanted = Claim(source.origins(), source.reach(), source.opens_all(), at_the_end is not None)
        base = await claim(connection, wanted)
        return await _Move(source, connection, base, report).run(wanted.origins, at_the_end)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise StoreError(f"{shown(url)}: {reason}; run it again, and it goes on where it was") from error
    except apsw.Error as error:
        raise StoreError(f"the source cannot be read: {error}") from error
    finally:
        await disconnect(connection)


class _Move:
    """One run of a copy."""

    def __init__(self, source: SqliteSource, connection: Connection, base: int, report: Report) -> None:
        self._source = source
        self._connection = connection
        self._target = PostgresTarget(connection, base)
        self._written = PostgresSource(connection, base)
        self._report = report
        self._done = self._total = 0
        self._copied = Copied()

    async def run(self, origins: Sequence[Origin], at_the_end: AtTheEnd | None) -> Copied:
        """Copy, compare, finish."""
        for origin in origins:
            await refuse_changed(self._connection, origin)
        counts = (self._source.count(table, origin.organization) for origin in origins for table in _OPEN)
        self._total = _PASSES * sum(counts)
        for work in (self._copy, self._compare):
            for origin in origins:
                for table in _OPEN:
                    await work(origin, table)
        async with self._connection.transaction():
            await note_secret_keys(self._connection, self._source.secret_keys())
            for origin in origins:
                await self._finish(origin, DOORS, at_the_end)
                await forget(self._connection, origin.organization)
            await self._finish(_PLATFORM, OF_PLATFORM, at_the_end)
        self._copied.organizations = len(origins)
        return self._copied

    async def _copy(self, origin: Origin, table: Table) -> None:
        organization = origin.organization
        position, rows = await self._target.position(table, organization)
        self._seen(rows)
        for portion in self._source.behind(table, organization, position):
            await self._target.write(table, organization, portion.rows, portion.position)
            self._seen(len(portion.rows))

    async def _compare(self, origin: Origin, table: Table, before: Tally | None = None) -> None:
        """Read a table on both sides; the database may have had rows `before`. Raises `StoreError` when they differ."""
        expected = await tally(self._source, table, origin.organization, self._seen)
        async with self._connection.transaction(readonly=True):
            found = await tally(self._written, table, origin.organization, self._seen)
        wrong = differing(expected.with_more(before or Tally()), found)
        if wrong:
            whose = f"organization {origin.name}" if origin.organization else "the platform"
            raise StoreError(
                f"{whose}: {table.name} is not what the source has: {wrong}; the copy stays"
                " unfinished: --anew removes what was copied and begins again"
            )
        self._copied.rows[table.name] += expected.rows

    async def _finish(self, origin: Origin, tables: Sequence[Table], at_the_end: AtTheEnd | None) -> None:
        """Copy what lets somebody in, and do what belongs to the end, within the last transaction."""
        organization = origin.organization
        await enter(self._connection, organization)
        for table in tables:
            before = await tally(self._written, table, organization, lambda _: None)
            for portion in self._source.behind(table, organization, None):
                await self._target.add(table, organization, portion.rows)
            await self._compare(origin, table, before)
        await own(self._connection, origin, self._source.owned(organization))
        if at_the_end is not None:
            await at_the_end(organization, PostgresAdministration(self._connection, organization))

    def _seen(self, rows: int) -> None:
        self._done += rows
        self._report(min(self._done, self._total), self._total)
