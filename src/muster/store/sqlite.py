"""The store on one SQLite file (design §6, §7).

Law: reads that are known to be a few index look-ups run on the event loop's own connection and wait for nobody; all
other reads run on the readers; all writes go through the one writer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import suppress
from pathlib import Path
from time import perf_counter
from typing import Any, Final, TypeVar

import apsw

from muster.directory.failures import StoreError, StoreUnavailable
from muster.directory.measure import StoreMeasures
from muster.directory.ports import Administration, Transaction
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
    Secret,
    StoredGroup,
    StoredUser,
)
from muster.directory.seal import READABLE, Keyring
from muster.store import administration, columns, rows, statements
from muster.store.administration import SqliteAdministration
from muster.store.connection import LOOK_UP_CACHE, WRITER_CACHE, connect, connect_reader, fetch, write_ahead
from muster.store.counted import StatementCounts
from muster.store.lock import ServerLock, start_lock
from muster.store.log import LogBuffer
from muster.store.migrate import is_current, migrate, migrations, newest
from muster.store.query import DISPLAYED, Query, members_of, read_long_list, read_members
from muster.store.readers import Readers
from muster.store.secrets import secret_keys, settle_secret_keys
from muster.store.transaction import LOG, SqliteTransaction, log_values
from muster.store.writer import Writer

T = TypeVar("T")

_FLUSH: Final = 1.0  # seconds that a log entry may wait
_NOBODY: Final = 0  # the organization of what is done for all of them

_GENERATION: Final = "PRAGMA data_version"
_MEMBER_COUNT: Final = "SELECT members FROM groups WHERE organization = ?1 AND owner = ?2 AND id = ?3"

# The look-ups on the event loop, by (groups wanted, nested).
_USERS_BY: Final = {
    column: {
        (groups, nested): statements.select_by("User", column, groups=groups, nested=nested)
        for groups in (False, True)
        for nested in (False, True)
    }
    for column in ("id", "name_key", "external_id")
}
_GROUPS_BY: Final = {
    column: statements.select_by("Group", column) for column in ("id", "name_key", "external_id")
}


def open_database(
    path: Path, *, serving: bool, vfs: str | None = None, keyring: Keyring = READABLE
) -> SqliteDatabase:
    """Open the file, creating or migrating it if need be; `serving` takes the lock that one server has.

    `keyring` are the secret keys that the process has. Raises `StoreError` with one line that says what to do.
    """
    _make_private(path)
    lock = ServerLock(path)
    writer = connect(path, vfs=vfs, cache=WRITER_CACHE)
    try:
        if serving:
            _take(lock, path)
        migrate(writer, lock, locked=serving, steps=migrations())
        write_ahead(writer)
        reader = connect_reader(path, vfs, cache=LOOK_UP_CACHE)
    except BaseException:
        writer.close()
        lock.release()
        raise
    counts = StatementCounts()
    counts.add("write", writer)
    counts.add("read", reader)
    readers = Readers(lambda: counts.add("query", connect_reader(path, vfs)))
    return SqliteDatabase(writer, reader, readers, lock, counts, keyring)


def claim(path: Path) -> None:
    """Be the server of a file until this process ends, also while its worker does not have it open yet.

    Raises `StoreError`: another one is.
    """
    _take(start_lock(path), path)  # and never let go of: its end is the process's


def migrate_file(path: Path) -> int:
    """Create or migrate the file; return how many steps that took. Raises `StoreError`."""
    connection = connect(path)
    try:
        return migrate(connection, ServerLock(path), locked=False, steps=migrations())
    finally:
        connection.close()


def _make_private(path: Path) -> None:
    """Make a new file readable by its owner alone; SQLite gives its companions the same mode."""
    with suppress(OSError):  # it is there already, or cannot be made: opening it says why
        path.touch(mode=0o600, exist_ok=False)


def _take(lock: ServerLock, path: Path) -> None:
    if not lock.take():
        raise StoreError(f"{path} is being served or migrated by another process; stop it first, or wait")


class SqliteStore:
    """The data of one scope in an SQLite file."""

    __slots__ = ("_database", "_nested", "_scope")

    def __init__(self, database: SqliteDatabase, scope: Scope, *, nested: bool) -> None:
        self._database = database
        self._scope = scope
        self._nested = nested

    async def confirm(self) -> None:
        """Do nothing: what was read of a grant is kept only while nobody has committed anything (`generation`)."""

    async def user(self, id: str, *, with_groups: bool = True) -> StoredUser | None:
        """Return the user, or None. One indexed read."""
        return self._user("id", id, with_groups=with_groups)

    async def group(self, id: str) -> StoredGroup | None:
        """Return the group, or None. One indexed read."""
        return self._group("id", id)

    async def members(self, group: str, *, display: bool) -> Sequence[Member]:
        """Return the direct members of a group in the order they came; a long list is read on a reader."""
        found = fetch(self._database.reader, _MEMBER_COUNT, (*self._scope, group))
        if not found:
            return ()

        def read(connection: apsw.Connection) -> Sequence[Member]:
            if not display:
                return read_long_list(connection, self._scope, group)
            return read_members(connection, self._scope, [group], display=display)[group]

        if found[0][0] > DISPLAYED:
            return await self._database.readers.run(self._scope.organization, read)
        return read(self._database.reader)

    async def query(self, plan: QueryPlan) -> Page:
        """Answer a query. Equality on a unique attribute is one indexed read; the rest runs on a reader."""
        kind: Kind = "User" if plan.resource_type.name == "User" else "Group"
        known = columns.fixed(kind, plan.filter)
        if known is not None:
            page = self._look_up(kind, *known, plan)
            if page is not None:
                return page
        query = Query(plan, self._scope, nested=self._nested)
        return await self._database.long_read(self._scope.organization, query.run)

    async def write(
        self,
        operation: Callable[[Transaction], Awaitable[T]],
        *,
        heavy: bool = False,
        single: bool = False,  # noqa: ARG002 - all that is short is the same here
    ) -> T:
        """Run one operation in a transaction and return its result once it is committed and synced."""
        connection, scope, started = self._database.writing, self._scope, perf_counter()
        try:
            return await self._database.writer.run(
                scope.organization, lambda: operation(SqliteTransaction(connection, scope)), heavy=heavy
            )
        finally:
            self._database.write_seconds.observe(perf_counter() - started)

    def _user(self, column: str, value: str, *, with_groups: bool) -> StoredUser | None:
        sql = _USERS_BY[column][with_groups, self._nested]
        found = self._database.look_up(sql, (*self._scope, value))
        return rows.user(found[0]) if found else None

    def _group(self, column: str, value: str) -> StoredGroup | None:
        found = self._database.look_up(_GROUPS_BY[column], (*self._scope, value))
        return rows.group(found[0]) if found else None

    def _look_up(self, kind: Kind, column: str, value: str, plan: QueryPlan) -> Page | None:
        """Answer equality on a unique column here; None when the members of what is found are too many to read here."""
        if kind == "User":
            user = self._user(column, value, with_groups=plan.with_groups)
            return _single(user, plan)
        group = self._group(column, value)
        if group is None or not plan.with_members or not _in_page(plan):
            return _single(group, plan)
        if group.members > DISPLAYED:
            return None
        return Page(1, [group], members_of(self._database.reader, self._scope, [group]))


def _in_page(plan: QueryPlan) -> bool:
    return plan.offset == 0 and plan.limit > 0


def _single(found: StoredUser | StoredGroup | None, plan: QueryPlan) -> Page:
    if found is None:
        return Page(0, (), {})
    return Page(1, [found] if _in_page(plan) else (), {})


class SqliteDatabase:
    """A whole SQLite file, opened by `open_database`; used from one event loop."""

    def __init__(
        self,
        writing: apsw.Connection,
        reader: apsw.Connection,
        readers: Readers,
        lock: ServerLock,
        counts: StatementCounts,
        keyring: Keyring,
    ) -> None:
        self.writing = writing
        self.reader = reader
        self.readers = readers
        self.keyring = keyring
        self._counts = counts
        self._measures = StoreMeasures()
        self._read_seconds = self._measures.seconds["read"]
        self.write_seconds = self._measures.seconds["write"]
        self.writer = Writer(writing, self._measures.batches)
        self._lock = lock
        self._log = LogBuffer()
        self._flushing: asyncio.Task[None] | None = None
        self._closed = False

    def open(self, grant: Grant, *, fresh: bool) -> SqliteStore:  # noqa: ARG002 - it holds as long as it is kept
        """Open the store of a grant's connection."""
        scope = Scope(grant.connection.organization, grant.connection.owner)
        return self.store(scope, nested=grant.organization.nested)

    def store(self, scope: Scope, *, nested: bool) -> SqliteStore:
        """Open the store of one scope; `nested`: the organization has groups in groups."""
        return SqliteStore(self, scope, nested=nested)

    def look_up(self, sql: str, values: tuple[int, int, str]) -> list[tuple[Any, ...]]:
        """Read the rows of a statement that is a few index look-ups, here and now."""
        started = perf_counter()
        found = self.reader.execute(sql, values).fetchall()
        self._read_seconds.observe(perf_counter() - started)
        return found

    async def long_read(self, organization: int, read: Callable[[apsw.Connection], T]) -> T:
        """Run a read that may take long on a reader. Raises `StoreBusy`, `StoreUnavailable`."""
        started = perf_counter()
        try:
            return await self.readers.run(organization, read)
        finally:
            self._measures.seconds["query"].observe(perf_counter() - started)

    def generation(self) -> int:
        """Return a number that has changed if any process, this one too, may have committed since it was last asked."""
        ((number,),) = fetch(self.reader, _GENERATION)
        return int(number)

    async def grant(self, organization: int, credential: str) -> Grant | None:
        """Return the credential with its connection and organization, or None."""
        return administration.grant(self.reader, organization, credential)

    async def schemas(self, organization: int) -> Sequence[bytes]:
        """Return the custom schema documents of an organization, oldest first."""
        return administration.schemas(self.reader, organization)

    async def add_organization(
        self, organization: Organization, change: Change, secrets: Collection[Secret] = ()
    ) -> None:
        """Store a new organization with its secrets and first change. Raises `ValueError` when the name is taken."""

        async def operation() -> None:
            administration.add_organization(self.writing, organization)
            verbs = SqliteAdministration(self.writing, organization.organization)
            for secret in secrets:
                await verbs.keep_secret(secret)
            await verbs.record(change)

        await self.writer.run(organization.organization, operation)

    async def organization_named(self, name: str) -> Organization | None:
        """Return the organization with exactly this name, or None."""
        return administration.organization_named(self.reader, name)

    async def organizations(self) -> Sequence[Organization]:
        """Return all organizations, oldest first."""
        return administration.organizations(self.reader)

    async def connections(self) -> Sequence[Connection]:
        """Return the connections of all organizations, oldest first."""
        return administration.connections(self.reader)

    async def connection(self, organization: int, id: str) -> Connection | None:
        """Return a connection of an organization, or None."""
        return administration.connection(self.reader, organization, id)

    async def credentials(self, organization: int, connection: str) -> Sequence[Credential]:
        """Return the credentials of a connection, oldest first."""
        return administration.credentials(self.reader, organization, connection)

    async def administer(self, organization: int, operation: Callable[[Administration], Awaitable[T]]) -> T:
        """Run one administrative operation of an organization in a transaction."""
        return await self.writer.run(
            organization, lambda: operation(SqliteAdministration(self.writing, organization))
        )

    async def secret_keys(self) -> Collection[str]:
        """Return the ids of the secret keys that something may be sealed under."""
        return secret_keys(self.reader)

    async def settle_secret_keys(self) -> Collection[str]:
        """Look at every secret, and note only the keys that one is sealed under; return their ids."""

        async def operation() -> Collection[str]:
            return settle_secret_keys(self.writing)

        return await self.writer.run(_NOBODY, operation)

    def measures(self) -> StoreMeasures:
        """Return what this process has counted at this file so far."""
        self._measures.statements = self._counts.totals()
        self._measures.dropped = self._log.dropped
        return self._measures

    async def census(self, now: int) -> Census:
        """Count what the file holds, on a reader. Raises `StoreBusy`, `StoreUnavailable`."""
        return await self.readers.run(_NOBODY, lambda connection: administration.census(connection, now))

    async def check(self) -> None:
        """Read the schema's number from the file. Raises `StoreUnavailable`: no answer, or a schema not ours."""
        try:
            current = is_current(self.reader, newest())
        except (apsw.Error, StoreError) as error:
            raise StoreUnavailable(str(error)) from error
        if not current:
            raise StoreUnavailable("the file has an older schema than this program needs")

    def log(self, entry: Callable[[], LogEntry], *, refused: bool) -> None:
        """Keep the log entry of a read or a refusal; written within a second, counted (and not made) when too many."""
        self._log.add(entry, refused=refused)
        if self._flushing is None:
            self._flushing = asyncio.get_running_loop().create_task(self._flush_later())

    async def _flush_later(self) -> None:
        await asyncio.sleep(_FLUSH)
        self._flushing = None
        await self._flush()

    async def _flush(self) -> None:
        entries = self._log.take()

        async def operation() -> None:
            self.writing.executemany(LOG, [log_values(entry) for entry in entries])

        if not entries:
            return
        try:
            await self.writer.run(_NOBODY, operation)
        except StoreUnavailable:
            self._log.dropped += len(entries)

    async def close(self) -> None:
        """Write what waits, stop the threads, close the file and let go of the lock."""
        if self._closed:
            return
        self._closed = True
        if self._flushing is not None:
            self._flushing.cancel()
        try:
            await self._flush()
        finally:
            await self.writer.close()
            self.readers.close()
            self.reader.close()
            self._lock.release()
