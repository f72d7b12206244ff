"""Statements that are transactions of their own share one with those that wait beside them, and with it one sync.

What a scope's statements wait for is always the same: the organization's row, which the one before holds until its
commit is synced. So a process sends of one scope one batch at a time, and what comes meanwhile is the next batch.

Law: a statement does the same in a batch as it does alone. Where PostgreSQL refuses one of them, all of the batch are
undone, and each is run by itself: nobody is refused for what somebody else wrote. Everybody takes the organization's
row last, and a batch has it from its first statement on: so that statement locks the users of all before, a batch is of
one scope, because the rows of connections are locked before too, and what it meets nevertheless it does not wait for
(`SOON`). No two of a batch are about the same user, because the second would find that the first has moved it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context
from dataclasses import dataclass
from typing import Any, Final

from muster.directory.failures import StoreBusy
from muster.directory.records import Scope
from muster.store.postgres.connecting import PATIENCE

MOST: Final = 32  # statements in a batch: so long others wait for the organization's row
# Characters of a batch, or so: it is sent at once. In parts, PostgreSQL would hold the row until the last one has come.
LARGEST: Final = 100_000
_OVERHEAD: Final = 32  # of each value in an array
# How long what others hold is waited for behind the organization's row: well below the second after which PostgreSQL
# looks whether they wait for one another.
SOON: Final = "100ms"

_TEXTS: Final = (bytes, str)
Values = tuple[Any, ...]
Commit = Callable[[Scope, str, Sequence[Values]], Awaitable[None]]


class Undone(Exception):
    """PostgreSQL refused a statement of a batch, and undid all of them; which one it was is not known."""


@dataclass(slots=True, eq=False)
class Waiting:
    """A statement with its values, what it is about, who waits for it, and what ends the wait for its batch."""

    about: str | None
    sql: str
    values: Values
    size: int
    future: asyncio.Future[None]
    end: asyncio.TimerHandle

    def answer(self, error: Exception | None) -> None:
        """Tell whoever waits, unless they have gone."""
        if self.future.done():
            return
        if error is None:
            self.future.set_result(None)
        else:
            self.future.set_exception(error)


class Batches:
    """The statements that wait in one process, used from one event loop."""

    def __init__(self, commit: Commit, patience: float = PATIENCE) -> None:
        """`commit` runs one statement, with each of several rows of values, in one transaction.

        It raises `Undone` where PostgreSQL refused one of several. Behind the values that `run` is given comes one
        more: the ids of users that are to be locked first, or None. `patience` is how many seconds a statement waits
        for its batch to begin.
        """
        self._commit = commit
        self._patience = patience
        self._waiting: dict[Scope, list[Waiting]] = {}
        self._senders: set[asyncio.Task[None]] = set()

    async def run(self, scope: Scope, about: str | None, sql: str, values: Values) -> None:
        """Run a statement of a scope; return when it is committed and synced.

        `about` is the id of the user that it finds at a version, if it does. Raises what `commit` raises for it alone,
        and `StoreBusy` when its batch did not begin in time. Whoever is cancelled meanwhile does not stop a batch.
        """
        line = self._waiting.get(scope)
        if line is None:
            await self._alone(scope, sql, values)
        else:
            await self._in_line(line, scope, about, sql, values)

    async def _alone(self, scope: Scope, sql: str, values: Values) -> None:
        """Run a statement at once, and have those sent that came meanwhile."""
        self._waiting[scope] = []
        try:
            await self._commit(scope, sql, [(*values, None)])
        finally:
            if self._waiting[scope]:
                # Of no request: what is said while it sends is not about the one that came first.
                sender = asyncio.get_running_loop().create_task(self._send(scope), context=Context())
                self._senders.add(sender)
                sender.add_done_callback(self._senders.discard)
            else:
                del self._waiting[scope]

    async def _in_line(
        self, line: list[Waiting], scope: Scope, about: str | None, sql: str, values: Values
    ) -> None:
        """Wait for a batch, and for its end."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        end = loop.call_later(self._patience, _give_up, future)
        line.append(Waiting(about, sql, values, _size(values), future, end))
        try:
            await future
        except Undone:
            await self._commit(scope, sql, [(*values, None)])
        finally:
            end.cancel()

    async def _send(self, scope: Scope) -> None:
        """Send one batch after the other, until nothing waits."""
        try:
            while batch := self._next(scope):
                await self._share(scope, batch)
        finally:
            for left in self._waiting.pop(scope):
                left.future.cancel()

    def _next(self, scope: Scope) -> list[Waiting]:
        """Take the next batch out of the line: whoever has waited longest, and all that may go with them."""
        batch: list[Waiting] = []
        left: list[Waiting] = []
        for one in self._waiting[scope]:
            if one.future.done():
                continue  # whoever waited has gone
            (batch if _fits(one, batch) else left).append(one)
        self._waiting[scope][:] = left
        for one in batch:
            one.end.cancel()
        return batch

    async def _share(self, scope: Scope, batch: Sequence[Waiting]) -> None:
        """Commit a batch, and tell all who wait for it."""
        failure: Exception | None = None
        try:
            await self._commit(scope, batch[0].sql, _rows(batch))
        except Exception as error:  # noqa: BLE001 - it is theirs
            failure = error
        except BaseException:
            for one in batch:
                one.future.cancel()
            raise
        for one in batch:
            one.answer(failure)


def _fits(one: Waiting, batch: Sequence[Waiting]) -> bool:
    if not batch:
        return True
    if len(batch) == MOST or one.sql != batch[0].sql:
        return False
    if one.size + sum(other.size for other in batch) > LARGEST:
        return False
    return one.about is None or all(one.about != other.about for other in batch)


def _size(values: Values) -> int:
    size = 0
    for value in values:
        if type(value) in _TEXTS:
            size += len(value)
        elif type(value) is list:
            size += sum(len(one) if type(one) in _TEXTS else 0 for one in value) + _OVERHEAD * len(value)
    return size


def _rows(batch: Sequence[Waiting]) -> list[Values]:
    """Return the values of each, of which the first has the users that are to be locked."""
    users = [one.about for one in batch if one.about is not None]
    locked = users if len(users) > 1 else None
    return [(*one.values, None if place else locked) for place, one in enumerate(batch)]


def _give_up(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_exception(StoreBusy("nothing was changed: too many writes wait for PostgreSQL"))
