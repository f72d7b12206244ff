"""`muster setup-link`: addresses that let an IT admin set up one connection without an account."""

from __future__ import annotations

import click

from muster.bootstrap import now, world
from muster.command_line import Shown, carry_out, common, settings_of, show
from muster.credential import listed_of
from muster.directory.connections import connection_by_id
from muster.directory.identifiers import PLATFORM, organization_of
from muster.directory.lifetime import LINK_LIFE, lifetime
from muster.directory.ports import Database
from muster.directory.registers.setup_links import SetupLink
from muster.directory.setup_links import (
    address,
    create_setup_link,
    link_status,
    list_setup_links,
    revoke_setup_link,
)
from muster.scim.value import moment


@click.group("setup-link")
def setup_link() -> None:
    """Addresses that let an IT admin set up one connection."""


@setup_link.command("create")
@click.option("--connection", "connection_id", required=True, metavar="ID")
@click.option("--ttl", default="7d", metavar="TIME", help="How long it lives: from 1h to 30d (7d).")
@click.option("--once", is_flag=True, help="It opens one time only.")
@common
def create(connection_id: str, ttl: str, once: bool, database: str | None, as_json: bool) -> None:
    """Create a setup link of a connection; its address is shown this once."""
    settings = settings_of(database=database)

    async def work(database: Database) -> Shown:
        found, life = await connection_by_id(database, connection_id), lifetime(ttl, LINK_LIFE)
        link, made = await create_setup_link(database, world(), found, life, once=once)
        return _shown(link) | {"url": address(settings.base, made)}

    show(carry_out(settings, work), as_json)


@setup_link.command("list")
@click.option("--connection", "connection_id", required=True, metavar="ID")
@common
def list_(connection_id: str, database: str | None, as_json: bool) -> None:
    """List the setup links of a connection; their addresses are not kept."""
    show(
        carry_out(
            settings_of(database=database),
            lambda database: listed_of(database, connection_id, list_setup_links, _shown),
        ),
        as_json,
    )


@setup_link.command("revoke")
@click.argument("id")
@common
def revoke(id: str, database: str | None, as_json: bool) -> None:
    """Revoke the setup link ID; it opens nothing from now on."""
    link = carry_out(
        settings_of(database=database),
        lambda database: revoke_setup_link(database, world(), organization_of(id) or PLATFORM, id),
    )
    show(_shown(link), as_json)


def _shown(link: SetupLink) -> Shown:
    return {
        "id": link.id,
        "connection": link.connection,
        "created": moment(link.created),
        "created_by": link.created_by,
        "expires_at": moment(link.expires),
        "once": link.once,
        "used": None if link.used is None else moment(link.used),
        "status": link_status(link, now()),
    }
