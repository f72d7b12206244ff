"""`muster console-user`: who may sign in to the console."""

from __future__ import annotations

from typing import get_args

import click

from muster.bootstrap import invitation_address, world
from muster.command_line import Shown, carry_out, common, settings_of, show
from muster.directory.console_users import console_users, invite, set_disabled
from muster.directory.identifiers import PLATFORM, organization_of
from muster.directory.organizations import Missing, organization_named
from muster.directory.ports import Database
from muster.directory.registers.console import ConsoleUser, Role
from muster.scim.value import moment

_organization = click.option(
    "--organization", "organization_name", metavar="NAME", help="Of one organization; else of the platform."
)


@click.group("console-user")
def console_user() -> None:
    """Who may sign in to the console."""


@console_user.command("invite")
@_organization
@click.option(
    "--role",
    type=click.Choice(get_args(Role)),
    help="operator (of the platform), admin or auditor (of an organization).",
)
@common
def invite_(organization_name: str | None, role: Role | None, database: str | None, as_json: bool) -> None:
    """Make a link that lets one person sign in from then on; it is shown this once, and good for 7 days."""
    settings = settings_of(database=database)
    wanted: Role = role or ("admin" if organization_name else "operator")

    async def work(database: Database) -> Shown:
        organization = await _number(database, organization_name)
        made, secret = await invite(database, world(), organization, wanted)
        return {
            "id": made.id,
            "role": made.role,
            "url": invitation_address(settings, secret),
            "expires_at": moment(made.expires),
        }

    show(carry_out(settings, work), as_json)


@console_user.command("list")
@_organization
@common
def list_(organization_name: str | None, database: str | None, as_json: bool) -> None:
    """List who may sign in."""

    async def work(database: Database) -> list[Shown]:
        users, _ = await console_users(database, await _number(database, organization_name))
        return [_shown(user) for user in users]

    show(carry_out(settings_of(database=database), work), as_json)


@console_user.command("disable")
@click.argument("id")
@common
def disable(id: str, database: str | None, as_json: bool) -> None:
    """Let ID sign in no more; what they are signed in with is over at once."""
    _set(id, database, as_json, disabled=True)


@console_user.command("enable")
@click.argument("id")
@common
def enable(id: str, database: str | None, as_json: bool) -> None:
    """Let ID sign in again."""
    _set(id, database, as_json, disabled=False)


def _set(id: str, database: str | None, as_json: bool, *, disabled: bool) -> None:
    async def work(database: Database) -> Shown:
        organization = organization_of(id)
        if organization is None:
            raise Missing("This is no id of a console user; `muster console-user list` shows them.")
        return _shown(await set_disabled(database, world(), organization, id, disabled=disabled))

    show(carry_out(settings_of(database=database), work), as_json)


async def _number(database: Database, name: str | None) -> int:
    return PLATFORM if name is None else (await organization_named(database, name)).organization


def _shown(user: ConsoleUser) -> Shown:
    return {
        "id": user.id,
        "name": user.name,
        "role": user.role,
        "created": moment(user.created),
        "signed_in": moment(user.signed_in) if user.signed_in else None,
        "disabled": user.disabled is not None,
    }
