"""What the registers ask of a database, and how SQLite does it.

Law: a register's statement is written once, in what both databases share: `?` for each value in order, CAST where a
type cannot be told from what it is compared with; each is about one organization, which is its first value.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Sequence
from typing import Any, Final, Protocol, TypeVar, cast

import apsw

from muster.scim.expression import Key
from muster.store.comparison import behind
from muster.store.connection import fetch

T = TypeVar("T")

_SPECIAL: Final = re.compile("[%_!]")


class Session(Protocol):
    """A connection of either database, in a transaction that somebody else begins and ends."""

    async def fetch(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run a statement and return its rows."""

    async def execute(self, sql: str, *values: Any) -> int:
        """Run a statement and return how many rows it changed."""

    async def execute_many(self, sql: str, rows: Sequence[tuple[Any, ...]]) -> None:
        """Run a statement with each of several rows of values, together."""


class SearchSession(Session, Protocol):
    """A session that also says how its database holds what is searched, and is told how to go about it."""

    def key(self, value: Key) -> Key | bytes:
        """Return a comparison key as the columns of keys hold it."""

    def behind(self, prefix: str) -> str | bytes:
        """Return the first key behind all that begin with `prefix`, which is not empty."""

    def within(self, text: str) -> str:
        """Return the pattern (LIKE … ESCAPE '!') that finds a text in a column of bytes that is cast to text."""

    def beside(self, table: str, name: str, column: str, value: str, *, owned: bool = True) -> str:
        """Return the join with the rows of a table in which a column has a value: a look-up for each row before it.

        It binds the organization, and the owner unless the table is looked up without one.
        """


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
        self._connection.execute(sql, values)
        return self._connection.changes()  # its own: those of triggers are left out

    async def execute_many(self, sql: str, rows: Sequence[tuple[Any, ...]]) -> None:
        """Run a statement with each of several rows of values."""
        self._connection.executemany(sql, rows)

    def key(self, value: Key) -> Key:
        """Return a comparison key as the columns of keys hold it."""
        return value

    def behind(self, prefix: str) -> str:
        """Return the first key behind all that begin with `prefix`, which is not empty."""
        return behind(prefix)

    def within(self, text: str) -> str:
        """Return the pattern that finds a text in a column of bytes that is cast to text."""
        return pattern(text)

    def beside(self, table: str, name: str, column: str, value: str, *, owned: bool = True) -> str:
        """Return the join with the rows of a table in which a column has a value."""
        scope = f"{name}.organization = ?" + (f" AND {name}.owner = ?" if owned else "")
        return f"CROSS JOIN {table} {name} ON {scope} AND {name}.{column} = {value}"


def pattern(text: str) -> str:
    """Return the pattern (LIKE … ESCAPE '!') that finds a text in a text."""
    escaped = _SPECIAL.sub(r"!\g<0>", text)
    return f"%{escaped}%"


def at_once(work: Awaitable[T]) -> T:
    """Run what awaits nothing but a `SqliteSession` to its end, and return its result."""
    try:
        work.__await__().send(None)
    except StopIteration as done:
        return cast("T", done.value)
    raise AssertionError("a register awaited something else than its session")
