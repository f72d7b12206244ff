"""The request log: entries of writes stand with their change, those of reads and refusals follow together."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest

from muster.directory.ports import Transaction
from muster.directory.records import LogEntry
from muster.store.log import LogBuffer
from muster.store.sqlite import SqliteDatabase
from tests.store.scene import Side, change, log_entry


def logged(sqlite: SqliteDatabase) -> list[str]:
    """The requests in the log, oldest first."""
    rows = sqlite.reader.execute("SELECT request FROM request_log ORDER BY row").fetchall()
    return [str(request) for (request,) in rows]


def entry(request: str, status: int = 200) -> LogEntry:
    """An entry of a request."""
    return log_entry(1, request, status)


def test_a_writes_entry_stands_and_falls_with_its_change(own: Side, sqlite: SqliteDatabase) -> None:
    """In the same transaction."""

    async def operation(transaction: Transaction, *, fail: bool) -> None:
        await transaction.log(log_entry(own.scope.organization, "failed" if fail else "done"))
        await transaction.record(change("x"))
        if fail:
            raise ValueError("no")

    own.write(lambda transaction: operation(transaction, fail=False))
    with pytest.raises(ValueError, match="no"):
        own.write(lambda transaction: operation(transaction, fail=True))
    assert logged(sqlite) == ["done"]


def test_reads_and_refusals_are_written_when_the_database_is_closed(
    own: Side, sqlite: SqliteDatabase, path: Path
) -> None:
    """What waited is not lost."""

    async def log() -> None:
        sqlite.log(lambda: entry("read"), refused=False)
        sqlite.log(lambda: entry("refused", 400), refused=True)
        await sqlite.close()

    own.run(log())
    reader = apsw.Connection(str(path))
    rows = reader.execute("SELECT request, status FROM request_log ORDER BY request").fetchall()
    reader.close()
    assert rows == [("read", 200), ("refused", 400)]


def test_refusals_are_kept_before_reads_and_what_is_dropped_is_counted() -> None:
    """A second that brings too many keeps the refusals; what is not kept is not even made."""
    buffer = LogBuffer(capacity=3)
    made: list[str] = []

    def making(request: str) -> LogEntry:
        made.append(request)
        return entry(request)

    for request, refused in (
        ("a", False),
        ("b", False),
        ("c", True),
        ("d", False),
        ("e", True),
        ("f", True),
        ("g", True),
    ):
        buffer.add(lambda r=request: making(r), refused=refused)  # type: ignore[misc]
    assert made == ["a", "b", "c", "e", "f"]
    assert sorted(kept.request for kept in buffer.take()) == ["c", "e", "f"]
    assert buffer.dropped == 4
    assert len(buffer) == 0
