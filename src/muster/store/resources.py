"""The verbs on users and groups themselves: rows, index entries, tombstones and counters."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any, NoReturn

import apsw
import orjson

from muster.directory.records import Buried, Kind, Row, StoredGroup, StoredUser
from muster.scim.errors import Uniqueness
from muster.scim.keys import Entry
from muster.store import rows, statements
from muster.store.attributes import attribute_number, indexed
from muster.store.verbs import Verbs

_NAMES: dict[Kind, str] = {"User": "userName", "Group": "displayName"}

_USER_IN_GROUPS = statements.select_by("User", "id", groups=True, nested=True)

_SAME_NAME: dict[Kind, str] = {
    kind: f"SELECT 1 FROM {table} WHERE organization = ?1 AND owner = ?2 AND name_key = ?3 AND id <> ?4"
    for kind, table in statements.TABLE.items()
}
_NAME = "SELECT display FROM users WHERE organization = ?1 AND owner = ?2 AND id = ?3"
LEAVE = """DELETE FROM members WHERE organization = ?1 AND owner = ?2 AND member = ?3 RETURNING group_id"""
LEFT = """UPDATE groups SET version = version + 1, last_modified = max(last_modified, ?4), members = members - 1
  WHERE organization = ?1 AND owner = ?2 AND id IN (SELECT value FROM json_each(?3))"""
_EMPTY = "DELETE FROM members WHERE organization = ?1 AND owner = ?2 AND group_id = ?3 RETURNING kind"
_FORGET = "DELETE FROM pending_members WHERE organization = ?1 AND owner = ?2 AND group_id = ?3"
_UNPERMIT = "DELETE FROM permissions WHERE organization = ?1 AND role = ?2"
_UNBURY = "DELETE FROM tombstones WHERE organization = ?1 AND id = ?2"
_BIND = """INSERT INTO members (organization, owner, group_id, member, kind, created, request)
  SELECT organization, owner, group_id, member, 'User', ?4, ?5 FROM pending_members
  WHERE organization = ?1 AND owner = ?2 AND member = ?3"""
_UNPENDING = """DELETE FROM pending_members WHERE organization = ?1 AND owner = ?2 AND member = ?3
  RETURNING group_id"""
_JOINED = """UPDATE groups SET version = version + 1, last_modified = max(last_modified, ?4), members = members + 1
  WHERE organization = ?1 AND owner = ?2 AND id IN (SELECT value FROM json_each(?3))"""
NESTED = "UPDATE organizations SET nested_members = nested_members + ?2 WHERE organization = ?1"


class ResourceVerbs(Verbs):
    """Create, read, change and delete one user or group."""

    __slots__ = ()

    async def user(self, id: str, *, with_groups: bool = False) -> StoredUser | None:
        """Return the user, or None; with its groups and its manager's name when they are asked for."""
        found = self._all(_USER_IN_GROUPS if with_groups else statements.PLAIN_USER, id)
        return rows.user(found[0]) if found else None

    async def name_of(self, user: str) -> str | None:
        """Return the displayName of a user, or None. Raises `LookupError`: there is no such user."""
        return self._only(_NAME, user)  # type: ignore[no-any-return]

    async def group(self, id: str) -> StoredGroup | None:
        """Return the group, or None."""
        found = self._all(statements.PLAIN_GROUP, id)
        return rows.group(found[0]) if found else None

    async def insert(self, kind: Kind, row: Row, entries: Collection[Entry]) -> str | None:
        """Store a new resource with its index entries; return the deleted user called the same. Raises `Uniqueness`."""
        own = (
            row.id,
            row.version,
            row.created,
            row.last_modified,
            row.name_key,
            row.external_id,
            row.document,
        )
        values = (self._organization, self._owner, *own, *_of_user(kind, row))
        try:
            returned: list[tuple[Any, ...]] = self._execute(statements.INSERT[kind], values).fetchall()
        except apsw.ConstraintError as error:
            self._refuse(kind, row, error)
        number = self._connection.last_insert_rowid()
        self._many(statements.ADD_ENTRY, self._entries(kind, number, entries))
        self._all(statements.COUNT[kind], 1)
        return returned[0][0] if returned else None

    async def buried(self, external_id: str) -> Buried | None:
        """Return the deleted user with this key of an externalId, the one deleted last, or None."""
        found = self._all(statements.BURIED, external_id)
        return Buried(*found[0]) if found else None

    async def restore(self, row: Row, entries: Collection[Entry], now: int, request: str) -> Sequence[str]:
        """Put a deleted user back under its id; return the groups that it waited to be in. Raises `Uniqueness`."""
        self._execute(_UNBURY, (self._organization, row.id))
        await self.insert("User", row, entries)
        self._all(_BIND, row.id, now, request)
        groups: list[str] = self._first(_UNPENDING, row.id)
        if groups:
            self._all(_JOINED, orjson.dumps(groups).decode(), now)
        return groups

    async def update(
        self, kind: Kind, row: Row, removed: Collection[Entry], added: Collection[Entry]
    ) -> None:
        """Store a resource anew, with the entries that differ. Raises `Uniqueness`, `LookupError`."""
        own = (row.id, row.version, row.last_modified, row.name_key, row.external_id, row.document)
        values = (*own, *_of_user(kind, row))
        try:
            number = self._only(statements.UPDATE[kind], *values)
        except apsw.ConstraintError as error:
            self._refuse(kind, row, error)
        if removed:
            self._many(statements.REMOVE_ENTRY, self._entries(kind, number, removed))
        if added:
            self._many(statements.ADD_ENTRY, self._entries(kind, number, added))

    async def delete(self, kind: Kind, id: str, entries: Collection[Entry], now: int) -> Sequence[str]:
        """Take a resource away, out of every group; keep a tombstone. Returns the groups it was in."""
        self._all(statements.BURY[kind], id, now)
        numbers = self._first(statements.DELETE[kind], id)
        if not numbers:
            return ()
        self._many(statements.REMOVE_ENTRY, self._entries(kind, numbers[0], entries))
        self._all(statements.COUNT[kind], -1)
        groups: list[str] = self._first(LEAVE, id)
        if groups:
            self._all(LEFT, orjson.dumps(groups).decode(), now)
        if kind == "Group":
            self._empty(id, len(groups))
        return groups

    def _refuse(self, kind: Kind, row: Row, error: apsw.ConstraintError) -> NoReturn:
        """Raise `Uniqueness` of the name where that is taken, whatever else is; SQLite tells of one index alone."""
        if "external_id" in str(error) and self._all(_SAME_NAME[kind], row.name_key, row.id):
            raise Uniqueness.of(_NAMES[kind], kind) from error
        refuse(kind, error)

    def _empty(self, group: str, was_in: int) -> None:
        """Take the members of a deleted group away; it was itself a member of `was_in` groups."""
        kinds = self._first(_EMPTY, group)
        self._all(_FORGET, group)
        self._execute(_UNPERMIT, (self._organization, group))
        nested = was_in + kinds.count("Group")
        if nested:
            self._execute(NESTED, (self._organization, -nested))

    def _entries(
        self, kind: Kind, number: int, entries: Collection[Entry]
    ) -> Iterator[tuple[int, int, int, object, int, int]]:
        organization, owner = self._organization, self._owner
        for path, key, element in indexed(kind, entries):
            yield organization, owner, attribute_number(kind, path), key, number, element


def _of_user(kind: Kind, row: Row) -> tuple[bool | None, str | None] | tuple[()]:
    return (row.active, row.manager) if kind == "User" else ()


def refuse(kind: Kind, error: apsw.ConstraintError) -> NoReturn:
    """Raise `Uniqueness` naming the attribute that a unique index is about; any other constraint is a bug."""
    violated = str(error)
    if "name_key" in violated:
        attribute = _NAMES[kind]
    elif "external_id" in violated:
        attribute = "externalId"
    else:
        raise error
    raise Uniqueness.of(attribute, kind) from error
