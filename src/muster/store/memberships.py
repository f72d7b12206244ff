"""The verbs on members: rows that come and go without anyone reading the rest of the group."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final

import orjson

from muster.directory.records import Kind
from muster.store.resources import NESTED
from muster.store.statements import TOUCH
from muster.store.verbs import Verbs

# Ids go in and come out as one JSON value each: a row at a time, SQLite and Python would take turns for the interpreter
# lock as often as there are members.
_GIVEN: Final = "SELECT value FROM json_each(?4)"
_EACH: Final = "members INDEXED BY groups_of_member"  # one look for each id, never a walk through the group
_OF_GROUP: Final = "organization = ?1 AND owner = ?2 AND group_id = ?3"
_WITH_KIND: Final = "SELECT json_group_array(json_array(member, kind)) FROM"

_ADD: Final = """INSERT INTO members (organization, owner, group_id, member, kind, created, request)
  SELECT ?1, ?2, ?3, j.key, j.value, ?5, ?6 FROM json_each(?4) j
  WHERE EXISTS (SELECT 1 FROM groups WHERE organization = ?1 AND owner = ?2 AND id = ?3)"""
_ADD_PENDING: Final = """INSERT INTO pending_members (organization, owner, group_id, member, created)
  SELECT ?1, ?2, ?3, j.value, ?5 FROM json_each(?4) j
  WHERE EXISTS (SELECT 1 FROM groups WHERE organization = ?1 AND owner = ?2 AND id = ?3)
  ON CONFLICT DO NOTHING RETURNING member"""
_GIVEN_MEMBERS: Final = f"{_WITH_KIND} {_EACH} WHERE {_OF_GROUP} AND member IN ({_GIVEN})"
_REMOVE: Final = f"DELETE FROM {_EACH} WHERE {_OF_GROUP} AND member IN ({_GIVEN})"
_REMOVE_PENDING: Final = f"DELETE FROM pending_members WHERE {_OF_GROUP} AND member IN ({_GIVEN})"
_MEMBERS_OF_KIND: Final = (
    f"SELECT json_group_array(json_array(member, kind)) FROM (SELECT member, kind FROM members WHERE {_OF_GROUP}"
    " AND (?4 IS NULL OR kind = ?4) ORDER BY row)"
)
_REMOVE_KIND: Final = f"DELETE FROM members WHERE {_OF_GROUP} AND (?4 IS NULL OR kind = ?4)"
_REMOVE_ALL_PENDING: Final = f"DELETE FROM pending_members WHERE {_OF_GROUP}"
_ARE_MEMBERS: Final = (
    f"SELECT json_group_array(member) FROM {_EACH} WHERE {_OF_GROUP} AND member IN ({_GIVEN})"
)
_COUNT: Final = (
    """UPDATE groups SET members = members + ?4 WHERE organization = ?1 AND owner = ?2 AND id = ?3"""
)
_KINDS: Final = """SELECT json_group_array(json_array(id, kind)) FROM (
    SELECT id, 'User' AS kind FROM users
    WHERE organization = ?1 AND owner = ?2 AND id IN (SELECT value FROM json_each(?3))
    UNION ALL SELECT id, 'Group' FROM groups
    WHERE organization = ?1 AND owner = ?2 AND id IN (SELECT value FROM json_each(?3)))"""
_TOMBSTONES: Final = """SELECT json_group_array(id) FROM tombstones
  WHERE organization = ?1 AND owner = ?2 AND kind = 'User' AND id IN (SELECT value FROM json_each(?3))"""
# Upward from the target: few groups contain it, while what they contain may be a hundred thousand.
_REACHES: Final = """WITH RECURSIVE above (id) AS (
    SELECT ?3
    UNION
    SELECT m.group_id FROM above a CROSS JOIN members m
      ON m.organization = ?1 AND m.owner = ?2 AND m.member = a.id)
  SELECT 1 FROM above WHERE id IN (SELECT value FROM json_each(?4)) LIMIT 1"""


class MembershipVerbs(Verbs):
    """Members of groups. Each verb is a constant number of statements, whatever the number of ids."""

    __slots__ = ()

    async def touch_group(self, id: str, now: int) -> int:
        """Move the version of a group whose members changed; return the new version. Raises `LookupError`."""
        return int(self._only(TOUCH, id, now))

    async def kinds(self, ids: Collection[str]) -> Mapping[str, Kind]:
        """Return which of these ids are users or groups of this scope."""
        return dict(self._list(_KINDS, _json(ids)))

    async def tombstones(self, ids: Collection[str]) -> Collection[str]:
        """Return which of these ids are deleted users of this scope."""
        return set(self._list(_TOMBSTONES, _json(ids)))

    async def add_members(
        self, group: str, members: Mapping[str, Kind], now: int, request: str
    ) -> Sequence[str]:
        """Add members; return the ids that were not members before."""
        there = set(self._list(_ARE_MEMBERS, group, _json(members)))
        new = {id: kind for id, kind in members.items() if id not in there}
        if not new:
            return []
        self._all(_ADD, group, orjson.dumps(new).decode(), now, request)
        return self._counted(group, list(new.items()), 1) if self._connection.changes() else []

    async def add_pending(self, group: str, ids: Collection[str], now: int) -> Sequence[str]:
        """Note deleted users as pending members; return the ids that are new."""
        return self._first(_ADD_PENDING, group, _json(ids), now)

    async def remove_members(self, group: str, ids: Collection[str]) -> Sequence[str]:
        """Remove members, pending ones too; return the ids that were members."""
        removed = self._list(_GIVEN_MEMBERS, group, _json(ids))
        if removed:
            self._all(_REMOVE, group, _json(ids))
        if len(removed) < len(ids):
            self._all(_REMOVE_PENDING, group, _json(ids))
        return self._counted(group, removed, -1)

    async def remove_kind(self, group: str, kind: Kind | None) -> Sequence[str]:
        """Remove all members (None: pending ones too), or those of one kind; return their ids."""
        removed = self._list(_MEMBERS_OF_KIND, group, kind)
        if removed:
            self._all(_REMOVE_KIND, group, kind)
        if kind is None:
            self._all(_REMOVE_ALL_PENDING, group)
        return self._counted(group, removed, -1)

    async def member_ids(self, group: str) -> Mapping[str, Kind]:
        """Return all direct members of a group: only for steps that must see them all."""
        return dict(self._list(_MEMBERS_OF_KIND, group, None))

    async def are_members(self, group: str, ids: Collection[str]) -> Collection[str]:
        """Return which of these ids are direct members of the group."""
        return set(self._list(_ARE_MEMBERS, group, _json(ids)))

    async def reaches(self, groups: Collection[str], target: str) -> bool:
        """Tell whether `target` is one of `groups` or inside them, however deep."""
        return bool(self._all(_REACHES, target, _json(groups)))

    def _counted(self, group: str, changed: Sequence[Sequence[str]], sign: int) -> list[str]:
        """Keep the counters that follow from the members that came or went; return their ids."""
        if changed:
            self._all(_COUNT, group, sign * len(changed))
            nested = sum(kind == "Group" for _, kind in changed)
            if nested:
                self._execute(NESTED, (self._organization, sign * nested))
        return [id for id, _ in changed]


def _json(ids: Collection[str]) -> str:
    return orjson.dumps(list(ids)).decode()
