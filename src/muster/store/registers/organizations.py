"""The register of one organization itself."""

from __future__ import annotations

from typing import Final

from muster.directory.records import Organization
from muster.store import rows
from muster.store.rows import ORGANIZATION_COLUMNS
from muster.store.session import Session

_GET: Final = f"SELECT {ORGANIZATION_COLUMNS} FROM organizations g WHERE g.organization = ?"
_HOLD: Final = (
    "UPDATE organizations SET log_days = log_days WHERE organization = ?"  # both databases know this
)
_SETTLE: Final = (
    "UPDATE organizations SET disabled = CAST(? AS bigint), enforced = ?, log_days = ?, redacted = ?,"
    " administrators = CAST(? AS text) WHERE organization = ?"
)


class SqlOrganization:
    """The organization that the registers are of."""

    def __init__(self, session: Session, organization: int) -> None:
        self._session = session
        self._organization = organization

    async def get(self) -> Organization | None:
        """Return the organization, or None."""
        found = await self._session.fetch(_GET, self._organization)
        return rows.organization(found[0]) if found else None

    async def hold(self) -> Organization | None:
        """Return the organization, or None; its row is locked on PostgreSQL, as the whole file is on SQLite."""
        await self._session.execute(_HOLD, self._organization)
        return await self.get()

    async def settle(self, organization: Organization) -> None:
        """Store what may be changed of it."""
        kept = (organization.log_days, organization.redacted, organization.administrators)
        await self._session.execute(
            _SETTLE, organization.disabled, organization.enforced, *kept, self._organization
        )
