"""The register of one organization itself: what is settled for all of it."""

from __future__ import annotations

from typing import Protocol

from muster.directory.records import Organization


class OrganizationRegister(Protocol):
    """The organization that the registers are of."""

    async def get(self) -> Organization | None:
        """Return the organization, or None."""

    async def hold(self) -> Organization | None:
        """Return the organization, or None, and let nobody else change it before this transaction has ended."""

    async def settle(self, organization: Organization) -> None:
        """Store what may be changed of it: `disabled`, `enforced`, `log_days`, `redacted`, `administrators`."""
