"""The register of setup links: addresses that let an IT admin set up one connection without an account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from muster.directory.registers.api_keys import Position


@dataclass(frozen=True, slots=True)
class SetupLink:
    """A setup link without its secret; `once`: it opens one time only; `used` is when it was first opened."""

    organization: int
    id: str
    connection: str
    hash: bytes
    created: int
    created_by: str
    expires: int
    once: bool
    used: int | None
    revoked: int | None


class SetupLinks(Protocol):
    """The setup links of one organization."""

    async def add(self, link: SetupLink) -> None:
        """Store a new setup link."""

    async def get(self, id: str) -> SetupLink | None:
        """Return the setup link, or None."""

    async def list(self, connection: str | None, after: Position | None, limit: int) -> Sequence[SetupLink]:
        """Return up to `limit` setup links behind a position, oldest first, those that are over too."""

    async def use(self, id: str, now: int) -> bool:
        """Mark the setup link as used; return whether it was not before."""

    async def revoke_all(self, now: int) -> int:
        """Revoke every setup link that is not; return how many."""

    async def revoke(self, id: str, now: int) -> bool:
        """Revoke the setup link; return whether it was not revoked before."""
