"""The request log's entries of reads and refusals, kept for at most a second and written together.

Law: keeping an entry never waits; beyond what a second may bring, reads make room for refusals, what does not fit is
counted, and an entry that will not be kept is not even made.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

from muster.directory.records import LogEntry

CAPACITY: Final = 1000


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
