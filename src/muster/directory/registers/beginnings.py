"""The register of what came first through a connection: what a set-up waits for."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple, Protocol


class First(NamedTuple):
    """A user or group that came early, as its stored document has it; `time` is in microseconds."""

    id: str
    time: int
    document: bytes


class Beginning(NamedTuple):
    """The first two users, the first group, and some of the users that are inactive, or were lately, or are removed.

    More than one, since one of them may be the provider's own test. `lately` is as long as the guard remembers.
    """

    users: Sequence[First] = ()
    groups: Sequence[First] = ()
    inactive: Sequence[First] = ()
    removed: Sequence[First] = ()


class Beginnings(Protocol):
    """What came first through the connections of one organization."""

    async def of(self, owner: int) -> Beginning:
        """Return what came first of a connection, in one statement whose cost does not grow with what came later."""

    async def adopted(self, users: Sequence[str]) -> Collection[str]:
        """Return those of these users that were local ones before a connection took them over."""
