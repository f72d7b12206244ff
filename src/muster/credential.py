"""`muster credential`: what the connections authenticate with, API keys and keys of service accounts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol, TypeVar

import click

from muster.bootstrap import now, world
from muster.command_line import Shown, carry_out, common, settings_of, show
from muster.directory.connections import connection_by_id
from muster.directory.credentials import (
    create_credential,
    credential_by_id,
    list_credentials,
    prefix_of,
    revoke_credential,
    rotate_credential,
    status,
)
from muster.directory.identifiers import PLATFORM, NewKey, NewPair, organization_of
from muster.directory.lifetime import OVERLAP, lifetime
from muster.directory.listing import whole_list
from muster.directory.ports import Database
from muster.directory.records import Credential
from muster.directory.registers.api_keys import Position
from muster.directory.registers.credentials import KnownCredential, Of
from muster.scim.value import moment


class OfConnection(Protocol):
    """What a connection has several of, in the order of when they were made."""

    @property
    def id(self) -> str:
        """Return its public id."""

    @property
    def created(self) -> int:
        """Return when it was made."""


R = TypeVar("R", bound=OfConnection)
Part = Callable[[Database, int, str | None, Position | None, int], Awaitable[Sequence[R]]]
"""Return up to so many of a connection of an organization, behind a position."""

ttl_option = click.option(
    "--ttl", default="365d", metavar="TIME", help="How long it lives: from 1h to 365d (365d)."
)
overlap_option = click.option(
    "--overlap",
    metavar="TIME",
    help="How long the old one lives on beside it: at most 7d; else it ends at once.",
)


@click.group()
def credential() -> None:
    """What connections authenticate with."""


@credential.command("create")
@click.option("--connection", "connection_id", required=True, metavar="ID")
@ttl_option
@common
def create(connection_id: str, ttl: str, database: str | None, as_json: bool) -> None:
    """Create one more API key of a connection; it is shown this once."""

    async def work(database: Database) -> tuple[Credential, NewKey]:
        found, life = await connection_by_id(database, connection_id), lifetime(ttl)
        return await create_credential(database, world(), found, life)

    show(made_shown(*carry_out(settings_of(database=database), work)), as_json)


@credential.command("list")
@click.option("--connection", "connection_id", required=True, metavar="ID")
@common
def list_(connection_id: str, database: str | None, as_json: bool) -> None:
    """List the credentials of a connection; what proves them is not kept."""

    async def work(database: Database) -> list[Shown]:
        found = await connection_by_id(database, connection_id)
        return await listed(database, found.organization, Of(connection=found.id))

    show(carry_out(settings_of(database=database), work), as_json)


@credential.command("show")
@click.argument("id")
@common
def show_(id: str, database: str | None, as_json: bool) -> None:
    """Show the credential ID: its life, who made it, and when it was last used."""

    async def work(database: Database) -> Shown:
        return known_shown(await credential_by_id(database, organization_of(id) or PLATFORM, id))

    show(carry_out(settings_of(database=database), work), as_json)


@credential.command("rotate")
@click.argument("id")
@overlap_option
@common
def rotate(id: str, overlap: str | None, database: str | None, as_json: bool) -> None:
    """Replace the credential ID by a new one of the same kind; the old one is dead at once, or after the overlap."""
    show(carry_out(settings_of(database=database), lambda database: rotated(database, id, overlap)), as_json)


@credential.command("revoke")
@click.argument("id")
@common
def revoke(id: str, database: str | None, as_json: bool) -> None:
    """Revoke the credential ID; it is dead at once."""
    carry_out(settings_of(database=database), lambda database: revoked(database, id))
    show({"credential_id": id, "revoked": True}, as_json)


async def rotated(database: Database, id: str, overlap: str | None) -> Shown:
    """Rotate a credential of either kind; return what is shown of the new one. Raises Refused."""
    over = None if overlap is None else lifetime(overlap, OVERLAP)
    organization = organization_of(id) or PLATFORM
    new, made, old_ends = await rotate_credential(database, world(), organization, id, over)
    return made_shown(new, made) | {"replaces": id, "old_ends": moment(old_ends)}


async def revoked(database: Database, id: str) -> None:
    """Revoke a credential of either kind. Raises Refused."""
    await revoke_credential(database, world(), organization_of(id) or PLATFORM, id)


async def listed(database: Database, organization: int, of: Of) -> list[Shown]:
    """Return what is shown of all credentials of a connection or service account."""
    found = await whole_list(
        lambda after, limit: list_credentials(database, organization, of, after, limit),
        lambda known: (known.credential.created, known.credential.id),
    )
    return [known_shown(known) for known in found]


async def listed_of(
    database: Database, connection_id: str, part: Part[R], shown: Callable[[R], Shown]
) -> list[Shown]:
    """Return what is shown of everything of one kind that a connection has. Raises Refused: there is no such one."""
    connection = await connection_by_id(database, connection_id)
    found = await whole_list(
        lambda after, limit: part(database, connection.organization, connection.id, after, limit),
        lambda one: (one.created, one.id),
    )
    return [shown(one) for one in found]


def made_shown(found: Credential, made: NewKey | NewPair) -> Shown:
    """Return what is shown of a new credential, this once: what proves it too."""
    if isinstance(made, NewKey):
        proof = {"credential_id": made.id, "api_key": made.api_key}
    else:
        proof = {"key_id": made.id, "secret": made.secret}
    return {**proof, "expires_at": moment(found.expires)}


def known_shown(known: KnownCredential) -> Shown:
    """Return what is shown of a credential at any time."""
    found, used = known.credential, known.used
    return {
        "credential_id": found.id,
        "kind": found.kind,
        "service_account": found.service_account,
        "prefix": prefix_of(found),
        "last_four": found.last_four,
        "created": moment(found.created),
        "created_by": found.created_by,
        "expires_at": moment(found.expires),
        "status": status(found, now()),
        "replaced_until": None if found.overlap is None else moment(found.ends),
        "last_used": None if used is None else moment(used.time),
        "last_used_address": None if used is None else used.address,
        "last_used_user_agent": None if used is None else used.user_agent,
    }
