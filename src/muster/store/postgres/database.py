"""The store on PostgreSQL: what the directory's ports ask for, on a pool of connections.

Law: nothing that was read is kept from one request to the next, so that what any process has committed holds for every
request that starts afterwards; a hot read is one round trip.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Final, TypeVar

from muster.directory.failures import StoreError, StoreUnavailable
from muster.directory.measure import StoreMeasures
from muster.directory.ports import Administration, Work
from muster.directory.records import (
    Census,
    Change,
    Connection,
    Credential,
    Grant,
    Kind,
    LogEntry,
    Member,
    Organization,
    Page,
    QueryPlan,
    Scope,
    Stored,
    StoredGroup,
    StoredUser,
)
from muster.store import columns
from muster.store.copy.copies import refuse_unfinished
from muster.store.log import LogBuffer
from muster.store.member_list import ID_LENGTH, MemberList
from muster.store.postgres import administration, rows
from muster.store.postgres.administration import PostgresAdministration
from muster.store.postgres.migrate import check
from muster.store.postgres.pool import Connection as Session
from muster.store.postgres.pool import Pool
from muster.store.postgres.query import Query, known
from muster.store.postgres.transaction import LOG, PostgresTransaction
from muster.store.postgres.values import cut, word

T = TypeVar("T")

REFUSED: Final = 400
_FLUSH: Final = 1.0  # seconds that a log entry may wait
_USER: Final = f"SELECT * FROM user_by($1, $2, $3, $4, $5, $6) AS t({rows.USER})"
_GROUP: Final = f"SELECT * FROM group_by_key($1, $2, $3, $4, $5) AS t({rows.GROUP})"
_MEMBERS: Final = f"SELECT * FROM members_of($1, $2, $3, $4) AS t({rows.MEMBER})"
_COMPACT: Final = "SELECT * FROM read_as($1, $2, $3, $4, $5) AS t(same boolean, members text)"
_COMPACT_MEMBERS: Final = f"""SELECT bool_and(length(m.member) = {ID_LENGTH}),
    string_agg(left(m.kind, 1) || m.member, '' ORDER BY m.row) FROM members m
  WHERE m.organization = ($3)[1] AND m.owner = ($3)[2] AND m.group_id = ($2)[1]"""
_PLACES: Final = ("id", "name_key", "external_id")


async def open_database(url: str) -> PostgresDatabase:
    """Connect as the application's role. Raises `StoreError` with one line that says what to do."""
    pool = await Pool.open(url)
    try:
        await pool.write(0, _ready)
    except BaseException:
        await pool.close()
        raise
    return PostgresDatabase(pool)


async def _ready(connection: Session) -> None:
    await check(connection)
    await refuse_unfinished(connection)


class PostgresStore:
    """The data of one scope."""

    __slots__ = ("_nested", "_pool", "_scope")

    def __init__(self, pool: Pool, scope: Scope, *, nested: bool) -> None:
        self._pool = pool
        self._scope = scope
        self._nested = nested

    async def user(self, id: str, *, with_groups: bool = True) -> StoredUser | None:
        """Return the user, or None: one round trip."""
        return await self._user("id", word(id), with_groups=with_groups)

    async def group(self, id: str) -> StoredGroup | None:
        """Return the group, or None: one round trip."""
        return await self._group("id", word(id))

    async def members(self, group: str, *, display: bool) -> Sequence[Member]:
        """Return the direct members of a group in the order they came; without names in little room."""
        if not display:
            values: tuple[list[bytes], list[str], list[int]] = ([], [word(group)], [*self._scope])
            ((same, text),) = await self._pool.read(
                _COMPACT, self._scope.organization, _COMPACT_MEMBERS, *values
            )
            if same:
                return MemberList(text)
        found = await self._pool.read(_MEMBERS, *self._scope, word(group), display)
        return [rows.member(row) for row in found]

    async def query(self, plan: QueryPlan) -> Page:
        """Answer a query in one round trip."""
        kind: Kind = "User" if plan.resource_type.name == "User" else "Group"
        unique = columns.fixed(kind, plan.filter)
        if unique is not None and not plan.with_members and not plan.cursor:
            return await self._look_up(kind, *unique, plan)
        query = Query(plan, self._scope, nested=self._nested)
        sql, *values = query.read().call(self._scope.organization)
        return query.page(await self._pool.read(sql, *values))

    async def write(self, operation: Work[T], *, heavy: bool = False) -> T:
        """Run one operation in a transaction and return its result once it is committed and synced."""

        async def work(connection: Session) -> T:
            transaction = PostgresTransaction(connection, self._scope)
            result = await operation(transaction)
            await transaction.flush()
            return result

        return await self._pool.write(self._scope.organization, work, alone=heavy)

    async def _look_up(self, kind: Kind, column: str, value: str, plan: QueryPlan) -> Page:
        key = word(value) if column == "id" else cut(value).key
        found: Stored | None
        if kind == "User":
            found = await self._user(column, key, with_groups=plan.with_groups)
        else:
            found = await self._group(column, key)
        return known([] if found is None else [found], plan, {})

    async def _user(self, column: str, key: str | bytes, *, with_groups: bool) -> StoredUser | None:
        groups = (2 if self._nested else 1) if with_groups else 0
        found = await self._pool.read(_USER, *self._scope, *_placed(column, key), groups)
        return rows.user(found[0]) if found else None

    async def _group(self, column: str, key: str | bytes) -> StoredGroup | None:
        found = await self._pool.read(_GROUP, *self._scope, *_placed(column, key))
        return rows.group(found[0]) if found else None


