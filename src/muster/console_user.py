"""`muster console-user`: who may sign in to the console."""

from __future__ import annotations

from typing import get_args

import click

from muster.bootstrap import invitation_address, world
from muster.command_line import Shown, carry_out, common, settings_of, show
from muster.directory.console_users import console_users, invite
from muster.directory.disabling import revoke_invitation, set_disabled
from muster.directory.identifiers import PLATFORM, organization_of
from muster.directory.left_behind import REVOKE, Left, left_behind
from muster.directory.organizations import Missing, organization_named
from muster.directory.ports import Database
from muster.directory.registers.console import ConsoleUser, Invitation, Role
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
        users, _ = await console_users(database, world(), await _number(database, organization_name))
        return [_shown(user) for user in users]

    show(carry_out(settings_of(database=database), work), as_json)


@console_user.command("disable")
@click.argument("id")
@click.option(
    "--last", is_flag=True, help="Also the last operator: nobody has the console of the platform then."
)
@common
def disable(id: str, last: bool, database: str | None, as_json: bool) -> None:
    """Let ID sign in no more; sessions and unused invitations end at once, and what lives on is named."""

    async def work(database: Database) -> tuple[Shown, list[Shown]]:
        user = await set_disabled(database, world(), _organization_of(id), id, disabled=True, last=last)
        return _shown(user), [_left(each) for each in await left_behind(database, world(), user)]

    user, lives_on = carry_out(settings_of(database=database), work)
    if as_json:
        show(user | {"lives_on": lives_on}, as_json)
    else:
        show([user, *lives_on], as_json)


@console_user.command("enable")
@click.argument("id")
@common
def enable(id: str, database: str | None, as_json: bool) -> None:
    """Let ID sign in again."""

    async def work(database: Database) -> Shown:
        return _shown(await set_disabled(database, world(), _organization_of(id), id, disabled=False))

    show(carry_out(settings_of(database=database), work), as_json)


@console_user.command("invitations")
@_organization
@common
def invitations(organization_name: str | None, database: str | None, as_json: bool) -> None:
    """List the invitations that may still be used, with who made them."""

    async def work(database: Database) -> list[Shown]:
        _, found = await console_users(database, world(), await _number(database, organization_name))
        return [_invited(invitation) for invitation in found]

    show(carry_out(settings_of(database=database), work), as_json)


@console_user.command("revoke-invitation")
@click.argument("id")
@common
def revoke_invitation_(id: str, database: str | None, as_json: bool) -> None:
    """Revoke the invitation ID that nobody has used; its link opens nothing from now on."""
    carry_out(
        settings_of(database=database),
        lambda database: revoke_invitation(database, world(), _organization_of(id), id),
    )
    show({"id": id, "revoked": True}, as_json)


def _organization_of(id: str) -> int:
    """Return the organization that an id is of. Raises Missing."""
    organization = organization_of(id)
    if organization is None:
        raise Missing(
            "This is no id; `muster console-user list` and `muster console-user invitations` show them."
        )
    return organization


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


def _invited(invitation: Invitation) -> Shown:
    return {
        "id": invitation.id,
        "role": invitation.role,
        "created": moment(invitation.created),
        "created_by": invitation.created_by,
        "expires_at": moment(invitation.expires),
    }


def _left(left: Left) -> Shown:
    return {
        "lives_on": left.kind,
        "id": left.id,
        "name": left.name,
        "expires": moment(left.expires) if left.expires else None,
        "end_it_with": f"{REVOKE[left.kind]} {left.id}",
    }
