"""What one run measures: who, in which order, with which workloads, and how large.

Law: everybody gets the same workloads among the same number of users, one after the other. The peers get
less time for each workload, not fewer users.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from bench import peer_servers, servers
from bench.lineup import LIMIT, OURS, OURS_POSTGRESQL
from bench.processes import Endpoint

Start = Callable[[Path], AbstractContextManager[Endpoint]]


@dataclass(frozen=True)
class Size:
    """How large a run is; the scale multiplies the numbers of requests, the seconds are for each workload."""

    users: int
    many_users: int
    scale: float
    seconds: float
    peer_seconds: float

    def workloads(self) -> str:
        """What every server is asked."""
        first = ["W1", "W2", "W3", "W3m", "W3e", "W4", "W5", "W6", "W8a", "W8c"]
        return ",".join([*first, *self._members(), "W9o", f"W9e:{min(1000, self.users)}"])

    def again(self) -> str:
        """Repeated on ours, whose figures are compared with each other: each takes its best of three."""
        return ",".join(["W2", "W3", *self._members()] * 2)

    def _members(self) -> list[str]:
        return [f"W7{letter}:{size}" for size in (10, self.users) for letter in "abc"]


QUICK = Size(users=1_000, many_users=5_000, scale=0.1, seconds=2.0, peer_seconds=1.5)
FULL = Size(users=10_000, many_users=100_000, scale=1.0, seconds=4.0, peer_seconds=2.5)


@dataclass(frozen=True)
class Stage:
    """One server: its name, how it is started, and what the generator is told."""

    name: str
    start: Start
    workloads: str
    users: int
    seconds: float
    verify_every: int = 10

    @property
    def asked_for(self) -> str:
        """The name by which `--only` takes it."""
        return "users" if "@" in self.name else self.name

    def arguments(self) -> list[str]:
        """The generator's options that are this stage's own."""
        sizes = ["--users", str(self.users), "--max-seconds", str(self.seconds)]
        checks = ["--verify-every", str(self.verify_every)]
        return ["--name", self.name, *sizes, *checks, "--workload", self.workloads]


def stages(size: Size, cache: Path) -> list[Stage]:
    """Everybody in the order they run: ours among other numbers of users, then next to what it is compared with."""
    everything, mine = size.workloads(), f"{size.workloads()},{size.again()}"

    def peer(name: str, start: Callable[[Path, Path], AbstractContextManager[Endpoint]]) -> Stage:
        return Stage(name, lambda folder: start(folder, cache), everything, size.users, size.peer_seconds)

    return [
        *(
            Stage(f"{OURS}@{users}", servers.muster, "W1,W3,W3,W3", users, size.seconds)
            for users in (1_000, size.many_users)
        ),
        Stage(LIMIT, servers.constant, "W1,W2,W2,W2", 10, size.seconds, verify_every=1_000_000),
        Stage(OURS, servers.muster, mine, size.users, size.seconds),
        peer("scim2-server", peer_servers.scim2_server),
        peer("scimmy", peer_servers.scimmy),
        peer("django-scim2", peer_servers.django_scim2),
        Stage(OURS_POSTGRESQL, servers.muster_postgresql, everything, size.users, size.seconds),
        peer("django-scim2-postgresql", peer_servers.django_scim2_postgresql),
        peer("polis", peer_servers.polis),
    ]
