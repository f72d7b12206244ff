"""A source with everything in it that a copy has to take along: two organizations, three connections, all tables."""

import asyncio
import itertools
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import apsw

from muster.directory.ports import Administration, Transaction
from muster.directory.records import Credential, Kind
from muster.directory.registers.console import ConsoleUser
from muster.directory.registers.domains import Domain
from muster.directory.registers.passkeys import Passkey
from muster.scim.catalog import builtin, with_extensions
from muster.store.attributes import attribute_number
from muster.store.postgres.database import PostgresDatabase
from muster.store.session import Session
from muster.store.sqlite import SqliteDatabase, open_database
from tests.store.scene import NOW, Scene, Side, group_document, log_entry, user_document

URN = "urn:example:scim:schemas:copied:1.0:User"
SCHEMA: dict[str, Any] = {
    "id": URN,
    "name": "Copied",
    "attributes": [
        {"name": "count", "type": "integer", "multiValued": True},
        {"name": "weight", "type": "decimal", "multiValued": True},
        {"name": "seen", "type": "dateTime"},
        {"name": "flag", "type": "boolean"},
        {"name": "code", "type": "string", "caseExact": True},
        {"name": "photo", "type": "binary"},
        {
            "name": "parts",
            "type": "complex",
            "multiValued": True,
            "subAttributes": [{"name": "size", "type": "integer"}, {"name": "note", "type": "string"}],
        },
    ],
}
LONG = "ß" * 400  # 800 bytes
WHOLE_NUMBERS = [0, -1, 2**53 + 1, 2**63 - 1, -(2**63), Decimal(10**40)]
FRACTIONS = [0.5, -2.25, 1e300, -5e-324, 3.0]
HALF = "\ud800 alone"
"""Half a surrogate pair, which JSON can spell."""


HOUR = 3600 * 1_000_000
MANAGED: tuple[tuple[str, str, tuple[Any, ...]], ...] = (
    ("service_accounts", "id connection name description role created created_by", ("s", "c1", "Sync", "", "SCIM Authenticator", NOW, "me")),
    ("credential_uses", "credential time address user_agent", ("k", NOW, "::1", "okta")),
    ("connection_activity", "connection first_request last_request requests refused", ("c1", NOW, NOW, 2, 1)),
    ("connection_hours", "connection hour requests errors", ("c1", NOW, 2, 1)),
    ("api_keys", "id name hash last_four scopes created created_by expires", ("a", "n", b"h" * 32, "wxyz", "[]", NOW, "", NOW + HOUR)),
    ("idempotency", "api_key digest request created status answer", ("a", "d", b"r", NOW, 201, b"sealed")),
    ("setup_links", "id connection hash created created_by expires once", ("l", "c1", b"h" * 32, NOW, "", NOW + HOUR, True)),
    ("domains", "name challenge created verified", ("example.com", "x", NOW, None)),
    ("permissions", "role permission created created_by", ("r", "billing.read", NOW, "me")),
    ("invitations", "id hash role created created_by expires", ("i", b"h" * 32, "auditor", NOW, "me", NOW + HOUR)),
    ("sessions", "id hash console_user created seen expires", ("s", b"h" * 32, "u", NOW, NOW, NOW + HOUR)),
    ("deactivations", "owner number time user basis", (1, 1, NOW, "u", 5)),
    ("held", "alert user role owner time", ("a", "u", "", 1, NOW)),
    ("alerts", "id connection kind opened latest count", ("a", "c1", "mass_deactivation", NOW, NOW, 11)),
)  # fmt: skip
"""A row of each table of management: its name, its columns, their values behind the organization."""


def fill(path: Path, *, seed: int = 0, older: bool = True) -> None:
    """Make a file with everything in it; another seed makes other organizations."""
    with asyncio.Runner() as runner:
        database = open_database(path, serving=True)
        try:
            populate(database, runner, seed=seed)
        finally:
            runner.run(database.close())
    if older:
        _what_only_older_programs_wrote(path)


def populate(database: SqliteDatabase | PostgresDatabase, runner: asyncio.Runner, *, seed: int = 0) -> None:
    """Fill a database of either store."""
    scene = Scene(database, runner, itertools.count(0xA000000000 + 100 * seed))
    _first(database, scene)
    _second(database, scene)


