"""Who comes next, where many wait of one organization and few of another."""

import asyncio
from collections.abc import Iterable

import pytest

from muster.store.turns import Line, Places


def taken(line: Line[str]) -> Iterable[str]:
    """All that waits, in the order in which it is taken."""
    while (organization := line.turn()) is not None:
        yield line.take(organization)


def test_organizations_take_turns_and_each_keeps_its_order() -> None:
    """The one that comes late waits for one of each other, not for all of them."""
    line: Line[str] = Line()
    for item in ("a1", "a2", "a3", "b1", "a4", "c1", "b2"):
        line.add(ord(item[0]), item)
    assert list(taken(line)) == ["a1", "b1", "c1", "a2", "b2", "a3", "a4"]
    assert not line


def test_what_is_put_back_is_first_of_its_organization() -> None:
    """As if it had never been taken."""
    line: Line[str] = Line()
    line.add(1, "first")
    line.add(1, "second")
    line.put_back(1, line.take(1))
    assert (line.count(1), line.first(1)) == (2, "first")
    line.drop(1, "first")
    assert list(taken(line)) == ["second"]


def test_an_organization_has_its_share_of_the_places_and_no_more(runner: asyncio.Runner) -> None:
    """However many wait; another is let in while there are places; none is lost."""

    async def work() -> list[str]:
        places, entered = Places(3, 2), list[str]()

        async def enter(organization: int, name: str) -> None:
            await places.take(organization, 5)
            entered.append(name)

        waiting = [asyncio.create_task(enter(1, f"noisy {number}")) for number in range(5)]
        await asyncio.sleep(0)
        assert entered == ["noisy 0", "noisy 1"]
        await enter(2, "quiet")
        assert entered[-1] == "quiet"
        for organization in (2, 1, 1, 1, 1, 1):
            places.give(organization)
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        await asyncio.gather(*waiting)
        assert not places._taken
        return entered

    assert runner.run(work()) == ["noisy 0", "noisy 1", "quiet", "noisy 2", "noisy 3", "noisy 4"]


def test_who_waits_too_long_or_goes_away_takes_no_place(runner: asyncio.Runner) -> None:
    """And keeps nobody from theirs."""

    async def work() -> None:
        places = Places(1, 1)
        await places.take(1, 1)
        with pytest.raises(TimeoutError):
            await places.take(2, 0)
        leaving = asyncio.create_task(places.take(3, 5))
        staying = asyncio.create_task(places.take(4, 5))
        await asyncio.sleep(0)
        leaving.cancel()
        places.give(1)
        await staying
        places.give(4)
        await places.take(5, 0)

    runner.run(work())


def test_a_place_that_comes_as_its_waiter_is_cancelled_goes_to_the_next(runner: asyncio.Runner) -> None:
    """Given and cancelled in the same turn of the loop."""

    async def work() -> None:
        places = Places(1, 1)
        await places.take(1, 1)
        leaving = asyncio.create_task(places.take(2, 5))
        await asyncio.sleep(0)
        places.give(1)
        leaving.cancel()
        await asyncio.gather(leaving, return_exceptions=True)
        await places.take(3, 1)

    runner.run(work())
