"""The register of domains, and who owns each name.

Law: `domain_owners` is shared by all organizations, and holds exactly the domains that are verified: it is written in
the transaction that changes `domains.verified`. Nothing of it but whether a name is taken is told to an organization.
"""

from __future__ import annotations

import builtins
from typing import Final

from muster.directory.registers.domains import Domain
from muster.store.session import Session

_COLUMNS: Final = "name, challenge, created, verified, checked, failing, problem"
_ADD: Final = (
    f"INSERT INTO domains (organization, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (organization, name) DO NOTHING"
)
_GET: Final = f"SELECT {_COLUMNS} FROM domains WHERE organization = ? AND name = ?"
_HOLD: Final = f"UPDATE domains SET name = name WHERE organization = ? AND name = ? RETURNING {_COLUMNS}"
_LIST: Final = (
    f"SELECT {_COLUMNS} FROM domains WHERE organization = ? AND name > ? ORDER BY organization, name LIMIT ?"
)
_DUE: Final = (
    f"SELECT {_COLUMNS} FROM domains WHERE organization = ? AND verified IS NOT NULL AND checked <= ? AND name > ?"
    " ORDER BY organization, name LIMIT ?"
)
_SETTLE: Final = (
    "UPDATE domains SET verified = CAST(? AS bigint), checked = CAST(? AS bigint), failing = CAST(? AS bigint),"
    " problem = CAST(? AS text) WHERE organization = ? AND name = ?"
)
_REMOVE: Final = "DELETE FROM domains WHERE organization = ? AND name = ?"
_TAKE: Final = "INSERT INTO domain_owners (organization, name) VALUES (?, ?) ON CONFLICT (name) DO NOTHING"
_OWNS: Final = "SELECT 1 FROM domain_owners WHERE organization = ? AND name = ?"
_LET_GO: Final = "DELETE FROM domain_owners WHERE organization = ? AND name = ?"
_ORGANIZATIONS: Final = "SELECT DISTINCT organization FROM domain_owners ORDER BY organization"


class SqlDomains:
    """The domains of one organization."""

    def __init__(self, session: Session, organization: int) -> None:
        self._session = session
        self._organization = organization

    async def add(self, domain: Domain) -> bool:
        """Store a new domain; return False, having done nothing, where the organization has it already."""
        state = (domain.verified, domain.checked, domain.failing, domain.problem)
        values = (domain.name, domain.challenge, domain.created, *state)
        return await self._session.execute(_ADD, self._organization, *values) > 0

    async def get(self, name: str) -> Domain | None:
        """Return the domain, or None."""
        return await self._one(_GET, name)

    async def hold(self, name: str) -> Domain | None:
        """Return the domain, or None; its row is locked on PostgreSQL, as the whole file is on SQLite."""
        return await self._one(_HOLD, name)

    async def list(self, after: str, limit: int) -> builtins.list[Domain]:
        """Return up to `limit` domains with names behind one, in their order."""
        return [Domain(*row) for row in await self._session.fetch(_LIST, self._organization, after, limit)]

    async def due(self, before: int, after: str, limit: int) -> builtins.list[Domain]:
        """Return up to `limit` verified domains with names behind one that were last checked at or before a moment."""
        found = await self._session.fetch(_DUE, self._organization, before, after, limit)
        return [Domain(*row) for row in found]

    async def settle(self, domain: Domain) -> None:
        """Store what a check has found."""
        state = (domain.verified, domain.checked, domain.failing, domain.problem)
        await self._session.execute(_SETTLE, *state, self._organization, domain.name)

    async def remove(self, name: str) -> None:
        """Take the domain away."""
        await self._session.execute(_REMOVE, self._organization, name)

    async def take(self, name: str) -> bool:
        """Make the organization the owner of a name; return False where another one is."""
        await self._session.execute(_TAKE, self._organization, name)  # waits for another that is about to
        return bool(await self._session.fetch(_OWNS, self._organization, name))

    async def let_go(self, name: str) -> None:
        """Let others have the name, if it is the organization's."""
        await self._session.execute(_LET_GO, self._organization, name)

    async def organizations(self) -> builtins.list[int]:
        """Return the numbers of all organizations that have verified domains."""
        return [int(number) for (number,) in await self._session.fetch(_ORGANIZATIONS)]

    async def _one(self, sql: str, name: str) -> Domain | None:
        found = await self._session.fetch(sql, self._organization, name)
        return Domain(*found[0]) if found else None
