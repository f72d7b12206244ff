"""Queries that may take long: stopped at their deadline, shared fairly, and never in the way of the event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest

from muster.directory.failures import StoreBusy, StoreUnavailable
from muster.store.connection import connect, connect_reader
from muster.store.readers import QUEUE, READERS, SHARE, Readers
from muster.store.sqlite import SqliteDatabase
from tests.store.scene import Side

ENDLESS = "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) FROM n"


def endless(connection: apsw.Connection) -> Any:
    """A query that never ends by itself."""
    return connection.execute(ENDLESS).fetchall()


def quick(connection: apsw.Connection) -> Any:
    """A query that ends at once."""
    return connection.execute("SELECT 1").fetchall()


@pytest.fixture
def readers(path: Path) -> Iterator[Readers]:
    """Readers of an empty database, with a deadline that tests can wait for."""
    connect(path).close()
    readers = Readers(lambda: connect_reader(path), deadline=0.2)
    yield readers
    readers.close()


class Gate:
    """A read that says when it has begun, and ends when it is let."""

    def __init__(self) -> None:
        self.begun = threading.Semaphore(0)
        self.open = threading.Event()

    def read(self, _: apsw.Connection) -> bool:
        """Begin, and wait."""
        self.begun.release()
        return self.open.wait(10)


def test_a_query_is_stopped_at_its_deadline(readers: Readers, runner: asyncio.Runner) -> None:
    """It is busy, not broken; the reader serves the next one."""

    async def ask() -> None:
        with pytest.raises(StoreBusy, match="too long"):
            await readers.run(1, endless)
        assert await readers.run(1, quick) == [(1,)]

    runner.run(ask())


def test_no_transaction_outlives_its_query(readers: Readers, runner: asyncio.Runner) -> None:
    """Neither one that ended nor one that was stopped or failed holds a snapshot."""
    seen: list[apsw.Connection] = []

    def fail(connection: apsw.Connection) -> None:
        seen.append(connection)
        connection.execute("SELECT 1 FROM sqlite_schema").fetchall()
        raise KeyError("x")

    async def ask() -> None:
        with pytest.raises(KeyError):
            await readers.run(1, fail)
        with pytest.raises(StoreBusy):
            await readers.run(1, endless)
        await readers.run(1, quick)

    runner.run(ask())
    assert seen[0].get_autocommit()


def test_one_organization_never_has_all_readers(readers: Readers, runner: asyncio.Runner) -> None:
    """However many queries of it wait, another one's is answered."""
    gate = Gate()

    async def ask() -> None:
        greedy = [asyncio.ensure_future(readers.run(1, gate.read)) for _ in range(10)]
        for _ in range(SHARE):
            await asyncio.to_thread(gate.begun.acquire)
        assert await readers.run(2, quick) == [(1,)]
        assert not any(query.done() for query in greedy)
        gate.open.set()
        await asyncio.gather(*greedy, return_exceptions=True)

    runner.run(ask())
    assert len(readers._threads) <= READERS
    assert not readers._running
    assert not readers._waiting


def test_a_query_that_waits_too_long_is_not_begun(readers: Readers, runner: asyncio.Runner) -> None:
    """Its deadline counts from when it was asked."""
    gate = Gate()

    async def ask() -> None:
        blocking = [asyncio.ensure_future(readers.run(1, gate.read)) for _ in range(SHARE)]
        late = asyncio.ensure_future(readers.run(1, quick))
        await asyncio.wait([late], timeout=0.3)
        gate.open.set()
        with pytest.raises(StoreBusy, match="turn"):
            await late
        await asyncio.gather(*blocking)

    runner.run(ask())


def test_the_queue_of_an_organization_has_an_end(readers: Readers, runner: asyncio.Runner) -> None:
    """Beyond it a query is refused at once, another organization's is not."""
    gate = Gate()

    async def ask() -> None:
        many = [asyncio.ensure_future(readers.run(1, gate.read)) for _ in range(SHARE + QUEUE)]
        await asyncio.to_thread(gate.begun.acquire)
        with pytest.raises(StoreBusy, match="waiting"):
            await readers.run(1, quick)
        assert await readers.run(2, quick) == [(1,)]
        gate.open.set()
        await asyncio.gather(*many, return_exceptions=True)

    runner.run(ask())


def test_a_query_nobody_waits_for_is_stopped(readers: Readers, runner: asyncio.Runner) -> None:
    """When the client has gone, its reader is free again, long before any deadline."""
    readers._deadline = 60

    async def ask() -> None:
        running = asyncio.ensure_future(readers.run(1, endless))
        await asyncio.sleep(0)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        # The organization's whole share is free again: these begin, though the deadline is a minute away.
        gate = Gate()
        taken = [asyncio.ensure_future(readers.run(1, gate.read)) for _ in range(SHARE)]
        for _ in range(SHARE):
            await asyncio.to_thread(gate.begun.acquire)
        gate.open.set()
        await asyncio.gather(*taken)

    runner.run(ask())


def test_a_reader_that_cannot_open_the_file_says_so(tmp_path: Path, runner: asyncio.Runner) -> None:
    """And tries again with the next query."""
    readers = Readers(lambda: connect_reader(tmp_path / "nowhere" / "x.db"))
    for _ in range(2):
        with pytest.raises(StoreUnavailable, match="does not exist"):
            runner.run(readers.run(1, quick))
    readers.close()


def test_point_reads_need_no_reader(own: Side, sqlite: SqliteDatabase) -> None:
    """Retrieving and equality on unique attributes are answered on the event loop, with every reader taken."""
    ada = own.user("ada", externalId="1")
    staff = own.group("Staff", {ada: "User"})
    gate = Gate()

    async def ask() -> None:
        taken = [asyncio.ensure_future(sqlite.readers.run(number, gate.read)) for number in range(READERS)]
        for _ in range(READERS):
            await asyncio.to_thread(gate.begun.acquire)
        assert await own.store.user(ada) is not None
        assert await own.store.group(staff) is not None
        assert len(await own.store.members(staff, display=True)) == 1
        for kind, text in (
            ("User", 'userName eq "ada"'),
            ("User", 'externalId eq "1"'),
            ("Group", 'displayName eq "STAFF"'),
        ):
            page = await own.store.query(own.plan(kind, text, with_members=True))  # type: ignore[arg-type]
            assert page.total == 1
        gate.open.set()
        await asyncio.gather(*taken)

    own.run(ask())


def test_closing_stops_what_is_read_and_what_waits(readers: Readers, runner: asyncio.Runner) -> None:
    """At once, not at the deadline; whoever waits is told."""
    readers._deadline = 60

    async def ask() -> None:
        queries = [asyncio.ensure_future(readers.run(1, endless)) for _ in range(SHARE + 3)]
        await asyncio.sleep(0)
        await asyncio.to_thread(readers.close)
        for query in queries:
            with pytest.raises(StoreUnavailable, match="closed"):
                await query
        with pytest.raises(StoreUnavailable, match="closed"):
            await readers.run(1, quick)

    runner.run(ask())
