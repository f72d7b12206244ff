"""The one writer: operations that wait at the same time share a transaction, and with it one sync of the disk.

Organizations take turns in a batch, so that many writes of one do not keep another waiting.

Law: each operation is all or nothing within its batch (a savepoint); nobody hears an answer, refusals included, before
the batch is committed; a commit that fails is `StoreUnavailable` for all of them. Statements run on the event loop,
where they are short; the sync, and any batch that may be long, runs on the writer's own thread. The connection is used
by one of the two at a time.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from queue import SimpleQueue
from time import perf_counter
from typing import Any, Final, Generic, TypeVar

import apsw

from muster.directory.failures import StoreUnavailable
from muster.directory.measure import SIZES, Histogram
from muster.store.connection import told, undone
from muster.store.turns import Line

T = TypeVar("T")
V = TypeVar("V")

_MOST: Final = 64  # operations in a batch
_LONGEST: Final = 0.02  # seconds that a batch may keep the event loop from its other work
_PATIENCE: Final = 5000  # milliseconds to wait for another process, on the writer's thread

Work = Callable[[], Awaitable[Any]]


@dataclass(slots=True, eq=False)
class Waiting(Generic[T]):
    """An operation, whose it is, who waits for it, and what became of it."""

    organization: int
    work: Work
    future: asyncio.Future[T]
    heavy: bool
    result: T | None = None
    error: BaseException | None = None

    def answer(self) -> None:
        """Tell the one who waits, unless they have gone."""
        if self.future.done():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)  # type: ignore[arg-type]


@dataclass(slots=True, eq=False)
class Batch:
    """The operations that share a transaction."""

    operations: list[Waiting[Any]] = field(default_factory=list)

    def fail(self, connection: apsw.Connection, error: apsw.Error) -> None:
        """Let every operation of the batch have failed."""
        for operation in self.operations:
            operation.error = undone(connection, error)


class Writer:
    """Runs operations in batches on its own connection."""

    def __init__(self, connection: apsw.Connection, sizes: Histogram | None = None) -> None:
        self._connection = connection
        self._sizes = sizes or Histogram(SIZES)
        self._waiting: Line[Waiting[Any]] = Line()
        self._busy = False
        self._idle: asyncio.Event | None = None
        self._tasks: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._serve, name="muster-writer", daemon=True)
        self._thread.start()
        self.commits = 0

    async def run(self, organization: int, work: Callable[[], Awaitable[T]], *, heavy: bool = False) -> T:
        """Run an organization's operation; return its result, or raise what it raised, once its batch is committed."""
        if self._idle is not None:
            raise StoreUnavailable("the database is being closed")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._waiting.add(organization, Waiting(organization, work, future, heavy))
        if not self._busy:
            self._busy = True
            loop.call_soon(self._next, loop)
        return await future

    async def close(self) -> None:
        """Finish what waits, then stop the thread and close the connection."""
        self._idle = asyncio.Event()
        if self._busy:
            await self._idle.wait()
        self._tasks.put(None)
        self._thread.join()
        self._connection.close()

    def _next(self, loop: asyncio.AbstractEventLoop) -> None:
        """Start the next batch (on the event loop)."""
        turn = self._waiting.turn()
        if turn is None:
            self._busy = False
            if self._idle is not None:
                self._idle.set()
        elif self._waiting.first(turn).heavy:
            batch = Batch([self._waiting.take(turn)])
            self._tasks.put(lambda: self._all(batch, loop))
        else:
            self._on_loop(loop)

    def _on_loop(self, loop: asyncio.AbstractEventLoop) -> None:
        """Run the statements of a batch here, and leave only the commit to the thread."""
        batch = Batch()
        try:
            self._begin(wait=0)
            until = perf_counter() + _LONGEST
            while (operation := self._following(batch)) is not None and perf_counter() < until:
                self._step(batch, operation)
        except apsw.BusyError:
            # Another process holds the lock: whatever was decided here is undone, and decided again on the thread.
            self._roll_back()
            self._put_back(batch)
            self._tasks.put(lambda: self._all(Batch(self._take()), loop))
        except apsw.Error as error:
            batch.operations = batch.operations or self._take()  # it may not even have begun
            self._give_up(batch, error)
            loop.call_soon(self._answer, batch, loop)
        else:
            self._tasks.put(lambda: self._finish(batch, loop))

    def _following(self, batch: Batch) -> Waiting[Any] | None:
        """Return the operation whose turn it is, if it fits into the batch."""
        turn = self._waiting.turn()
        if turn is None or len(batch.operations) >= _MOST:
            return None
        operation = self._waiting.first(turn)
        return None if operation.heavy else operation

    def _take(self) -> list[Waiting[Any]]:
        """Take the operations of one batch, all of them short."""
        batch = Batch()
        while (operation := self._following(batch)) is not None:
            batch.operations.append(self._waiting.take(operation.organization))
        return batch.operations

    def _put_back(self, batch: Batch) -> None:
        for operation in reversed(batch.operations):
            self._waiting.put_back(operation.organization, operation)

    def _all(self, batch: Batch, loop: asyncio.AbstractEventLoop) -> None:
        """Run a whole batch (on the thread)."""
        try:
            self._begin(wait=_PATIENCE)
            batch.operations = [one for one in batch.operations if not one.future.cancelled()]
            for position, operation in enumerate(batch.operations):
                self._operate(operation, first=position == 0)
        except apsw.Error as error:
            self._give_up(batch, error)
            loop.call_soon_threadsafe(self._answer, batch, loop)
        else:
            self._finish(batch, loop)

    def _step(self, batch: Batch, operation: Waiting[Any]) -> None:
        self._waiting.take(operation.organization)
        if operation.future.cancelled():
            return
        batch.operations.append(operation)
        self._operate(operation, first=len(batch.operations) == 1)

    def _operate(self, operation: Waiting[Any], *, first: bool) -> None:
        """Run one operation so that it leaves all it did or nothing. Raises `apsw.Error` when the batch is lost."""
        if not first:
            self._connection.execute("SAVEPOINT operation")
        operation.error = None
        try:
            operation.result = drive(operation.work())
        except BaseException as error:
            operation.error = told(self._connection, error)
            if self._connection.get_autocommit():
                raise apsw.FullError("the transaction was lost") from error
            self._undo(first=first)
        else:
            if not first:
                self._connection.execute("RELEASE operation")

    def _undo(self, *, first: bool) -> None:
        # The first operation of a batch needs no savepoint: what it did is all there is.
        if first:
            self._connection.execute("ROLLBACK")
            self._connection.execute("BEGIN IMMEDIATE")
        else:
            self._connection.execute("ROLLBACK TO operation")
            self._connection.execute("RELEASE operation")

    def _begin(self, *, wait: int) -> None:
        self._connection.set_busy_timeout(wait)
        self._connection.execute("BEGIN IMMEDIATE")

    def _finish(self, batch: Batch, loop: asyncio.AbstractEventLoop) -> None:
        """Commit the batch (on the thread), and have everybody told (on the event loop)."""
        try:
            self._connection.execute("COMMIT")
            self.commits += 1
            self._sizes.observe(len(batch.operations))
        except apsw.Error as error:
            self._give_up(batch, error)
        loop.call_soon_threadsafe(self._answer, batch, loop)

    def _give_up(self, batch: Batch, error: apsw.Error) -> None:
        self._roll_back()
        batch.fail(self._connection, error)

    def _roll_back(self) -> None:
        if not self._connection.get_autocommit():
            self._connection.execute("ROLLBACK")

    def _answer(self, batch: Batch, loop: asyncio.AbstractEventLoop) -> None:
        for operation in batch.operations:
            operation.answer()
        self._next(loop)

    def _serve(self) -> None:
        while (task := self._tasks.get()) is not None:
            task()


def drive(operation: Awaitable[V]) -> V:
    """Run an operation that never waits to its end, and return its result. Raises `RuntimeError` when it does wait."""
    steps = operation.__await__()
    try:
        steps.send(None)
    except StopIteration as end:
        result: V = end.value
        return result
    steps.close()
    raise RuntimeError("an operation awaited something other than its transaction")
