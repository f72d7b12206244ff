"""What somebody who may sign in no more has made, and what lives on: keys, setup links, people they invited.

Law: what was made with something that they made is theirs too, such as the credentials of a setup link. What an
operator made is looked for in every organization, what anybody else made in their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

from muster.directory.api_keys import list_every_api_key
from muster.directory.credentials import list_credentials, status
from muster.directory.identifiers import PLATFORM
from muster.directory.listing import whole_list
from muster.directory.ports import Database
from muster.directory.registers.api_keys import Position
from muster.directory.registers.console import ConsoleUser
from muster.directory.registers.credentials import KnownCredential, Of
from muster.directory.registers.setup_links import SetupLink
from muster.directory.setup_links import link_status, list_setup_links
from muster.directory.world import World

Kind = Literal["management key", "setup link", "credential", "console user"]


class Left(NamedTuple):
    """One thing that lives on; `name` is what it is known by, `connection` and `expires` are None where it has none."""

    kind: Kind
    organization: int
    id: str
    name: str
    connection: str | None
    expires: int | None


class _Made(NamedTuple):
    created: int
    created_by: str
    alive: bool
    left: Left


REVOKE: Final[dict[Kind, str]] = {
    "management key": "muster api-key revoke",
    "setup link": "muster setup-link revoke",
    "credential": "muster credential revoke",
    "console user": "muster console-user disable",
}
"""The command that ends one, before its id."""


async def left_behind(database: Database, world: World, user: ConsoleUser) -> Sequence[Left]:
    """Return what a console user has made, directly or by what they made, and that still opens something."""
    everywhere = await database.organizations() if user.organization == PLATFORM else []
    makers = {user.id}
    found: list[Left] = []
    for organization in [user.organization, *(each.organization for each in everywhere)]:
        for made in sorted(await _made(database, world.clock(), organization), key=_age):
            if made.created_by in makers:
                found += [made.left] if made.alive else []
                if made.left.kind != "console user":  # what others have made is theirs
                    makers.add(made.left.id)
    return found


def _age(made: _Made) -> int:
    return made.created


async def _made(database: Database, now: int, organization: int) -> list[_Made]:
    """Return all that somebody has made in an organization and that lets in."""
    found = await _people(database, organization)
    for key in await list_every_api_key(database, organization):
        left = Left("management key", organization, key.id, key.name, None, key.expires)
        found.append(_Made(key.created, key.created_by, key.revoked is None and now < key.expires, left))
    if organization == PLATFORM:
        return found
    return found + await _of_connections(database, now, organization)


async def _people(database: Database, organization: int) -> list[_Made]:
    users = await database.consult(organization, lambda registers: registers.console_users.all())
    return [
        _Made(
            user.created,
            user.created_by,
            user.disabled is None,
            Left("console user", organization, user.id, user.name, None, None),
        )
        for user in users
    ]


async def _of_connections(database: Database, now: int, organization: int) -> list[_Made]:
    async def links(after: Position | None, limit: int) -> Sequence[SetupLink]:
        return await list_setup_links(database, organization, None, after, limit)

    async def credentials(after: Position | None, limit: int) -> Sequence[KnownCredential]:
        return await list_credentials(database, organization, Of(), after, limit)

    found: list[_Made] = []
    for link in await whole_list(links, lambda one: (one.created, one.id)):
        left = Left("setup link", organization, link.id, link.id, link.connection, link.expires)
        found.append(_Made(link.created, link.created_by, link_status(link, now) == "live", left))
    for known, *_ in await whole_list(credentials, lambda one: (one.credential.created, one.credential.id)):
        name = f"…{known.last_four}"
        left = Left("credential", organization, known.id, name, known.connection, known.ends)
        alive = status(known, now) in {"live", "replaced"}
        found.append(_Made(known.created, known.created_by or "", alive, left))
    return found
