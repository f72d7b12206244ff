"""What is required of the figures, each requirement as one PASS or MISS line with the numbers.

Law: a requirement that could not be measured is a MISS, never left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bench.lineup import LIMIT, OURS, RIVALS, Store
from bench.results import Results

READS = ("W2", "W3")
WRITES = ("W1", "W4", "W5")
MEMBERS = ("W7a", "W7b", "W7c")
SHARE_OF_LIMIT = 0.4
FLAT = 1.3


@dataclass(frozen=True)
class Verdict:
    """One requirement and whether it is met."""

    met: bool
    text: str

    def __str__(self) -> str:
        return f"{'PASS' if self.met else 'MISS'}  {self.text}"


def judge(results: Results, large: int) -> list[Verdict]:
    """All verdicts; `large` is the number of members of the large group."""
    return [
        *_ahead_of_peers(results),
        *_share_of_limit(results),
        *_flat_in_members(results, large),
        *_flat_in_users(results),
    ]


def _ahead_of_peers(results: Results) -> Iterator[Verdict]:
    """Ours on each store against its rivals."""
    for ours, stores in RIVALS.items():
        for store in stores:
            yield from _ahead_of_store(results, ours, store)


def _ahead_of_store(results: Results, ours: str, store: Store) -> Iterator[Verdict]:
    """W1 to W5 against a peer that keeps nothing; against others all that they answer."""
    peers = results.peers(store)
    if not peers:
        yield Verdict(met=False, text=f"no peer {store} was measured")
    for peer in peers:
        workloads = sorted(READS + WRITES) if store is Store.MEMORY else results.answered(peer)
        if not workloads:
            yield Verdict(met=False, text=f"{peer} answered nothing")
        yield from (_ahead(results, ours, peer, workload) for workload in workloads)


def _ahead(results: Results, ours: str, peer: str, workload: str) -> Verdict:
    """One workload in operations per second and in CPU per operation."""
    rate = _ratio(results.rate(ours, workload), results.rate(peer, workload))
    cost = _ratio(results.cost(peer, workload), results.cost(ours, workload))
    met = rate is not None and cost is not None and rate > 1 and cost > 1
    text = f"{workload} ahead of {peer}: {_times(rate)} the operations per second, "
    return Verdict(met, f"{text}{_times(cost)} less CPU per operation")


def _share_of_limit(results: Results) -> Iterator[Verdict]:
    """W2 and W3 reach 40 % of the rate of a constant body; the share by CPU is told beside it."""
    for workload in READS:
        share = _ratio(results.rate(OURS, workload), results.rate(LIMIT, "W2"))
        cpu = _ratio(results.cost(LIMIT, "W2"), results.cost(OURS, workload))
        met = share is not None and share >= SHARE_OF_LIMIT
        text = f"{workload} at {_percent(share)} of the constant body's rate (required 40 %); "
        yield Verdict(met, f"{text}by CPU {_percent(cpu)}")


def _flat_in_members(results: Results, large: int) -> Iterator[Verdict]:
    """W7a, W7b and W7c cost at most 1.3 times at 10,000 members what they cost at 10."""
    for workload in MEMBERS:
        small, big = results.cost(OURS, f"{workload}:10"), results.cost(OURS, f"{workload}:{large}")
        yield _flat(f"{workload} at {large} members against 10", _ratio(big, small))


def _flat_in_users(results: Results) -> Iterator[Verdict]:
    """W3 costs at most 1.3 times among 100,000 users what it costs among 1,000."""
    sizes = sorted(int(name.partition("@")[2]) for name in results.servers if name.startswith(f"{OURS}@"))
    if len(sizes) < 2:
        yield Verdict(met=False, text="W3 among many users was not measured")
        return
    small, big = sizes[0], sizes[-1]
    ratio = _ratio(results.cost(f"{OURS}@{big}", "W3"), results.cost(f"{OURS}@{small}", "W3"))
    loaded = results.loaded[f"{OURS}@{big}"]
    verdict = _flat(f"W3 among {loaded:,} users against {small:,}", ratio)
    yield Verdict(verdict.met and loaded == big, verdict.text)


def _flat(text: str, ratio: float | None) -> Verdict:
    """A verdict on growth of CPU per operation."""
    met = ratio is not None and ratio <= FLAT
    return Verdict(met, f"{text}: {_times(ratio)} the CPU per operation (at most {FLAT})")


def _ratio(over: float | None, under: float | None) -> float | None:
    return over / under if over is not None and under else None


def _times(ratio: float | None) -> str:
    return "not measured," if ratio is None else f"{ratio:.2f} times"


def _percent(share: float | None) -> str:
    return "an unknown share" if share is None else f"{100 * share:.0f} %"
