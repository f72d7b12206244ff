"""The register of the request log: what came in and what was answered, as it is searched and forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from muster.directory.records import LogEntry


class Moment(NamedTuple):
    """Where an entry stands in the log: its time in microseconds, and its number among those of that time."""

    time: int
    row: int


class Logged(NamedTuple):
    """An entry with its place in the log."""

    at: Moment
    entry: LogEntry


class Owner(NamedTuple):
    """A connection of the organization, also one that is deleted: its id, its provider, and what its rows carry."""

    connection: str
    provider: str
    number: int


@dataclass(frozen=True, slots=True)
class Sought:
    """What is looked for in the log: what is None, or empty, is not asked for.

    `resources` are ids of users or groups, `subject` a name as the log keeps it: an entry has one of the former, or
    the latter. `statuses` are the lowest and the highest; `since` and `until` microseconds.
    """

    connections: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    subject: str | None = None
    statuses: tuple[int, int] | None = None
    code: str | None = None
    method: str | None = None
    since: int | None = None
    until: int | None = None

    @property
    def refused(self) -> bool:
        """Whether only refusals are looked for."""
        return self.statuses is not None and self.statuses[0] >= REFUSED


REFUSED = 400
"""From which status on a request was refused."""


class Requests(Protocol):
    """The request log of one organization."""

    async def search(self, sought: Sought, before: Moment | None, limit: int) -> Sequence[Logged]:
        """Return up to `limit` entries before a place, newest first."""

    async def of_request(self, request: str, limit: int) -> Sequence[Logged]:
        """Return the first entries of a request: one, or one for each operation of a bulk request beside its own."""

    async def shut_out(self, connections: Sequence[str]) -> Sequence[Logged]:
        """Return the latest request since the last success that opened nothing (401), of each of some connections."""

    async def owners(self) -> Sequence[Owner]:
        """Return the connections that entries may be of."""

    async def keep(self, entry: LogEntry) -> None:
        """Add an entry."""

    async def repeat(self, entry: LogEntry, times: int) -> bool:
        """Count so many more like an entry that is there; return whether it is."""

    async def forget(self, connection: str, before: int, limit: int) -> int:
        """Delete up to `limit` entries of a connection ("": of none) that are older; return how many."""
