"""The program: `muster serve` and the commands of administration.

Law: a command is a thin layer over a use case; errors are one line on stderr, exit code 2 for usage, else 1.
"""

from __future__ import annotations

import click

from muster import __version__
from muster.account import account
from muster.alert import alert
from muster.api_key import api_key
from muster.change import change
from muster.chores import chores
from muster.command_line import Program, settings_of
from muster.connection import connection
from muster.console_user import console_user
from muster.credential import credential
from muster.demo import demo
from muster.directory.failures import StoreError
from muster.domain import domain
from muster.mapping import mapping
from muster.organization import organization
from muster.request_log import log
from muster.role import role
from muster.schema import schema
from muster.secret_key import secret_key
from muster.serve import announce, check_address, run
from muster.service_account import service_account
from muster.setup_link import setup_link
from muster.simulate import simulate
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
main.add_command(simulate)
main.add_command(demo)
main.add_command(credential)
main.add_command(service_account)
main.add_command(setup_link)
