"""The register of management keys: what opens the management API."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

from muster.directory.registers.uses import Use

ManagementScope = Literal["read", "write"]


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A management key without its secret; `organization` 0 is the platform, whose keys open every organization.

    `used` is when it was last used, and how.
    """

    organization: int
    id: str
    name: str
    hash: bytes
    last_four: str
    scopes: tuple[ManagementScope, ...]
    created: int
    created_by: str
    expires: int
    revoked: int | None
    used: Use | None = None


class ApiKeys(Protocol):
    """The management keys of one organization, or of the platform."""

    async def add(self, key: ApiKey) -> None:
        """Store a new key."""

    async def get(self, id: str) -> ApiKey | None:
        """Return the key, or None."""

    async def list(self, after: Position | None, limit: int) -> Sequence[ApiKey]:
        """Return up to `limit` keys behind a position, oldest first."""

    async def revoke(self, id: str, now: int) -> bool:
        """Revoke the key; return whether it was not revoked before."""

    async def revoke_all(self, now: int) -> int:
        """Revoke every key that is not; return how many."""


class Position(NamedTuple):
    """Where a page of a list begins: behind what was created then and has this id."""

    created: int
    id: str
