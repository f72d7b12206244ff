"""Fills a database through the store's own verbs, hundreds of users to a transaction, without HTTP and without SCIM.

Law: what is filled looks as if it had come by SCIM, but for one change row where there would have been hundreds.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from bench.documents import Document
from bench.scale import people
from muster.bootstrap import open_database, world
from muster.directory.connections import create_connection
from muster.directory.organizations import create_organization
from muster.directory.ports import Transaction
from muster.directory.records import Actor, Change, Connection, Kind, Operation, Scope
from muster.directory.rows import new_row
from muster.scim.catalog import builtin
from muster.scim.keys import entries
from muster.settings import Settings
from muster.store.postgres.database import PostgresDatabase
from muster.store.sqlite import SqliteDatabase

BATCH = 500
WRITERS = 3
"""Batches under way at the same time: what one waits for PostgreSQL, another computes in."""

Database = SqliteDatabase | PostgresDatabase
Report = Callable[[int, int], None]


class Sizes(NamedTuple):
    """How many users one organization has, and how many members each of its groups."""

    users: int
    groups: tuple[int, ...]


class Filled(NamedTuple):
    """A connection of a filled organization, and the API key that opens it."""

    connection: str
    api_key: str


async def fill(settings: Settings, name: str, sizes: Sizes, report: Report) -> Filled:
    """Create an organization with a connection, and all that it is to have."""
    database = await open_database(settings, serving=True)
    assert isinstance(database, SqliteDatabase | PostgresDatabase)
    try:
        return await fill_open(database, name, sizes, report)
    finally:
        await database.close()


async def fill_open(database: Database, name: str, sizes: Sizes, report: Report) -> Filled:
    """Do the same in a database that is open."""
    await create_organization(database, world(), name)
    connection, _, key = await create_connection(database, world(), name, "okta", strict=False)
    filling = _Filling(database, connection)
    await filling.users(sizes.users, report)
    for number, members in enumerate(sizes.groups):
        await filling.group(number, members)
    return Filled(connection.id, key.api_key)


class _Filling:
    """The store of one connection, and the time at which everything is made: each resource a microsecond later."""

    def __init__(self, database: Database, connection: Connection) -> None:
        scope = Scope(connection.organization, connection.owner)
        self._store = database.store(scope, nested=False)
        self._now = time.time_ns() // 1000

    async def users(self, count: int, report: Report) -> None:
        batches, done = _batches(count), 0

        async def work() -> None:
            nonlocal done
            for batch in batches:
                await self._store.write(lambda transaction, batch=batch: self._create(transaction, batch))  # type: ignore[misc]
                done += len(batch)
                report(done, count)

        await asyncio.gather(*(work() for _ in range(WRITERS)))

    async def group(self, number: int, members: int) -> None:
        """A group with the first users as its members."""
        id = people.id_of("Group", number)

        async def create(transaction: Transaction) -> None:
            await self._insert(transaction, "Group", id, people.group(number), self._now + number)
            for batch in _batches(members):
                ids: Mapping[str, Kind] = {people.id_of("User", one): "User" for one in batch}
                await transaction.add_members(id, ids, self._now, "fill")
            await transaction.record(self._change("Group", id))

        await self._store.write(create, heavy=True)

    async def _create(self, transaction: Transaction, numbers: Iterable[int]) -> None:
        id = ""
        for number in numbers:
            id = people.id_of("User", number)
            await self._insert(transaction, "User", id, people.user(number), self._now + number)
            await transaction.add_account(people.id_of("Account", number), id, active=True, now=self._now)
        await transaction.record(self._change("User", id))

    async def _insert(
        self, transaction: Transaction, kind: Kind, id: str, document: Document, now: int
    ) -> None:
        resource_type = builtin().resource_type(kind)
        row = new_row(resource_type, id, document, now)
        await transaction.insert(kind, row, entries(resource_type, document))

    def _change(self, kind: Kind, id: str) -> Change:
        return Change(self._now, Actor(None, None, "fill"), Operation.CREATE, kind, id, 1, None, None)


def _batches(count: int) -> Iterator[range]:
    return (range(start, min(start + BATCH, count)) for start in range(0, count, BATCH))
