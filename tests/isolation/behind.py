"""A look at every row behind the endpoint's back, whichever store it is on; no policy of PostgreSQL's holds it.

Law: it only looks. The request log and what was last used are left out: they are written for refusals too, and later.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable
from typing import Any, Protocol
from urllib.parse import urlsplit

import apsw
import asyncpg

from tests.harness.postgres import SUPERUSER

Rows = list[tuple[Any, ...]]
_UNWATCHED = {"request_log", "credential_uses", "connection_activity", "connection_hours"}
_SQLITE_COLUMNS = (
    """SELECT s.name, c.name FROM sqlite_schema s JOIN pragma_table_info(s.name) c WHERE s.type = 'table'"""
)
_POSTGRES_COLUMNS = (
    "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'muster'"
)


class Behind(Protocol):
    """What is stored."""

    def rows(self, **of: Any) -> Rows:
        """Return the rows whose columns have these values, of all tables that have these columns, each with its table."""

    def count(self, table: str) -> int:
        """Return how many rows a table has."""

    def everything(self) -> object:
        """Return something that is another once any row of anybody has been made, changed or deleted."""

    def close(self) -> None:
        """Look no more."""


class BehindSqlite:
    """The rows of a file."""

    def __init__(self, path: str) -> None:
        self._file = apsw.Connection(path, flags=apsw.SQLITE_OPEN_READONLY)
        self._columns = set(self._file.execute(_SQLITE_COLUMNS))

    def rows(self, **of: Any) -> Rows:
        """Return the rows whose columns have these values, of all tables that have these columns, each with its table."""
        where, values = " AND ".join(f"{column} = ?" for column in of), tuple(of.values())
        found = (
            (table, *row)
            for table in _having(self._columns, of)
            for row in self._file.execute(f"SELECT * FROM {table} WHERE {where}", values)
        )
        return sorted(found, key=repr)

    def count(self, table: str) -> int:
        """Return how many rows a table has."""
        return int(self._file.execute(f"SELECT count(*) FROM {table}").get)

    def everything(self) -> object:
        """Return all rows."""
        return [self._file.execute(f"SELECT * FROM {table}").fetchall() for table in _having(self._columns)]

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class BehindPostgres:
    """The rows of a database, read on the endpoint's event loop."""

    def __init__(self, url: str, run: Callable[[Awaitable[Any]], Any]) -> None:
        self._run = run
        address = urlsplit(url)
        address = address._replace(netloc=f"{SUPERUSER}@{address.hostname}:{address.port}")
        self._connection = run(asyncpg.connect(address.geturl(), server_settings={"search_path": "muster"}))
        self._columns = {tuple(row) for row in self.ask(_POSTGRES_COLUMNS)}
        # Each row that is there was written by the transaction in its xmin; the latest of them, and how many there are.
        self._versions = " UNION ALL ".join(
            f"SELECT '{table}', count(*), max(xmin::text::bigint) FROM {table}"
            for table in _having(self._columns)
        )

    def ask(self, sql: str, *values: Any) -> Rows:
        """Return what a statement returns."""
        return [tuple(row) for row in self._run(self._connection.fetch(sql, *values))]

    def execute(self, *statements: str) -> None:
        """Carry out statements as the superuser."""
        for statement in statements:
            self._run(self._connection.execute(statement))

    def rows(self, **of: Any) -> Rows:
        """Return the rows whose columns have these values, of all tables that have these columns, each with its table."""
        where = " AND ".join(f"{column} = ${place}" for place, column in enumerate(of, 1))
        every = (
            f"SELECT '{table}', t::text FROM {table} t WHERE {where}" for table in _having(self._columns, of)
        )
        return sorted(self.ask(" UNION ALL ".join(every), *of.values()))

    def count(self, table: str) -> int:
        """Return how many rows a table has."""
        ((found,),) = self.ask(f"SELECT count(*) FROM {table}")
        return int(found)

    def everything(self) -> object:
        """Return how many rows there are, and which transaction was the latest to write one, of each table."""
        return self.ask(self._versions)

    def close(self) -> None:
        """Close the connection."""
        self._run(self._connection.close())


def _having(known: Collection[tuple[str, str]], columns: Iterable[str] = ()) -> list[str]:
    """Return the tables that have all these columns."""
    tables = {table for table, _ in known} - _UNWATCHED
    return sorted(table for table in tables if all((table, column) in known for column in columns))
