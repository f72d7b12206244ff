"""The sync of the log comes before each acknowledging answer, and a disk that fails is never answered with a 2xx."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import apsw
import pytest

from tests.durability.in_process import InProcess, opened
from tests.durability.tracing import Trace, TracingVFS

Run = Callable[[Callable[[InProcess], Awaitable[None]]], None]
WRITERS, WRITES = 12, 12


@pytest.fixture
def trace() -> Iterator[Trace]:
    """The trace of a file layer that is registered for one test."""
    layer = TracingVFS()
    yield layer.trace
    layer.unregister()


@pytest.fixture
def run(trace: Trace, tmp_path: Path) -> Run:
    """Run a coroutine function on a new application, and close its database."""

    def run(work: Callable[[InProcess], Awaitable[None]]) -> None:
        async def whole() -> None:
            application = await opened(tmp_path / "traced.db")
            try:
                await work(application)
            finally:
                await application.database.close()

        asyncio.run(whole())

    return run


def mark(random: Random) -> str:
    """A text that occurs in one write only."""
    return f"mark-{random.getrandbits(64):016x}"


async def write_marked(application: InProcess, trace: Trace, random: Random) -> list[str]:
    """Write users with marks one after the other; the marks that had not been synced when their answer left."""
    early: list[str] = []

    def judged(text: str) -> Callable[[int], None]:
        def seen(status: int) -> None:
            assert status in {200, 201}
            if text not in trace.synced:
                early.append(text)

        return seen

    for _ in range(WRITES):
        name, title = mark(random), mark(random)
        _, user = await application.call("POST", "/Users", {"userName": name}, judged(name))
        operations = [{"op": "replace", "path": "title", "value": title}]
        await application.call("PATCH", f"/Users/{user['id']}", {"Operations": operations}, judged(title))
    return early


async def write_all(application: InProcess, trace: Trace) -> list[str]:
    """Many writers at once, so that operations share commits; the marks that were answered too early."""
    writers = (write_marked(application, trace, Random(number)) for number in range(WRITERS))
    return [text for early in await asyncio.gather(*writers) for text in early]


def test_the_sync_comes_before_the_answer(run: Run, trace: Trace) -> None:
    """Of 288 writes by 12 writers that share commits, none is answered before its data is synced."""

    async def work(application: InProcess) -> None:
        assert await write_all(application, trace) == []

    run(work)
    assert len(trace.synced) == 2 * WRITERS * WRITES
    assert trace.syncs < WRITERS * WRITES, "no commits were shared: this proves less than it says"


def test_the_trace_would_see_a_missing_sync(run: Run, trace: Trace) -> None:
    """The control: with SQLite told not to sync at commit, the same writes are found to be answered too early."""

    async def work(application: InProcess) -> None:
        application.database.writing.execute("PRAGMA synchronous=NORMAL")
        assert len(await write_all(application, trace)) > WRITERS * WRITES

    run(work)


def bulk_of(*names: str) -> dict[str, Any]:
    """A bulk request that creates users with these names."""
    return {
        "Operations": [
            {"method": "POST", "bulkId": name, "path": "/Users", "data": {"userName": name}} for name in names
        ]
    }


async def every_kind_of_write(application: InProcess) -> list[tuple[str, str, Any]]:
    """One request of each kind that writes, in an order in which each succeeds and changes something."""
    _, user = await application.call("POST", "/Users", {"userName": "first"})
    _, group = await application.call("POST", "/Groups", {"displayName": "crowd"})
    user_target, group_target = f"/Users/{user['id']}", f"/Groups/{group['id']}"
    member = [{"value": user["id"]}]
    selected = f'members[value eq "{user["id"]}"]'
    return [
        ("POST", "/Users", {"userName": "second"}),
        ("PUT", user_target, {"userName": "first", "title": "new"}),
        ("PATCH", user_target, {"Operations": [{"op": "replace", "value": {"active": False}}]}),
        ("PATCH", group_target, {"Operations": [{"op": "add", "path": "members", "value": member}]}),
        ("PATCH", group_target, {"Operations": [{"op": "remove", "path": selected}]}),
        ("PUT", group_target, {"displayName": "crowd", "members": member}),
        ("POST", "/Bulk", bulk_of("third", "fourth")),
        ("DELETE", user_target, None),
        ("DELETE", group_target, None),
    ]


def test_every_kind_of_write_is_synced_when_it_is_answered(run: Run, trace: Trace) -> None:
    """One after the other: at each answer the log has been synced anew and nothing in it waits."""

    async def work(application: InProcess) -> None:
        states: list[tuple[int, int]] = []

        def seen(_status: int) -> None:
            states.append((trace.syncs, trace.unsynced))

        for method, target, body in await every_kind_of_write(application):
            before = trace.syncs
            status, _ = await application.call(method, target, body, seen)
            assert status in {200, 201, 204}, f"{method} {target}: {status}"
            syncs, unsynced = states.pop()
            assert syncs > before
            assert unsynced == 0

    run(work)


@pytest.mark.parametrize("trouble", [apsw.IOError, apsw.FullError])
def test_a_disk_that_fails_is_a_503_and_nothing_has_changed(
    run: Run, trace: Trace, trouble: type[apsw.Error]
) -> None:
    """A failed sync or a full disk: 503 to everyone of the batch, nothing is there, and the next write works."""

    async def work(application: InProcess) -> None:
        trace.broken = trouble
        names = [f"user{number}" for number in range(5)]
        requests = (application.call("POST", "/Users", {"userName": name}) for name in names)
        answers = await asyncio.gather(*requests)
        trace.broken = None
        assert [status for status, _ in answers] == [503] * len(names)
        assert {body["status"] for _, body in answers} == {"503"}
        _, listed = await application.call("GET", "/Users")
        assert listed["totalResults"] == 0
        assert [(await application.call("POST", "/Users", {"userName": name}))[0] for name in names] == [
            201
        ] * 5

    run(work)


@pytest.mark.parametrize("cache", [-65536, 10], ids=["at the commit", "amidst the operations"])
@pytest.mark.parametrize("trouble", [apsw.IOError, apsw.FullError])
def test_a_disk_that_fails_leaves_nothing_of_a_bulk_request(
    run: Run, trace: Trace, trouble: type[apsw.Error], cache: int
) -> None:
    """503 for the request as a whole, none of its operations is done, and the same request works afterwards."""

    async def work(application: InProcess) -> None:
        # A cache of a few pages is written out, and fails, while the operations run.
        application.database.writing.execute(f"PRAGMA cache_size={cache}")
        body = bulk_of(*(f"user{number}" for number in range(100)))
        trace.broken = trouble
        status, error = await application.call("POST", "/Bulk", body)
        trace.broken = None
        assert (status, error["status"]) == (503, "503")
        _, listed = await application.call("GET", "/Users")
        assert listed["totalResults"] == 0
        status, answer = await application.call("POST", "/Bulk", body)
        assert status == 200
        assert {one["status"] for one in answer["Operations"]} == {"201"}

    run(work)
