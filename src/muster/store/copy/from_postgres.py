"""Reading everything that a PostgreSQL holds, one organization after the other, within one transaction.

Law: the transaction is the caller's, and with it the moment; a key is read together with what it was made of, and where
the two do not belong together it is told from every key that there can be.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Final

from muster.store.copy.tables import Column, Form, Row, Table
from muster.store.postgres.connecting import Connection
from muster.store.postgres.values import LONGEST, WHOLE

_MANY: Final = 5000  # rows that are fetched at a time
_FEW: Final = 100  # of those with documents, each of which may have megabytes

DAMAGED: Final = b"\xff"
"""What a key begins with that is not what it was made of; no text does, in UTF-8."""


async def enter(connection: Connection, organization: int) -> None:
    """Set the organization for the rest of the transaction, or until the next one."""
    await connection.execute(f"SET LOCAL muster.organization = '{organization:d}'")


class PostgresSource:
    """One database, at the moment of the connection's transaction; `base` is taken off the numbers of rows."""

    def __init__(self, connection: Connection, base: int = 0) -> None:
        self._connection = connection
        self._base = base

    async def count(self, table: Table, organization: int) -> int:
        """Return about how many rows of an organization a table has."""
        await enter(self._connection, organization)
        sql = f"SELECT count(*) FROM {table.name} WHERE organization = $1"
        return int(await self._connection.fetchval(sql, organization))

    async def portions(self, table: Table, organization: int) -> AsyncIterator[Sequence[Row]]:
        """Yield the rows of an organization, some thousand at a time."""
        await enter(self._connection, organization)
        await self._connection.execute("SET LOCAL enable_sort = off")  # the index has the order
        cursor = await self._connection.cursor(_select(table, self._base), organization)
        size = _FEW if any(column.form is Form.DATA for column in table.columns) else _MANY
        while rows := [tuple(record) for record in await cursor.fetch(size)]:
            yield rows


def _select(table: Table, base: int) -> str:
    columns = ", ".join(_expression(column, base) for column in table.columns)
    order = ", ".join(f't."{name}"' for name in table.postgres_order)
    return f"SELECT {columns} FROM {table.name} t WHERE t.organization = $1 ORDER BY {order}"


def _expression(column: Column, base: int) -> str:
    name = f"t.{column.quoted}"
    match column.form:
        case Form.ROW:
            return f"{name} - {base:d}"
        case Form.FLAG:
            return f"{name}::int"
        case Form.KEY | Form.ENTRY:
            return _whole(name, f"t.{WHOLE[column.name]}")
        case _:
            return name


def _whole(key: str, whole: str) -> str:
    """Return the expression of a key as it was made: the whole one where both are as `cut` makes them."""
    made = f"substr({whole}, 1, {LONGEST}) || sha256({whole})"
    is_cut = f"length({whole}) > {LONGEST} AND {key} = {made}"
    damaged = f"'\\x{DAMAGED.hex()}' || {key} || {whole}"
    return f"CASE WHEN {whole} IS NULL THEN {key} WHEN {is_cut} THEN {whole} ELSE {damaged} END"