def _first(database: SqliteDatabase | PostgresDatabase, scene: Scene) -> None:
    side = scene.side(schemas=with_extensions(builtin(), [SCHEMA]))
    side.run(_add_schema(database, side))
    side.run(_add_credentials(database, side))
    ada = side.user(
        "Ada\0",
        displayName="Ada \0 Lovelace",
        externalId=LONG,
        title=LONG,
        emails=[{"value": "ada@x", "type": "work", "primary": True}, {"value": LONG + "@x"}],
        active=False,
        **{
            URN: {
                "count": WHOLE_NUMBERS, "weight": FRACTIONS, "seen": "1969-12-31T23:59:59.5Z", "flag": True,
                "code": "a\0b", "photo": "AAEC", "parts": [{"size": -7, "note": "n"}, {"note": LONG}],
            }
        },
    )  # fmt: skip
    names = [side.user(f"user {number}", displayName=f"U {number}") for number in range(5)]
    boss = side.user(
        LONG, **{"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"manager": {"value": ada}}}
    )
    outer = side.group("Outer", {ada: "User", boss: "User"})
    inner = side.group(LONG + "!", dict.fromkeys(names, "User"), externalId="g-1")
    side.join(outer, {inner: "Group"})
    side.delete("User", names[0], user_document("user 0", displayName="U 0"))
    side.delete("Group", side.group("Gone"), group_document("Gone"))

    async def wait(transaction: Transaction) -> None:
        await transaction.add_pending(outer, [names[0]], side.now)
        await transaction.log(
            log_entry(side.scope.organization)._replace(detail="a\0b", notes=b"[]", address="::1")
        )

    side.write(wait)
    side.run(_manage(database, side))
    scene.side(side.scope.organization).user("user 1")  # the same name, another connection


def _second(database: SqliteDatabase | PostgresDatabase, scene: Scene) -> None:
    side = scene.side()
    side.run(_add_credentials(database, side))
    side.group("Staff", {side.user("ada", title="Dr"): "User"})


async def _manage(database: SqliteDatabase | PostgresDatabase, side: Side) -> None:
    """Put a row into each table of management, whoever its register belongs to."""
    organization = side.scope.organization

    async def add(administration: Administration) -> None:
        session: Session = administration.registers.api_keys._session  # type: ignore[attr-defined]
        for table, columns, values in MANAGED:
            names = ("organization", *columns.split())
            places = ", ".join("?" for _ in names)
            listed = ", ".join(f'"{name}"' for name in names)
            await session.execute(f"INSERT INTO {table} ({listed}) VALUES ({places})", organization, *values)
        ada = ConsoleUser(organization, "u", "Ada", f"ada-{organization:x}", "admin", "$argon2id$", NOW, "me")
        await administration.registers.console_users.add(ada)
        passkey = Passkey(
            organization, "p", "u", f"c-{organization:x}", b"a\0", 2**32 - 1, "Laptop", NOW, NOW
        )
        await administration.registers.passkeys.add(passkey)
        domains = administration.registers.domains
        await domains.add(Domain(f"verified-{organization:x}.example", "y", NOW, NOW, NOW))
        await domains.take(f"verified-{organization:x}.example")

    await database.administer(organization, add)


async def _add_schema(database: SqliteDatabase | PostgresDatabase, side: Side) -> None:
    async def add(administration: Administration) -> None:
        await administration.add_schema(URN, json.dumps(SCHEMA).encode(), NOW)

    await database.administer(side.scope.organization, add)


async def _add_credentials(database: SqliteDatabase | PostgresDatabase, side: Side) -> None:
    organization, owner = side.scope

    async def add(administration: Administration) -> None:
        for name in ("live", "dead"):
            id = f"{name}-{organization:x}"
            await administration.add_credential(
                Credential(organization, id, f"c{owner}", b"h" * 32, "wxyz", NOW, NOW + 10**10, None)
            )
        await administration.revoke_credential(id, NOW + 5)

    await database.administer(organization, add)


def _what_only_older_programs_wrote(path: Path) -> None:
    """Give a user a title and a displayName with half a surrogate pair, which is refused now."""
    connection = apsw.Connection(str(path))
    found = "SELECT organization, owner, row, document FROM users WHERE name_key = 'user 2'"
    for organization, owner, row, document in list[Any](connection.execute(found)):
        kind: Kind = "User"
        changed = json.loads(document) | {"title": HALF, "displayName": HALF}
        connection.execute("UPDATE users SET document = ? WHERE row = ?", (json.dumps(changed).encode(), row))
        connection.execute(
            "DELETE FROM attribute_keys WHERE resource = ? AND attribute = ?",
            (row, attribute_number(kind, "displayName")),
        )
        for path_ in ("title", "displayName"):
            key = HALF.encode("utf-8", "surrogatepass")
            values = (organization, owner, attribute_number(kind, path_), key, row, 0)
            connection.execute("INSERT INTO attribute_keys VALUES (?, ?, ?, CAST(? AS TEXT), ?, ?)", values)
    connection.close()
