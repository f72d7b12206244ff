"""Who owns which domain, in a PostgreSQL that a copy goes into.

Law: `domain_owners` follows from the domains that are verified, so it is made of them in the transaction that finishes
the copy; a domain that another organization has there is neither taken from it nor left without an owner.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from muster.directory.failures import StoreError
from muster.store.copy.from_sqlite import Origin
from muster.store.postgres.connecting import Connection

_TAKEN: Final = (
    "SELECT name FROM domain_owners WHERE name = ANY($1::text[]) AND organization <> $2 ORDER BY name"
)
_OWN: Final = (
    "INSERT INTO domain_owners (name, organization) SELECT unnest($1::text[]), $2::bigint"
    " ON CONFLICT (name) DO NOTHING"
)


async def refuse_taken(connection: Connection, origin: Origin, domains: Collection[str]) -> None:
    """Raise `StoreError` when another organization in the database has one of an organization's verified domains."""
    for row in await connection.fetch(_TAKEN, list(domains), origin.organization):
        raise StoreError(
            f"organization {origin.name}: its domain {row['name']} is verified by another organization of the"
            " database: release it on one side"
        )


async def own(connection: Connection, origin: Origin, domains: Collection[str]) -> None:
    """Make an organization the owner of its verified domains. Raises `StoreError`: another one has one of them."""
    await connection.execute(_OWN, list(domains), origin.organization)
    await refuse_taken(connection, origin, domains)
