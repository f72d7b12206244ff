"""Connections to PostgreSQL: how they are set up, what runs on them, and what is said when they fail.

Law: the organization is set for one transaction only, never for a session; whatever the server or the network does, an
operation ends in a result, in what it raised, or in `StoreUnavailable`, and the next one finds a working connection.
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

from muster.directory.failures import StoreBusy, StoreError, StoreUnavailable
from muster.directory.measure import StoreMeasures

T = TypeVar("T")

SCHEMA: Final = "muster"
CONNECTIONS: Final = 8  # of one process
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
}

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

    async def read(self, sql: str, *values: Any) -> list[Any]:
        """Run one statement that reads, in one round trip; once more if its connection turns out to be gone."""
        started = perf_counter()
        try:
            return await self._read(sql, values)
        except StoreBusy:
            raise
        except StoreUnavailable:
            return await self._read(sql, values)
        finally:
            self.measures.seconds["read"].observe(perf_counter() - started)

    async def _read(self, sql: str, values: tuple[Any, ...]) -> list[Any]:
        async def work(connection: Connection) -> list[Any]:
            found: list[Any] = await connection.fetch(sql, *values)
            return found

        return await self._on_connection(work)

    async def write(
        self, organization: int, operation: Callable[[Connection], Awaitable[T]], *, alone: bool = False
    ) -> T:
        """Run an operation in a transaction of an organization; again, a few times, where it met another one.

        `alone` says that it changes many rows in any order: then no other write of the organization is under way.
        """
        started = perf_counter()
        begin = _begin(organization, alone=alone)
        try:
            return await self._tried(begin, operation)
        finally:
            self.measures.seconds["write"].observe(perf_counter() - started)

    async def _tried(self, begin: str, operation: Callable[[Connection], Awaitable[T]]) -> T:
        for attempt in range(ATTEMPTS):
            try:
                return await self._on_connection(lambda connection: _within(connection, begin, operation))
            except _AGAIN as error:
                if attempt + 1 == ATTEMPTS:
                    raise StoreUnavailable(f"nothing was changed: {error}") from error
                await asyncio.sleep(random.uniform(0, 0.01 * 2**attempt))  # noqa: S311 - spreads who met
        raise AssertionError("the last attempt returns or raises")

    async def _on_connection(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        try:
            async with self._pool.acquire(timeout=_PATIENCE) as connection:
                return await work(connection)
        except _AGAIN:
            raise
        except _TOO_LONG as error:
            raise StoreBusy(f"PostgreSQL did not get to it in time: {error}") from error
        except TimeoutError as error:
            raise StoreBusy("no connection to PostgreSQL was free in time, or it did not answer") from error
        except asyncpg.DataError:
            raise  # a value that the statement cannot take: ours to mend, not PostgreSQL's
        except (*_LOST, asyncpg.InterfaceError) as error:
            raise StoreUnavailable(f"PostgreSQL cannot be reached: {error}") from error

    async def close(self) -> None:
        """Close all connections, waiting for what runs on them."""
        try:
            await asyncio.wait_for(self._pool.close(), _PATIENCE)
        except (TimeoutError, *_LOST):
            self._pool.terminate()


async def _no_reset(_: Connection) -> None:
    """Leave a connection as it is when it goes back: nothing that we set outlives its transaction."""


def _begin(organization: int, *, alone: bool) -> str:
    """Return what begins a transaction of one organization.

    Every write shares a lock of its organization, which one that runs alone has for itself: with many rows locked in
    any order it would meet the others again and again, and they could not commit before it anyway, the sequence being
    one row.
    """
    return (
        f"BEGIN; SET LOCAL muster.organization = '{organization:d}';"
        f" SET LOCAL statement_timeout = {_WRITE_MILLISECONDS};"
        f" SELECT pg_advisory_xact_lock{'' if alone else '_shared'}({organization:d})"
    )


async def _within(connection: Connection, begin: str, operation: Callable[[Connection], Awaitable[T]]) -> T:
    """Run an operation between BEGIN and COMMIT as one organization."""
    try:
        await connection.execute(begin)
        result = await operation(connection)
    except BaseException:
        await _undo(connection)
        raise
    if await connection.execute("COMMIT") != "COMMIT":
        raise StoreUnavailable("nothing was changed: PostgreSQL rolled the transaction back")
    return result


async def _undo(connection: Connection) -> None:
    """Roll back; a connection that cannot is closed, which does the same."""
    try:
        await connection.execute("ROLLBACK", timeout=_PATIENCE)
    except Exception:  # noqa: BLE001 - what made us undo is what is told
        with suppress(Exception):
            connection.terminate()
