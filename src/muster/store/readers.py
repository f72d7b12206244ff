"""Reads that may take long: a few threads with a connection each, a deadline, and a share for each organization.

Law: nothing here keeps the event loop; one organization never has all readers, nor an endless queue; a query that
takes too long is stopped (`StoreBusy`), and no read transaction outlives its query.
"""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from queue import SimpleQueue
from time import monotonic
from typing import Any, Final, TypeVar

import apsw

from muster.directory.failures import StoreBusy, StoreError, StoreUnavailable
from muster.store.turns import Line

T = TypeVar("T")

READERS: Final = 3
SHARE: Final = 2  # readers that one organization may have at the same time
QUEUE: Final = 256  # of its queries that may wait
DEADLINE: Final = 10.0  # seconds, waiting included
_CLOSING: Final = "the database is being closed"
_STEPS: Final = 20_000  # of SQLite's machine between two looks at the clock; well under a millisecond

Read = Callable[[apsw.Connection], Any]


@dataclass(slots=True, eq=False)
class Job:
    """A query, who asked, and until when an answer is of use."""

    organization: int
    read: Read
    until: float
    future: asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop

    def answer(self, result: object, error: Exception | None) -> None:
        """Tell the one who waits, unless they have gone."""
        if self.future.done():
            return
        if error is not None:
            self.future.set_exception(error)
        else:
            self.future.set_result(result)


class Readers:
    """The threads and their queue; used from the event loop only."""

    def __init__(self, connect: Callable[[], apsw.Connection], deadline: float = DEADLINE) -> None:
        self._connect = connect
        self._deadline = deadline
        self._waiting: Line[Job] = Line()
        self._running: Counter[int] = Counter()
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._closed = False

    async def run(self, organization: int, read: Callable[[apsw.Connection], T]) -> T:
        """Run a query for an organization and return what it returns. Raises `StoreBusy`, `StoreUnavailable`."""
        if self._closed:
            raise StoreUnavailable(_CLOSING)
        if self._waiting.count(organization) >= QUEUE:
            raise StoreBusy("too many queries of this organization are waiting")
        loop = asyncio.get_running_loop()
        job = Job(organization, read, monotonic() + self._deadline, loop.create_future(), loop)
        self._waiting.add(organization, job)
        self._start()
        result: T = await job.future
        return result

    def close(self) -> None:
        """Stop what is being read and what waits, and end the threads."""
        self._closed = True
        for job in self._waiting.clear():
            job.answer(None, StoreUnavailable(_CLOSING))
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join()
        self._threads.clear()

    def _start(self) -> None:
        """Give free readers to the organizations in turn."""
        while (organization := self._waiting.turn(self._may)) is not None:
            self._running[organization] += 1
            self._put(self._waiting.take(organization))

    def _may(self, organization: int) -> bool:
        return self._running.total() < READERS and self._running[organization] < SHARE

    def _put(self, job: Job) -> None:
        if len(self._threads) < min(READERS, self._running.total()):
            thread = threading.Thread(target=self._serve, name="muster-reader", daemon=True)
            self._threads.append(thread)
            thread.start()
        self._jobs.put(job)

    def _serve(self) -> None:
        connection: apsw.Connection | None = None
        while (job := self._jobs.get()) is not None:
            result: object = None
            error: Exception | None = None
            try:
                connection = connection or self._connect()
                result, error = self._run(connection, job)
            except StoreError as closed:
                error = StoreUnavailable(str(closed))
            job.loop.call_soon_threadsafe(self._answer, job, result, error)
        if connection is not None:
            connection.close()

    def _answer(self, job: Job, result: object, error: Exception | None) -> None:
        self._running[job.organization] -= 1
        if not self._running[job.organization]:
            del self._running[job.organization]
        job.answer(result, error)
        self._start()

    def _run(self, connection: apsw.Connection, job: Job) -> tuple[object, Exception | None]:
        """Run a query until its deadline, or until nobody waits for it; return its result or what went wrong."""
        if job.future.cancelled():
            return None, None
        if monotonic() > job.until:
            return None, StoreBusy("the query waited too long for its turn")

        def stop() -> bool:
            return self._closed or job.future.cancelled() or monotonic() > job.until

        result, error = _in_snapshot(connection, job.read, stop)
        if self._closed and error is not None:
            return None, StoreUnavailable(_CLOSING)
        return result, error


def _in_snapshot(
    connection: apsw.Connection, read: Read, stop: Callable[[], bool]
) -> tuple[object, Exception | None]:
    """Run a query in one snapshot, unless it is to stop; return its result or what went wrong."""
    connection.set_progress_handler(stop, _STEPS)
    try:
        connection.execute("BEGIN")
        try:
            return read(connection), None
        finally:
            connection.set_progress_handler(None)
            connection.execute("ROLLBACK")
    except apsw.InterruptError:
        return None, StoreBusy("the query took too long; narrow its filter")
    except (apsw.BusyError, apsw.IOError, apsw.CantOpenError, apsw.NoMemError) as error:
        return None, StoreUnavailable(str(error))
    except Exception as error:  # noqa: BLE001 - the one who waits hears of it
        return None, error
