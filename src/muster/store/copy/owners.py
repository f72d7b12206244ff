"""Whose a name is that only one organization may have, in a database that a copy goes into.

Law: the tables of owners follow from what the organizations have, so they are made of it in the transaction that
finishes the copy; what another organization has there is neither taken from it nor left without an owner.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from muster.directory.failures import StoreError
from muster.store.copy.from_sqlite import Origin
from muster.store.postgres.connecting import Connection

_TAKEN: Final = "SELECT name FROM {} WHERE name = ANY($1::text[]) AND organization <> $2 ORDER BY name"
_OWN: Final = (
    "INSERT INTO {} (name, organization) SELECT unnest($1::text[]), $2::bigint ON CONFLICT (name) DO NOTHING"
)

Owned = Mapping[str, Collection[str]]
"""The names that an organization has, by the table of their owners."""


_SAID: Final[Mapping[str, str]] = {
    "domain_owners": "its domain {} is verified by another organization of the database: release it on one side",
    "console_names": "its console user {} signs in to another organization of the database: rename one of them",
    "passkey_names": "a passkey of its console users is known to another organization of the database: remove one",
}


async def refuse_taken(connection: Connection, origin: Origin, owned: Owned) -> None:
    """Raise `StoreError` when another organization in the database has one of an organization's names."""
    for table, names in owned.items():
        for row in await connection.fetch(_TAKEN.format(table), list(names), origin.organization):
            whose = f"organization {origin.name}" if origin.organization else "the platform"
            raise StoreError(f"{whose}: {_SAID[table].format(row['name'])}")


async def own(connection: Connection, origin: Origin, owned: Owned) -> None:
    """Make an organization the owner of its names. Raises `StoreError`: another one has one of them."""
    for table, names in owned.items():
        await connection.execute(_OWN.format(table), list(names), origin.organization)
    await refuse_taken(connection, origin, owned)
