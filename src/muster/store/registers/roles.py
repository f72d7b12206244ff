"""The register of roles and their permissions."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from typing import Any, Final

from muster.directory.registers.roles import MembersNamed, Permission, Place, Role, RoleMember
from muster.store.registers.people import BEHIND, listed, places, rows_of
from muster.store.session import SearchSession

PERMISSIONS: Final = (
    "(SELECT string_agg(q.permission, ' ') FROM (SELECT p.permission FROM permissions p"
    " WHERE p.organization = ? AND p.role >= g.id AND p.role <= g.id ORDER BY p.role, p.permission) q)"
)
"""The permissions of the group `g` as one text; it binds the organization."""

_COLUMNS: Final = (
    f"SELECT g.id, g.owner, g.version, g.created, g.last_modified, g.members, g.document, {PERMISSIONS}"
)
_ROLE: Final = f"{_COLUMNS} FROM groups g WHERE g.organization = ?"
_GET: Final = _ROLE + " AND g.owner IN ({owners}) AND g.id = ?"
_NAMED: Final = (
    "g.organization = ? AND g.owner = w.column1 AND g.name_key >= ?{below} AND (g.name_key, g.owner) > (?, ?)"
)
_BELOW: Final = " AND g.name_key < ?"
_HOLD: Final = "UPDATE groups SET members = members WHERE organization = ? AND owner = ? AND id = ?"
_DOCUMENT: Final = (
    "(SELECT r.document FROM {} r WHERE r.organization = ? AND r.owner = m.owner AND r.id = m.member)"
)
_MEMBER: Final = "SELECT m.member, m.kind, m.created, m.request,"
# A range that begins in the group, rather than one of its own: no other index yields that order.
_MEMBERS: Final = (
    f"{_MEMBER} CASE m.kind WHEN 'User' THEN {_DOCUMENT.format('users')} ELSE {_DOCUMENT.format('groups')} END,"
    " CAST(m.{column} AS text) FROM members m WHERE m.organization = ? AND m.owner = ?"
    " AND (m.group_id, m.{column}) > (?, CAST(? AS {type})) AND m.group_id <= ?"
    " ORDER BY m.group_id, m.{column} LIMIT ?"
)
_NAMES: Final = " WHERE u.organization = ? AND u.owner = ? AND u.name_key {above} ? AND u.name_key {below} ?"
_LAST: Final = "SELECT u.id, u.name_key FROM users u{} ORDER BY u.name_key LIMIT 1 OFFSET ?"
_KEY_OF: Final = (
    "SELECT name_key FROM {} WHERE organization = ? AND owner = ? AND id = ?"
    " UNION ALL SELECT name_key FROM tombstones WHERE organization = ? AND id = ?"
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
        found = await self._roles(_GET.format(owners=listed(owners)), id)
        return found[0] if found else None

    async def hold(self, role: Role) -> bool:
        """Lock the role's row, as the whole file is on SQLite; return whether it is there."""
        return await self._session.execute(_HOLD, self._organization, role.owner, role.id) > 0

    async def list(self, owners: Sequence[int], after: Place | None, limit: int) -> builtins.list[Role]:
        """Return up to `limit` roles of the sources behind a place, in the order of sources and ids."""
        each = places(owners, after)
        first = self._session.foremost("groups", "g", BEHIND.format("g"), "g.id")
        sql = f"{_COLUMNS} FROM ({each.sql}) w {first} ORDER BY g.owner, g.id LIMIT ?"
        found = await self._session.fetch(
            sql, self._organization, *each.values, self._organization, limit, limit
        )
        return [_role(row) for row in found]

    async def named(
        self, owners: Sequence[int], name: str, after: Place | None, limit: int
    ) -> builtins.list[Role]:
        """Return up to `limit` roles of the sources behind one of them, whose names begin so, in the order of names."""
        below = (self._session.behind(name),) if name else ()
        begins, owner = self._session.key(name), -1
        if after is not None and (key := await self._key("groups", after.owner, after.id)) is not None:
            begins, owner = key, after.owner
        where = _NAMED.format(below=_BELOW if name else "")
        first = self._session.foremost("groups", "g", where, "g.name_key")
        sql = f"{_COLUMNS} FROM ({rows_of(owners).sql}) w {first} ORDER BY g.name_key, g.owner LIMIT ?"
        return await self._roles(sql, begins, *below, begins, owner, limit, limit)

    async def members(self, role: Role, after: str | None, limit: int) -> builtins.list[RoleMember]:
        """Return up to `limit` direct members behind a place."""
        number, place = self._organization, self._session.member_place
        sql = _MEMBERS.format(column=place.column, type=place.type)
        values = (number, number, number, role.owner, role.id, after or "", role.id, limit)
        return [RoleMember(*row) for row in await self._session.fetch(sql, *values)]

    async def members_named(
        self, role: Role, name: str, after: str | None, limit: int, among: int
    ) -> MembersNamed:
        """Return up to `limit` direct members whose userName's key begins so, of so many users that are called so."""
        key = await self._key("users", role.owner, after) if after else None
        above, begins = (">=", self._session.key(name)) if key is None else (">", key)
        scope = (self._organization, role.owner)
        names, ends = _NAMES.format(above=above, below="<"), self._session.behind(name)
        last = await self._session.fetch(_LAST.format(names), *scope, begins, ends, among - 1)
        if last:
            names, ends = _NAMES.format(above=above, below="<="), last[0][1]
        beside = self._session.beside("members", "m", "member", "u.id", test=" AND m.group_id = ?")
        found = await self._session.fetch(
            f"{_MEMBER} u.document, m.member FROM users u {beside}{names} ORDER BY u.name_key LIMIT ?",
            *scope, role.id, *scope, begins, ends, limit,
        )  # fmt: skip
        return MembersNamed([RoleMember(*row) for row in found], last[0][0] if last else None)

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

    async def _key(self, table: str, owner: int, id: str) -> Any:
        """Return the key of the name that somebody has, or had before it was deleted; None: it is not known."""
        number = self._organization
        found = await self._session.fetch(_KEY_OF.format(table), number, owner, id, number, id)
        return found[0][0] if found else None

    async def _roles(self, sql: str, *values: Any) -> builtins.list[Role]:
        found = await self._session.fetch(sql, self._organization, self._organization, *values)
        return [_role(row) for row in found]


def _role(row: tuple[Any, ...]) -> Role:
    *own, names = row
    return Role._make([*own, permissions(names)])


def permissions(names: str | None) -> tuple[str, ...]:
    """Return the permissions that `PERMISSIONS` finds, in order."""
    return tuple(sorted((names or "").split()))
