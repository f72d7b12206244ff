"""Organizations, and the custom schemas that hold in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from muster.directory.authenticate import custom_schemas
from muster.directory.document import dump
from muster.directory.identifiers import new_organization
from muster.directory.ports import Administration, Database
from muster.directory.records import Change, Operation, Organization
from muster.directory.sealing import new_secrets, require_keys
from muster.directory.world import World
from muster.scim.catalog import builtin, with_extensions

_LONGEST_NAME = 200


class Refused(Exception):
    """An administrative request that cannot be carried out; the message says what to do."""


class Missing(Refused):
    """There is no such thing here, or it is another organization's: nobody is told which."""


class Conflict(Refused):
    """What is asked for does not go together with what is there already."""


async def create_organization(database: Database, world: World, name: str) -> Organization:
    """Create an organization. Raises Refused: the name is empty, too long or taken; StoreError: a key is missing."""
    name = name.strip()
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        raise Refused(f"An organization's name has 1 to {_LONGEST_NAME} printable characters.")
    await require_keys(database)
    now = world.clock()
    organization = Organization(new_organization(world.random), name, now, 0, nested=False)
    after = dump({"name": name})
    actor = world.actor()
    change = Change(
        now, actor, Operation.CREATE, "Organization", str(organization.organization), 1, None, after
    )
    secrets = new_secrets(database, world, organization.organization)
    try:
        await database.add_organization(organization, change, secrets)
    except ValueError:
        raise Conflict(f"There is an organization called {name!r} already.") from None
    return organization


async def organization_named(database: Database, name: str) -> Organization:
    """Return the organization with that name. Raises Refused."""
    found = await database.organization_named(name.strip())
    if found is None:
        raise Missing(
            f"There is no organization called {name!r}; create it with `muster organization create`."
        )
    return found


async def add_schema(database: Database, world: World, name: str, document: Mapping[str, Any]) -> str:
    """Add a custom extension (RFC 7643 §7) to an organization and return its URN.

    Raises Refused for an unknown organization; InvalidValue for a document that is not a schema we can hold.
    """
    organization = await organization_named(database, name)
    known = await custom_schemas(database, organization.organization)
    with_extensions(builtin(), [*known, dict(document)])  # refuses what is not a schema, or there already
    urn = str(document["id"])
    now, actor = world.clock(), world.actor()

    async def operation(administration: Administration) -> None:
        await administration.add_schema(urn.lower(), dump(document), now)
        await administration.record(
            Change(now, actor, Operation.CREATE, "Schema", urn, 1, None, dump({"id": urn}))
        )

    await database.administer(organization.organization, operation)
    return urn
