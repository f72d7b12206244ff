"""Connections: one IdP's set-up in one organization."""

from __future__ import annotations

from typing import Final, get_args

from muster.directory.credentials import issue
from muster.directory.document import dump
from muster.directory.identifiers import NewKey, new_key, new_public_id, organization_of
from muster.directory.organizations import Missing, organization_named
from muster.directory.ports import Administration, Database
from muster.directory.records import Change, Connection, Credential, Operation, Provider
from muster.directory.world import World

PROVIDERS: Final[tuple[Provider, ...]] = get_args(Provider)


async def create_connection(
    database: Database, world: World, organization_name: str, provider: Provider, *, strict: bool
) -> tuple[Connection, Credential, NewKey]:
    """Create a connection with its first API key, which is in the result and nowhere else. Raises Refused."""
    organization = (await organization_named(database, organization_name)).organization
    now, actor = world.clock(), world.actor()
    id = new_public_id(organization, world.random)
    key = new_key(organization, world.random)

    async def operation(administration: Administration) -> tuple[Connection, Credential]:
        owner = await administration.next_owner()
        connection = Connection(organization, id, owner, provider, strict, now)
        await administration.add_connection(connection)
        after = dump({"provider": provider, "strict": strict})
        await administration.record(Change(now, actor, Operation.CREATE, "Connection", id, 1, None, after))
        return connection, await issue(administration, actor, connection, key, now)

    connection, credential = await database.administer(organization, operation)
    return connection, credential, key


async def connection_by_id(database: Database, id: str) -> Connection:
    """Return a connection. Raises Refused."""
    organization = organization_of(id)
    found = await database.connection(organization, id) if organization is not None else None
    if found is None:
        raise Missing(f"There is no connection with the id {id!r}; `muster connection list` shows them.")
    return found
