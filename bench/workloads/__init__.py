"""The workloads by name: reads (W2, W3, W6, W8), writes (W1, W4, W5), members (W7) and cycles (W9).

A name may carry a size after a colon: W7a:10000 adds members to a group of 10,000.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bench.loop import Figures
from bench.workloads import cycles, members, reads, writes
from bench.workloads.run import Run

Workload = Callable[[Run, str, int], Awaitable[Figures]]

WORKLOADS: dict[str, Workload] = {
    "W1": writes.create,
    "W2": reads.retrieve,
    "W3": reads.user_name_hit,
    "W3m": reads.user_name_miss,
    "W3e": reads.external_id_hit,
    "W4": writes.modify_active,
    "W5": writes.replace,
    "W6": reads.deep_page,
    "W7a": members.add,
    "W7b": members.remove,
    "W7c": members.retrieve_without,
    "W8a": reads.work_address,
    "W8c": reads.user_name_contains,
    "W9o": cycles.okta,
    "W9e": cycles.entra,
}


async def measure(run: Run, name: str) -> Figures:
    """Run one workload by its name; KeyError when there is none of that name."""
    key, _, size = name.partition(":")
    return await WORKLOADS[key](run, name, int(size or 1000))
