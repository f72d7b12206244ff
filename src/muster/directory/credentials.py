"""API keys of a connection: issued, rotated, revoked. A revoked key is dead when the revoking command returns."""

from __future__ import annotations

from muster.directory.document import dump
from muster.directory.identifiers import NewKey, new_key, organization_of
from muster.directory.organizations import Conflict, Missing
from muster.directory.ports import Administration, Database
from muster.directory.records import Actor, Change, Connection, Credential, Operation
from muster.directory.world import World

LONGEST_LIFE = 365 * 24 * 3600 * 1_000_000
"""Microseconds; the schema holds the same bound (design law 7)."""


async def issue(
    administration: Administration, actor: Actor, connection: Connection, key: NewKey, now: int
) -> Credential:
    """Store a new API key of a connection, valid for 365 days, with its change; for use inside an operation."""
    credential = Credential(
        connection.organization, key.id, connection.id, key.hash, key.last_four, now, now + LONGEST_LIFE, None
    )
    await administration.add_credential(credential)
    after = dump({"connection": connection.id, "expires": credential.expires})
    await administration.record(Change(now, actor, Operation.CREATE, "Credential", key.id, 1, None, after))
    return credential


async def create_credential(
    database: Database, world: World, connection: Connection
) -> tuple[Credential, NewKey]:
    """Create one more API key of a connection."""
    key = new_key(connection.organization, world.random)
    now, actor = world.clock(), world.actor()

    async def operation(administration: Administration) -> Credential:
        return await issue(administration, actor, connection, key, now)

    return await database.administer(connection.organization, operation), key


async def rotate_credential(database: Database, world: World, id: str) -> tuple[Credential, NewKey]:
    """Replace an API key by a new one in one transaction: the old one is dead at once. Raises Refused."""
    organization = _organization(id)
    key = new_key(organization, world.random)
    now, actor = world.clock(), world.actor()

    async def operation(administration: Administration) -> Credential:
        old = await _live(administration, id)
        connection = await administration.connection(old.connection)
        if connection is None:
            raise Missing(f"The connection of {id!r} is gone.")
        await _revoke(administration, actor, id, now, Operation.ROTATE)
        return await issue(administration, actor, connection, key, now)

    return await database.administer(organization, operation), key


async def revoke_credential(database: Database, world: World, id: str) -> None:
    """Revoke an API key. Raises Refused when there is none, or it is revoked already."""
    now, actor = world.clock(), world.actor()

    async def operation(administration: Administration) -> None:
        await _live(administration, id)
        await _revoke(administration, actor, id, now, Operation.REVOKE)

    await database.administer(_organization(id), operation)


def _organization(id: str) -> int:
    organization = organization_of(id)
    if organization is None:
        raise _unknown(id)
    return organization


async def _live(administration: Administration, id: str) -> Credential:
    credential = await administration.credential(id)
    if credential is None:
        raise _unknown(id)
    if credential.revoked is not None:
        raise Conflict(f"The credential {id!r} is revoked already.")
    return credential


async def _revoke(
    administration: Administration, actor: Actor, id: str, now: int, operation: Operation
) -> None:
    await administration.revoke_credential(id, now)
    change = Change(now, actor, operation, "Credential", id, 2, None, dump({"revoked": now}))
    await administration.record(change)


def _unknown(id: str) -> Missing:
    return Missing(
        f"There is no credential with the id {id!r}; `muster credential list` shows a connection's."
    )
