"""What runs between BEGIN and COMMIT, and what is known of it when PostgreSQL is lost.

Law: the organization is set for one transaction only. Only where the connection was lost while a transaction committed
is it not known what was done: `OutcomeUnknown`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any, Final, TypeVar

import asyncpg

from muster.directory.failures import OutcomeUnknown, StoreUnavailable
from muster.store.postgres.batches import Undone
from muster.store.postgres.connecting import PATIENCE, Connection

T = TypeVar("T")

_WRITE_MILLISECONDS: Final = 60_000
# Raised by what commits they leave open whether it was done: there was no answer, or the server was going down.
_UNANSWERED: Final = (
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,  # a timeout too
)
# What no single statement is the cause of: each of a batch would hear the same by itself.
_OF_ALL: Final = (
    asyncpg.InsufficientResourcesError,
    asyncpg.PostgresSystemError,
    asyncpg.ReadOnlySQLTransactionError,
)


def begin(organization: int, epoch: int | None, *, alone: bool) -> str:
    """Return what begins a transaction of one organization, if its access epoch is still this one.

    Every write shares a lock of its organization, which one that runs alone has for itself: with many rows locked in
    any order it would meet the others again and again, and they could not commit before it anyway, the sequence being
    one row.
    """
    asked = "NULL" if epoch is None else f"{epoch:d}"
    return f"BEGIN; SELECT begin_write({organization:d}, {asked}, {alone}, {_WRITE_MILLISECONDS})"


async def within(
    connection: Connection, beginning: str, operation: Callable[[Connection], Awaitable[T]]
) -> T:
    """Run an operation between `beginning` and COMMIT; undo it when it raises.

    Raises what it raises, `StoreUnavailable` when it was rolled back, `OutcomeUnknown`.
    """
    try:
        await connection.execute(beginning)
        result = await operation(connection)
    except BaseException:
        await _undo(connection)
        raise
    done: str = await committing(connection, lambda: connection.execute("COMMIT"))
    if done != "COMMIT":
        raise StoreUnavailable("nothing was changed: PostgreSQL rolled the transaction back")
    return result


async def together(connection: Connection, sql: str, rows: Sequence[Sequence[Any]]) -> None:
    """Run one statement with each row of values, in one round trip that is a transaction.

    Raises what a single one raises, `Undone` where PostgreSQL refused one of several, `OutcomeUnknown`.
    """
    if len(rows) == 1:
        await committing(connection, lambda: connection.fetch(sql, *rows[0]))
        return
    try:
        await committing(connection, lambda: connection.executemany(sql, rows))
    except _OF_ALL:
        raise
    except asyncpg.PostgresError as error:
        raise Undone from error


async def committing(connection: Connection, statement: Callable[[], Awaitable[T]]) -> T:
    """Run a statement that commits. Raises `OutcomeUnknown`, and closes the connection, where it is not heard of."""
    try:
        return await statement()  # called here: asyncpg refuses at once where the connection is gone
    except asyncpg.QueryCanceledError:
        raise  # by a timeout, and so rolled back
    except _UNANSWERED as error:
        with suppress(Exception):
            connection.terminate()
        raise OutcomeUnknown(f"PostgreSQL was lost while it committed: {error}") from error


async def _undo(connection: Connection) -> None:
    """Roll back; a connection that cannot is closed, which does the same."""
    try:
        await connection.execute("ROLLBACK", timeout=PATIENCE)
    except Exception:  # noqa: BLE001 - what made us undo is what is told
        with suppress(Exception):
            connection.terminate()
