"""The one writer: waiting operations share a commit, each stands or falls alone, and nobody is told too early."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest

from muster.directory.failures import StoreUnavailable
from muster.directory.ports import Transaction
from muster.scim.errors import Uniqueness
from muster.store.sqlite import SqliteDatabase
from tests.store.scene import Side, change, new_id, user_document


async def create(side: Side, name: str, *, then: Exception | None = None, heavy: bool = False) -> str:
    """Create a user; or fail when all of it is written."""
    row = side.row("User", user_document(name))

    async def operation(transaction: Transaction) -> str:
        await side.insert(transaction, "User", row, user_document(name))
        if then is not None:
            raise then
        return row.id

    return await side.store.write(operation, heavy=heavy)


def together(side: Side, *writes: Any) -> list[Any]:
    """Wait for several writes at once."""

    async def all_at_once() -> list[Any]:
        return await asyncio.gather(*writes, return_exceptions=True)

    return side.run(all_at_once())


def test_operations_that_wait_together_share_a_commit(own: Side, sqlite: SqliteDatabase) -> None:
    """Fifty at once need far fewer than fifty syncs, one after the other fifty."""
    before = sqlite.writer.commits
    together(own, *(create(own, f"user {number}") for number in range(50)))
    shared = sqlite.writer.commits - before
    assert shared <= 10
    for number in range(10):
        own.user(f"alone {number}")
    assert sqlite.writer.commits - before - shared == 10
    assert own.query("User").total == 60


@pytest.mark.parametrize("failing", [{0}, {1}, {4}, {0, 1}, {0, 2, 4}, {1, 3}, {0, 1, 2, 3, 4}])
@pytest.mark.parametrize("heavy", [False, True], ids=["on the loop", "on the thread"])
def test_an_operation_fails_alone(own: Side, failing: set[int], *, heavy: bool) -> None:
    """Whichever of a batch fails, it leaves no trace, and its neighbours do not notice."""
    errors = {number: ValueError(number) for number in failing}
    results = together(own, *(create(own, f"user {n}", then=errors.get(n), heavy=heavy) for n in range(5)))
    assert [results[number] for number in sorted(failing)] == [errors[number] for number in sorted(failing)]
    stored = [results[number] for number in range(5) if number not in failing]
    assert own.found("User") == stored
    assert own.write(lambda transaction: transaction.record(change("next"))) == 2 + len(stored)


def test_a_refusal_undoes_what_came_before_it(own: Side) -> None:
    """A name that is taken is found out in the middle of an operation."""
    own.user("ada")

    async def operation(transaction: Transaction) -> None:
        await own.insert(transaction, "User", own.row("User", user_document("grace")), user_document("grace"))
        await own.insert(transaction, "User", own.row("User", user_document("ada")), user_document("ada"))

    with pytest.raises(Uniqueness):
        own.write(operation)
    assert own.query("User").total == 1


def test_an_operation_may_await_nothing_else(own: Side) -> None:
    """Whatever else it waits for would keep the writer: that is a bug, and is undone and said."""

    async def operation(transaction: Transaction) -> None:
        await own.insert(transaction, "User", own.row("User", user_document("ada")), user_document("ada"))
        await asyncio.sleep(0)

    with pytest.raises(RuntimeError, match="awaited"):
        own.write(operation)
    assert own.query("User").total == 0


@pytest.mark.parametrize("heavy", [False, True], ids=["on the loop", "on the thread"])
def test_a_commit_that_fails_fails_for_everyone(own: Side, sqlite: SqliteDatabase, *, heavy: bool) -> None:
    """Also for the one that was refused: what it was told may not hold. Afterwards all is well again."""
    own.user("ada")
    sqlite.writing.set_commit_hook(lambda: True)
    writes = [create(own, name, heavy=heavy) for name in ("ada", "grace", "edsger")]
    results = together(own, *writes)
    assert [type(result) for result in results] == [StoreUnavailable] * 3
    sqlite.writing.set_commit_hook(None)
    assert own.query("User").total == 1
    own.user("grace")
    assert own.query("User").total == 2


@pytest.fixture
def other_process(sqlite: SqliteDatabase, path: Path) -> Iterator[apsw.Connection]:
    """A connection that is not the server's, as the command line opens one."""
    connection = apsw.Connection(str(path))
    yield connection
    connection.close()


