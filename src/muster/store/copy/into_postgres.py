"""Writing rows into a PostgreSQL as the application's role: arrays that one statement makes rows of.

Law: a portion and the position behind it are one transaction, so whatever happens no row is written twice; row-level
security is in force, and the organization set, as for everything else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from muster.store.copy.from_postgres import enter
from muster.store.copy.tables import TABLES, Column, Form, Row, Table
from muster.store.postgres.connecting import Connection
from muster.store.postgres.values import WHOLE, cut_bytes

_TYPES: Final = {
    Form.FLAG: "boolean",
    Form.WORD: "text",
    Form.NOTE: "text",
    Form.DATA: "bytea",
    Form.KEY: "bytea",
    Form.ENTRY: "bytea",
    Form.DERIVED: "bytea",
}
_NONE: Final = (None, None)
_POSITION: Final = "SELECT position, rows FROM copied WHERE organization = $1 AND name = $2"
_ADVANCE: Final = (
    "INSERT INTO copied (organization, name, position, rows) VALUES ($1, $2, $3, $4)"
    " ON CONFLICT (organization, name) DO UPDATE"
    " SET position = excluded.position, rows = copied.rows + excluded.rows"
)


class PostgresTarget:
    """A database that an unfinished copy goes into; `base` is added to the numbers of rows."""

    def __init__(self, connection: Connection, base: int) -> None:
        self._connection = connection
        self._base = base

    async def position(self, table: Table, organization: int) -> tuple[str | None, int]:
        """Return behind which row to go on (None: at the first one), and how many are there."""
        async with self._connection.transaction():
            await enter(self._connection, organization)
            found = await self._connection.fetchrow(_POSITION, organization, table.name)
        return tuple(found) if found else (None, 0)

    async def write(self, table: Table, organization: int, rows: Sequence[Row], position: str) -> None:
        """Add a portion and say that it is there, in a transaction of its own."""
        async with self._connection.transaction():
            await enter(self._connection, organization)
            await self.add(table, organization, rows)
            await self._connection.execute(_ADVANCE, organization, table.name, position, len(rows))

    async def add(self, table: Table, organization: int, rows: Sequence[Row]) -> None:
        """Add rows, within a transaction of the organization."""
        await self._connection.execute(_INSERT[table.name], organization, *_arrays(table, rows, self._base))


def _insert(table: Table) -> str:
    names, types = [], []
    for column in table.columns:
        names.append(column.quoted)
        types.append(_TYPES.get(column.form, "bigint"))
        if column.form in (Form.KEY, Form.ENTRY):
            names.append(WHOLE[column.name])
            types.append("bytea")
    arrays = ", ".join(f"${number}::{type_}[]" for number, type_ in enumerate(types, 2))
    return f"INSERT INTO {table.name} (organization, {', '.join(names)}) SELECT $1::bigint, r.* FROM unnest({arrays}) r"


_INSERT: Final = {table.name: _insert(table) for table in TABLES}


def _arrays(table: Table, rows: Sequence[Row], base: int) -> list[Any]:
    found: list[Any] = []
    for column, values in zip(table.columns, zip(*rows, strict=True), strict=True):
        found += _columns(column, values, base)
    return found


def _columns(column: Column, values: Sequence[Any], base: int) -> list[Sequence[Any]]:
    match column.form:
        case Form.ROW:
            return [[value + base for value in values]]
        case Form.FLAG:
            return [[bool(value) for value in values]]
        case Form.KEY | Form.ENTRY:
            return list(zip(*(_NONE if key is None else cut_bytes(key) for key in values), strict=True))
        case _:
            return [values]
