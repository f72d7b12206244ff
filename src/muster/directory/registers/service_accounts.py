"""The register of service accounts: what speaks SCIM with a key id and a secret."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from muster.directory.registers.api_keys import Position


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """A service account of a connection, with any number of keys; one that is deleted is kept, without live ones."""

    organization: int
    id: str
    connection: str
    name: str
    description: str
    role: str
    created: int
    created_by: str
    deleted: int | None


class ServiceAccounts(Protocol):
    """The service accounts of one organization."""

    async def add(self, account: ServiceAccount) -> None:
        """Store a new service account."""

    async def get(self, id: str) -> ServiceAccount | None:
        """Return the service account, a deleted one too, or None."""

    async def hold(self, id: str) -> ServiceAccount | None:
        """Return the same, and let nobody else change it before this transaction has ended."""

    async def list(
        self, connection: str | None, after: Position | None, limit: int
    ) -> Sequence[ServiceAccount]:
        """Return up to `limit` service accounts behind a position that are not deleted, oldest first."""

    async def delete(self, id: str, now: int) -> bool:
        """Mark the service account as deleted; return whether it was not before."""