def test_reads_go_on_while_another_process_writes(own: Side, other_process: apsw.Connection) -> None:
    """The writer waits on its thread until the other has finished; then nothing is lost."""
    ada = own.user("ada")
    other_process.execute("BEGIN IMMEDIATE")

    async def meanwhile() -> list[str]:
        writes = [asyncio.ensure_future(create(own, f"user {number}")) for number in range(3)]
        done, _ = await asyncio.wait(writes, timeout=0.2)
        assert not done
        user = await own.store.user(ada)
        assert user is not None
        page = await own.store.query(own.plan("User", "active ne false"))
        assert page.total == 1
        other_process.execute("COMMIT")
        return await asyncio.gather(*writes)

    written = own.run(meanwhile())
    assert own.found("User") == [ada, *written]


def test_what_another_process_wrote_is_noticed(
    own: Side, sqlite: SqliteDatabase, other_process: apsw.Connection
) -> None:
    """The generation changes with every commit, our own and others', and only then."""
    first = sqlite.generation()
    assert sqlite.generation() == first
    own.user("ada")
    second = sqlite.generation()
    assert second != first
    assert sqlite.generation() == second
    other_process.execute("UPDATE organizations SET name = 'x'")
    assert sqlite.generation() != second


def test_a_heavy_operation_leaves_the_event_loop_free(own: Side, sqlite: SqliteDatabase) -> None:
    """While it runs on its thread, the event loop answers reads, from before its commit."""
    started, finish = threading.Event(), threading.Event()
    ada = own.user("ada")

    async def operation(transaction: Transaction) -> bool:
        await own.insert(transaction, "User", own.row("User", user_document("grace")), user_document("grace"))
        started.set()
        return finish.wait(10)

    async def meanwhile() -> bool:
        heavy = asyncio.ensure_future(own.store.write(operation, heavy=True))
        light = asyncio.ensure_future(create(own, "edsger"))
        await asyncio.to_thread(started.wait, 10)
        assert await own.store.user(ada) is not None
        assert (await own.store.query(own.plan("User", 'userName eq "grace"'))).total == 0
        assert not heavy.done()
        finish.set()
        await light
        return await heavy

    assert own.run(meanwhile())
    assert own.query("User").total == 3


def test_whoever_does_not_wait_any_more_is_not_written_for(own: Side) -> None:
    """An operation cancelled before its turn never starts; one that has started is finished."""
    ran: list[str] = []

    async def operation(transaction: Transaction) -> None:
        ran.append(await _record(transaction))

    async def cancel() -> None:
        waiting = asyncio.ensure_future(own.store.write(operation))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        await own.store.write(operation)

    own.run(cancel())
    assert len(ran) == 1


async def _record(transaction: Transaction) -> str:
    return str(await transaction.record(change(new_id())))


def test_closing_finishes_what_waits(own: Side, sqlite: SqliteDatabase, path: Path) -> None:
    """Writes that were asked for are written; later ones are refused."""

    async def close() -> list[Any]:
        writes = [asyncio.ensure_future(create(own, f"user {number}")) for number in range(5)]
        await asyncio.sleep(0)
        await sqlite.close()
        with pytest.raises(StoreUnavailable):
            await create(own, "late")
        return await asyncio.gather(*writes)

    assert len(own.run(close())) == 5
    reader = apsw.Connection(str(path))
    assert reader.execute("SELECT count(*) FROM users").fetchall() == [(5,)]
    reader.close()


def test_one_write_does_not_wait_for_all_those_of_another_organization(
    own: Side, sqlite: SqliteDatabase
) -> None:
    """Its turn comes in the first batch, with hundreds of the other's waiting before it."""
    quiet, answered = own.scene.side(), list[str]()

    async def told(side: Side, name: str) -> None:
        await create(side, name)
        answered.append(name)

    together(own, *(told(own, f"noisy {number}") for number in range(300)), told(quiet, "quiet"))
    assert len(answered) == 301
    assert answered.index("quiet") <= 64  # of the first batch
