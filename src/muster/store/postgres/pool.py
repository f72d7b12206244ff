"""Connections to PostgreSQL: how they are set up, what runs on them, and what is said when they fail.

Law: the organization is set for one transaction only, never for a session; whatever the server or the network does, an
operation ends in a result, in what it raised, or in `StoreUnavailable`, and the next one finds a working connection.
Only where the connection was lost while a transaction committed is it not known what was done: `OutcomeUnknown`.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from time import perf_counter
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import asyncpg

from muster.directory.failures import (
    AccessChanged,
    OutcomeUnknown,
    StoreBusy,
    StoreError,
    StoreUnavailable,
)
from muster.directory.measure import StoreMeasures, Work
from muster.store.postgres.counting import CountingConnection
from muster.store.turns import Places

T = TypeVar("T")

SCHEMA: Final = "muster"
CONNECTIONS: Final = 8  # of one process
SHARE: Final = 6  # of them that one organization may have at the same time
NOBODY: Final = 0  # the organization of what is asked before one is known, or for all of them
ATTEMPTS: Final = 5  # of an operation that met another one
_PATIENCE: Final = 10.0  # seconds to wait for a connection
_ANSWER: Final = 90.0  # seconds after which a server that says nothing is gone
_WRITE_MILLISECONDS: Final = 60_000
_SETTINGS: Final = {
    "application_name": "muster",
    "search_path": SCHEMA,
    "statement_timeout": "10000",
    "lock_timeout": "5000",
    "idle_in_transaction_session_timeout": "60000",
    "synchronous_commit": "on",
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
    # Each text is written so that one way is right, whatever its values and whatever is known of the rows (see
    # `PostgresValues`): it is planned once. A whole table is never the shorter way, every index leading with the
    # organization. Indexes of another height cost the same, or their height would decide what the order should. What a
    # condition looks up in is hashed up to millions of rows, or it would be read again for each row.
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "cpu_operator_cost": "0.0001",
    "hash_mem_multiplier": "64",
}

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
# Raised by COMMIT they leave open whether it was done: there was no answer, or the server was going down.
_UNANSWERED: Final = (
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,  # a timeout too
)

Connection = Any
"""asyncpg has no types of its own: a connection, or the pool's stand-in for one."""


def shown(url: str) -> str:
    """Return a database's address without its password."""
    parts = urlsplit(url)
    if parts.password is None:
        return url
    return url.replace(f":{parts.password}@", ":…@", 1)


async def connect(url: str) -> Connection:
    """Open a single connection. Raises `StoreError` with one line that says what to do."""
    try:
        return await asyncpg.connect(url, server_settings=_SETTINGS, timeout=_PATIENCE)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, ValueError) as error:
        raise StoreError(_explain(url, error)) from error


async def disconnect(connection: Connection) -> None:
    """Close a single connection, whatever has become of it."""
    try:
        await connection.close(timeout=_PATIENCE)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        connection.terminate()


def _explain(url: str, error: Exception) -> str:
    reason = " ".join(str(error).split()) or type(error).__name__
    return f"cannot connect to {shown(url)}: {reason}; check the address, and that PostgreSQL is running"


class Pool:
    """The connections of one process."""

    def __init__(self, url: str, pool: Any) -> None:
        self.url = url
        self.measures = StoreMeasures()
        self._pool = pool
        self._places = Places(CONNECTIONS, SHARE)
        self.on_write: Callable[[], None] = _nobody_asks

    @classmethod
    async def open(cls, url: str) -> Pool:
        """Connect. Raises `StoreError`."""
        try:
            pool = await asyncpg.create_pool(
                url,
                min_size=1,
                max_size=CONNECTIONS,
                timeout=_PATIENCE,
                command_timeout=_ANSWER,
                max_inactive_connection_lifetime=0,
                reset=_no_reset,
                server_settings=_SETTINGS,
            )
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, ValueError) as error:
            raise StoreError(_explain(url, error)) from error
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
        begin = _begin(organization, epoch, alone=alone)
        try:
            result = await self._tried(organization, begin, operation)
            self.measures.batches.observe(1)
        finally:
            self.measures.seconds["write"].observe(perf_counter() - started)
        self.on_write()
        return result

    async def _tried(
        self, organization: int, begin: str, operation: Callable[[Connection], Awaitable[T]]
    ) -> T:
        for attempt in range(ATTEMPTS):
            try:
                return await self._on_connection(
                    organization, "write", lambda connection: _within(connection, begin, operation)
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
        await self._places.take(organization, _PATIENCE)
        try:
            async with self._pool.acquire(timeout=_PATIENCE) as acquired:
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
            await asyncio.wait_for(self._pool.close(), _PATIENCE)
        except (TimeoutError, *_LOST):
            self._pool.terminate()


def _nobody_asks() -> None:
    """Do nothing when something was written."""


async def _no_reset(_: Connection) -> None:
    """Leave a connection as it is when it goes back: nothing that we set outlives its transaction."""


def _begin(organization: int, epoch: int | None, *, alone: bool) -> str:
    """Return what begins a transaction of one organization, if its access epoch is still this one.

    Every write shares a lock of its organization, which one that runs alone has for itself: with many rows locked in
    any order it would meet the others again and again, and they could not commit before it anyway, the sequence being
    one row.
    """
    if organization == NOBODY:
        return f"BEGIN; SET LOCAL statement_timeout = {_WRITE_MILLISECONDS}"
    asked = "NULL" if epoch is None else f"{epoch:d}"
    return f"BEGIN; SELECT begin_write({organization:d}, {asked}, {alone}, {_WRITE_MILLISECONDS})"


async def _within(connection: Connection, begin: str, operation: Callable[[Connection], Awaitable[T]]) -> T:
    """Run an operation between BEGIN and COMMIT as one organization."""
    try:
        await connection.execute(begin)
        result = await operation(connection)
    except BaseException:
        await _undo(connection)
        raise
    if await _commit(connection) != "COMMIT":
        raise StoreUnavailable("nothing was changed: PostgreSQL rolled the transaction back")
    return result


async def _commit(connection: Connection) -> str:
    """Commit, and return what PostgreSQL says it did. Raises `OutcomeUnknown` when it did not get to say it."""
    try:
        done: str = await connection.execute("COMMIT")
    except asyncpg.QueryCanceledError:
        raise  # by a timeout, and so rolled back
    except _UNANSWERED as error:
        with suppress(Exception):
            connection.terminate()
        raise OutcomeUnknown(f"PostgreSQL was lost while it committed: {error}") from error
    return done


async def _undo(connection: Connection) -> None:
    """Roll back; a connection that cannot is closed, which does the same."""
    try:
        await connection.execute("ROLLBACK", timeout=_PATIENCE)
    except Exception:  # noqa: BLE001 - what made us undo is what is told
        with suppress(Exception):
            connection.terminate()
