"""`muster api-key`: the management keys, which open the management API. The first one comes from here."""

from __future__ import annotations

from typing import get_args

import click

from muster.bootstrap import now, world
from muster.command_line import Shown, carry_out, common, settings_of, show
from muster.directory.api_keys import (
    create_api_key,
    list_every_api_key,
    revoke_api_key,
    rotate_api_key,
)
from muster.directory.identifiers import PLATFORM, NewKey, organization_of, routing_part
from muster.directory.lifetime import lifetime
from muster.directory.organizations import organization_named
from muster.directory.ports import Database
from muster.directory.registers.api_keys import ApiKey, ManagementScope
from muster.scim.value import moment

_organization = click.option(
    "--organization", "organization_name", metavar="NAME", help="Of one organization; else of the platform."
)


@click.group("api-key")
def api_key() -> None:
    """The keys of the management API."""


@api_key.command("create")
@click.argument("name")
@_organization
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    default=["read"],
    type=click.Choice(get_args(ManagementScope)),
    help="What it may: read, or write, which includes reading.",
)
@click.option("--ttl", default="90d", metavar="TIME", help="How long it lives: from 1h to 365d (90d).")
@common
def create(
    name: str,
    organization_name: str | None,
    scopes: tuple[ManagementScope, ...],
    ttl: str,
    database: str | None,
    as_json: bool,
) -> None:
    """Create the management key NAME; it is shown this once."""

    async def work(database: Database) -> Shown:
        organization, life = await _number(database, organization_name), lifetime(ttl)
        return _made(*await create_api_key(database, world(), organization, name, scopes, life))

    show(carry_out(settings_of(database=database), work), as_json)


@api_key.command("list")
@_organization
@common
def list_(organization_name: str | None, database: str | None, as_json: bool) -> None:
    """List the management keys of an organization or of the platform; the keys themselves are not kept."""

    async def work(database: Database) -> list[Shown]:
        organization = await _number(database, organization_name)
        return [_shown(key) for key in await list_every_api_key(database, organization)]

    show(carry_out(settings_of(database=database), work), as_json)


@api_key.command("rotate")
@click.argument("id")
@common
def rotate(id: str, database: str | None, as_json: bool) -> None:
    """Replace the management key ID by a new one; the old one is dead at once."""

    async def work(database: Database) -> Shown:
        return _made(*await rotate_api_key(database, world(), organization_of(id) or PLATFORM, id))

    show(carry_out(settings_of(database=database), work), as_json)


@api_key.command("revoke")
@click.argument("id")
@common
def revoke(id: str, database: str | None, as_json: bool) -> None:
    """Revoke the management key ID; it is dead at once."""

    async def work(database: Database) -> Shown:
        return _shown(await revoke_api_key(database, world(), organization_of(id) or PLATFORM, id))

    show(carry_out(settings_of(database=database), work), as_json)


async def _number(database: Database, name: str | None) -> int:
    return PLATFORM if name is None else (await organization_named(database, name)).organization


def _made(key: ApiKey, made: NewKey) -> Shown:
    return _shown(key) | {"api_key": made.api_key}


def _shown(key: ApiKey) -> Shown:
    return {
        "id": key.id,
        "name": key.name,
        "organization": None if key.organization == PLATFORM else routing_part(key.organization),
        "scopes": ", ".join(key.scopes),
        "last_four": key.last_four,
        "created": moment(key.created),
        "created_by": key.created_by,
        "expires_at": moment(key.expires),
        "status": _status(key),
        "last_used": None if key.used is None else moment(key.used.time),
        "last_used_address": None if key.used is None else key.used.address,
        "last_used_user_agent": None if key.used is None else key.used.user_agent,
    }


def _status(key: ApiKey) -> str:
    if key.revoked is not None:
        return "revoked"
    return "live" if now() < key.expires else "expired"
