"""What a process counts while it works: plain numbers, added up where things happen, read by whoever asks.

Law: an observation costs well under a microsecond and never fails; no name or id of an organization, a connection or a
user is ever part of it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

SECONDS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
SIZES: Final = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)

Work = Literal["read", "query", "write"]


class Histogram:
    """How many observations fell at or below each bound, and their sum; the last count is of those above all bounds."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def observe(self, value: float) -> None:
        """Add one observation."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value

    def add(self, counts: Sequence[int], total: float) -> None:
        """Add another histogram's counts, of the same bounds, and its sum."""
        self.counts = [mine + theirs for mine, theirs in zip(self.counts, counts, strict=True)]
        self.total += total

    def rise(self, counts: Sequence[int], total: float) -> None:
        """Take another's counts and sum where they are greater."""
        self.counts = [max(pair) for pair in zip(self.counts, counts, strict=True)]
        self.total = max(self.total, total)


class RequestMeasures:
    """Answers by (operation, status), and how long each operation took, in seconds."""

    __slots__ = ("answered", "seconds")

    def __init__(self) -> None:
        self.answered: Counter[tuple[str, int]] = Counter()
        self.seconds: dict[str, Histogram] = {}

    def observe(self, operation: str, status: int, seconds: float) -> None:
        """Count one answer; `operation` is one of a fixed set, never what a client sent."""
        self.answered[operation, status] += 1
        self.histogram(operation).observe(seconds)

    def histogram(self, operation: str) -> Histogram:
        """Return the histogram of an operation's seconds."""
        found = self.seconds.get(operation)
        if found is None:
            found = self.seconds[operation] = Histogram(SECONDS)
        return found


class StoreMeasures:
    """What a store did: seconds by kind of work, statements by who ran them, operations per committed batch.

    `seconds` of a write counts from the moment it is asked for to its commit, waiting included; `dropped` are entries
    of the request log that were not kept; `undone` are batches that did not commit as one.
    """

    __slots__ = ("batches", "dropped", "seconds", "statements", "undone")

    def __init__(self) -> None:
        self.seconds: dict[Work, Histogram] = {
            "read": Histogram(SECONDS),
            "query": Histogram(SECONDS),
            "write": Histogram(SECONDS),
        }
        self.statements: Counter[str] = Counter()
        self.batches = Histogram(SIZES)
        self.dropped = 0
        self.undone = 0


class ChoreMeasures:
    """How often each chore was done, and how often it failed, by (chore, outcome)."""

    __slots__ = ("rounds",)

    def __init__(self) -> None:
        self.rounds: Counter[tuple[str, str]] = Counter()

    def observe(self, chore: str, *, failed: bool) -> None:
        """Count one doing of a chore."""
        self.rounds[chore, "failed" if failed else "done"] += 1


class Measures(NamedTuple):
    """All that a process counts."""

    requests: RequestMeasures
    store: StoreMeasures
    chores: ChoreMeasures
