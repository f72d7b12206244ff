"""The register of domains: what an organization has claimed, and whether it has proven that it is its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Domain:
    """A claimed domain, its name in A-labels; times in microseconds since 1970.

    `verified` is since when it is the organization's, None: it is not; `checked` when the challenge was last looked
    for, `problem` what was found wrong then, `failing` since when it is not found any more.
    """

    name: str
    challenge: str
    created: int
    verified: int | None = None
    checked: int | None = None
    failing: int | None = None
    problem: str | None = None


class Domains(Protocol):
    """The domains of one organization. Of another one's nothing is told but that a name is taken."""

    async def add(self, domain: Domain) -> bool:
        """Store a new domain; return False, having done nothing, where the organization has it already."""

    async def get(self, name: str) -> Domain | None:
        """Return the domain, or None."""

    async def hold(self, name: str) -> Domain | None:
        """Return the domain, or None, and keep others from changing it until the transaction ends."""

    async def list(self, after: str, limit: int) -> Sequence[Domain]:
        """Return up to `limit` domains with names behind one, in their order."""

    async def due(self, before: int, after: str, limit: int) -> Sequence[Domain]:
        """Return up to `limit` verified domains with names behind one that were last checked at or before a moment."""

    async def settle(self, domain: Domain) -> None:
        """Store what a check has found."""

    async def remove(self, name: str) -> None:
        """Take the domain away."""

    async def take(self, name: str) -> bool:
        """Make the organization the owner of a name; return False where another one is."""

    async def let_go(self, name: str) -> None:
        """Let others have the name, if it is the organization's."""

    async def organizations(self) -> Sequence[int]:
        """Return the numbers of all organizations that have verified domains: for the platform."""
