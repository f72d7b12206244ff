"""The verbs on members: rows that come and go without anyone reading the rest of the group.

Law: whoever adds a member holds its row (KEY SHARE), so that no member is added to what is being deleted; whoever adds
a group to a group holds the organization's, so that no two of them make a cycle together.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from muster.directory.records import Kind
from muster.store.postgres.values import word
from muster.store.postgres.verbs import Verbs

_OF_SCOPE: Final = "organization = $1 AND owner = $2"
_OF_GROUP: Final = f"{_OF_SCOPE} AND group_id = $3"
_THERE: Final = f"EXISTS (SELECT 1 FROM groups WHERE {_OF_SCOPE} AND id = $3)"

_ADD: Final = f"""WITH added AS (INSERT INTO members (organization, owner, group_id, member, kind, created, request)
    SELECT $1, $2, $3, j.member, j.kind, $6, $7
    FROM unnest($4::text[], $5::text[]) WITH ORDINALITY j (member, kind, place) WHERE {_THERE} ORDER BY j.place
    ON CONFLICT (organization, owner, member, group_id) DO NOTHING RETURNING member, kind), {{counted}}"""
_ADD_PENDING: Final = f"""INSERT INTO pending_members (organization, owner, group_id, member, created)
  SELECT $1, $2, $3, j.member, $5 FROM unnest($4::text[]) j (member) WHERE {_THERE}
  ON CONFLICT DO NOTHING RETURNING member"""
_REMOVE: Final = f"""WITH removed AS (DELETE FROM members WHERE {_OF_GROUP} AND member = ANY($4::text[])
    RETURNING member, kind), {{counted}}"""
_REMOVE_PENDING: Final = f"DELETE FROM pending_members WHERE {_OF_GROUP} AND member = ANY($4::text[])"
_REMOVE_KIND: Final = f"""WITH removed AS (DELETE FROM members WHERE {_OF_GROUP} AND ($4::text IS NULL OR kind = $4)
    RETURNING member, kind), {{counted}}"""
_REMOVE_ALL_PENDING: Final = f"DELETE FROM pending_members WHERE {_OF_GROUP}"
# The group's row is locked by who changes its members: the counter never makes anyone wait who does not wait already.
_COUNTED: Final = """counted AS (UPDATE groups SET members = members {sign} (SELECT count(*) FROM {of})
    WHERE organization = $1 AND owner = $2 AND id = $3 AND EXISTS (SELECT 1 FROM {of}))
  SELECT member, kind FROM {of}"""
_ADD_COUNTED: Final = _ADD.format(counted=_COUNTED.format(sign="+", of="added"))
_REMOVE_COUNTED: Final = _REMOVE.format(counted=_COUNTED.format(sign="-", of="removed"))
_REMOVE_KIND_COUNTED: Final = _REMOVE_KIND.format(counted=_COUNTED.format(sign="-", of="removed"))
_MEMBERS: Final = f"SELECT member, kind FROM members WHERE {_OF_GROUP} ORDER BY row"
_ARE_MEMBERS: Final = f"SELECT member FROM members WHERE {_OF_GROUP} AND member = ANY($4::text[])"
_TOUCH: Final = (
    "UPDATE groups SET version = version + 1, last_modified = greatest(last_modified, $4)"
    f" WHERE {_OF_SCOPE} AND id = $3 RETURNING version"
)
_LOCKED: Final = (
    f"SELECT id FROM {{table}} WHERE {_OF_SCOPE} AND id = ANY($3::text[]) ORDER BY id FOR KEY SHARE"
)
_KINDS: Final = (
    f"WITH u AS ({_LOCKED.format(table='users')}), g AS ({_LOCKED.format(table='groups')})"
    " SELECT id, 'User' FROM u UNION ALL SELECT id, 'Group' FROM g"
)
_TOMBSTONES: Final = f"SELECT id FROM tombstones WHERE {_OF_SCOPE} AND kind = 'User' AND id = ANY($3::text[])"
_ALONE: Final = "SELECT 1 FROM organizations WHERE organization = $1 FOR NO KEY UPDATE"
# Upward from the target: few groups contain it, while what they contain may be a hundred thousand.
_REACHES: Final = """WITH RECURSIVE above (id) AS (
    SELECT $3::text COLLATE "C"
    UNION
    SELECT m.group_id FROM above a JOIN members m
      ON m.organization = $1 AND m.owner = $2 AND m.member = a.id)
  SELECT 1 FROM above WHERE id = ANY($4::text[]) LIMIT 1"""


class MembershipVerbs(Verbs):
    """Members of groups. Each verb is a constant number of statements, whatever the number of ids."""

    async def touch_group(self, id: str, now: int) -> int:
        """Move the version of a group whose members changed; return the new version. Raises `LookupError`."""
        return int(await self._only(_TOUCH, id, now))

    async def kinds(self, ids: Collection[str]) -> Mapping[str, Kind]:
        """Return which of these ids are users or groups of this scope; they stay until the transaction ends."""
        return dict(await self._all(_KINDS, _words(ids)))

    async def tombstones(self, ids: Collection[str]) -> Collection[str]:
        """Return which of these ids are deleted users of this scope."""
        return set(await self._first(_TOMBSTONES, _words(ids)))

    async def add_members(
        self, group: str, members: Mapping[str, Kind], now: int, request: str
    ) -> Sequence[str]:
        """Add members; return the ids that were not members before."""
        ids, kinds = list(members), list(members.values())
        return self._counted(await self._all(_ADD_COUNTED, group, ids, kinds, now, request), 1)

    async def add_pending(self, group: str, ids: Collection[str], now: int) -> Sequence[str]:
        """Note deleted users as pending members; return the ids that are new."""
        return await self._first(_ADD_PENDING, group, _words(ids), now)

    async def remove_members(self, group: str, ids: Collection[str]) -> Sequence[str]:
        """Remove members, pending ones too; return the ids that were members."""
        removed = await self._all(_REMOVE_COUNTED, group, _words(ids))
        if len(removed) < len(ids):
            await self._all(_REMOVE_PENDING, group, _words(ids))
        return self._counted(removed, -1)

    async def remove_kind(self, group: str, kind: Kind | None) -> Sequence[str]:
        """Remove all members (None: pending ones too), or those of one kind; return their ids."""
        removed = await self._all(_REMOVE_KIND_COUNTED, group, kind)
        if kind is None:
            await self._all(_REMOVE_ALL_PENDING, group)
        return self._counted(removed, -1)

    async def member_ids(self, group: str) -> Mapping[str, Kind]:
        """Return all direct members of a group: only for steps that must see them all."""
        return dict(await self._all(_MEMBERS, group))

    async def are_members(self, group: str, ids: Collection[str]) -> Collection[str]:
        """Return which of these ids are direct members of the group."""
        return set(await self._first(_ARE_MEMBERS, group, _words(ids)))

    async def reaches(self, groups: Collection[str], target: str) -> bool:
        """Tell whether `target` is one of `groups` or inside them, however deep; nobody else nests until we end."""
        await self._connection.fetch(_ALONE, self._organization)
        return bool(await self._all(_REACHES, target, _words(groups)))

    def _counted(self, changed: list[Any], sign: int) -> list[str]:
        """Keep the counter of groups in groups; return the ids of the members that came or went."""
        self._nested += sign * sum(kind == "Group" for _, kind in changed)
        return [id for id, _ in changed]


def _words(ids: Collection[str]) -> list[str]:
    return [word(id) for id in ids]
