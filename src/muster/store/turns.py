"""Organizations take turns: within one, who came first is served first.

Law: however much of one organization waits, the next of another has at most one of each other organization before it.
"""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Generic, TypeVar

T = TypeVar("T")


def _anybody(_: int) -> bool:
    return True


class Line(Generic[T]):
    """What waits, by organization; the first organization is the one whose turn it is."""

    __slots__ = ("_waiting",)

    def __init__(self) -> None:
        self._waiting: OrderedDict[int, deque[T]] = OrderedDict()

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def add(self, organization: int, item: T) -> None:
        """Let something wait."""
        queue = self._waiting.get(organization)
        if queue is None:
            self._waiting[organization] = deque((item,))
        else:
            queue.append(item)

    def put_back(self, organization: int, item: T) -> None:
        """Let something that was taken wait again, before all else of its organization."""
        self._waiting.setdefault(organization, deque()).appendleft(item)

    def count(self, organization: int) -> int:
        """Return how many of an organization wait."""
        return len(self._waiting.get(organization, ()))

    def turn(self, may: Callable[[int], bool] = _anybody) -> int | None:
        """Return the organization whose turn it is among those that may have one, or None."""
        return next((organization for organization in self._waiting if may(organization)), None)

    def first(self, organization: int) -> T:
        """Return what has waited longest of an organization."""
        return self._waiting[organization][0]

    def take(self, organization: int) -> T:
        """Take that out of the line; the organization's next turn comes after all others'."""
        queue = self._waiting[organization]
        item = queue.popleft()
        if queue:
            self._waiting.move_to_end(organization)
        else:
            del self._waiting[organization]
        return item

    def drop(self, organization: int, item: T) -> None:
        """Forget something that waits, if it still does."""
        queue = self._waiting.get(organization)
        if queue is not None:
            with suppress(ValueError):
                queue.remove(item)
            if not queue:
                del self._waiting[organization]

    def clear(self) -> Iterator[T]:
        """Forget all that waits, and yield it."""
        waiting, self._waiting = self._waiting, OrderedDict()
        for queue in waiting.values():
            yield from queue


def _give_up(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_exception(TimeoutError("no place was free in time"))


class Places:
    """A number of places, of which one organization has at most its share; used from one event loop."""

    def __init__(self, number: int, share: int) -> None:
        self._number = number
        self._share = share
        self._taken: Counter[int] = Counter()
        self._line: Line[asyncio.Future[None]] = Line()

    async def take(self, organization: int, patience: float) -> None:
        """Take a place, which is to be given back. Raises `TimeoutError` after `patience` seconds of waiting."""
        if not self._line and self._may(organization):
            self._taken[organization] += 1
            return
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        self._line.add(organization, future)
        self._serve()  # others may wait for their share while there are places
        end = loop.call_later(patience, _give_up, future)
        try:
            await future
        except BaseException:
            if future.done() and not future.cancelled() and future.exception() is None:
                self.give(organization)  # it came at the very moment in which the wait ended
            else:
                self._line.drop(organization, future)
            raise
        finally:
            end.cancel()

    def give(self, organization: int) -> None:
        """Give a place back."""
        self._taken[organization] -= 1
        if not self._taken[organization]:
            del self._taken[organization]
        self._serve()

    def _may(self, organization: int) -> bool:
        return self._taken.total() < self._number and self._taken[organization] < self._share

    def _serve(self) -> None:
        while (organization := self._line.turn(self._may)) is not None:
            future = self._line.take(organization)
            if not future.done():
                self._taken[organization] += 1
                future.set_result(None)
