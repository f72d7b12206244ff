"""Who sets a connection up: somebody signed in, or an IT admin who came with a setup link.

Law: what has become of a link is told to who has its whole address; to everybody else it is one that never was. A
session that began with a link is over with it, at the next request, and so it is with the connection or the
organization.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Final, Literal

from muster.directory.connections import missing
from muster.directory.identifiers import SETUP_LINK, key_hash, key_id, organization_of
from muster.directory.ports import Database
from muster.directory.records import Connection, Organization
from muster.directory.registers.connections import Activity
from muster.directory.registers.registers import Registers
from muster.directory.registers.setup_links import SetupLink
from muster.directory.setup_links import link_status
from muster.directory.world import World

Ending = Literal["used", "expired", "revoked", "unknown"]

_NO_HASH: Final = bytes(32)


class LinkOver(Exception):
    """A setup link, or a session that began with it, opens nothing; `ending` is why, `link` None where unknown."""

    def __init__(self, ending: Ending, link: SetupLink | None = None) -> None:
        super().__init__(ending)
        self.ending = ending
        self.link = link


@dataclass(frozen=True, slots=True)
class Setting:
    """A connection that is being set up, in its organization, and what came in through it.

    `link` is the setup link that the visitor came with, None for who is signed in.
    """

    organization: Organization
    connection: Connection
    activity: Activity | None
    link: SetupLink | None = None


async def link_with(database: Database, world: World, secret: str) -> SetupLink:
    """Return the setup link that the end of an address opens now, and leave it as it is. Raises LinkOver."""
    id = key_id(secret, SETUP_LINK)
    organization = organization_of(id) if id else None
    if id is None or organization is None:
        raise LinkOver("unknown")
    link = await database.consult(organization, lambda registers: registers.setup_links.get(id))
    if not hmac.compare_digest(link.hash if link else _NO_HASH, key_hash(secret)) or link is None:
        raise LinkOver("unknown")
    _check(link, world.clock(), begun=False)
    return link


async def setting_of(database: Database, organization: int, connection: str) -> Setting:
    """Return the set-up of a connection for somebody who is signed in. Raises Missing."""

    async def operation(registers: Registers) -> Setting | None:
        return await _setting(registers, connection)

    found = await database.consult(organization, operation)
    if found is None:
        raise missing()
    return found


async def setting_with(database: Database, world: World, organization: int, link: str) -> Setting:
    """Return the set-up that a session with this setup link is for. Raises LinkOver."""

    async def operation(registers: Registers) -> tuple[SetupLink | None, Setting | None]:
        followed = await registers.setup_links.get(link)
        return followed, await _setting(registers, followed.connection, followed) if followed else None

    followed, setting = await database.consult(organization, operation)
    if followed is None:
        raise LinkOver("unknown")
    _check(followed, world.clock(), begun=True)
    if setting is None or setting.organization.disabled is not None:
        raise LinkOver("revoked", followed)
    return setting


async def inviter_of(database: Database, link: SetupLink) -> str | None:
    """Return the name of who made a setup link, where that is a console user of the organization."""
    maker = await database.consult(
        link.organization, lambda registers: registers.console_users.get(link.created_by)
    )
    return maker.name if maker else None


def _check(link: SetupLink, now: int, *, begun: bool) -> None:
    """Raise LinkOver for a link that opens nothing; a session that it has `begun` outlives its only use."""
    match link_status(link, now):
        case "used":
            if not begun:
                raise LinkOver("used", link)
            if link.expires <= now:
                raise LinkOver("expired", link)
        case "expired":
            raise LinkOver("expired", link)
        case "revoked":
            raise LinkOver("revoked", link)


async def _setting(registers: Registers, connection: str, link: SetupLink | None = None) -> Setting | None:
    organization = await registers.organization.get()
    used = await registers.connections.get(connection)
    if organization is None or used is None:
        return None
    return Setting(organization, used.connection, used.activity, link)
