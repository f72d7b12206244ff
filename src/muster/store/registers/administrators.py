"""The register of administrators.

Law: a look-up asks for the range from a value to itself in the order of its column, so that PostgreSQL takes that
column's index whatever it knows of the rows; a role's members are walked through no further than to the one looked for.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final, NamedTuple

from muster.store.session import Session

_ROLES: Final = "SELECT role FROM permissions WHERE organization = ? AND permission = ? ORDER BY role"
_OWNERS: Final = """SELECT w.owner FROM (
    SELECT n.owner FROM connections n WHERE n.organization = ? UNION ALL SELECT 0 AS owner) w
  WHERE (SELECT g.id FROM groups g WHERE g.organization = ? AND g.owner = w.owner AND g.id >= ? AND g.id <= ?
    ORDER BY g.id LIMIT 1) IS NOT NULL"""
_IN_GROUP: Final = (
    "FROM members m WHERE m.organization = ? AND m.owner = ? AND m.group_id >= ? AND m.group_id <= ?"
)
# `created` is in no index: the one that has all else would lead SQLite through every member.
_GROUPS: Final = f"SELECT m.member, m.created {_IN_GROUP} AND m.kind = 'Group' ORDER BY m.group_id"
_IS_ACTIVE: Final = """(SELECT a.status FROM accounts a WHERE a.organization = ? AND a."user" >= {0} AND a."user" <= {0}
    ORDER BY a."user" LIMIT 1) = 'active'"""
_OTHER: Final = f"""SELECT 1 {_IN_GROUP} AND m.kind = 'User' AND m.member <> ? AND {_IS_ACTIVE.format("m.member")}
  ORDER BY m.group_id LIMIT 1"""
_GROUPS_OF: Final = (
    "SELECT m.group_id FROM members m WHERE m.organization = ? AND m.owner = ? AND m.member >= ? AND m.member <= ?"
    " ORDER BY m.member"
)
_KEPT: Final = f"""SELECT h."user" FROM held h WHERE h.organization = ? AND h.role = ? AND h.role <> ''
  AND (h.decision IS NULL OR h.decision = 'rejected') AND {_IS_ACTIVE.format('h."user"')}"""
_OF_GROUP: Final = "m.organization = ? AND m.owner = ? AND m.group_id"
_AMONG: Final = f"""WITH RECURSIVE below (id) AS (
    SELECT m.group_id FROM members m WHERE {_OF_GROUP} IN ({{0}})
    UNION
    SELECT m.member FROM below b JOIN members m ON {_OF_GROUP} = b.id AND m.kind = 'Group')
  SELECT a."user", a.id FROM accounts a WHERE a.organization = ? AND a.status = 'active' AND a."user" IN ({{0}})
  UNION
  SELECT a."user", a.id FROM below b JOIN members m ON {_OF_GROUP} = b.id AND m.kind = 'User'
    JOIN accounts a ON a.organization = ? AND a."user" = m.member AND a.status = 'active'"""
_AT_ONCE: Final = 1000


class _Group(NamedTuple):
    """A group that gives a permission: by itself, or inside of a role that does."""

    owner: int
    id: str


class SqlAdministrators:
    """Who has a permission, in one organization."""

    def __init__(self, session: Session, organization: int) -> None:
        self._session = session
        self._organization = organization

    async def is_last(self, permission: str, user: str) -> bool:
        """Tell whether the user is one, and nobody else is."""
        groups = await self._giving(permission)
        return await self._is_one(groups, user) and not await self._others(groups, user)

    async def are_there(self, permission: str) -> bool:
        """Tell whether there is one."""
        return await self._others(await self._giving(permission), "")

    async def among(
        self, permission: str, role: str, owner: int, members: Collection[str]
    ) -> list[tuple[str, str]]:
        """Return who of these users, and of those in these groups, was one by this role: each user with the account."""
        if _Group(owner, role) not in await self._giving(permission):
            return []
        number, found = self._organization, dict[str, str]()
        scope = (number, owner)
        every = list(members)
        for first in range(0, len(every), _AT_ONCE):
            ids = every[first : first + _AT_ONCE]
            sql = _AMONG.format(", ".join("?" for _ in ids))
            rows = await self._session.fetch(sql, *scope, *ids, *scope, number, *ids, *scope, number)
            found.update(rows)
        return sorted(found.items())

    async def _giving(self, permission: str) -> list[_Group]:
        """Return the roles with a permission, and all groups inside of them."""
        number, found = self._organization, list[_Group]()
        for (role,) in await self._session.fetch(_ROLES, number, permission):
            owners = await self._session.fetch(_OWNERS, number, number, role, role)
            found += [_Group(owner, role) for (owner,) in owners]
        for group in found:  # it grows meanwhile
            inside = await self._session.fetch(_GROUPS, number, group.owner, group.id, group.id)
            nested = (_Group(group.owner, id) for id, _ in inside)
            found += [one for one in dict.fromkeys(nested) if one not in found]
        return found

    async def _is_one(self, groups: Collection[_Group], user: str) -> bool:
        for owner in {group.owner for group in groups}:
            found = await self._session.fetch(_GROUPS_OF, self._organization, owner, user, user)
            if any(_Group(owner, id) in groups for (id,) in found):
                return True
        kept = [await self._kept(group) for group in groups]
        return any(user in users for users in kept)

    async def _others(self, groups: Iterable[_Group], user: str) -> bool:
        """Whether anybody but the user is one, with an active account."""
        number = self._organization
        for group in groups:
            values = (number, group.owner, group.id, group.id, user, number)
            if await self._session.fetch(_OTHER, *values) or await self._kept(group) - {user}:
                return True
        return False

    async def _kept(self, group: _Group) -> set[str]:
        """Return whose active accounts keep the role, though the users are in it no more."""
        number = self._organization
        return {user for (user,) in await self._session.fetch(_KEPT, number, group.id, number)}
