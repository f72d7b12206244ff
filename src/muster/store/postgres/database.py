"""The database on PostgreSQL: what the directory's ports ask for, on a pool of connections.

Law: what any process has committed holds for every request that starts afterwards. What was read of a grant may be
kept, because the stores that are opened with it find out in PostgreSQL itself whether it still holds.
"""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable, Collection, Sequence
from functools import partial
from typing import Final, TypeVar

from muster.directory.failures import OutcomeUnknown, StoreError, StoreUnavailable
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
from muster.store.copy.copies import refuse_unfinished
from muster.store.log import LateLog
from muster.store.postgres import administration, secrets
from muster.store.postgres.administration import PostgresAdministration
from muster.store.postgres.connecting import NOBODY
from muster.store.postgres.connecting import Connection as Session
from muster.store.postgres.migrate import check
from muster.store.postgres.pool import Pool
from muster.store.postgres.recall import Recall
from muster.store.postgres.requests import LOG, log_values
from muster.store.postgres.session import PostgresSession, numbered, reading
from muster.store.postgres.statistics import Statistics
from muster.store.postgres.store import PostgresStore
from muster.store.refusals import RefusalLog
from muster.store.registers.registers import SqlRegisters
from muster.store.uses import Used, write_used

T = TypeVar("T")

REFUSED: Final = 400


async def open_database(url: str, keyring: Keyring = READABLE) -> PostgresDatabase:
    """Connect as the application's role; `keyring` are the secret keys that the process has.

    Raises `StoreError` with one line that says what to do.
    """
    pool = await Pool.open(url)
    try:
        await pool.look(NOBODY, _ready)
    except StoreUnavailable as error:
        await pool.close()
        raise StoreError(str(error)) from error
    except BaseException:
        await pool.close()
        raise
    return PostgresDatabase(pool, keyring)


async def _ready(connection: Session) -> None:
    await check(connection)
    await refuse_unfinished(connection)


class PostgresDatabase:
    """A whole database, opened by `open_database`; used from one event loop."""

    def __init__(self, pool: Pool, keyring: Keyring = READABLE) -> None:
        self.pool = pool
        self.keyring = keyring
        self._statistics = Statistics(pool)
        pool.on_write = self._statistics.written
        self._recall = Recall()
        self._log = LateLog(self._write_log)
        self._refusals = RefusalLog(self)

    def open(self, grant: Grant) -> PostgresStore:
        """Open the store of a grant's connection for one request."""
        scope = Scope(grant.connection.organization, grant.connection.owner)
        return PostgresStore(
            self.pool, self._recall, scope, nested=grant.organization.nested, epoch=grant.epoch
        )

    def store(self, scope: Scope, *, nested: bool) -> PostgresStore:
        """Open the store of one scope, whoever asks; `nested`: the organization has groups in groups."""
        return PostgresStore(self.pool, self._recall, scope, nested=nested)

    def generation(self) -> int:
        """Return the same number always: the stores themselves find out whether a grant still holds."""
        return 0

    async def grant(self, organization: int, credential: str) -> Grant | None:
        """Return the credential with its connection and organization, or None."""
        return await administration.grant(self.pool, organization, credential)

    async def schemas(self, organization: int) -> Sequence[bytes]:
        """Return the custom schema documents of an organization, oldest first."""
        return await administration.schemas(self.pool, organization)

    async def add_organization(
        self, organization: Organization, change: Change, secrets: Collection[Secret] = ()
    ) -> None:
        """Store a new organization with its secrets and first change. Raises `ValueError` when the name is taken."""
        await administration.add_organization(self.pool, organization, change, secrets)

    async def organization_named(self, name: str) -> Organization | None:
        """Return the organization with exactly this name, or None."""
        return await administration.organization_named(self.pool, name)

    async def organizations(self) -> Sequence[Organization]:
        """Return all organizations, oldest first."""
        return await administration.organizations(self.pool)

    async def organizations_behind(self, name: str, limit: int) -> Sequence[Organization]:
        """Return up to `limit` organizations whose names come after one, by name."""
        return await administration.organizations_behind(self.pool, name, limit)

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

    async def consult(self, organization: int, operation: Callable[[Registers], Awaitable[T]]) -> T:
        """Run an operation that only reads an organization's registers, in one snapshot."""

        async def work(session: Session) -> T:
            return await operation(SqlRegisters(PostgresSession(session), organization))

        return await self.pool.look(
            organization, lambda session: reading(session, organization, work), work="query"
        )

    async def secret_keys(self) -> Collection[str]:
        """Return the ids of the secret keys that something may be sealed under."""
        return await secrets.secret_keys(self.pool)

    async def settle_secret_keys(self) -> Collection[str]:
        """Look at every secret, and note only the keys that one is sealed under; return their ids."""
        return await secrets.settle_secret_keys(self.pool)

    def measures(self) -> StoreMeasures:
        """Return what this process has counted at this database so far."""
        measures = self.pool.measures
        measures.dropped = self._log.buffer.dropped + self._refusals.buffer.dropped
        return measures

    async def census(self, now: int) -> Census:
        """Count what the database holds. Raises `StoreUnavailable`."""
        return await administration.census(self.pool, now)

    async def check(self) -> None:
        """Ask for the schema's number. Raises `StoreUnavailable`: no answer, or a schema that is not ours."""
        try:
            await self.pool.look(NOBODY, check)
        except StoreError as error:
            raise StoreUnavailable(str(error)) from error

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
        """Write each organization's in a transaction of its own; entries that cannot be written come with the next."""
        waiting: dict[int, list[LogEntry]] = {organization: [] for organization in used}
        for entry in entries:
            waiting.setdefault(entry.organization, []).append(entry)
        while waiting:
            organization, its = waiting.popitem()
            late = partial(_add_late, organization, its, used.get(organization))
            try:
                await self.pool.write(organization, late)
            except OutcomeUnknown:
                self._log.buffer.dropped += len(its)  # perhaps they are there: better missing than twice
            except StoreUnavailable:
                for entry in itertools.chain(its, *waiting.values()):
                    self._log.buffer.add(lambda entry=entry: entry, refused=entry.status >= REFUSED)  # type: ignore[misc]
                return

    async def close(self) -> None:
        """Write what waits, and close the connections."""
        try:
            await self._statistics.close()
            await self._refusals.close()
            await self._log.close()
        finally:
            await self.pool.close()


async def _add_late(
    organization: int, entries: Sequence[LogEntry], used: Used | None, session: Session
) -> None:
    """Write entries and what was used of one organization."""
    if entries:
        await session.executemany(_LOG, [(organization, *log_values(entry)) for entry in entries])
    if used is not None:
        await write_used(PostgresSession(session), organization, used)


_LOG: Final = numbered(LOG)