def _placed(column: str, key: str | bytes) -> tuple[Any, ...]:
    return tuple(key if column == place else None for place in _PLACES)


class PostgresDatabase:
    """A whole database, opened by `open_database`; used from one event loop."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self._numbers = itertools.count()
        self._log = LogBuffer()
        self._flushing: asyncio.Task[None] | None = None

    def store(self, scope: Scope, *, nested: bool) -> PostgresStore:
        """Open the store of one scope; `nested`: the organization has groups in groups."""
        return PostgresStore(self.pool, scope, nested=nested)

    def generation(self) -> int:
        """Return another number each time: some process may have committed something since it was last asked."""
        return next(self._numbers)

    async def grant(self, organization: int, credential: str) -> Grant | None:
        """Return the credential with its connection and organization, or None."""
        return await administration.grant(self.pool, organization, credential)

    async def schemas(self, organization: int) -> Sequence[bytes]:
        """Return the custom schema documents of an organization, oldest first."""
        return await administration.schemas(self.pool, organization)

    async def add_organization(self, organization: Organization, change: Change) -> None:
        """Store a new organization with its first change. Raises `ValueError` when the name is taken."""
        await administration.add_organization(self.pool, organization, change)

    async def organization_named(self, name: str) -> Organization | None:
        """Return the organization with exactly this name, or None."""
        return await administration.organization_named(self.pool, name)

    async def organizations(self) -> Sequence[Organization]:
        """Return all organizations, oldest first."""
        return await administration.organizations(self.pool)

    async def connections(self) -> Sequence[Connection]:
        """Return the connections of all organizations, oldest first."""
        return await administration.connections(self.pool)

    async def connection(self, organization: int, id: str) -> Connection | None:
        """Return a connection of an organization, or None."""
        return await administration.connection(self.pool, organization, id)

    async def credentials(self, organization: int, connection: str) -> Sequence[Credential]:
        """Return the credentials of a connection, oldest first."""
        return await administration.credentials(self.pool, organization, connection)

    async def administer(self, organization: int, operation: Callable[[Administration], Awaitable[T]]) -> T:
        """Run one administrative operation of an organization in a transaction."""
        return await self.pool.write(
            organization, lambda connection: operation(PostgresAdministration(connection, organization))
        )

    def measures(self) -> StoreMeasures:
        """Return what this process has counted at this database so far."""
        measures = self.pool.measures
        measures.dropped = self._log.dropped
        return measures

    async def census(self, now: int) -> Census:
        """Count what the database holds. Raises `StoreUnavailable`."""
        return await administration.census(self.pool, now)

    async def check(self) -> None:
        """Ask for the schema's number. Raises `StoreUnavailable`: no answer, or a schema that is not ours."""
        try:
            await self.pool.write(0, check)
        except StoreError as error:
            raise StoreUnavailable(str(error)) from error

    def log(self, entry: Callable[[], LogEntry], *, refused: bool) -> None:
        """Keep the log entry of a read or a refusal; written within a second, counted (and not made) when too many."""
        self._log.add(entry, refused=refused)
        if self._flushing is None:
            self._flushing = asyncio.get_running_loop().create_task(self._flush_later())

    async def _flush_later(self) -> None:
        await asyncio.sleep(_FLUSH)
        self._flushing = None
        with suppress(StoreUnavailable):  # they are kept, and come with the next
            await self._flush()

    async def _flush(self) -> None:
        """Write the entries, each organization's in a transaction of its own."""
        waiting: dict[int, list[LogEntry]] = defaultdict(list)
        for entry in self._log.take():
            waiting[entry.organization].append(entry)
        while waiting:
            organization, entries = waiting.popitem()
            values = [(organization, *rows.log_values(entry)) for entry in entries]
            try:
                await self.pool.write(organization, partial(_add_entries, values))
            except StoreUnavailable:
                for entry in itertools.chain(entries, *waiting.values()):
                    self._log.add(lambda entry=entry: entry, refused=entry.status >= REFUSED)  # type: ignore[misc]
                raise

    async def close(self) -> None:
        """Write what waits, and close the connections."""
        if self._flushing is not None:
            self._flushing.cancel()
            self._flushing = None
        try:
            with suppress(StoreUnavailable):
                await self._flush()
        finally:
            await self.pool.close()


async def _add_entries(values: Sequence[tuple[Any, ...]], session: Session) -> None:
    await session.executemany(_LOG, values)


def _numbered(sql: str) -> str:
    first, *rest = sql.split("?")
    return first + "".join(f"${number}{piece}" for number, piece in enumerate(rest, 1))


_LOG: Final = _numbered(LOG)
