"""Which statements of those that wait are sent together, and what each hears of it."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import pytest

from muster.directory.failures import OutcomeUnknown, StoreBusy
from muster.directory.records import Scope
from muster.store.postgres.batches import LARGEST, MOST, Batches, Undone, Values
from muster.store.postgres.connecting import PATIENCE

HERE, THERE = Scope(1, 1), Scope(1, 2)


class Wire:
    """What a `Batches` sends; by default each batch succeeds as soon as the gate is open."""

    def __init__(self) -> None:
        self.sent: list[tuple[Scope, str, list[Any]]] = []
        self.locked: list[list[Any]] = []
        self.gate = asyncio.Event()
        self.head: asyncio.Task[None]
        self.refuses: Callable[[list[Any]], Exception | None] = lambda _: None

    async def commit(self, scope: Scope, sql: str, rows: Sequence[Values]) -> None:
        """Note a batch, wait for the gate, and refuse what is to be refused."""
        values = [value for value, _ in rows]
        self.locked.append([users for _, users in rows])
        self.sent.append((scope, sql, values))
        await self.gate.wait()
        refusal = self.refuses(values)
        if refusal is not None:
            raise refusal

    @property
    def batches(self) -> list[list[Any]]:
        """The values of each batch."""
        return [values for _, _, values in self.sent]


def on_wire(work: Callable[[Wire, Batches], Coroutine[Any, Any, None]], patience: float = PATIENCE) -> Wire:
    """Run something with a wire and the batches sent on it, while one statement is on its way: what comes next waits."""

    async def running() -> Wire:
        wire = Wire()
        batches = Batches(wire.commit, patience)
        (wire.head,) = await begun(batches.run(HERE, None, "head", ("head",)))
        wire.sent.clear()
        wire.locked.clear()
        await work(wire, batches)
        await wire.head
        return wire

    return asyncio.run(running())


async def begun(*runs: Coroutine[Any, Any, None]) -> list[asyncio.Task[None]]:
    """Tasks that have got as far as they can."""
    tasks = [asyncio.create_task(one) for one in runs]
    for _ in range(5):
        await asyncio.sleep(0)
    return tasks


def test_one_batch_is_on_its_way_and_the_rest_is_the_next() -> None:
    """In the order they came; nobody waits for company; no batch is too long."""

    async def work(wire: Wire, batches: Batches) -> None:
        tasks = await begun(*(batches.run(HERE, f"u{n}", "a", (n,)) for n in range(MOST + 2)))
        assert wire.batches == []
        wire.gate.set()
        await asyncio.gather(*tasks)

    assert on_wire(work).batches == [[*range(MOST)], [MOST, MOST + 1]]


def test_a_batch_is_small_enough_to_be_sent_at_once() -> None:
    """However large one statement is, it is sent; what is in its arrays counts too."""
    half = "x" * (LARGEST // 2)

    async def work(wire: Wire, batches: Batches) -> None:
        values = (half, half, [half], "", [half, half], b"")
        tasks = await begun(*(batches.run(HERE, None, "a", (value,)) for value in values))
        wire.gate.set()
        await asyncio.gather(*tasks)

    assert on_wire(work).batches == [[half, half, "", b""], [[half]], [[half, half]]]


def test_a_batch_is_of_one_scope_and_one_statement_and_has_each_user_once() -> None:
    """Scopes do not wait for each other; what does not fit waits, and is the first of a later batch."""

    async def work(wire: Wire, batches: Batches) -> None:
        tasks = await begun(
            batches.run(HERE, "ada", "a", (1,)),
            batches.run(HERE, "ada", "a", (2,)),
            batches.run(HERE, "eve", "b", (3,)),
            batches.run(HERE, None, "a", (4,)),
            batches.run(HERE, None, "a", (5,)),
            batches.run(THERE, "ada", "a", (6,)),
        )
        wire.gate.set()
        await asyncio.gather(*tasks)

    wire = on_wire(work)
    assert wire.sent == [(THERE, "a", [6]), (HERE, "a", [1, 4, 5]), (HERE, "a", [2]), (HERE, "b", [3])]


def test_the_first_of_a_batch_locks_the_users_of_all() -> None:
    """Where there are several; one alone locks its own by changing it."""

    async def work(wire: Wire, batches: Batches) -> None:
        tasks = await begun(
            batches.run(HERE, "ada", "a", (1,)),
            batches.run(HERE, None, "a", (2,)),
            batches.run(HERE, "eve", "a", (3,)),
            batches.run(HERE, "ada", "a", (4,)),
        )
        wire.gate.set()
        await asyncio.gather(*tasks)

    assert on_wire(work).locked == [[["ada", "eve"], None, None], [None]]


def test_those_of_a_batch_that_was_undone_are_run_by_themselves() -> None:
    """Only the one that is refused alone is refused."""

    async def work(wire: Wire, batches: Batches) -> None:
        wire.refuses = lambda values: (
            None if 2 not in values else (Undone() if values != [2] else KeyError(2))
        )
        tasks = await begun(*(batches.run(HERE, None, "a", (n,)) for n in range(4)))
        wire.gate.set()
        ends = await asyncio.gather(*tasks, return_exceptions=True)
        assert [type(end) for end in ends] == [type(None), type(None), KeyError, type(None)]

    assert on_wire(work).batches == [[0, 1, 2, 3], [0], [1], [2], [3]]


def test_of_a_batch_that_is_not_heard_of_nothing_is_known_to_anybody() -> None:
    """Nothing is done twice; what comes later is sent."""

    async def work(wire: Wire, batches: Batches) -> None:
        wire.refuses = lambda values: OutcomeUnknown("lost") if 1 in values else None
        tasks = await begun(*(batches.run(HERE, None, "a", (n,)) for n in range(3)))
        wire.gate.set()
        ends = await asyncio.gather(*tasks, return_exceptions=True)
        assert {type(end) for end in ends} == {OutcomeUnknown}
        await batches.run(HERE, None, "a", (7,))

    assert on_wire(work).batches == [[0, 1, 2], [7]]


def test_who_is_gone_before_the_batch_begins_is_left_out() -> None:
    """One that goes later changes nothing for the others."""

    async def work(wire: Wire, batches: Batches) -> None:
        sent = await begun(batches.run(HERE, None, "a", (0,)), batches.run(HERE, None, "a", (1,)))
        wire.gate.set()  # for the one that was on its way
        wire.gate.clear()
        await begun()
        assert wire.batches == [[0, 1]]
        left = await begun(batches.run(HERE, None, "a", (2,)), batches.run(HERE, None, "a", (3,)))
        sent[0].cancel()
        left[0].cancel()
        await asyncio.sleep(0)
        wire.gate.set()
        ends = await asyncio.gather(*sent, *left, return_exceptions=True)
        assert [end is None for end in ends] == [False, True, False, True]

    assert on_wire(work).batches == [[0, 1], [3]]


def test_nobody_waits_longer_than_is_bearable() -> None:
    """Who gives up is never sent; what is on its way is waited for, since it may be done."""

    async def work(wire: Wire, batches: Batches) -> None:
        with pytest.raises(StoreBusy, match="nothing was changed"):
            await batches.run(HERE, None, "a", (1,))
        assert not wire.head.done()
        wire.gate.set()

    assert on_wire(work, patience=0.01).batches == []
