"""The closed loop: N connections, each sending its next request when the last was answered, and its figures.

Law: bounded in requests and in seconds; every status is judged, and a sample of the bodies. A workload is answered
wrongly when most operations, or most of the sample, are, or when its end is not what was asked for.
"""

from __future__ import annotations

import asyncio
import contextlib
import resource
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from bench import usage
from bench.wire import Address, Client


class WrongAnswer(Exception):
    """An answer with the wrong status or the wrong content."""


Operation = Callable[[Client, int, bool], Awaitable[None]]


@dataclass(frozen=True)
class Bounds:
    """How long a workload may run, and how often a body is checked."""

    connections: int = 8
    seconds: float = 8.0
    timeout: float = 60.0
    verify_every: int = 10


@dataclass
class Figures:
    """What one run of one workload showed."""

    workload: str
    connections: int
    operations: int = 0
    seconds: float = 0.0
    server_cpu: float = 0.0
    client_cpu: float = 0.0
    latencies: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    verified: int = 0
    refuted: int = 0
    final_state: str | None = None  # what was not as it must be after the loop
    requests_per_operation: int = 1

    def percentile(self, share: float) -> float | None:
        """The latency in ms below which `share` of the operations lay."""
        if not self.latencies:
            return None
        ordered = sorted(self.latencies)
        return round(1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))], 3)

    def record(self) -> dict[str, Any]:
        """The figures as JSON; counted per request where an operation is several equal requests."""
        count = self.operations * self.requests_per_operation
        wrong = self.errors.total()
        record: dict[str, Any] = {
            "workload": self.workload,
            "conns": self.connections,
            "ops": count,
            "wall_s": round(self.seconds, 3),
            "ops_s": round(count / self.seconds, 1) if self.seconds else None,
            "p50_ms": self.percentile(0.5),
            "p95_ms": self.percentile(0.95),
            "p99_ms": self.percentile(0.99),
            "errors": wrong,
            "verified": self.verified,
            "client_cpu": round(self.client_cpu / self.seconds, 2) if self.seconds else None,
        }
        if self.server_cpu and count:
            record["srv_cpu_ms_op"] = round(1000 * self.server_cpu / count, 5)
        if self.errors:
            record["error_kinds"] = dict(self.errors.most_common(4))
        if wrong > self.operations / 2 or self.refuted > self.verified / 2:
            record["wrong"] = True
        if self.final_state:
            record["final_state"] = self.final_state
        return record


class Loop:
    """Runs operations on one server and measures them."""

    def __init__(self, address: Address, bounds: Bounds, processes: list[int]) -> None:
        self.address = address
        self.bounds = bounds
        self.processes = processes

    async def run(
        self, figures: Figures, operation: Operation, count: int, *, seconds: float | None = None
    ) -> Figures:
        """Call operation(client, k, verify) for k in range(count), within `seconds` (or the bounds')."""
        clients = [Client(self.address) for _ in range(figures.connections)]
        watch = asyncio.create_task(self._watch(clients))
        cpu, own, start = usage.cpu_seconds(self.processes), _own_cpu(), time.perf_counter()
        numbers, end = iter(range(count)), start + (seconds or self.bounds.seconds)
        workers = (self._work(figures, client, operation, numbers, end) for client in clients)
        await asyncio.gather(*workers)
        figures.seconds = time.perf_counter() - start
        figures.client_cpu = _own_cpu() - own
        figures.server_cpu = usage.cpu_seconds(self.processes) - cpu
        watch.cancel()
        for client in clients:
            client.close()
        return figures

    async def _work(
        self, figures: Figures, client: Client, operation: Operation, numbers: Iterator[int], end: float
    ) -> None:
        """One connection's share of the loop; all connections take from one row of numbers."""
        clock, every = time.perf_counter, self.bounds.verify_every
        for number in numbers:
            begun = clock()
            if begun > end or figures.errors.total() > 200:
                return
            verify = number % every == every - 1
            figures.verified += verify
            try:
                await operation(client, number, verify)
            except WrongAnswer as wrong:
                figures.refuted += verify
                figures.errors[str(wrong)[:200]] += 1
            except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
                figures.errors[f"{type(error).__name__}: {error}"[:200]] += 1
            figures.latencies.append(clock() - begun)
            figures.operations += 1

    async def _watch(self, clients: list[Client]) -> None:
        """Abort requests that take longer than the time-out; one timer for all of them."""
        with contextlib.suppress(asyncio.CancelledError):
            while True:
                await asyncio.sleep(1)
                for client in clients:
                    client.give_up(time.perf_counter() - self.bounds.timeout)


def _own_cpu() -> float:
    """CPU seconds of the generator itself."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    return own.ru_utime + own.ru_stime
