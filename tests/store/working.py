"""How much a store does for something: rows that PostgreSQL's scans yield, steps of SQLite's machine."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from muster.directory.ports import Transaction
from muster.store.postgres.database import PostgresDatabase
from tests.store.scene import Side

T = TypeVar("T")

READ = "SELECT sum(seq_tup_read + idx_tup_fetch)::bigint FROM pg_stat_xact_user_tables WHERE schemaname = 'muster'"


def work(side: Side, doing: Callable[[Transaction], Awaitable[T]]) -> tuple[int, T]:
    """Do something in a transaction of a side; how much the store did for it, and what came of it."""
    database, steps = side.scene.database, 0

    def step() -> bool:
        nonlocal steps
        steps += 1
        return False

    async def measured(transaction: Transaction) -> tuple[int, T]:
        if not isinstance(database, PostgresDatabase):
            database.writing.set_progress_handler(step, 1)
            try:
                found = await doing(transaction)
            finally:
                database.writing.set_progress_handler(None, 1)
            return steps, found
        connection: Any = transaction._connection  # type: ignore[attr-defined]
        ((before,),) = await connection.fetch(READ)
        found = await doing(transaction)
        ((after,),) = await connection.fetch(READ)
        return after - before, found

    return side.write(measured)
