"""`muster service-account`: what speaks SCIM with a key id and a secret, for IdPs that want HTTP Basic."""

from __future__ import annotations

import click

from muster.bootstrap import world
from muster.command_line import Shown, carry_out, common, settings_of, show
from muster.credential import listed, listed_of, made_shown, overlap_option, revoked, rotated, ttl_option
from muster.directory.connections import connection_by_id
from muster.directory.identifiers import PLATFORM, organization_of
from muster.directory.lifetime import lifetime
from muster.directory.ports import Database
from muster.directory.registers.credentials import Of
from muster.directory.registers.service_accounts import ServiceAccount
from muster.directory.service_accounts import (
    create_service_account,
    create_service_account_key,
    delete_service_account,
    list_service_accounts,
    service_account_by_id,
)
from muster.scim.value import moment


@click.group("service-account")
def service_account() -> None:
    """What speaks SCIM with a key id and a secret."""


@service_account.command("create")
@click.option("--connection", "connection_id", required=True, metavar="ID")
@click.option("--name", required=True, metavar="NAME")
@click.option("--description", default="", metavar="TEXT", help="What it is for.")
@ttl_option
@common
def create(
    connection_id: str, name: str, description: str, ttl: str, database: str | None, as_json: bool
) -> None:
    """Create a service account with its first key, whose secret is shown this once."""

    async def work(database: Database) -> Shown:
        found, life = await connection_by_id(database, connection_id), lifetime(ttl)
        made = await create_service_account(database, world(), found, name, description, life)
        return _shown(made[0]) | made_shown(*made[1:])

    show(carry_out(settings_of(database=database), work), as_json)


@service_account.command("list")
@click.option("--connection", "connection_id", required=True, metavar="ID")
@common
def list_(connection_id: str, database: str | None, as_json: bool) -> None:
    """List the service accounts of a connection."""
    show(
        carry_out(
            settings_of(database=database),
            lambda database: listed_of(database, connection_id, list_service_accounts, _shown),
        ),
        as_json,
    )


@service_account.command("delete")
@click.argument("id")
@common
def delete(id: str, database: str | None, as_json: bool) -> None:
    """Delete the service account ID; all its keys are dead at once."""
    keys = carry_out(
        settings_of(database=database),
        lambda database: delete_service_account(database, world(), organization_of(id) or PLATFORM, id),
    )
    show({"id": id, "deleted": True, "keys_revoked": keys}, as_json)


@service_account.group()
def key() -> None:
    """The keys of service accounts."""


@key.command("create")
@click.argument("id")
@ttl_option
@common
def key_create(id: str, ttl: str, database: str | None, as_json: bool) -> None:
    """Create one more key of the service account ID; its secret is shown this once."""

    async def work(database: Database) -> Shown:
        organization, life = organization_of(id) or PLATFORM, lifetime(ttl)
        return made_shown(*await create_service_account_key(database, world(), organization, id, life))

    show(carry_out(settings_of(database=database), work), as_json)


@key.command("list")
@click.argument("id")
@common
def key_list(id: str, database: str | None, as_json: bool) -> None:
    """List the keys of the service account ID; their secrets are not kept."""

    async def work(database: Database) -> list[Shown]:
        found = await service_account_by_id(database, organization_of(id) or PLATFORM, id)
        return await listed(database, found.organization, Of(service_account=id))

    show(carry_out(settings_of(database=database), work), as_json)


@key.command("rotate")
@click.argument("key_id")
@overlap_option
@common
def key_rotate(key_id: str, overlap: str | None, database: str | None, as_json: bool) -> None:
    """Replace the key KEY_ID by a new one; the old one is dead at once, or after the overlap."""
    show(
        carry_out(settings_of(database=database), lambda database: rotated(database, key_id, overlap)),
        as_json,
    )


@key.command("revoke")
@click.argument("key_id")
@common
def key_revoke(key_id: str, database: str | None, as_json: bool) -> None:
    """Revoke the key KEY_ID; it is dead at once."""
    carry_out(settings_of(database=database), lambda database: revoked(database, key_id))
    show({"key_id": key_id, "revoked": True}, as_json)


def _shown(account: ServiceAccount) -> Shown:
    return {
        "id": account.id,
        "connection": account.connection,
        "name": account.name,
        "description": account.description,
        "role": account.role,
        "created": moment(account.created),
        "created_by": account.created_by,
    }
