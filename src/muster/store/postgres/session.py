"""How PostgreSQL does what the registers ask of a database."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import cache
from typing import Any, Final, TypeVar

from muster.scim.expression import Key
from muster.store.postgres.connecting import Connection
from muster.store.postgres.values import after, cut, text_bytes
from muster.store.session import MemberPlace, scope

T = TypeVar("T")

_BEGIN: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT enter({:d}, NULL)"


class PostgresSession:
    """A connection in a transaction that has entered an organization."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def fetch(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run a statement and return its rows."""
        return [tuple(row) for row in await self._connection.fetch(numbered(sql), *values)]

    async def execute(self, sql: str, *values: Any) -> int:
        """Run a statement and return how many rows it changed."""
        done: str = await self._connection.execute(numbered(sql), *values)
        return int(done.rpartition(" ")[2])

    def key(self, value: Key) -> bytes:
        """Return a comparison key as the columns of keys hold it."""
        return cut(value).key

    def behind(self, prefix: str) -> bytes:
        """Return the first key behind all that begin with `prefix`, which is not empty."""
        return after(text_bytes(prefix))

    def stored_key(self, key: bytes) -> bytes:
        """Return a key of a column of keys that was read before, from its bytes."""
        return key

    def within(self, text: str) -> str:
        """Return the pattern that finds a text in a column of bytes: as text, those are hexadecimal."""
        return f"%{text_bytes(text).hex()}%"

    def beside(
        self, table: str, name: str, column: str, value: str, *, owner: str | None = "?", test: str = ""
    ) -> str:
        """Return the join with the rows of a table in which a column has a value, gone about as in `PostgresValues`."""
        return (
            f"CROSS JOIN LATERAL (SELECT {name}.* FROM {table} {name} WHERE {scope(name, owner)}"
            f" AND {name}.{column} >= {value} AND {name}.{column} <= {value}{test}"
            f" ORDER BY {name}.{column} OFFSET 0) {name}"
        )

    def foremost(self, table: str, name: str, where: str, order: str, *, then: str = "") -> str:
        """Return the join with the first rows of a table, and with those that are equal with the last of them."""
        # Ordered by more than an index has, all would be read and sorted by PostgreSQL 14 and 15.
        last = "FETCH FIRST ? ROWS WITH TIES" if then else "LIMIT ?"
        first = f"SELECT {name}.* FROM {table} {name} WHERE {where} ORDER BY {order} {last}"
        return f"CROSS JOIN LATERAL ({first}) {name}"

    def in_any_order(self, text: str) -> str:
        """Return an expression of ids in the database's own order: no index of those serves another one."""
        return f'{text} COLLATE "default"'

    @property
    def member_place(self) -> MemberPlace:
        """The members of a group stand in the order of their ids."""
        return MemberPlace("member", "text")

    async def execute_many(self, sql: str, rows: Sequence[tuple[Any, ...]]) -> None:
        """Run a statement with each of several rows of values, in one round trip."""
        await self._connection.executemany(numbered(sql), rows)


async def reading(connection: Connection, organization: int, work: Callable[[Connection], Awaitable[T]]) -> T:
    """Run what only reads in one snapshot of an organization."""
    await connection.execute(_BEGIN.format(organization))
    try:
        return await work(connection)
    finally:
        with suppress(Exception):  # a connection that cannot is found out by the next that has it
            await connection.execute("ROLLBACK")


@cache
def numbered(sql: str) -> str:
    """Return a statement with PostgreSQL's numbers for `?`; there is no other question mark in it."""
    first, *rest = sql.split("?")
    return first + "".join(f"${number}{piece}" for number, piece in enumerate(rest, 1))
