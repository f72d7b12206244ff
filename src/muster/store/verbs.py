"""The ground that all verbs of a transaction stand on: one connection, one scope."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import apsw
import orjson

from muster.directory.records import Scope


class Verbs:
    """Statements on one scope; the connection is in a transaction that somebody else begins and ends."""

    __slots__ = ("_connection", "_execute", "_organization", "_owner")

    def __init__(self, connection: apsw.Connection, scope: Scope) -> None:
        self._connection = connection
        self._execute = connection.execute
        self._organization, self._owner = scope

    def _all(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run a statement that binds organization and owner first, and return its rows."""
        return self._execute(sql, (self._organization, self._owner, *values)).fetchall()

    def _first(self, sql: str, *values: Any) -> list[Any]:
        """Run such a statement and return the first column of its rows."""
        return [row[0] for row in self._execute(sql, (self._organization, self._owner, *values))]

    def _list(self, sql: str, *values: Any) -> list[Any]:
        """Run a statement whose one value is a JSON array, and return its items."""
        ((items,),) = self._all(sql, *values)
        found: list[Any] = orjson.loads(items)
        return found

    def _only(self, sql: str, *values: Any) -> Any:
        """Run such a statement on one row and return its value. Raises `LookupError` when there is no such row."""
        found = self._first(sql, *values)
        if not found:
            raise LookupError("no such row in this scope")
        return found[0]

    def _many(self, sql: str, rows: Iterable[tuple[Any, ...]]) -> None:
        self._connection.executemany(sql, rows)
