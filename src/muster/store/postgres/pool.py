"""The connections of one process to PostgreSQL: what runs on them, whose turn it is, and what is said when they fail.

Law: whatever the server or the network does, an operation ends in a result, in what it raised, in `StoreUnavailable`,
or, lost while it committed, in `OutcomeUnknown`; and the next one finds a working connection.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from time import perf_counter
from typing import Any, Final, TypeVar

import asyncpg

from muster.directory.failures import (
    AccessChanged,
    StoreBusy,
    StoreError,
    StoreUnavailable,
)
from muster.directory.measure import StoreMeasures, Work
from muster.directory.records import Scope
from muster.store.postgres.batches import Batches, Undone
from muster.store.postgres.commit import begin, together, within
from muster.store.postgres.connecting import PATIENCE, SETTINGS, Connection, explain
from muster.store.postgres.counting import CountingConnection
from muster.store.turns import Places

T = TypeVar("T")

CONNECTIONS: Final = 8  # of one process
SHARE: Final = 6  # of them that one organization may have at the same time
ATTEMPTS: Final = 5  # of an operation that met another one
_ANSWER: Final = 90.0  # seconds after which a server that says nothing is gone

_CHANGED: Final = "MU001"  # what `enter` raises
# Nothing was done, and it may be done again at once.
_AGAIN: Final = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError)
_TOO_LONG: Final = (asyncpg.QueryCanceledError, asyncpg.LockNotAvailableError)
_LOST: Final = (
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.InvalidTransactionStateError,
    asyncpg.InternalClientError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.PostgresSystemError,
    OSError,
)


class Pool:
    """The connections of one process."""

    def __init__(self, url: str, pool: Any) -> None:
        self.url = url
        self.measures = StoreMeasures()
        self._pool = pool
        self._places = Places(CONNECTIONS, SHARE)
        self._batches = Batches(self._commit)
        self.on_write: Callable[[], None] = _nobody_asks

    @classmethod
    async def open(cls, url: str) -> Pool:
        """Connect. Raises `StoreError`."""
        try:
            pool = await asyncpg.create_pool(
                url,
                min_size=1,
                max_size=CONNECTIONS,
                timeout=PATIENCE,
                command_timeout=_ANSWER,
                max_inactive_connection_lifetime=0,
                reset=_no_reset,
                server_settings=SETTINGS,
            )
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, ValueError) as error:
            raise StoreError(explain(url, error)) from error
        return cls(url, pool)

    async def read(self, organization: int, sql: str, *values: Any, work: Work = "read") -> list[Any]:
        """Run one statement that reads, in one round trip; once more if its connection turns out to be gone.

        `work` is what it is counted as: a look-up ("read"), or what may take long ("query"). Raises `AccessChanged`
        where it is asked behind an access epoch that has moved.
        """

        async def ask(connection: Connection) -> list[Any]:
            found: list[Any] = await connection.fetch(sql, *values)
            return found

        started = perf_counter()
        try:
            return await self.look(organization, ask, work=work)
        finally:
            self.measures.seconds[work].observe(perf_counter() - started)

    async def look(
        self, organization: int, ask: Callable[[Connection], Awaitable[T]], *, work: Work = "read"
    ) -> T:
        """Run statements that only read; once more if their connection turns out to be gone."""
        try:
            return await self._on_connection(organization, work, ask)
        except StoreBusy:
            raise
        except StoreUnavailable:
            return await self._on_connection(organization, work, ask)

    async def write(
        self,
        organization: int,
        operation: Callable[[Connection], Awaitable[T]],
        *,
        alone: bool = False,
        epoch: int | None = None,
    ) -> T:
        """Run an operation in a transaction of an organization; again, a few times, where it met another one.

        `alone` says that it changes many rows in any order: then no other write of the organization is under way.
        Raises `AccessChanged` where the organization's access epoch is not `epoch` (None: whatever it is).
        """
        started = perf_counter()
        beginning = begin(organization, epoch, alone=alone)
        try:
            result = await self._tried(organization, beginning, operation)
            self.measures.batches.observe(1)
        finally:
            self.measures.seconds["write"].observe(perf_counter() - started)
        self.on_write()
        return result

    async def call(self, scope: Scope, about: str | None, sql: str, *values: Any) -> None:
        """Run one statement that is a transaction of its own, with those that wait beside it.

        `about` is the id of the user that it finds at a version, if it does. Raises what it raises, and as `write`.
        """
        started = perf_counter()
        try:
            await self._batches.run(scope, about, sql, values)
        finally:
            self.measures.seconds["write"].observe(perf_counter() - started)
        self.on_write()

    async def _commit(self, scope: Scope, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        """Run one statement with each row of values in one transaction. Raises `Undone` where there are several."""
        try:
            await self._on_connection(
                scope.organization, "write", lambda connection: together(connection, sql, rows)
            )
        except Undone:
            self.measures.undone += 1
            raise
        self.measures.batches.observe(len(rows))

    async def _tried(
        self, organization: int, beginning: str, operation: Callable[[Connection], Awaitable[T]]
    ) -> T:
        for attempt in range(ATTEMPTS):
            try:
                return await self._on_connection(
                    organization, "write", lambda connection: within(connection, beginning, operation)
                )
            except _AGAIN as error:
                if attempt + 1 == ATTEMPTS:
                    raise StoreUnavailable(f"nothing was changed: {error}") from error
                await asyncio.sleep(random.uniform(0, 0.01 * 2**attempt))  # noqa: S311 - spreads who met
        raise AssertionError("the last attempt returns or raises")

    async def _on_connection(
        self, organization: int, kind: Work, work: Callable[[Connection], Awaitable[T]]
    ) -> T:
        try:
            return await self._in_turn(organization, kind, work)
        except _AGAIN:
            raise
        except asyncpg.exceptions.UnknownPostgresError as error:
            if error.sqlstate == _CHANGED:
                raise AccessChanged from error
            raise
        except _TOO_LONG as error:
            raise StoreBusy(f"PostgreSQL did not get to it in time: {error}") from error
        except TimeoutError as error:
            raise StoreBusy("no connection to PostgreSQL was free in time, or it did not answer") from error
        except asyncpg.DataError:
            raise  # a value that the statement cannot take: ours to mend, not PostgreSQL's
        except (*_LOST, asyncpg.InterfaceError) as error:
            raise StoreUnavailable(f"PostgreSQL cannot be reached: {error}") from error

    async def _in_turn(self, organization: int, kind: Work, work: Callable[[Connection], Awaitable[T]]) -> T:
        await self._places.take(organization, PATIENCE)
        try:
            async with self._pool.acquire() as acquired:  # there is one for each place: nobody waits here
                connection = CountingConnection(acquired)
                try:
                    return await work(connection)
                finally:
                    self.measures.statements[kind] += connection.statements
        finally:
            self._places.give(organization)

    async def close(self) -> None:
        """Close all connections, waiting for what runs on them."""
        try:
            await asyncio.wait_for(self._pool.close(), PATIENCE)
        except (TimeoutError, *_LOST):
            self._pool.terminate()


def _nobody_asks() -> None:
    """Do nothing when something was written."""


async def _no_reset(_: Connection) -> None:
    """Leave a connection as it is when it goes back: nothing that we set outlives its transaction."""
