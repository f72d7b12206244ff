"""Whether a PostgreSQL holds what an SQLite file does, and whether its tables agree among themselves.

Read as a superuser, column by column, with nothing of the code that copies.
"""

import asyncio
from collections.abc import Iterator
from functools import reduce
from pathlib import Path
from typing import Any

import apsw
import asyncpg
import orjson

from muster.directory.document import load
from muster.directory.records import Kind
from muster.directory.rows import NAMING
from muster.scim.catalog import builtin, with_extensions
from muster.scim.characteristics import Type
from muster.scim.keys import entries
from muster.scim.schema import ResourceType
from muster.scim.value import exact, fold
from muster.store.attributes import IN_COLUMNS, attribute_number
from muster.store.postgres.values import Cut, cut
from tests.store.consistency import DISAGREEMENTS, TABLES

WHOLES = {"name_key": "name_whole", "external_id": "external_whole", "key": "whole"}
FLAGS = {"active", "strict", "enforced", "once"}
NUMBERED = {"row", "resource"}
NOT_COPIED = {
    "chores",
    "organization_names",
    "domain_owners",
    "console_names",
    "passkey_names",
    "challenge_keys",
    "spent_challenges",
    "schema_versions",
    "copies",
    "copied",
    "secret_keys",
}
OF_ONE_DATABASE = "access_epoch"  # it counts within one database
WORDS = {"id", "manager", "group_id", "member", "user", "owner", "provider", "kind", "status", "last_four"}
IN_POSTGRES = {
    "ifnull(": "coalesce(",
    "iif(u.active, 'active', 'inactive')": "CASE WHEN u.active THEN 'active' ELSE 'inactive' END",
    "a.user": 'a."user"',
}

Rows = dict[str, set[tuple[Any, ...]]]


def ask(url: str, sql: str, *values: Any) -> list[Any]:
    """The rows of a statement."""

    async def work() -> list[Any]:
        connection = await asyncpg.connect(url, server_settings={"search_path": "muster"})
        try:
            found: list[Any] = await connection.fetch(sql, *values)
            return found
        finally:
            await connection.close()

    return asyncio.run(work())


def tables(path: Path) -> dict[str, list[str]]:
    """The tables of a file that are about organizations, with their columns that are copied, the generated ones too."""
    file = apsw.Connection(str(path))
    names = [name for (name,) in file.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    found = {
        name: [row[1] for row in file.execute(f"PRAGMA table_xinfo({name})") if row[1] != OF_ONE_DATABASE]
        for name in names
        if not name.startswith("sqlite_") and name not in NOT_COPIED
    }
    file.close()
    return found


def of_file(path: Path) -> Rows:
    """Every row of a file, as PostgreSQL is to hold it."""
    file = apsw.Connection(str(path))
    found: Rows = {}
    for table, columns in tables(path).items():
        texts = ", ".join(_read(column) for column in columns)
        found[table] = {
            tuple(_in_postgres(table, *pair) for pair in zip(columns, row, strict=True))
            for row in file.execute(f"SELECT {texts} FROM {table}")
        }
    file.close()
    return found


def _read(column: str) -> str:
    if column in WHOLES or column == "display":
        return f'CASE typeof("{column}") WHEN \'text\' THEN CAST("{column}" AS BLOB) ELSE "{column}" END'
    return f'"{column}"'


def _in_postgres(table: str, column: str, value: Any) -> Any:
    if value is None:
        return (None, None) if column in WHOLES else None
    if column in WHOLES:
        return cut(value.decode("utf-8", "surrogatepass") if isinstance(value, bytes) else value)
    if column in FLAGS:
        return value == 1
    if isinstance(value, str):
        return value.replace("\0", "\N{REPLACEMENT CHARACTER}" if column in WORDS else "\\0")
    return value


def of_postgres(url: str, like: Path, base: int = 0) -> Rows:
    """Every row of a database, its columns in the order of a file's; `base` is taken off the numbers of rows."""
    found: Rows = {}
    for table, columns in tables(like).items():
        rows = [dict(record) for record in ask(url, f"SELECT * FROM {table}")]
        found[table] = {tuple(_value(row, column, base) for column in columns) for row in rows}
        assert len(found[table]) == len(rows), table
    return found


def _value(row: dict[str, Any], column: str, base: int) -> Any:
    if column in WHOLES:
        return Cut(row[column], row[WHOLES[column]])
    value = row[column]
    return value - base if column in NUMBERED and isinstance(value, int) else value


def disagreements(url: str) -> list[str]:
    """Everything that is wrong between the tables of a database; empty when all is well."""
    return list(_disagreements(url))


def _disagreements(url: str) -> Iterator[str]:
    for what, sql in DISAGREEMENTS.items():
        ours = reduce(lambda text, pair: text.replace(*pair), IN_POSTGRES.items(), sql)
        for (row,) in ask(url, ours):
            yield f"{what}: {row}"
    for (organization,) in ask(url, "SELECT organization FROM organizations"):
        sql = "SELECT document FROM schemas WHERE organization = $1 ORDER BY created, id"
        documents = [orjson.loads(found) for (found,) in ask(url, sql, organization)]
        schemas = with_extensions(builtin(), documents)
        for kind in TABLES:
            yield from _resources(url, organization, kind, schemas.resource_type(kind))


def _resources(url: str, organization: int, kind: Kind, type_: ResourceType) -> Iterator[str]:
    """What the row and the index entries of each resource do not share with its document."""
    whole = {one.path for one in type_.every_attribute() if one.type is Type.COMPLEX}
    mine = {
        attribute_number(kind, path)
        for one in type_.every_attribute()
        for path in (one.path, *(sub.path for sub in one.sub_attributes.values()))
    } - {attribute_number(kind, path) for path in whole}
    for row in ask(url, f"SELECT * FROM {TABLES[kind]} WHERE organization = $1", organization):
        document = load(type_, row["document"])
        if (row["name_key"], row["name_whole"]) != cut(fold(document[NAMING[kind]])):
            yield f"{kind} {row['id']}: its name"
        external = document.get("externalId")
        if (row["external_id"], row["external_whole"]) != (
            cut(exact(external)) if external else (None, None)
        ):
            yield f"{kind} {row['id']}: its external id"
        shown = document.get("displayName")
        if row["display"] != (shown and shown.encode("utf-8", "surrogatepass")):
            yield f"{kind} {row['id']}: its display"
        sql = """SELECT attribute, key, whole, element FROM attribute_keys
            WHERE organization = $1 AND owner = $2 AND resource = $3"""
        stored = {tuple(one) for one in ask(url, sql, organization, row["owner"], row["row"])}
        expected = {
            (attribute_number(kind, entry.path), *cut(entry.key), entry.element)
            for entry in entries(type_, document)
            if (kind, entry.path) not in IN_COLUMNS and entry.path not in whole
        }
        if {one for one in stored if one[0] in mine} != expected:
            yield f"{kind} {row['id']}: its index entries"
