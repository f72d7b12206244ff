"""The program: `muster serve` and the commands of administration.

Law: a command is a thin layer over a use case; errors are one line on stderr, exit code 2 for usage, else 1.
"""

from __future__ import annotations

from datetime import UTC, datetime

import click

from muster import __version__
from muster.account import account
from muster.alert import alert
from muster.api_key import api_key
from muster.bootstrap import world
from muster.change import change
from muster.chores import chores
from muster.command_line import Program, Shown, carry_out, common, settings_of, show
from muster.connection import connection, key_shown
from muster.console_user import console_user
from muster.directory.connections import connection_by_id
from muster.directory.credentials import create_credential, revoke_credential, rotate_credential
from muster.directory.failures import StoreError
from muster.directory.identifiers import NewKey
from muster.directory.ports import Database
from muster.directory.records import Credential
from muster.domain import domain
from muster.mapping import mapping
from muster.organization import organization
from muster.request_log import log
from muster.role import role
from muster.schema import schema
from muster.scim.value import moment
from muster.secret_key import secret_key
from muster.serve import announce, check_address, run
from muster.transfer import copy
from muster.upkeep import backup, migrate, restore
from muster.user import user


@click.group(cls=Program, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="muster")
def main() -> None:
    """Muster receives users and groups from identity providers over SCIM 2.0."""


@main.command()
@click.option("--host", metavar="ADDRESS", help="The address to listen on (MUSTER_HOST; 127.0.0.1).")
@click.option("--port", type=int, help="The port to listen on (MUSTER_PORT; 8080).")
@click.option(
    "--database", metavar="URL", help="sqlite:///path or postgresql://user@host/name (MUSTER_DATABASE)."
)
@click.option("--workers", type=int, help="Server processes, on PostgreSQL (MUSTER_WORKERS; 1).")
@click.option(
    "--public-url", metavar="URL", help="The address that the world knows us by (MUSTER_PUBLIC_URL)."
)
def serve(
    host: str | None, port: int | None, database: str | None, workers: int | None, public_url: str | None
) -> None:
    """Serve SCIM from one SQLite file, which is created if need be, or from a PostgreSQL database."""
    settings = settings_of(host=host, port=port, database=database, workers=workers, public_url=public_url)
    check_address(settings)
    try:
        announce(settings)
    except StoreError as error:
        raise click.ClickException(str(error)) from None
    run(settings)


main.add_command(backup)
main.add_command(copy)
main.add_command(restore)
main.add_command(migrate)
main.add_command(secret_key)
main.add_command(organization)
main.add_command(api_key)
main.add_command(connection)
main.add_command(domain)
main.add_command(schema)
main.add_command(chores)
main.add_command(console_user)
main.add_command(log)
main.add_command(user)
main.add_command(account)
main.add_command(role)
main.add_command(mapping)
main.add_command(change)
main.add_command(alert)


@main.group()
def credential() -> None:
    """The API keys of connections."""


@credential.command("create")
@click.option("--connection", "connection_id", required=True, metavar="ID")
@common
def credential_create(connection_id: str, database: str | None, as_json: bool) -> None:
    """Create one more API key of a connection; it is shown this once."""

    async def work(database: Database) -> tuple[Credential, NewKey]:
        return await create_credential(database, world(), await connection_by_id(database, connection_id))

    show(key_shown(*carry_out(settings_of(database=database), work)), as_json)


@credential.command("list")
@click.option("--connection", "connection_id", required=True, metavar="ID")
@common
def credential_list(connection_id: str, database: str | None, as_json: bool) -> None:
    """List the API keys of a connection; the keys themselves are not kept."""

    async def work(database: Database) -> list[Shown]:
        found = await connection_by_id(database, connection_id)
        listed = await database.credentials(found.organization, found.id)
        return [_credential(each) for each in listed]

    show(carry_out(settings_of(database=database), work), as_json)


@credential.command("rotate")
@click.argument("id")
@common
def credential_rotate(id: str, database: str | None, as_json: bool) -> None:
    """Replace the API key ID by a new one; the old one is dead at once."""
    rotated = carry_out(
        settings_of(database=database), lambda database: rotate_credential(database, world(), id)
    )
    show(key_shown(*rotated), as_json)


@credential.command("revoke")
@click.argument("id")
@common
def credential_revoke(id: str, database: str | None, as_json: bool) -> None:
    """Revoke the API key ID; it is dead at once."""
    carry_out(settings_of(database=database), lambda database: revoke_credential(database, world(), id))
    show({"credential_id": id, "revoked": True}, as_json)


def _credential(found: Credential) -> Shown:
    return {
        "credential_id": found.id,
        "last_four": found.last_four,
        "created": moment(found.created),
        "expires_at": moment(found.expires),
        "status": _status(found),
    }


def _status(found: Credential) -> str:
    if found.revoked is not None:
        return "revoked"
    return "live" if datetime.now(UTC).timestamp() * 1_000_000 < found.expires else "expired"
