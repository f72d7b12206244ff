"""The request log's entries of reads and refusals, and what was used, kept for at most a second and written together.

Law: keeping an entry never waits; beyond what a second may bring, reads make room for refusals, what does not fit is
counted, and an entry that will not be kept is not even made.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from muster.directory.records import LogEntry
from muster.directory.registers.uses import NotedUse
from muster.store.uses import UseBuffer, Used

CAPACITY: Final = 1000
WITHIN: Final = 1.0  # seconds that an entry may wait


class LogBuffer:
    """Entries that wait to be written: refusals before reads."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._refusals: deque[LogEntry] = deque()
        self._reads: deque[LogEntry] = deque()
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._refusals) + len(self._reads)

    def add(self, entry: Callable[[], LogEntry], *, refused: bool) -> None:
        """Keep an entry; when there are too many, a refusal takes the place of the latest read, and a read has none."""
        if len(self) >= self._capacity:
            self.dropped += 1
            if not refused or not self._reads:
                return
            self._reads.pop()
        (self._refusals if refused else self._reads).append(entry())

    def take(self) -> Sequence[LogEntry]:
        """Return all entries, oldest first, and keep none."""
        taken = sorted([*self._refusals, *self._reads], key=lambda entry: entry.time)
        self._refusals.clear()
        self._reads.clear()
        return taken


Write = Callable[[Sequence[LogEntry], dict[int, Used]], Awaitable[None]]
"""Write entries, and what was used by organization."""


class LateLog:
    """What waits, and what writes it: `write` sees to the entries that it could not write; a use may be lost."""

    def __init__(self, write: Write) -> None:
        self.buffer = LogBuffer()
        self.uses = UseBuffer()
        self._write = write
        self._waiting: asyncio.Task[None] | None = None

    def add(self, entry: Callable[[], LogEntry], *, refused: bool) -> None:
        """Keep an entry, and write it with the others within a second."""
        self.buffer.add(entry, refused=refused)
        self._write_within_a_second()

    def note(self, use: NotedUse) -> None:
        """Keep what a request has used, and write it with the entries."""
        self.uses.add(use)
        self._write_within_a_second()

    def _write_within_a_second(self) -> None:
        if self._waiting is None:
            self._waiting = asyncio.get_running_loop().create_task(self._flush_later())

    async def flush(self) -> None:
        """Write what waits now."""
        entries, used = self.buffer.take(), self.uses.take()
        if entries or used:
            await self._write(entries, used)

    async def close(self) -> None:
        """Write what waits, and wait for nothing more."""
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
        await self.flush()

    async def _flush_later(self) -> None:
        await asyncio.sleep(WITHIN)
        self._waiting = None
        await self.flush()
