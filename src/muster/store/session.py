"""What the registers ask of a database, and how SQLite does it.

Law: a register's statement is written once, in what both databases share: `?` for each value in order, CAST where a
type cannot be told from what it is compared with; each is about one organization, which is its first value.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Sequence
from typing import Any, Final, NamedTuple, Protocol, TypeVar, cast

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

    def stored_key(self, key: bytes) -> str | bytes:
        """Return a key of a column of keys that was read before, from its bytes."""

    def within(self, text: str) -> str:
        """Return the pattern (LIKE … ESCAPE '!') that finds a text in a column of bytes that is cast to text."""

    def beside(
        self, table: str, name: str, column: str, value: str, *, owner: str | None = "?", test: str = ""
    ) -> str:
        """Return the join with the rows of a table in which a column has a value: a look-up for each row before it.

        It binds the organization; the owner, unless that is another expression, or None: the table is looked up
        without one; and what `test` binds, which begins with AND.
        """

    def foremost(self, table: str, name: str, where: str, order: str, *, then: str = "") -> str:
        """Return the join with the first rows of a table, for each row before it: as many as the last value bound says.

        `where` may name the rows before; it binds the organization first. `then` goes on with the order where no index
        of PostgreSQL does: it may bring more rows than that many, all of which are equal with the last in `order`.
        """

    def in_any_order(self, text: str) -> str:
        """Return an expression of ids as it is compared with columns of text that have the database's own order."""

    @property
    def member_place(self) -> MemberPlace:
        """How the members of one group stand in the index that leads with the group."""


class MemberPlace(NamedTuple):
    """The column of members that orders those of one group, and its type."""

    column: str
    type: str


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

    def stored_key(self, key: bytes) -> str:
        """Return a key of a column of keys that was read before, from its bytes."""
        return key.decode("utf-8", "replace")

    def within(self, text: str) -> str:
        """Return the pattern that finds a text in a column of bytes that is cast to text."""
        return pattern(text)

    def beside(
        self, table: str, name: str, column: str, value: str, *, owner: str | None = "?", test: str = ""
    ) -> str:
        """Return the join with the rows of a table in which a column has a value."""
        return f"CROSS JOIN {table} {name} ON {scope(name, owner)} AND {name}.{column} = {value}{test}"

    def foremost(self, table: str, name: str, where: str, order: str, *, then: str = "") -> str:
        """Return the join with the first rows of a table, by their numbers: SQLite has no LATERAL."""
        whole = f"{order}, {then}" if then else order
        first = f"SELECT {name}.row FROM {table} {name} WHERE {where} ORDER BY {whole} LIMIT ?"
        return f"CROSS JOIN {table} {name} ON {name}.row IN ({first})"

    def in_any_order(self, text: str) -> str:
        """Return an expression of ids as it is: SQLite has one order of texts."""
        return text

    @property
    def member_place(self) -> MemberPlace:
        """The members of a group stand in the order in which they came."""
        return MemberPlace("row", "integer")


def scope(name: str, owner: str | None) -> str:
    """Return the condition that holds a table to the organization, and to an owner where there is one."""
    return f"{name}.organization = ?" + (f" AND {name}.owner = {owner}" if owner else "")


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
