"""Following what happens in an organization: its changes in order, without a gap, from wherever somebody stopped.

Law: a number is given out when a change commits, and a read sees all of them up to some number or none beyond it; so
whoever goes on behind the last number that they have misses nothing. Waiting costs one question at a time for each
organization and process, however many wait.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from muster.directory.failures import StoreUnavailable
from muster.directory.organizations import Conflict, Missing
from muster.directory.ports import Database
from muster.directory.registers.changes import Numbered
from muster.directory.registers.registers import Registers

INTERVAL: Final = 0.25  # seconds between two looks while somebody waits
LONGEST_WAIT: Final = 60  # seconds


class ChangesPage(NamedTuple):
    """Changes in their order; the next part is behind `next`, also where there is none yet."""

    changes: Sequence[Numbered]
    next: int


async def changes_after(
    database: Database, organization: int, after: int, resource: str | None, limit: int
) -> ChangesPage:
    """Return up to `limit` changes behind a number, of one resource where it is named.

    Raises Conflict: there never was a change of that number, so whoever has it follows another database.
    """

    async def operation(registers: Registers) -> ChangesPage:
        latest = await registers.changes.latest()
        if after > latest:
            raise Conflict(
                f"The latest change is {latest}, and {after} has not happened: the database came back from a copy."
                f" Read everything anew, then go on after {latest}."
            )
        found = await registers.changes.after(after, resource, limit)
        return ChangesPage(found, found[-1].sequence if len(found) == limit else latest)

    return await database.consult(organization, operation)


async def latest_change(database: Database, organization: int) -> int:
    """Return the number of the latest change."""
    return await database.consult(organization, lambda registers: registers.changes.latest())


async def change_numbered(database: Database, organization: int, sequence: int) -> Numbered:
    """Return a change. Raises Missing."""
    found = await database.consult(organization, lambda registers: registers.changes.get(sequence))
    if found is None:
        raise Missing("There is no change with this number.")
    return found


class Followers:
    """Those who wait for changes of an organization, in one process; used from one event loop.

    `ending` tells that the process is on its way out: then nobody waits any longer.
    """

    def __init__(self, database: Database, ending: Callable[[], bool], interval: float = INTERVAL) -> None:
        self._database = database
        self._ending = ending
        self._interval = interval
        self._waiting: dict[int, dict[asyncio.Future[None], int]] = {}
        self._looking: dict[int, asyncio.Task[None]] = {}

    async def wait(self, organization: int, after: int, seconds: float) -> None:
        """Wait until there is a change behind a number, whoever made it; at most so long."""
        if self._ending():
            return
        waiting = self._waiting.setdefault(organization, {})
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        waiting[future] = after
        if organization not in self._looking:
            self._looking[organization] = asyncio.create_task(self._look(organization, waiting))
        try:
            await asyncio.wait([future], timeout=seconds)
        finally:
            waiting.pop(future, None)

    async def _look(self, organization: int, waiting: dict[asyncio.Future[None], int]) -> None:
        """Look again and again, as long as somebody waits, and wake those for whom there is something."""
        try:
            while waiting:
                await asyncio.sleep(self._interval)
                latest = await self._latest(organization) if waiting else 0
                for future, after in [*waiting.items()]:
                    if latest is None or latest > after or self._ending():
                        del waiting[future]
                        future.set_result(None)
        finally:
            del self._waiting[organization], self._looking[organization]

    async def _latest(self, organization: int) -> int | None:
        """Return the latest number; None where nobody can say, which those who wait will find out themselves."""
        try:
            return await latest_change(self._database, organization)
        except StoreUnavailable:
            return None
