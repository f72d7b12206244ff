"""Writing rows into a new SQLite file that nobody knows of yet.

Law: nothing is synced before the file is whole; whoever makes it syncs it then and gives it its name.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import apsw

from muster.directory.failures import StoreError
from muster.store.connection import connect
from muster.store.copy.tables import OWNERS, Form, Row, Table
from muster.store.sqlite import migrate_file

_TEXT: Final = "CAST(?{0} AS TEXT)"
_FORMS: Final = {
    Form.KEY: _TEXT,
    Form.ENTRY: f"CASE typeof(?{{0}}) WHEN 'blob' THEN {_TEXT} ELSE ?{{0}} END",
}


class SqliteTarget:
    """A new file with the tables of the newest schema."""

    def __init__(self, path: Path) -> None:
        migrate_file(path)
        self._connection = connect(path)
        self._connection.execute(
            "PRAGMA journal_mode=DELETE; PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF"
        ).fetchall()

    def write(self, table: Table, organization: int, rows: Iterable[Row]) -> None:
        """Add rows. Raises `StoreError`: one is there already, as when two organizations have the same row numbers."""
        self._connection.execute("BEGIN")
        try:
            self._connection.executemany(_insert(table), ((organization, *row) for row in rows))
        except apsw.ConstraintError as error:
            raise StoreError(f"{table.name} does not fit into one file: {error}; use pg_dump") from error
        self._connection.execute("COMMIT")

    def note_secret_keys(self, ids: Iterable[str]) -> None:
        """Note which secret keys something is sealed under."""
        self._connection.executemany("INSERT INTO secret_keys (id) VALUES (?)", ((id,) for id in ids))

    def own(self) -> None:
        """Make each organization the owner of its names, once all of them are written."""
        for table, sql in OWNERS.items():
            self._connection.execute(f"INSERT INTO {table} (name, organization) {sql}")

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()


def _insert(table: Table) -> str:
    """Return the statement that adds a row; what SQLite derives by itself is bound and not used."""
    kept = [(2 + place, one) for place, one in enumerate(table.columns) if one.form is not Form.DERIVED]
    names = ", ".join(column.quoted for _, column in kept)
    values = ", ".join(_FORMS.get(column.form, "?{0}").format(number) for number, column in kept)
    return f"INSERT INTO {table.name} (organization, {names}) VALUES (?1, {values})"
