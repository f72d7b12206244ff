"""The register of roles and their permissions."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from typing import Any, Final

from muster.directory.registers.roles import Permission, Place, Role, RoleMember
from muster.store.registers.people import by_source, listed
from muster.store.session import SearchSession

PERMISSIONS: Final = (
    "(SELECT string_agg(q.permission, ' ') FROM (SELECT p.permission FROM permissions p"
    " WHERE p.organization = ? AND p.role >= g.id AND p.role <= g.id ORDER BY p.role, p.permission) q)"
)
"""The permissions of the group `g` as one text; it binds the organization."""

_ROLE: Final = (
    f"SELECT g.id, g.owner, g.version, g.created, g.last_modified, g.members, g.document, {PERMISSIONS}"
    " FROM groups g WHERE g.organization = ? AND g.owner IN ({owners})"
)
_GET: Final = _ROLE + " AND g.id = ?"
_LIST: Final = _ROLE + " AND g.id > ? ORDER BY g.id LIMIT ?"
_HOLD: Final = "UPDATE groups SET members = members WHERE organization = ? AND owner = ? AND id = ?"
_DOCUMENT: Final = (
    "(SELECT r.document FROM {} r WHERE r.organization = ? AND r.owner = m.owner AND r.id = m.member)"
)
# The cast is nothing to PostgreSQL; to SQLite it says not to walk through the members of all groups in their order.
_MEMBERS: Final = (
    "SELECT m.member, m.kind, m.created, m.request,"
    f" CASE m.kind WHEN 'User' THEN {_DOCUMENT.format('users')} ELSE {_DOCUMENT.format('groups')} END"
    " FROM members m WHERE m.organization = ? AND m.owner = ? AND m.group_id = ? AND CAST(m.member AS text) > ?"
    " ORDER BY CAST(m.member AS text) LIMIT ?"
)
_PERMISSIONS: Final = (
    "SELECT permission, count(*) FROM permissions WHERE organization = ? AND permission > ?"
    " GROUP BY permission ORDER BY permission LIMIT ?"
)
_ALLOW: Final = (
    "INSERT INTO permissions (organization, role, permission, created, created_by) VALUES (?, ?, ?, ?, ?)"
    " ON CONFLICT (organization, role, permission) DO NOTHING"
)
_DISALLOW: Final = "DELETE FROM permissions WHERE organization = ? AND role = ? AND permission = ?"


class SqlRoles:
    """The roles of one organization."""

    def __init__(self, session: SearchSession, organization: int) -> None:
        self._session = session
        self._organization = organization

    async def get(self, id: str, owners: Sequence[int]) -> Role | None:
        """Return the role that one of the sources has, or None."""
        found = await self._roles(_GET, owners, id)
        return found[0] if found else None

    async def hold(self, role: Role) -> bool:
        """Lock the role's row, as the whole file is on SQLite; return whether it is there."""
        return await self._session.execute(_HOLD, self._organization, role.owner, role.id) > 0

    async def list(self, owners: Sequence[int], after: Place | None, limit: int) -> builtins.list[Role]:
        """Return up to `limit` roles of the sources behind a place."""

        async def read(owner: int, behind: str, most: int) -> builtins.list[Role]:
            return await self._roles(_LIST, [owner], behind, most)

        return await by_source(owners, after, limit, read)

    async def members(self, role: Role, after: str | None, limit: int) -> builtins.list[RoleMember]:
        """Return up to `limit` direct members behind an id."""
        scope = (self._organization, role.owner, role.id)
        found = await self._session.fetch(
            _MEMBERS, self._organization, self._organization, *scope, after or "", limit
        )
        return [RoleMember(*row) for row in found]

    async def permissions(self, after: str | None, limit: int) -> builtins.list[Permission]:
        """Return up to `limit` permissions behind a name."""
        found = await self._session.fetch(_PERMISSIONS, self._organization, after or "", limit)
        return [Permission(*row) for row in found]

    async def allow(self, role: str, permission: str, now: int, by: str) -> None:
        """Give a role a permission; once more is nothing."""
        await self._session.execute(_ALLOW, self._organization, role, permission, now, by)

    async def disallow(self, role: str, permission: str) -> None:
        """Take a permission from a role."""
        await self._session.execute(_DISALLOW, self._organization, role, permission)

    async def _roles(self, sql: str, owners: Sequence[int], *values: Any) -> builtins.list[Role]:
        statement = sql.format(owners=listed(owners))
        found = await self._session.fetch(statement, self._organization, self._organization, *values)
        return [_role(row) for row in found]


def _role(row: tuple[Any, ...]) -> Role:
    *own, names = row
    return Role._make([*own, permissions(names)])


def permissions(names: str | None) -> tuple[str, ...]:
    """Return the permissions that `PERMISSIONS` finds, in order."""
    return tuple(sorted((names or "").split()))
