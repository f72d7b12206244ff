"""Setup links: addresses that let an IT admin set up one connection, for a while, without an account.

Law: the address is in the result of what made it, and nowhere else; what is kept of it is a hash. One that is revoked,
over, used up, or of an organization that is disabled, opens nothing. Following it does not tell why; whoever has the
whole address is told that where a set-up is begun (`setting_up`), and nobody else learns whether there was such a link.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from muster.directory.credentials import connection_in
from muster.directory.document import dump
from muster.directory.identifiers import SETUP_LINK, NewKey, key_hash, key_id, new_key, organization_of
from muster.directory.lifetime import LINK_LIFE
from muster.directory.organizations import Conflict, Missing
from muster.directory.ports import Administration, Database
from muster.directory.records import Change, Connection, Operation
from muster.directory.registers.api_keys import Position
from muster.directory.registers.setup_links import SetupLink
from muster.directory.world import World

USUAL_LIFE: Final = "7d"
_RESOURCE: Final = "SetupLink"
_NO_HASH: Final = bytes(32)


async def create_setup_link(
    database: Database, world: World, connection: Connection, life: int, *, once: bool
) -> tuple[SetupLink, NewKey]:
    """Create a setup link of a connection. Raises Refused: its life; Missing: the connection is gone."""
    now, actor, organization = world.clock(), world.actor(), connection.organization
    made = new_key(organization, world.random, SETUP_LINK)
    expires = now + LINK_LIFE.check(life)
    link = SetupLink(
        organization, made.id, connection.id, made.hash, now, world.author(), expires, once, None, None
    )

    async def operation(administration: Administration) -> None:
        await connection_in(administration, connection.id)
        await administration.registers.setup_links.add(link)
        after = dump({"connection": connection.id, "expires": expires, "once": once})
        await administration.record(Change(now, actor, Operation.CREATE, _RESOURCE, link.id, 1, None, after))

    await database.administer(organization, operation)
    return link, made


def address(public_url: str, made: NewKey) -> str:
    """Return the address of a new setup link; `public_url` is what the world knows us by, with no slash behind it."""
    return f"{public_url}/setup/{made.api_key}"


async def follow_setup_link(database: Database, world: World, secret: str) -> SetupLink | None:
    """Return the setup link that the end of an address opens now, or None; one that is for once is used up by it."""
    id = key_id(secret, SETUP_LINK)
    organization = organization_of(id) if id else None
    if id is None or organization is None:
        return None
    now = world.clock()

    async def operation(administration: Administration) -> SetupLink | None:
        links = administration.registers.setup_links
        link = await links.get(id)
        same = hmac.compare_digest(link.hash if link else _NO_HASH, key_hash(secret))
        if link is None or not same or not await _opens(administration, link, now):
            return None
        first = await links.use(id, now)
        return replace(link, used=now if first else link.used) if first or not link.once else None

    return await database.administer(organization, operation)


async def _opens(administration: Administration, link: SetupLink, now: int) -> bool:
    if link.revoked is not None or link.expires <= now or (link.once and link.used is not None):
        return False
    organization = await administration.registers.organization.get()
    if organization is None or organization.disabled is not None:
        return False
    connection = await administration.connection(link.connection)
    return connection is not None and connection.deleted is None


async def revoke_setup_link(database: Database, world: World, organization: int, id: str) -> SetupLink:
    """Revoke a setup link; it opens nothing from now on. Raises Missing; Conflict: it is revoked already."""
    now, actor = world.clock(), world.actor()

    async def operation(administration: Administration) -> SetupLink:
        link = _there(await administration.registers.setup_links.get(id))
        if not await administration.registers.setup_links.revoke(id, now):
            raise Conflict("This setup link is revoked already.")
        after = dump({"revoked": now})
        await administration.record(Change(now, actor, Operation.REVOKE, _RESOURCE, id, 2, None, after))
        return replace(link, revoked=now)

    return await database.administer(organization, operation)


async def setup_link_by_id(database: Database, organization: int, id: str) -> SetupLink:
    """Return a setup link. Raises Missing."""
    return _there(await database.consult(organization, lambda registers: registers.setup_links.get(id)))


async def list_setup_links(
    database: Database, organization: int, connection: str | None, after: Position | None, limit: int
) -> Sequence[SetupLink]:
    """Return up to `limit` setup links behind a position, oldest first, those that are over too."""
    return await database.consult(
        organization, lambda registers: registers.setup_links.list(connection, after, limit)
    )


def link_status(link: SetupLink, now: int) -> str:
    """Return what has become of a setup link: live, used (up), expired or revoked."""
    if link.revoked is not None:
        return "revoked"
    if link.once and link.used is not None:
        return "used"
    return "live" if now < link.expires else "expired"


def _there(found: SetupLink | None) -> SetupLink:
    if found is None:
        raise Missing("There is no setup link with this id.")
    return found
