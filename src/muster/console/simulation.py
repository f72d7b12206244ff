"""A simulated IdP as the console asks for one: what may be chosen, and what it tells.

Law: what it plays against is fixed by who hands it in: this server, and the connection that is given.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from muster.directory.records import Connection


class Unplayable(Exception):
    """There is nothing to play with: the server does not let the simulated IdP in. The message is one line."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be played; `groups` None: as many as is usual for the provider. A `seed` makes the same people."""

    provider: str
    users: int
    groups: int | None
    faults: tuple[str, ...]
    delete_at_end: bool
    seed: int


class Played(NamedTuple):
    """One step that is over: its number of all, what it did, how that went, and what has come where it did not pass.

    `verdict` is passed, failed or skipped; `exchanges` are pairs of what was sent and what came, `requests` how many.
    """

    number: int
    of: int
    title: str
    verdict: str
    expected: str
    why: str
    findings: tuple[str, ...]
    requests: int
    exchanges: tuple[tuple[str, str], ...]


class Simulation(Protocol):
    """Simulated IdPs: their labels by their names, and the faults that can be provoked."""

    providers: Mapping[str, str]
    faults: Sequence[str]

    def check(self, wanted: Wanted) -> None:
        """Make sure that it can be played. Raises ValueError, with one line that says why not."""

    def play(self, connection: Connection, api_key: str, wanted: Wanted) -> AsyncGenerator[Played, None]:
        """Play, and yield each step when it is over. Raises ValueError; Unplayable."""
