"""The verbs on users and groups themselves: rows, index entries, tombstones and counters.

Law: rows are locked before they are changed, those of several groups in the order of their ids.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final, NoReturn

import asyncpg
import orjson

from muster.directory.records import Buried, Kind, Row, StoredGroup, StoredUser
from muster.scim.errors import Uniqueness
from muster.scim.keys import Entry
from muster.store.attributes import IN_COLUMNS, attribute_number, indexed
from muster.store.postgres import rows
from muster.store.postgres.values import Cut, cut, text_bytes, word
from muster.store.postgres.verbs import Verbs

_NAMES: Final[dict[Kind, str]] = {"User": "userName", "Group": "displayName"}
_OF_SCOPE: Final = "organization = $1 AND owner = $2"

# NO KEY: whoever adds this resource to a group need not wait.
_USER: Final = (
    "SELECT u.row, u.id, u.version, u.created, u.last_modified, u.document, groups_of($1, $2, u.id, $4),"
    " display_of($1, $2, u.manager) FROM users u WHERE u.organization = $1 AND u.owner = $2 AND u.id = $3"
    " FOR NO KEY UPDATE OF u"
)
_NAME: Final = "SELECT display FROM users WHERE organization = $1 AND owner = $2 AND id = $3"
_GROUP: Final = (
    "SELECT row, id, version, created, last_modified, document, members FROM groups"
    f" WHERE {_OF_SCOPE} AND id = $3 FOR NO KEY UPDATE"
)
_COLUMNS: Final = "name_key, name_whole, external_id, external_whole, display, document"
_NEW_ENTRIES: Final = (
    " INSERT INTO attribute_keys (organization, owner, attribute, key, resource, element, whole)"
    " SELECT $1, $2, e.attribute, e.key, w.row, e.element, e.whole FROM w,"
    " unnest(${}::bigint[], ${}::bytea[], ${}::bigint[], ${}::bytea[]) e (attribute, key, element, whole)"
)
_OLD_ENTRIES: Final = (
    "DELETE FROM attribute_keys k"
    " USING w, unnest(${}::bigint[], ${}::bytea[], ${}::bigint[]) e (attribute, key, element)"
    " WHERE k.organization = $1 AND k.owner = $2 AND k.attribute = e.attribute AND k.key = e.key"
    " AND k.resource = w.row AND k.element = e.element"
)
_BURIED_AS: Final = (
    "(SELECT t.id FROM tombstones t WHERE t.organization = $1 AND t.owner = $2 AND t.{} AND t.kind = 'User'"
    " ORDER BY t.deleted DESC LIMIT 1)"
)
_INSERT: Final[dict[Kind, str]] = {
    "User": (
        f"WITH w AS (INSERT INTO users (organization, owner, id, version, created, last_modified, {_COLUMNS}, active,"
        " manager) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, coalesce($13, TRUE), $14) RETURNING row),"
        f" new AS ({_NEW_ENTRIES.format(15, 16, 17, 18)})"
        f" SELECT coalesce({_BURIED_AS.format('external_id = $9')}, {_BURIED_AS.format('name_key = $7')})"
    ),
    "Group": (
        f"WITH w AS (INSERT INTO groups (organization, owner, id, version, created, last_modified, {_COLUMNS})"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING row)"
        + _NEW_ENTRIES.format(13, 14, 15, 16)
    ),
}
_SET: Final = (
    "version = $4, last_modified = $5, name_key = $6, name_whole = $7, external_id = $8, external_whole = $9,"
    " display = $10, document = $11"
)
_CHANGED: Final = ", new AS ({}) SELECT row FROM w"
_UPDATE: Final[dict[Kind, str]] = {
    "User": (
        f"WITH w AS (UPDATE users SET {_SET}, active = coalesce($12, active), manager = $13"
        f" WHERE {_OF_SCOPE} AND id = $3 RETURNING row), gone AS ({_OLD_ENTRIES.format(14, 15, 16)})"
        + _CHANGED.format(_NEW_ENTRIES.format(17, 18, 19, 20))
    ),
    "Group": (
        f"WITH w AS (UPDATE groups SET {_SET} WHERE {_OF_SCOPE} AND id = $3"
        f" RETURNING row), gone AS ({_OLD_ENTRIES.format(12, 13, 14)})"
        + _CHANGED.format(_NEW_ENTRIES.format(15, 16, 17, 18))
    ),
}
_KEPT: Final = "created, version, name_key, name_whole, external_id, external_whole, document"
_DELETE: Final = (
    "WITH w AS (DELETE FROM {table} WHERE "
    + _OF_SCOPE
    + f" AND id = $3 RETURNING row, {_KEPT}), gone AS ({_OLD_ENTRIES.format(5, 6, 7)}),"
    f" buried AS (INSERT INTO tombstones (organization, id, owner, kind, deleted, {_KEPT})"
    f" SELECT $1, $3, $2, '{{kind}}', $4, {_KEPT} FROM w ON CONFLICT (organization, id) DO UPDATE SET"
    " owner = excluded.owner, kind = excluded.kind, deleted = excluded.deleted, created = excluded.created,"
    " version = excluded.version, name_key = excluded.name_key, name_whole = excluded.name_whole,"
    " external_id = excluded.external_id, external_whole = excluded.external_whole, document = excluded.document)"
    " SELECT row FROM w"
)
_DELETES: Final[dict[Kind, str]] = {
    "User": _DELETE.format(table="users", kind="User"),
    "Group": _DELETE.format(table="groups", kind="Group"),
}
LOCK_GROUPS: Final = (
    "SELECT 1 FROM groups g WHERE g.organization = $1 AND g.owner = $2 AND g.id IN (SELECT m.group_id FROM members m"
    " WHERE m.organization = $1 AND m.owner = $2 AND m.member = $3) ORDER BY g.id FOR NO KEY UPDATE"
)
LEAVE: Final = (
    f"WITH gone AS (DELETE FROM members WHERE {_OF_SCOPE} AND member = $3 RETURNING group_id),"
    " moved AS (UPDATE groups g SET version = version + 1, last_modified = greatest(last_modified, $4),"
    " members = members - 1 FROM gone WHERE g.organization = $1 AND g.owner = $2 AND g.id = gone.group_id)"
    " SELECT group_id FROM gone"
)
_BURIED: Final = (
    f"SELECT id, version, created FROM tombstones WHERE {_OF_SCOPE} AND external_id = $3 AND kind = 'User'"
    " ORDER BY deleted DESC LIMIT 1 FOR UPDATE"
)
_UNBURY: Final = f"DELETE FROM tombstones WHERE {_OF_SCOPE} AND id = $3"
_LOCK_PENDING: Final = (
    "SELECT 1 FROM groups g WHERE g.organization = $1 AND g.owner = $2 AND g.id IN (SELECT p.group_id"
    " FROM pending_members p WHERE p.organization = $1 AND p.owner = $2 AND p.member = $3)"
    " ORDER BY g.id FOR NO KEY UPDATE"
)
_BIND: Final = (
    f"WITH waited AS (DELETE FROM pending_members WHERE {_OF_SCOPE} AND member = $3 RETURNING group_id),"
    " joined AS (INSERT INTO members (organization, owner, group_id, member, kind, created, request)"
    " SELECT $1, $2, waited.group_id, $3, 'User', $4, $5 FROM waited RETURNING group_id),"
    " moved AS (UPDATE groups g SET version = version + 1, last_modified = greatest(last_modified, $4),"
    " members = members + 1 FROM joined WHERE g.organization = $1 AND g.owner = $2 AND g.id = joined.group_id)"
    " SELECT group_id FROM joined"
)
_UNPERMIT: Final = "DELETE FROM permissions WHERE organization = ? AND role = ?"
_EMPTY: Final = f"DELETE FROM members WHERE {_OF_SCOPE} AND group_id = $3 RETURNING kind"
_FORGET: Final = "DELETE FROM pending_members WHERE organization = ? AND owner = ? AND group_id = ?"

Entries = tuple[list[int], list[bytes], list[int], list[bytes | None]]


class ResourceVerbs(Verbs):
    """Create, read, change and delete one user or group."""

    async def user(self, id: str, *, with_groups: bool = False) -> StoredUser | None:
        """Return the user, or None, locked; with its groups when they are asked for."""
        found = await self._all(_USER, word(id), 2 if with_groups else 0)
        return rows.user(found[0]) if found else None

    async def name_of(self, user: str) -> str | None:
        """Return the displayName of a user, or None. Raises `LookupError`: there is no such user."""
        return rows.text(await self._only(_NAME, word(user)))

    async def group(self, id: str) -> StoredGroup | None:
        """Return the group, or None, locked."""
        found = await self._all(_GROUP, word(id))
        return rows.group(found[0]) if found else None

    async def insert(self, kind: Kind, row: Row, entries: Collection[Entry]) -> str | None:
        """Store a new resource with its index entries; return the deleted user called the same. Raises `Uniqueness`."""
        own = (
            row.id,
            row.version,
            row.created,
            row.last_modified,
            *_own(kind, row),
        )
        try:
            returned = await self._first(_INSERT[kind], *own, *unnested(kind, indexed(kind, entries)))
        except asyncpg.UniqueViolationError as error:
            refuse(kind, error)
        self._counts[kind] += 1
        return returned[0] if returned else None

    async def buried(self, external_id: str) -> Buried | None:
        """Return the deleted user with this key of an externalId, the one deleted last, or None; it is locked."""
        found = await self._all(_BURIED, cut(external_id).key)
        return Buried(*found[0]) if found else None

    async def restore(self, row: Row, entries: Collection[Entry], now: int, request: str) -> Sequence[str]:
        """Put a deleted user back under its id; return the groups that it waited to be in. Raises `Uniqueness`."""
        await self._all(_UNBURY, row.id)
        await self.insert("User", row, entries)
        await self._all(_LOCK_PENDING, row.id)
        return await self._first(_BIND, row.id, now, request)

    async def update(
        self, kind: Kind, row: Row, removed: Collection[Entry], added: Collection[Entry]
    ) -> None:
        """Store a resource anew, with the entries that differ. Raises `Uniqueness`, `LookupError`: it is not here."""
        own = (
            row.id,
            row.version,
            row.last_modified,
            *_own(kind, row),
        )
        try:
            await self._only(
                _UPDATE[kind], *own, *unnested(kind, removed)[:3], *unnested(kind, indexed(kind, added))
            )
        except asyncpg.UniqueViolationError as error:
            refuse(kind, error)

    async def delete(self, kind: Kind, id: str, entries: Collection[Entry], now: int) -> Sequence[str]:
        """Take a resource away, out of every group; keep a tombstone. Returns the groups it was in."""
        await self._all(LOCK_GROUPS, id)
        if not await self._first(_DELETES[kind], id, now, *unnested(kind, entries)[:3]):
            return ()
        self._counts[kind] -= 1
        self.deleted.add(id)
        groups = await self._first(LEAVE, id, now)
        if kind == "Group":
            kinds = await self._first(_EMPTY, id)
            self._later(_FORGET, self._organization, self._owner, id)
            self._later(_UNPERMIT, self._organization, id)
            self._nested -= len(groups) + kinds.count("Group")
        return groups


def _own(kind: Kind, row: Row) -> tuple[Any, ...]:
    return user_columns(row) if kind == "User" else _columns(row)


def user_columns(row: Row) -> tuple[Any, ...]:
    """Return what the row of a user holds behind its times: `_COLUMNS`, whether it is active, its manager's id."""
    return (*_columns(row), row.active, row.manager and word(row.manager))


