"""The request log's entries of reads and refusals, kept for at most a second and written together.

Law: keeping an entry never waits; beyond what a second may bring the oldest reads go first, and each one is counted.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Final

from muster.directory.records import LogEntry

CAPACITY: Final = 1000
REFUSED: Final = 400


class LogBuffer:
    """Entries that wait to be written: refusals before reads."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._refusals: deque[LogEntry] = deque()
        self._reads: deque[LogEntry] = deque()
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._refusals) + len(self._reads)

    def add(self, entry: LogEntry) -> None:
        """Keep an entry; when there are too many, drop the oldest read, or else the oldest refusal."""
        (self._refusals if entry.status >= REFUSED else self._reads).append(entry)
        if len(self) > self._capacity:
            (self._reads or self._refusals).popleft()
            self.dropped += 1

    def take(self) -> Sequence[LogEntry]:
        """Return all entries, oldest first, and keep none."""
        taken = sorted([*self._refusals, *self._reads], key=lambda entry: entry.time)
        self._refusals.clear()
        self._reads.clear()
        return taken
