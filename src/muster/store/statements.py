"""The statements on users and groups, as text.

Law: each binds organization and owner first; what belongs to another connection is outside of every range.
"""

from __future__ import annotations

from typing import Final

from muster.directory.records import Kind

TABLE: Final[dict[Kind, str]] = {"User": "users", "Group": "groups"}

_OF_SCOPE: Final = "organization = ?1 AND owner = ?2"

# The groups of user `u` in one JSON array of [id, display, direct]; through the reverse index of members.
_DIRECT_GROUPS: Final = """(
  SELECT json_group_array(json_array(g.id, g.display, 1))
  FROM members m CROSS JOIN groups g ON g.organization = ?1 AND g.owner = ?2 AND g.id = m.group_id
  WHERE m.organization = ?1 AND m.owner = ?2 AND m.member = u.id)"""
_ALL_GROUPS: Final = """(
  WITH RECURSIVE above (id) AS (
    SELECT m.group_id FROM members m WHERE m.organization = ?1 AND m.owner = ?2 AND m.member = u.id
    UNION
    SELECT m.group_id FROM above a CROSS JOIN members m
      ON m.organization = ?1 AND m.owner = ?2 AND m.member = a.id)
  SELECT json_group_array(json_array(g.id, g.display, EXISTS (
    SELECT 1 FROM members d
    WHERE d.organization = ?1 AND d.owner = ?2 AND d.group_id = g.id AND d.member = u.id)))
  FROM above a CROSS JOIN groups g ON g.organization = ?1 AND g.owner = ?2 AND g.id = a.id)"""
# NULL: not a user of this scope; 0: a user without displayName.
_MANAGER: Final = """(
  SELECT ifnull(b.display, 0) FROM users b
  WHERE b.organization = ?1 AND b.owner = ?2 AND b.id = u.manager)"""


def user_columns(*, groups: bool, nested: bool) -> str:
    """Return what is read of a user `u`, in the order of `rows.user`."""
    derived = (_ALL_GROUPS if nested else _DIRECT_GROUPS) if groups else "NULL"
    return f"u.row, u.id, u.version, u.created, u.last_modified, u.document, {derived}, {_MANAGER}"


GROUP_COLUMNS: Final = "u.row, u.id, u.version, u.created, u.last_modified, u.document, u.members"


def columns(kind: Kind, *, groups: bool, nested: bool) -> str:
    """Return what is read of a resource `u` of this kind."""
    return user_columns(groups=groups, nested=nested) if kind == "User" else GROUP_COLUMNS


def select_by(kind: Kind, column: str, *, groups: bool = False, nested: bool = False) -> str:
    """Return the statement that reads the one resource with a value (?3) in a unique column."""
    return (
        f"SELECT {columns(kind, groups=groups, nested=nested)} FROM {TABLE[kind]} u"
        f" WHERE u.organization = ?1 AND u.owner = ?2 AND u.{column} = ?3"
    )


def select_rows(kind: Kind, *, groups: bool, nested: bool) -> str:
    """Return the statement that reads the resources with row numbers in a JSON array (?3), in any order."""
    return (
        f"SELECT {columns(kind, groups=groups, nested=nested)} FROM json_each(?3) j"
        f" CROSS JOIN {TABLE[kind]} u ON u.row = j.value WHERE u.organization = ?1 AND u.owner = ?2"
    )


PLAIN: Final[dict[Kind, str]] = {
    "User": "row, id, version, created, last_modified, document, NULL, NULL",
    "Group": "row, id, version, created, last_modified, document, members",
}
"""What is read of a resource without what is derived of it."""

PLAIN_USER: Final = f"SELECT {PLAIN['User']} FROM users WHERE {_OF_SCOPE} AND id = ?3"
PLAIN_GROUP: Final = f"SELECT {PLAIN['Group']} FROM groups WHERE {_OF_SCOPE} AND id = ?3"

BURIED: Final = (
    f"SELECT id, version, created FROM tombstones WHERE {_OF_SCOPE} AND external_id = ?3 AND kind = 'User'"
    " ORDER BY deleted DESC LIMIT 1"
)
_BURIED_AS: Final = (
    f"(SELECT t.id FROM tombstones t WHERE {_OF_SCOPE} AND t.{{}} AND t.kind = 'User'"
    " ORDER BY t.deleted DESC LIMIT 1)"
)

