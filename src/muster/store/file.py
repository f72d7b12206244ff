"""The connections of one process to an SQLite file, and what is counted on them.

Law: one connection writes and one answers look-ups, both on the event loop; whatever may take long has a reader of its
own thread.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any, TypeVar

import apsw

from muster.directory.measure import StoreMeasures
from muster.store.connection import LOOK_UP_CACHE, connect_reader
from muster.store.counted import StatementCounts
from muster.store.readers import Readers
from muster.store.writer import Writer

T = TypeVar("T")


class SqliteFile:
    """An open file, whose schema is ours; used from one event loop."""

    def __init__(self, path: Path, writing: apsw.Connection, vfs: str | None) -> None:
        """Open what reads beside the connection that writes. Raises `StoreError`."""
        self.writing = writing
        self.reader = connect_reader(path, vfs, cache=LOOK_UP_CACHE)
        self._counts = StatementCounts()
        self._counts.add("write", writing)
        self._counts.add("read", self.reader)
        self.readers = Readers(lambda: self._counts.add("query", connect_reader(path, vfs)))
        self._measures = StoreMeasures()
        self._read_seconds = self._measures.seconds["read"]
        self.write_seconds = self._measures.seconds["write"]
        self.writer = Writer(writing, self._measures.batches)

    def look_up(self, sql: str, values: tuple[int, int, str]) -> list[tuple[Any, ...]]:
        """Read the rows of a statement that is a few index look-ups, here and now."""
        started = perf_counter()
        found = self.reader.execute(sql, values).fetchall()
        self._read_seconds.observe(perf_counter() - started)
        return found

    async def long_read(self, organization: int, read: Callable[[apsw.Connection], T]) -> T:
        """Run a read that may take long on a reader. Raises `StoreBusy`, `StoreUnavailable`."""
        started = perf_counter()
        try:
            return await self.readers.run(organization, read)
        finally:
            self._measures.seconds["query"].observe(perf_counter() - started)

    def measures(self) -> StoreMeasures:
        """Return what this process has counted at this file so far."""
        self._measures.statements = self._counts.totals()
        return self._measures

    async def close(self) -> None:
        """Stop the threads, and close the connections."""
        await self.writer.close()
        self.readers.close()
        self.reader.close()
