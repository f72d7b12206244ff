"""The entries of requests that opened nothing: counted together, looked into and written once a second.

Law: a flood costs a count in memory, never a statement for each request; it fills neither the memory nor an
organization's log, and takes no place from the entries of those who have a key. What does not fit is counted.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, NamedTuple

from muster.directory.failures import StoreUnavailable
from muster.directory.ports import Administration, Database
from muster.directory.records import LogEntry
from muster.directory.refusals import placed
from muster.store import log

MOST: Final = 10_000  # kinds of refusals that are counted at once
ROWS: Final = 100  # of one connection in a minute
LOOK_UPS: Final = 100  # kinds of refusals that are looked into at once
TOO_OFTEN: Final = "refused-often"
"""The code of what is too much of one connection to be told apart."""

_LAST_FLUSHES: Final = 5
_MINUTE: Final = 60_000_000  # microseconds

_Kind = tuple[int, str, str | None, str | None, str | None]
_Where = tuple[int, str]


@dataclass(slots=True)
class _Counted:
    """Refusals of one kind: the first one's entry, and how many wait to be written.

    `placed`: it is known where they belong; `written`: there is an entry of them already.
    """

    entry: LogEntry
    waiting: int = 0
    placed: bool = False
    written: bool = False


class Batch(NamedTuple):
    """Refusals of one kind that are to be written: so many more like an entry, which is there already or not."""

    entry: LogEntry
    times: int
    written: bool


class RefusalBuffer:
    """Refusals of this minute by connection, credential, address and reason, as the requests said them.

    Half of the room is for those of connections that are known to be there.
    """

    def __init__(self) -> None:
        self._counted: dict[_Kind, _Counted] = {}
        self._known: dict[_Where, _Where] = {}  # where refusals said they belong, and where that is
        self._rows: Counter[_Where] = Counter()
        self._strange = 0  # kinds that were not looked into yet
        self._minute = 0
        self.dropped = 0

    def add(self, entry: LogEntry) -> None:
        """Count a refusal."""
        self._turn(entry.time // _MINUTE)
        where = self._known.get((entry.organization, entry.connection))
        full = where is not None and self._rows[where] >= ROWS
        if full and where is not None and _kind(entry) not in self._counted:
            self._common(entry, where, 1)
            return
        counted = self._counted.get(_kind(entry))
        if counted is None:
            if len(self._counted) >= MOST or (where is None and self._strange >= MOST // 2):
                self.dropped += 1
                return
            counted = self._counted[_kind(entry)] = _Counted(entry)
            self._strange += 1
        counted.waiting += 1

    def waits(self) -> bool:
        """Return whether anything is to be written."""
        return any(counted.waiting for counted in self._counted.values())

    async def take(self, database: Database, now: int) -> dict[int, list[Batch]]:
        """Return what is to be written, by organization.

        Of those that were never looked into, some are: first of connections that are known. Raises `StoreUnavailable`.
        """
        new = [(kind, counted) for kind, counted in self._counted.items() if not counted.placed]
        new.sort(key=lambda item: item[0][:2] not in self._known)
        for kind, counted in new[:LOOK_UPS]:
            await self._place(database, kind, counted, now)
        taken: dict[int, list[Batch]] = {}
        for counted in self._counted.values():
            if counted.placed and counted.waiting:
                batch = Batch(counted.entry, counted.waiting, counted.written)
                taken.setdefault(counted.entry.organization, []).append(batch)
                counted.waiting, counted.written = 0, True
        return taken

    def lose(self) -> None:
        """Give up what still waits."""
        self.dropped += sum(counted.waiting for counted in self._counted.values())
        self._counted.clear()

    async def _place(self, database: Database, kind: _Kind, counted: _Counted, now: int) -> None:
        """Find out where refusals belong; those that belong nowhere are forgotten."""
        entry = await placed(database, counted.entry, now)
        self._strange -= 1
        if entry is None:
            del self._counted[kind]
            return
        where = (entry.organization, entry.connection)
        if len(self._known) >= MOST:
            self._known.clear()
        self._known[kind[:2]] = where
        if self._rows[where] >= ROWS:
            del self._counted[kind]
            self._common(entry, where, counted.waiting)
            return
        self._rows[where] += 1
        counted.entry, counted.placed = entry, True

    def _common(self, entry: LogEntry, where: _Where, times: int) -> None:
        """Count refusals among those of a connection that are too many to be told apart."""
        common = entry._replace(
            connection=where[1], credential=None, address=None, user_agent=None, code=TOO_OFTEN
        )
        self._counted.setdefault(_kind(common), _Counted(common, placed=True)).waiting += times

    def _turn(self, minute: int) -> None:
        """Begin a new minute, in which each kind has an entry of its own again; what waits is still written."""
        if minute != self._minute:
            self._minute = minute
            self._rows.clear()
            self._counted = {kind: one for kind, one in self._counted.items() if one.waiting}
            self._strange = sum(not one.placed for one in self._counted.values())


def _kind(entry: LogEntry) -> _Kind:
    return entry.organization, entry.connection, entry.credential, entry.address, entry.code


class RefusalLog:
    """A buffer, and what writes it within a second."""

    def __init__(self, database: Database) -> None:
        self.buffer = RefusalBuffer()
        self._database = database
        self._latest = 0
        self._waiting: asyncio.Task[None] | None = None

    def add(self, entry: LogEntry) -> None:
        """Keep the entry of a request that opened nothing, for the organization it says it is for, if there is one."""
        self._latest = entry.time
        self.buffer.add(entry)
        if self._waiting is None:
            self._waiting = asyncio.get_running_loop().create_task(self._flush_later())

    async def close(self) -> None:
        """Write what waits, as far as that is quick, and wait for nothing more."""
        if self._waiting is not None:
            self._waiting.cancel()
        for _ in range(_LAST_FLUSHES):
            if self.buffer.waits():
                await self._flush()
        self.buffer.lose()

    async def _flush_later(self) -> None:
        try:
            while self.buffer.waits():
                await asyncio.sleep(log.WITHIN)
                await self._flush()
        finally:
            self._waiting = None

    async def _flush(self) -> None:
        try:
            taken = await self.buffer.take(self._database, self._latest)
        except StoreUnavailable:
            return
        for organization, batches in taken.items():
            try:
                await self._database.administer(organization, partial(_write, batches))
            except StoreUnavailable:
                self.buffer.dropped += sum(batch.times for batch in batches)


async def _write(batches: Sequence[Batch], administration: Administration) -> None:
    requests = administration.registers.requests
    for entry, times, written in batches:
        if not (written and await requests.repeat(entry, times)):
            await requests.keep(entry._replace(repeated=times))
