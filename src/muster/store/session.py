"""What the registers ask of a database, and how SQLite does it.

Law: a register's statement is written once, in what both databases share: `?` for each value in order, CAST where a
type cannot be told from what it is compared with; each is about one organization, which is its first value.
"""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import Any, Protocol, TypeVar, cast

import apsw

from muster.store.connection import fetch

T = TypeVar("T")


class Session(Protocol):
    """A connection of either database, in a transaction that somebody else begins and ends."""

    async def fetch(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run a statement and return its rows."""

    async def execute(self, sql: str, *values: Any) -> int:
        """Run a statement and return how many rows it changed."""

    async def execute_many(self, sql: str, rows: Sequence[tuple[Any, ...]]) -> None:
        """Run a statement with each of several rows of values, together."""


class SqliteSession:
    """A connection of SQLite. It never suspends."""

    __slots__ = ("_connection",)

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection

    async def fetch(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run a statement and return its rows."""
        return fetch(self._connection, sql, values)

    async def execute(self, sql: str, *values: Any) -> int:
        """Run a statement and return how many rows it changed."""
        before = self._connection.total_changes()
        self._connection.execute(sql, values)
        return self._connection.total_changes() - before

    async def execute_many(self, sql: str, rows: Sequence[tuple[Any, ...]]) -> None:
        """Run a statement with each of several rows of values."""
        self._connection.executemany(sql, rows)


def at_once(work: Awaitable[T]) -> T:
    """Run what awaits nothing but a `SqliteSession` to its end, and return its result."""
    try:
        work.__await__().send(None)
    except StopIteration as done:
        return cast("T", done.value)
    raise AssertionError("a register awaited something else than its session")
