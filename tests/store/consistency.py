"""What holds between the tables of a SQLite file after every commit, recomputed from the documents."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw
import orjson

from muster.directory.document import load
from muster.directory.records import Kind
from muster.directory.rows import NAMING
from muster.scim.catalog import builtin, with_extensions
from muster.scim.characteristics import Type
from muster.scim.keys import entries
from muster.scim.schema import ENTERPRISE_USER, ResourceType, SchemaSet
from muster.scim.value import exact, fold
from muster.store.attributes import IN_COLUMNS, attribute_number

TABLES: dict[Kind, str] = {"User": "users", "Group": "groups"}

# A statement that finds a row has found two tables that disagree.
DISAGREEMENTS = {
    "an index entry of no resource": """SELECT resource FROM attribute_keys k
        WHERE resource NOT IN (SELECT row FROM users UNION SELECT row FROM groups)""",
    "a member of no group": """SELECT group_id FROM members m WHERE NOT EXISTS (SELECT 1 FROM groups g
        WHERE g.organization = m.organization AND g.owner = m.owner AND g.id = m.group_id)""",
    "a member that is not there": """SELECT member FROM members m WHERE NOT EXISTS (
        SELECT 1 FROM users u WHERE m.kind = 'User' AND u.organization = m.organization AND u.owner = m.owner
        AND u.id = m.member UNION ALL
        SELECT 1 FROM groups g WHERE m.kind = 'Group' AND g.organization = m.organization AND g.owner = m.owner
        AND g.id = m.member)""",
    "a group that miscounts its members": """SELECT id FROM groups g WHERE members != (
        SELECT count(*) FROM members m WHERE m.organization = g.organization AND m.group_id = g.id)""",
    "a connection that miscounts its users": """SELECT id FROM connections c WHERE users != (
        SELECT count(*) FROM users u WHERE u.organization = c.organization AND u.owner = c.owner)""",
    "a connection that miscounts its groups": """SELECT id FROM connections c WHERE groups != (
        SELECT count(*) FROM groups g WHERE g.organization = c.organization AND g.owner = c.owner)""",
    "an organization that miscounts groups in groups": """SELECT name FROM organizations o WHERE nested_members != (
        SELECT count(*) FROM members m WHERE m.organization = o.organization AND m.kind = 'Group')""",
    "a gap in the changes": """SELECT o.name FROM organizations o WHERE (o.sequence, o.sequence, sign(o.sequence)) != (
        SELECT count(*), ifnull(max(sequence), 0), ifnull(min(sequence), 0) FROM changes c
        WHERE c.organization = o.organization)""",
    "a user without an account of its status": """SELECT u.id FROM users u LEFT JOIN accounts a
        ON a.organization = u.organization AND a.user = u.id AND a.owner = u.owner
        WHERE a.id IS NULL OR a.status NOT IN (iif(u.active, 'active', 'inactive'), 'held') AND NOT (
          a.status = 'active' AND EXISTS (SELECT 1 FROM held h WHERE h.organization = a.organization
            AND h.user = a.user AND h.decision = 'rejected'))""",
    "an account that outlived its user": """SELECT a.id FROM accounts a WHERE a.status != 'removed' AND NOT EXISTS (
        SELECT 1 FROM users u WHERE u.organization = a.organization AND u.owner = a.owner AND u.id = a.user)
        AND NOT EXISTS (SELECT 1 FROM held h WHERE h.organization = a.organization AND h.user = a.user
          AND (a.status = 'held' AND h.decision IS NULL OR a.status = 'active' AND h.decision = 'rejected'))""",
    "an account that is held for no open alert": """SELECT a.id FROM accounts a WHERE a.status = 'held' AND NOT EXISTS (
        SELECT 1 FROM held h JOIN alerts l ON l.organization = h.organization AND l.id = h.alert AND l.closed IS NULL
        WHERE h.organization = a.organization AND h.user = a.user AND h.role = '' AND h.decision IS NULL)""",
    "a verified domain without its owner": """SELECT name FROM domains d WHERE d.verified IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM domain_owners o WHERE o.name = d.name AND o.organization = d.organization)""",
    "the owner of a domain that is not verified": """SELECT name FROM domain_owners o WHERE NOT EXISTS (
        SELECT 1 FROM domains d WHERE d.name = o.name AND d.organization = o.organization
        AND d.verified IS NOT NULL)""",
    "a console user whose name is not theirs": """SELECT id FROM console_users u WHERE NOT EXISTS (
        SELECT 1 FROM console_names o WHERE o.name = u.folded AND o.organization = u.organization)""",
    "a passkey whose name is not its own": """SELECT id FROM passkeys p WHERE NOT EXISTS (
        SELECT 1 FROM passkey_names o WHERE o.name = p.credential AND o.organization = p.organization)""",
    "the name of a passkey that is not there": """SELECT name FROM passkey_names o WHERE NOT EXISTS (
        SELECT 1 FROM passkeys p WHERE p.credential = o.name AND p.organization = o.organization)""",
    "a tombstone of what is there": """SELECT t.id FROM tombstones t WHERE t.id IN (
        SELECT id FROM users UNION SELECT id FROM groups)""",
}


def violations(path: Path) -> list[str]:
    """Everything that is wrong with a database that nobody is writing to; empty when all is well."""
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
    try:
        return list(_violations(connection))
    finally:
        connection.close()


def _fetch(connection: apsw.Connection, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    return connection.execute(sql, values).fetchall()


def _violations(connection: apsw.Connection) -> Iterator[str]:
    for (line,) in _fetch(connection, "PRAGMA integrity_check"):
        if line != "ok":
            yield f"integrity_check: {line}"
    for row in _fetch(connection, "PRAGMA foreign_key_check"):
        yield f"foreign_key_check: {row}"
    for what, sql in DISAGREEMENTS.items():
        for (row,) in _fetch(connection, sql):
            yield f"{what}: {row}"
    for (organization,) in _fetch(connection, "SELECT organization FROM organizations"):
        schemas = _schemas(connection, organization)
        for kind in TABLES:
            yield from _rows(connection, organization, kind, schemas.resource_type(kind))


def _schemas(connection: apsw.Connection, organization: Any) -> SchemaSet:
    sql = "SELECT document FROM schemas WHERE organization = ? ORDER BY created, id"
    documents = [orjson.loads(found) for (found,) in _fetch(connection, sql, organization)]
    return with_extensions(builtin(), documents)


def _rows(connection: apsw.Connection, organization: Any, kind: Kind, type_: ResourceType) -> Iterator[str]:
    """What the row and the index entries of each resource do not share with its document."""
    of_user = ", active, manager" if kind == "User" else ""
    sql = f"SELECT row, owner, id, name_key, external_id, document{of_user} FROM {TABLES[kind]} WHERE organization = ?"
    complex_paths = {one.path for one in type_.every_attribute() if one.type is Type.COMPLEX}
    for number, owner, id, name_key, external_id, data, *rest in _fetch(connection, sql, organization):
        document = load(type_, data)
        assert isinstance(data, bytes)
        if name_key != fold(document[NAMING[kind]]):
            yield f"{kind} {id}: name_key is {name_key!r}"
        if external_id != (exact(document.get("externalId", "")) or None):
            yield f"{kind} {id}: external_id is {external_id!r}"
        manager = document.get(ENTERPRISE_USER, {}).get("manager", {}).get("value")
        if rest and rest != [int(document.get("active") is not False), manager]:
            yield f"{kind} {id}: active and manager are {rest}"
        stored = set(_entries(connection, organization, owner, number, kind, type_))
        expected = {
            (attribute_number(kind, entry.path), entry.key, entry.element)
            for entry in entries(type_, document)
            if (kind, entry.path) not in IN_COLUMNS and entry.path not in complex_paths
        }
        if stored != expected:
            yield f"{kind} {id}: index entries {sorted(map(str, stored ^ expected))}"


def _entries(
    connection: apsw.Connection, organization: Any, owner: Any, number: Any, kind: Kind, type_: ResourceType
) -> Iterator[tuple[Any, ...]]:
    """The index entries of one resource, of the attributes that its resource type has."""
    attributes = [
        attribute_number(kind, path)
        for attribute in type_.every_attribute()
        for path in (attribute.path, *(sub.path for sub in attribute.sub_attributes.values()))
    ]
    sql = f"""SELECT attribute, key, element FROM attribute_keys WHERE organization = ? AND owner = ?
        AND attribute IN ({", ".join(map(str, attributes))}) AND resource = ?"""
    yield from _fetch(connection, sql, organization, owner, number)
