"""The counts of all workers of one server, so that whichever of them is asked answers for all.

Law: a worker writes what it has counted into a file of its own in a directory that only the workers know, about once a
second, and reads the others' when it is asked; nothing on the way of a request knows of it. Counts of a worker that
has ended stay, and no answer is less than the one before, whichever worker gave it: a counter that falls is taken for
a restart.
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import orjson

from muster.directory.measure import ChoreMeasures, Histogram, Measures, RequestMeasures, StoreMeasures

_SECONDS: Final = 1.0
_LAST: Final = "last"  # what was answered last

Own = Callable[[], Measures]


class Gathering:
    """One worker's place among the others; `own` returns what it has counted itself."""

    def __init__(self, directory: Path, own: Own) -> None:
        self._directory = directory
        self._file = directory / f"{os.getpid()}.json"
        self._own = own
        self._writing: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Let the others see what is counted here, from now on; on the event loop."""
        self._writing = asyncio.get_running_loop().create_task(self._publish_for_ever())

    def end(self) -> None:
        """Let them see it a last time."""
        if self._writing is not None:
            self._writing.cancel()
        self.publish()

    def total(self) -> Measures:
        """Return the sum over all workers: this one's counts of now, the others' of at most a second ago."""
        total = Measures(RequestMeasures(), StoreMeasures(), ChoreMeasures())
        _add(_document(self._own()), total)
        for file in self._directory.glob("*.json"):
            if file != self._file:
                _add(orjson.loads(file.read_bytes()), total)
        last = self._directory / _LAST
        if last.exists():
            _raise(orjson.loads(last.read_bytes()), total)
        self._write(last, total)
        return total

    async def _publish_for_ever(self) -> None:
        while True:
            self.publish()
            await asyncio.sleep(_SECONDS)

    def publish(self) -> None:
        """Write this worker's counts: the file is there as a whole, or as it was."""
        self._write(self._file, self._own())

    def _write(self, file: Path, measures: Measures) -> None:
        unfinished = self._file.with_suffix(".new")
        unfinished.write_bytes(orjson.dumps(_document(measures)))
        unfinished.replace(file)


def _document(measures: Measures) -> dict[str, Any]:
    requests, store, chores = measures
    return {
        "answered": [[operation, status, count] for (operation, status), count in requests.answered.items()],
        "operations": {name: _values(histogram) for name, histogram in requests.seconds.items()},
        "work": {name: _values(histogram) for name, histogram in store.seconds.items()},
        "statements": store.statements,
        "batches": _values(store.batches),
        "dropped": store.dropped,
        "undone": store.undone,
        "chores": [[chore, outcome, count] for (chore, outcome), count in chores.rounds.items()],
    }


def _values(histogram: Histogram) -> list[Any]:
    return [histogram.counts, histogram.total]


def _add(document: dict[str, Any], total: Measures) -> None:
    requests, store, chores = total
    for operation, status, count in document["answered"]:
        requests.answered[operation, status] += count
    for name, values in document["operations"].items():
        requests.histogram(name).add(*values)
    for work, values in document["work"].items():
        store.seconds[work].add(*values)
    store.statements.update(document["statements"])
    store.batches.add(*document["batches"])
    store.dropped += document["dropped"]
    store.undone += document["undone"]
    for chore, outcome, count in document["chores"]:
        chores.rounds[chore, outcome] += count


def _raise(document: dict[str, Any], total: Measures) -> None:
    """Make no figure less than it was in an earlier answer."""
    requests, store, chores = total
    for operation, status, count in document["answered"]:
        requests.answered[operation, status] = max(requests.answered[operation, status], count)
    for name, values in document["operations"].items():
        requests.histogram(name).rise(*values)
    for work, values in document["work"].items():
        store.seconds[work].rise(*values)
    store.statements |= Counter(document["statements"])
    store.batches.rise(*document["batches"])
    store.dropped = max(store.dropped, document["dropped"])
    store.undone = max(store.undone, document["undone"])
    for chore, outcome, count in document["chores"]:
        chores.rounds[chore, outcome] = max(chores.rounds[chore, outcome], count)
