"""The order in which the operations of a bulk request are carried out (RFC 7644 §3.7).

Law: operations on one resource type keep the order they came in, except that one which refers to something waits until
that exists, so that the final state is that of the order given (R254). Operations that refer to each other in a circle
are one unit, done together or not at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import NamedTuple


class Task(NamedTuple):
    """An operation to be ordered; `lane` is the line of operations that keeps its order, None when it is in none.

    `needs` are the numbers of those that have to be done before it, `wishes` these and those that had better be.
    """

    needs: frozenset[int]
    wishes: frozenset[int]
    lane: str | None


class Schedule(NamedTuple):
    """The numbers of all operations in units, in order; those in `circular` can never be done."""

    units: tuple[tuple[int, ...], ...]
    circular: frozenset[int]


@dataclass(slots=True, eq=False)
class _Unit:
    """Operations that are done together: how many units they wait for, and which ones wait for them."""

    numbers: list[int]
    lanes: frozenset[str]
    missing: int = 0
    followers: list[_Unit] = field(default_factory=list)


def schedule(tasks: Sequence[Task]) -> Schedule:
    """Return the order."""
    units = [_unit(tasks, numbers) for numbers in _circles(tasks)]
    _connect(tasks, units)
    ordered: list[tuple[int, ...]] = []
    circular: set[int] = set()
    for unit in _arranged(sorted(units, key=lambda one: one.numbers[0])):
        inner = _by_needs(tasks, unit.numbers)
        circular.update(unit.numbers if inner is None else ())
        ordered.append(tuple(inner or unit.numbers))
    return Schedule(tuple(ordered), frozenset(circular))


def _unit(tasks: Sequence[Task], numbers: list[int]) -> _Unit:
    lanes = (tasks[number].lane for number in numbers)
    return _Unit(sorted(numbers), frozenset(lane for lane in lanes if lane is not None))


def _connect(tasks: Sequence[Task], units: Iterable[_Unit]) -> None:
    of = {number: unit for unit in units for number in unit.numbers}
    for number, task in enumerate(tasks):
        for first in task.wishes:
            if of[first] is not of[number]:
                of[first].followers.append(of[number])
                of[number].missing += 1


def _arranged(waiting: list[_Unit]) -> Iterable[_Unit]:
    """Yield the units in order: each time the first that is ready and overtakes none of its lane, else the first."""
    while waiting:
        unit = waiting.pop(_next(waiting))
        yield unit
        for follower in unit.followers:
            follower.missing -= 1


def _next(waiting: Sequence[_Unit]) -> int:
    blocked: set[str] = set()
    ready: int | None = None
    for position, unit in enumerate(waiting):
        if not unit.missing:
            if not unit.lanes & blocked:
                return position
            ready = position if ready is None else ready
        blocked |= unit.lanes
    if ready is None:
        raise ValueError("units cannot wait for each other")
    return ready


def _by_needs(tasks: Sequence[Task], numbers: Sequence[int]) -> list[int] | None:
    """Return the numbers of a unit so that each comes after what it needs; None when that is a circle."""
    missing: dict[int, int] = dict.fromkeys(numbers, 0)
    followers: dict[int, list[int]] = {number: [] for number in numbers}
    for number in numbers:
        for first in tasks[number].needs:
            if first in followers:
                followers[first].append(number)
                missing[number] += 1
    free = [number for number in numbers if not missing[number]]  # in order, so a heap already
    ordered: list[int] = []
    while free:
        ordered.append(heappop(free))
        for follower in followers[ordered[-1]]:
            missing[follower] -= 1
            if not missing[follower]:
                heappush(free, follower)
    return ordered if len(ordered) == len(numbers) else None


def _circles(tasks: Sequence[Task]) -> Iterable[list[int]]:
    """Yield the tasks in groups that reach each other by their wishes (Kosaraju's algorithm, without recursion)."""
    wished_by: list[list[int]] = [[] for _ in tasks]
    for number, task in enumerate(tasks):
        for first in task.wishes:
            wished_by[first].append(number)
    seen: set[int] = set()
    for number in reversed(_finished([task.wishes for task in tasks])):
        if number not in seen:
            yield _reached(number, wished_by, seen)


def _finished(onward: Sequence[Iterable[int]]) -> list[int]:
    """Return all numbers in the order in which a depth-first walk leaves them."""
    seen: set[int] = set()
    finished: list[int] = []
    for start in range(len(onward)):
        if start in seen:
            continue
        seen.add(start)
        path = [(start, iter(onward[start]))]
        while path:
            number, rest = path[-1]
            following = next((one for one in rest if one not in seen), None)
            if following is None:
                finished.append(number)
                path.pop()
            else:
                seen.add(following)
                path.append((following, iter(onward[following])))
    return finished


def _reached(start: int, onward: Sequence[Sequence[int]], seen: set[int]) -> list[int]:
    """Return what can be reached from `start` and was not seen before; it is seen then."""
    seen.add(start)
    reached, waiting = [], [start]
    while waiting:
        number = waiting.pop()
        reached.append(number)
        for one in onward[number]:
            if one not in seen:
                seen.add(one)
                waiting.append(one)
    return reached
