"""The database in one SQLite file (design §6, §7): what the directory's ports ask for, on the connections of a file.

Law: one process at a time serves or migrates a file; what is one scope's goes through its store.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, TypeVar

import apsw

from muster.directory.failures import StoreError, StoreUnavailable
from muster.directory.measure import StoreMeasures
from muster.directory.ports import Administration
from muster.directory.records import (
    Census,
    Change,
    Connection,
    Credential,
    Grant,
    LogEntry,
    Organization,
    Scope,
    Secret,
)
from muster.directory.registers.registers import Registers
from muster.directory.registers.uses import NotedUse
from muster.directory.seal import READABLE, Keyring
from muster.store import administration
from muster.store.administration import SqliteAdministration
from muster.store.connection import WRITER_CACHE, connect, fetch, write_ahead
from muster.store.file import SqliteFile
from muster.store.lock import ServerLock, start_lock
from muster.store.log import LateLog
from muster.store.migrate import is_current, migrate, migrations, newest
from muster.store.refusals import RefusalLog
from muster.store.registers.registers import SqlRegisters
from muster.store.secrets import secret_keys, settle_secret_keys
from muster.store.session import SqliteSession, at_once
from muster.store.store import SqliteStore
from muster.store.transaction import LOG
from muster.store.uses import Used, write_used

T = TypeVar("T")

_NOBODY: Final = 0  # the organization of what is done for all of them

_GENERATION: Final = "PRAGMA data_version"


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
        file = SqliteFile(path, writer, vfs)
    except BaseException:
        writer.close()
        lock.release()
        raise
    return SqliteDatabase(file, lock, keyring)


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


class SqliteDatabase:
    """A whole SQLite file, opened by `open_database`; used from one event loop."""

    def __init__(self, file: SqliteFile, lock: ServerLock, keyring: Keyring) -> None:
        self.keyring = keyring
        self.writing = file.writing
        self.writer = file.writer
        self.reader = file.reader
        self.readers = file.readers
        self._file = file
        self._lock = lock
        self._log = LateLog(self._write_log)
        self._refusals = RefusalLog(self)
        self._closed = False

    def open(self, grant: Grant) -> SqliteStore:
        """Open the store of a grant's connection."""
        scope = Scope(grant.connection.organization, grant.connection.owner)
        return self.store(scope, nested=grant.organization.nested).behind(grant.epoch)

    def store(self, scope: Scope, *, nested: bool) -> SqliteStore:
        """Open the store of one scope; `nested`: the organization has groups in groups."""
        return SqliteStore(self._file, scope, nested=nested)

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

    async def organizations_behind(self, name: str, limit: int) -> Sequence[Organization]:
        """Return up to `limit` organizations whose names come after one, by name."""
        return administration.organizations_behind(self.reader, name, limit)

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

    async def consult(self, organization: int, operation: Callable[[Registers], Awaitable[T]]) -> T:
        """Run an operation that only reads an organization's registers, on a reader. Raises `StoreBusy`."""

        def read(connection: apsw.Connection) -> T:
            return at_once(operation(SqlRegisters(SqliteSession(connection), organization)))

        return await self.readers.run(organization, read)

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
        measures = self._file.measures()
        measures.dropped = self._log.buffer.dropped + self._refusals.buffer.dropped
        return measures

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

    def log_closed(self, entry: LogEntry) -> None:
        """Keep the entry of a request that opened nothing, for its organization; counted when too many."""
        self._refusals.add(entry)

    def note(self, use: NotedUse) -> None:
        """Keep that a request has used a credential; written within a second with those of others, or lost."""
        self._log.note(use)

    async def _write_log(self, entries: Sequence[LogEntry], used: dict[int, Used]) -> None:
        async def operation() -> None:
            self.writing.executemany(LOG, entries)
            for organization, its in used.items():
                await write_used(SqliteSession(self.writing), organization, its)

        try:
            await self.writer.run(_NOBODY, operation)
        except StoreUnavailable:
            self._log.buffer.dropped += len(entries)

    async def close(self) -> None:
        """Write what waits, stop the threads, close the file and let go of the lock."""
        if self._closed:
            return
        self._closed = True
        try:
            await self._refusals.close()
            await self._log.close()
        finally:
            await self._file.close()
            self._lock.release()