INSERT: Final[dict[Kind, str]] = {
    "User": (
        "INSERT INTO users (organization, owner, id, version, created, last_modified, name_key, external_id,"
        " document, active, manager) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ifnull(?10, 1), ?11)"
        f" RETURNING ifnull({_BURIED_AS.format('external_id = ?8')}, {_BURIED_AS.format('name_key = ?7')})"
    ),
    "Group": (
        "INSERT INTO groups (organization, owner, id, version, created, last_modified, name_key, external_id,"
        " document) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
    ),
}
UPDATE: Final[dict[Kind, str]] = {
    "User": (
        "UPDATE users SET version = ?4, last_modified = ?5, name_key = ?6, external_id = ?7, document = ?8,"
        f" active = ifnull(?9, active), manager = ?10 WHERE {_OF_SCOPE} AND id = ?3 RETURNING row"
    ),
    "Group": (
        "UPDATE groups SET version = ?4, last_modified = ?5, name_key = ?6, external_id = ?7, document = ?8"
        f" WHERE {_OF_SCOPE} AND id = ?3 RETURNING row"
    ),
}
BURY: Final[dict[Kind, str]] = {
    kind: (
        "INSERT OR REPLACE INTO tombstones (organization, id, owner, kind, deleted, created, version, name_key,"
        f" external_id, document) SELECT organization, id, owner, '{kind}', ?4, created, version, name_key,"
        f" external_id, document FROM {table} WHERE {_OF_SCOPE} AND id = ?3"
    )
    for kind, table in TABLE.items()
}
DELETE: Final[dict[Kind, str]] = {
    kind: f"DELETE FROM {table} WHERE {_OF_SCOPE} AND id = ?3 RETURNING row" for kind, table in TABLE.items()
}
COUNT: Final[dict[Kind, str]] = {
    kind: f"UPDATE connections SET {table} = {table} + ?3 WHERE {_OF_SCOPE}" for kind, table in TABLE.items()
}
TOTAL: Final[dict[Kind, str]] = {
    kind: f"SELECT {table} FROM connections WHERE {_OF_SCOPE}" for kind, table in TABLE.items()
}

ADD_ENTRY: Final = "INSERT OR IGNORE INTO attribute_keys VALUES (?, ?, ?, ?, ?, ?)"
REMOVE_ENTRY: Final = (
    "DELETE FROM attribute_keys WHERE organization = ? AND owner = ? AND attribute = ? AND key = ?"
    " AND resource = ? AND element = ?"
)

TOUCH: Final = (
    f"UPDATE groups SET version = version + 1, last_modified = max(last_modified, ?4)"
    f" WHERE {_OF_SCOPE} AND id = ?3 RETURNING version"
)

MEMBER_DISPLAY: Final = """CASE m.kind WHEN 'User' THEN (
    SELECT b.display FROM users b
    WHERE b.organization = ?1 AND b.owner = ?2 AND b.id = m.member)
  ELSE (SELECT b.display FROM groups b WHERE b.organization = ?1 AND b.owner = ?2 AND b.id = m.member) END"""


COMPACT_MEMBERS: Final = """SELECT min(length(o.member)), max(length(o.member)),
    group_concat(substr(o.kind, 1, 1) || o.member, '') FROM (SELECT m.member, m.kind FROM members m
      WHERE m.organization = ?1 AND m.owner = ?2 AND m.group_id = ?3 ORDER BY m.row) o"""
"""The members of one group (?3) as the text of a `MemberList`, with the shortest and the longest id's length."""


def select_members(*, display: bool) -> str:
    """Return the statement that reads the members of groups, whose ids are in a JSON array (?3).

    Each row is a group's id and one JSON array of its [member, kind, display] in the order they came: a row for each
    member would make SQLite and Python take turns for the interpreter lock as often.
    """
    shown = MEMBER_DISPLAY if display else "NULL"
    return (
        "SELECT j.value, (SELECT json_group_array(json_array(o.member, o.kind, o.display)) FROM ("
        f"SELECT m.member, m.kind, {shown} AS display FROM members m WHERE m.organization = ?1"
        " AND m.owner = ?2 AND m.group_id = j.value ORDER BY m.row) o) FROM json_each(?3) j"
    )
