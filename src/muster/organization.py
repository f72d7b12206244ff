"""`muster organization`: the customers of the platform."""

from __future__ import annotations

import click
import orjson

from muster.bootstrap import world
from muster.command_line import Shown, carry_out, common, is_there, settings_of, show
from muster.directory.enforcement import set_enforced
from muster.directory.identifiers import routing_part
from muster.directory.organizations import (
    Settling,
    create_organization,
    organization_named,
    settle_organization,
)
from muster.directory.ports import Database
from muster.directory.records import Organization
from muster.directory.registers.local_accounts import LocalAccount
from muster.scim.value import moment


@click.group()
def organization() -> None:
    """The customers of the platform."""


@organization.command("create")
@click.argument("name")
@common
def create(name: str, database: str | None, as_json: bool) -> None:
    """Create the organization NAME."""
    settings = settings_of(database=database)
    new = not is_there(settings)
    made = carry_out(settings, lambda database: create_organization(database, world(), name), create=True)
    if new:
        click.echo(f"There was no database at {settings.database_path.absolute()}; it is made now.", err=True)
    number = routing_part(made.organization)
    show({"organization": made.name, "id": number, "created": moment(made.created)}, as_json)


@organization.command("list")
@common
def list_(database: str | None, as_json: bool) -> None:
    """List all organizations."""

    async def work(database: Database) -> list[Shown]:
        return [_shown(found) for found in await database.organizations()]

    show(carry_out(settings_of(database=database), work), as_json)


@organization.command("show")
@click.argument("name")
@common
def show_(name: str, database: str | None, as_json: bool) -> None:
    """Show the organization NAME with what is settled for it."""
    found = carry_out(settings_of(database=database), lambda database: organization_named(database, name))
    show(_shown(found), as_json)


@organization.command("settings")
@click.argument("name")
@click.option("--log-days", type=int, metavar="DAYS", help="How long its request log is kept.")
@click.option(
    "--redact",
    "redacted",
    multiple=True,
    metavar="ATTRIBUTE",
    help="What its log leaves out, all of it anew.",
)
@click.option("--redact-nothing", is_flag=True, help="Its log leaves nothing out.")
@click.option(
    "--administrators", metavar="PERMISSION", help='The permission that its administrators have; "": none.'
)
@common
def settings(
    name: str,
    log_days: int | None,
    redacted: tuple[str, ...],
    redact_nothing: bool,
    administrators: str | None,
    database: str | None,
    as_json: bool,
) -> None:
    """Change what is settled for the organization NAME; what is not named stays as it is."""
    if redacted and redact_nothing:
        raise click.UsageError("--redact and --redact-nothing do not go together.")
    named = redacted or (() if redact_nothing else None)
    settling = Settling(log_days=log_days, redacted=named, administrators=administrators)
    if settling == Settling():
        raise click.UsageError("Name what to change.")
    _settle(name, settling, database, as_json)


@organization.command("rename")
@click.argument("name")
@click.argument("new")
@common
def rename(name: str, new: str, database: str | None, as_json: bool) -> None:
    """Call the organization NAME by a NEW name, which no other one has; its ids, keys and addresses stay."""
    _settle(name, Settling(name=new), database, as_json)


@organization.command("disable")
@click.argument("name")
@common
def disable(name: str, database: str | None, as_json: bool) -> None:
    """Disable the organization NAME: its management keys open nothing with the next request."""
    _settle(name, Settling(disabled=True), database, as_json)


@organization.command("enable")
@click.argument("name")
@common
def enable(name: str, database: str | None, as_json: bool) -> None:
    """Enable the organization NAME again."""
    _settle(name, Settling(disabled=False), database, as_json)


def _settle(name: str, settling: Settling, database: str | None, as_json: bool) -> None:
    async def work(database: Database) -> Shown:
        found = await organization_named(database, name)
        return _shown(await settle_organization(database, world(), found.organization, settling))

    show(carry_out(settings_of(database=database), work), as_json)


@organization.command("enforce")
@click.argument("name")
@click.option("--off", is_flag=True, help="Cease: accounts may appear without a connection again.")
@common
def enforce(name: str, off: bool, database: str | None, as_json: bool) -> None:
    """Let accounts of the organization NAME come from its connections alone; list those that are local already."""

    async def work(database: Database) -> list[Shown]:
        number = (await organization_named(database, name)).organization
        settled, local = await set_enforced(database, world(), number, enforced=not off)
        kept = [_account(account) for account in local]
        return [_shown(settled) | {"local_accounts": kept if as_json else len(kept)}, *kept]

    first, *kept = carry_out(settings_of(database=database), work)
    show(first if as_json else [first, *kept], as_json)


def _account(account: LocalAccount) -> Shown:
    return {"account": account.id, "user_name": account.user_name, "status": account.status}


def _shown(found: Organization) -> Shown:
    return {
        "organization": found.name,
        "id": routing_part(found.organization),
        "created": moment(found.created),
        "disabled": None if found.disabled is None else moment(found.disabled),
        "enforce_provisioning": found.enforced,
        "log_days": found.log_days,
        "redacted": orjson.loads(found.redacted),
        "administrators": found.administrators,
    }