def _columns(row: Row) -> tuple[Any, ...]:
    """Return what a row holds behind its times, in the order of `_COLUMNS`."""
    name = cut(row.name_key)
    external = Cut(b"", None) if row.external_id is None else cut(row.external_id)
    display = orjson.loads(row.document).get("displayName")
    return (
        *name,
        None if row.external_id is None else external.key,
        external.whole,
        text_bytes(display) if isinstance(display, str) else None,
        row.document,
    )


def unnested(kind: Kind, entries: Iterable[Entry]) -> Entries:
    """Return index entries as columns: attributes, keys, elements, whole keys where they were cut.

    Numbers that are stored alike become one entry here: having PostgreSQL see to it (ON CONFLICT) costs a fifth more.
    """
    found: dict[tuple[int, bytes, int], bytes | None] = {}
    for path, key, element in entries:
        if (kind, path) not in IN_COLUMNS:
            stored = cut(key)
            found[attribute_number(kind, path), stored.key, element] = stored.whole
    attributes, keys, elements = zip(*found, strict=True) if found else ((), (), ())
    return [*attributes], [*keys], [*elements], [*found.values()]


def refuse(kind: Kind, error: asyncpg.UniqueViolationError) -> NoReturn:
    """Raise `Uniqueness` naming the attribute that a unique index is about; any other constraint is a bug."""
    violated = error.constraint_name or ""
    if violated.endswith("_name"):
        attribute = _NAMES[kind]
    elif violated.endswith("_external_id"):
        attribute = "externalId"
    else:
        raise error
    raise Uniqueness.of(attribute, kind) from error
