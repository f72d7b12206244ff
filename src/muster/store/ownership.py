"""The verbs on whose a resource is: from the local users to a connection, and from a connection back.

Law: a resource goes with its entries and its account, and a group with its members; its id, versions and times stay.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

import apsw
import orjson

from muster.directory.records import LOCAL_OWNER, Kind, Stored, StoredUser
from muster.scim.keys import Entry
from muster.store import rows, statements
from muster.store.attributes import attribute_number, indexed
from muster.store.resources import LEAVE, LEFT, refuse
from muster.store.statements import PLAIN
from muster.store.verbs import Verbs

_LOCAL_USERS: Final = (
    f"SELECT {PLAIN['User']} FROM users WHERE organization = ?1 AND owner = {LOCAL_OWNER}"
    " AND id IN (SELECT value FROM json_each(?2)) ORDER BY id"
)
_LOCAL_NAME: Final = (
    f"SELECT 1 FROM users WHERE organization = ?1 AND owner = {LOCAL_OWNER} AND name_key = ?2"
)
_FIRST: Final[dict[Kind, str]] = {
    kind: f"SELECT {PLAIN[kind]} FROM {table} WHERE organization = ?1 AND owner = ?2 ORDER BY id LIMIT ?3"
    for kind, table in statements.TABLE.items()
}
_MOVE: Final[dict[Kind, str]] = {
    kind: f"UPDATE {table} SET owner = ?2 WHERE organization = ?1 AND owner = ?3 AND id = ?4 RETURNING row"
    for kind, table in statements.TABLE.items()
}
_WITH_USER: Final = ('UPDATE accounts SET owner = ?2 WHERE organization = ?1 AND owner = ?3 AND "user" = ?4',)
_WITH_GROUP: Final = tuple(
    f"UPDATE {table} SET owner = ?2 WHERE organization = ?1 AND owner = ?3 AND group_id = ?4"
    for table in ("members", "pending_members")
)
_WITH: Final[dict[Kind, tuple[str, ...]]] = {"User": _WITH_USER, "Group": _WITH_GROUP}
_VERIFIED: Final = (
    "SELECT name FROM domains WHERE organization = ?1 AND verified IS NOT NULL"
    " AND name IN (SELECT value FROM json_each(?2))"
)


class OwnershipVerbs(Verbs):
    """Whose users and groups are."""

    __slots__ = ()

    async def local_users(self, ids: Collection[str]) -> Sequence[StoredUser]:
        """Return which of these ids are local users, without what is derived of them."""
        found = self._execute(_LOCAL_USERS, (self._organization, orjson.dumps([*ids]).decode()))
        return [rows.user(row) for row in found]

    async def is_local_name(self, name_key: str) -> bool:
        """Tell whether a local user has a userName with this comparison key."""
        return bool(self._execute(_LOCAL_NAME, (self._organization, name_key)).fetchall())

    async def first_of(self, kind: Kind, owner: int, limit: int) -> Sequence[Stored]:
        """Return up to `limit` resources of an owner, by id, without what is derived of them."""
        found = self._execute(_FIRST[kind], (self._organization, owner, limit))
        return [rows.stored(kind, row) for row in found]

    async def take_over(self, kind: Kind, id: str, owner: int, entries: Collection[Entry]) -> None:
        """Bring a resource of another owner into this scope. Raises `Uniqueness`, `LookupError`."""
        try:
            number = self._only(_MOVE[kind], owner, id)
        except apsw.ConstraintError as error:
            refuse(kind, error)
        keys = [
            (attribute_number(kind, path), key, number, element)
            for path, key, element in indexed(kind, entries)
        ]
        self._many(statements.REMOVE_ENTRY, ((self._organization, owner, *key) for key in keys))
        self._many(statements.ADD_ENTRY, ((self._organization, self._owner, *key) for key in keys))
        for sql in _WITH[kind]:
            self._all(sql, owner, id)
        self._all(statements.COUNT[kind], 1)
        self._execute(statements.COUNT[kind], (self._organization, owner, -1))

    async def leave(self, member: str, owner: int, now: int) -> Sequence[str]:
        """Take a member out of every group of an owner; return those groups, whose versions have moved."""
        groups: list[str] = [row[0] for row in self._execute(LEAVE, (self._organization, owner, member))]
        if groups:
            self._execute(LEFT, (self._organization, owner, orjson.dumps(groups).decode(), now))
        return groups

    async def verified(self, domains: Collection[str]) -> Collection[str]:
        """Return which of these domains, in A-labels, the organization has verified."""
        found = self._execute(_VERIFIED, (self._organization, orjson.dumps([*domains]).decode()))
        return {row[0] for row in found}
