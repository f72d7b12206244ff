"""Reading everything that an SQLite file holds, in the order of its indexes, at one moment.

Law: what is read is what PostgreSQL will hold of it; a row is read once, and a table is never held.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple, Self

import apsw

from muster.directory.failures import StoreError
from muster.directory.identifiers import PLATFORM
from muster.store.connection import connect_reader, fetch
from muster.store.copy.tables import (
    ENTRIES,
    NUMBERED,
    OPENING,
    OWNERS,
    STAND_INS,
    Column,
    Form,
    Opening,
    Row,
    Table,
)
from muster.store.migrate import newest, version
from muster.store.postgres.values import number_bytes
from muster.store.secrets import secret_keys

_ROWS: Final = 5000  # of a portion
_BYTES: Final = 4_000_000  # about which a portion ends, too
_FORMS: Final = {
    Form.KEY: "CAST({0} AS BLOB)",  # half a surrogate pair would not become a str
    Form.DERIVED: "CAST({0} AS BLOB)",
    Form.ENTRY: "CASE typeof({0}) WHEN 'text' THEN CAST({0} AS BLOB) ELSE {0} END",
}
_OPENS_ALL: Final = "SELECT count(*) FROM {0.table} WHERE organization = ? AND {0.alive}"
_HEAVY: Final = {Form.DATA, Form.KEY, Form.NOTE}


class Origin(NamedTuple):
    """An organization that is to be copied, and its latest change."""

    organization: int
    name: str
    sequence: int


class Portion(NamedTuple):
    """Some rows, and where the last of them stands in the order of the file: JSON."""

    rows: Sequence[Row]
    position: str


class SqliteSource:
    """One moment of an SQLite file."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open a file of ours with the newest schema. Raises `StoreError`."""
        if not path.exists():
            raise StoreError(f"there is no database at {path}")
        connection = connect_reader(path)
        try:
            _refuse_outdated(path, version(connection))
            connection.execute("BEGIN; SELECT count(*) FROM sqlite_schema").fetchall()
        except BaseException:
            connection.close()
            raise
        return cls(connection)

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def origins(self) -> Sequence[Origin]:
        """Return all organizations."""
        found = fetch(self._connection, "SELECT organization, name, sequence FROM organizations ORDER BY 1")
        return [Origin(*row) for row in found]

    def reach(self) -> int:
        """Return the highest number that a row has; 0 when there is none."""
        numbers = (fetch(self._connection, f"SELECT ifnull(max(row), 0) FROM {name}") for name in NUMBERED)
        return max(int(number) for ((number,),) in numbers)

    def opens_all(self) -> Sequence[Opening]:
        """Return what there is of the platform that opens every organization."""
        return [opening for opening in OPENING if self._is_open(opening)]

    def _is_open(self, opening: Opening) -> bool:
        ((count,),) = fetch(self._connection, _OPENS_ALL.format(opening), (PLATFORM,))
        return bool(count)

    def secret_keys(self) -> Collection[str]:
        """Return the ids of the secret keys that something is sealed under."""
        return secret_keys(self._connection)

    def owned(self, organization: int) -> Mapping[str, Collection[str]]:
        """Return the names that no other organization may have, by the table of their owners."""
        return {
            table: [
                name for name, _ in fetch(self._connection, f"{sql} AND organization = ?", (organization,))
            ]
            for table, sql in OWNERS.items()
        }

    def count(self, table: Table, organization: int) -> int:
        """Return how many rows of an organization a table has."""
        sql = f"SELECT count(*) FROM {table.name} WHERE organization = ?"
        ((count,),) = fetch(self._connection, sql, (organization,))
        return int(count)

    def behind(self, table: Table, organization: int, position: str | None) -> Iterator[Portion]:
        """Yield the rows of an organization behind a portion's position, or all, some thousand at a time."""
        sql, values = _select(table, position)
        storable = _entry if table is ENTRIES else _Storable(table.columns)
        for rows in _portions(table, self._connection.execute(sql, (organization, *values))):
            yield Portion([storable(row) for row in rows], _position(table, rows[-1]))

    async def portions(self, table: Table, organization: int) -> AsyncIterator[Sequence[Row]]:
        """Yield all rows of an organization, some thousand at a time."""
        for portion in self.behind(table, organization, None):
            yield portion.rows


def _refuse_outdated(path: Path, found: int) -> None:
    if found == 0:
        raise StoreError(f"{path} is an empty database")
    if found > newest():
        raise StoreError(
            f"{path} has schema {found}, this program knows up to {newest()}: run a newer Muster"
        )
    if found < newest():
        raise StoreError(
            f"{path} has schema {found}, this program needs {newest()}: run `muster migrate` on it, or on a copy of it"
        )


def _position(table: Table, row: Row) -> str:
    values = (row[table.place(name)] for name in table.sqlite_order)
    return json.dumps([{"hex": one.hex()} if isinstance(one, bytes) else one for one in values])


def _select(table: Table, position: str | None) -> tuple[str, list[Any]]:
    columns = ", ".join(_FORMS.get(column.form, "{0}").format(column.quoted) for column in table.columns)
    order = ", ".join(f'{table.name}."{name}"' for name in table.sqlite_order)
    sql = f"SELECT {columns} FROM {table.name} WHERE organization = ?"
    if position is None:
        return f"{sql} ORDER BY {order}", []
    values = json.loads(position, object_hook=lambda found: bytes.fromhex(found["hex"]))
    marks = ", ".join("CAST(? AS TEXT)" if isinstance(one, bytes) else "?" for one in values)
    return f"{sql} AND ({order}) > ({marks}) ORDER BY {order}", values


def _portions(table: Table, rows: Iterable[Row]) -> Iterator[list[Row]]:
    heavy = [place for place, column in enumerate(table.columns) if column.form in _HEAVY]
    portion: list[Row] = []
    size = 0
    for row in rows:
        portion.append(row)
        for place in heavy:
            size += len(row[place] or b"")
        if len(portion) == _ROWS or size > _BYTES:
            yield portion
            portion, size = [], 0
    if portion:
        yield portion


class _Storable:
    """Makes of a file's row what PostgreSQL can hold of it."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self._texts = [
            (place, STAND_INS[column.form])
            for place, column in enumerate(columns)
            if column.form in STAND_INS
        ]

    def __call__(self, row: Row) -> Row:
        for place, stand_in in self._texts:
            text = row[place]
            if text and "\0" in text:
                row = (*row[:place], text.replace("\0", stand_in), *row[place + 1 :])
        return row


_KEY: Final = ENTRIES.place("key")


def _entry(row: Row) -> Row:
    key = row[_KEY]
    return row if isinstance(key, bytes) else (*row[:_KEY], number_bytes(key), *row[_KEY + 1 :])
