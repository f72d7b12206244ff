"""`muster user`: the users of every source; the platform's own are made and changed here."""

from __future__ import annotations

from pathlib import Path

import click

from muster.bootstrap import world
from muster.command_line import (
    Shown,
    carry_out_in,
    common,
    in_organization,
    json_file,
    json_of,
    of_people,
    show,
)
from muster.directory.accounts import Asked
from muster.directory.local_users import (
    activate_local_user,
    create_local_user,
    delete_local_user,
    replace_local_user,
)
from muster.directory.ports import Database
from muster.directory.purge import purge as purge_for_good
from muster.directory.registers.roles import Place
from muster.directory.users import KnownUser, list_users
from muster.directory.users import user as user_of
from muster.scim.value import moment

_PART = 200


@click.group()
def user() -> None:
    """The users of an organization."""


@user.command("list")
@in_organization
@of_people
@common
def list_(
    organization_name: str,
    source: str | None,
    user_name: str | None,
    email: str | None,
    database: str | None,
    as_json: bool,
) -> None:
    """List the users of an organization, of every source."""
    asked = Asked(source, user_name=user_name, email=email)

    async def work(database: Database, organization: int) -> list[Shown]:
        found: list[KnownUser] = []
        while part := await list_users(database, organization, asked, _behind(found), _PART):
            found += part
        return [_shown(one) for one in found]

    show(carry_out_in(organization_name, database, work), as_json)


@user.command("show")
@in_organization
@click.argument("id")
@common
def show_(organization_name: str, id: str, database: str | None, as_json: bool) -> None:
    """Show the user ID with its attributes."""

    async def work(database: Database, organization: int) -> Shown:
        return _whole(await user_of(database, organization, id))

    show(carry_out_in(organization_name, database, work), as_json)


@user.command("create")
@in_organization
@json_file
@common
def create(organization_name: str, file: Path, database: str | None, as_json: bool) -> None:
    """Create a local user with the attributes in FILE, a JSON object as SCIM has it."""
    attributes = _attributes(file)

    async def work(database: Database, organization: int) -> Shown:
        return _whole(await create_local_user(database, world(), organization, attributes))

    show(carry_out_in(organization_name, database, work), as_json)


@user.command("replace")
@in_organization
@click.argument("id")
@json_file
@common
def replace(organization_name: str, id: str, file: Path, database: str | None, as_json: bool) -> None:
    """Give the local user ID the attributes in FILE instead of those it has."""
    attributes = _attributes(file)

    async def work(database: Database, organization: int) -> Shown:
        return _whole(await replace_local_user(database, world(), organization, id, attributes))

    show(carry_out_in(organization_name, database, work), as_json)


@user.command("deactivate")
@in_organization
@click.argument("id")
@common
def deactivate(organization_name: str, id: str, database: str | None, as_json: bool) -> None:
    """Deactivate the local user ID, and end everything that was issued to it."""

    async def work(database: Database, organization: int) -> Shown:
        return _whole(await activate_local_user(database, world(), organization, id, active=False))

    show(carry_out_in(organization_name, database, work), as_json)


@user.command("reactivate")
@in_organization
@click.argument("id")
@common
def reactivate(organization_name: str, id: str, database: str | None, as_json: bool) -> None:
    """Let the local user ID in again; what was issued before stays dead."""

    async def work(database: Database, organization: int) -> Shown:
        return _whole(await activate_local_user(database, world(), organization, id, active=True))

    show(carry_out_in(organization_name, database, work), as_json)


@user.command("delete")
@in_organization
@click.argument("id")
@common
def delete(organization_name: str, id: str, database: str | None, as_json: bool) -> None:
    """Delete the local user ID; its account is removed, its history kept."""

    async def work(database: Database, organization: int) -> None:
        await delete_local_user(database, world(), organization, id)

    carry_out_in(organization_name, database, work)
    show({"id": id, "deleted": True}, as_json)


@user.command("purge")
@in_organization
@click.argument("id")
@common
def purge(organization_name: str, id: str, database: str | None, as_json: bool) -> None:
    """Erase the user ID, who was deleted or is a local one, for good."""

    async def work(database: Database, organization: int) -> None:
        await purge_for_good(database, world(), organization, id)

    carry_out_in(organization_name, database, work)
    show({"id": id, "purged": True}, as_json)


def _attributes(file: Path) -> Shown:
    attributes = json_of(file)
    if not isinstance(attributes, dict):
        raise click.ClickException(f"{file}: a user's attributes are a JSON object")
    return attributes


def _behind(found: list[KnownUser]) -> Place | None:
    return Place(found[-1].user.owner, found[-1].user.id) if found else None


def _shown(found: KnownUser) -> Shown:
    return {
        "id": found.user.id,
        "user_name": found.attributes.get("userName"),
        "source": found.source,
        "account": found.user.account,
        "active": found.attributes.get("active"),
        "created": moment(found.user.created),
        "changed": moment(found.user.last_modified),
    }


def _whole(found: KnownUser) -> Shown:
    return _shown(found) | {"attributes": found.attributes}
