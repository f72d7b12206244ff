"""One connection's side of a SQLite database, and what its own connections are told to do."""

import asyncio
from collections.abc import Callable
from typing import Any

import apsw
import pytest

from muster.store.sqlite import SqliteDatabase
from tests.store.scene import Scene, Side


@pytest.fixture
def own(sqlite: SqliteDatabase, runner: asyncio.Runner) -> Side:
    """One connection of one organization."""
    return Scene(sqlite, runner).side()


class Trace(list[str]):
    """The statements that a connection was given; one for all rows of an executemany."""

    def __call__(self, _cursor: apsw.Cursor, sql: str, _values: Any) -> bool:
        if not self or self[-1] != sql:
            self.append(sql)
        return True

    def of(self, connection: apsw.Connection, work: Callable[[], object]) -> list[str]:
        """What the connection was given while some work was done."""
        self.clear()
        connection.set_exec_trace(self)
        try:
            work()
        finally:
            connection.set_exec_trace(None)
        return [sql for sql in self if sql.split()[0] not in {"BEGIN", "COMMIT", "SAVEPOINT", "RELEASE"}]
