"""`muster role`: the groups of every source as roles, and the permissions that the platform gives them."""

from __future__ import annotations

import click

from muster.bootstrap import world
from muster.command_line import Shown, carry_out_in, common, in_organization, of_source, show
from muster.directory.local_roles import (
    add_local_members,
    create_local_role,
    delete_local_role,
    remove_local_members,
    rename_local_role,
)
from muster.directory.ports import Database
from muster.directory.registers.roles import Place, RoleMember
from muster.directory.roles import Giving, SourcedRole, give_permissions, list_roles, role_members
from muster.directory.roles import role as role_of
from muster.directory.sources import label_of, name_of
from muster.scim.value import moment

_PART = 200


@click.group()
def role() -> None:
    """The roles of an organization, which are its groups, and their permissions."""


@role.command("list")
@in_organization
@of_source
@common
def list_(organization_name: str, source: str | None, database: str | None, as_json: bool) -> None:
    """List the roles of an organization with their permissions."""

    async def work(database: Database, organization: int) -> list[Shown]:
        found: list[SourcedRole] = []
        while part := await list_roles(database, organization, source, _behind(found), _PART):
            found += part
        return [_shown(one) for one in found]

    show(carry_out_in(organization_name, database, work), as_json)


@role.command("show")
@in_organization
@click.argument("id")
@common
def show_(organization_name: str, id: str, database: str | None, as_json: bool) -> None:
    """Show the role ID with its permissions."""

    async def work(database: Database, organization: int) -> Shown:
        return _shown(await role_of(database, organization, id))

    show(carry_out_in(organization_name, database, work), as_json)


@role.command("members")
@in_organization
@click.argument("id")
@common
def members(organization_name: str, id: str, database: str | None, as_json: bool) -> None:
    """List the direct members of the role ID."""

    async def work(database: Database, organization: int) -> list[Shown]:
        found: list[RoleMember] = []
        while part := await role_members(
            database, organization, id, found[-1].place if found else None, _PART
        ):
            found += part
        return [_member(one) for one in found]

    show(carry_out_in(organization_name, database, work), as_json)


@role.command("give")
@in_organization
@click.argument("id")
@click.argument("permissions", nargs=-1, required=True)
@common
def give(
    organization_name: str, id: str, permissions: tuple[str, ...], database: str | None, as_json: bool
) -> None:
    """Give the role ID the PERMISSIONS, such as billing.read, beside those that it has."""
    show(_given(organization_name, database, id, Giving(added=permissions)), as_json)


@role.command("take")
@in_organization
@click.argument("id")
@click.argument("permissions", nargs=-1, required=True)
@common
def take(
    organization_name: str, id: str, permissions: tuple[str, ...], database: str | None, as_json: bool
) -> None:
    """Take the PERMISSIONS from the role ID."""
    show(_given(organization_name, database, id, Giving(taken=permissions)), as_json)


@role.command("create")
@in_organization
@click.argument("name")
@common
def create(organization_name: str, name: str, database: str | None, as_json: bool) -> None:
    """Create a local role called NAME, which no IdP has."""

    async def work(database: Database, organization: int) -> Shown:
        return _shown(await create_local_role(database, world(), organization, name))

    show(carry_out_in(organization_name, database, work), as_json)


@role.command("rename")
@in_organization
@click.argument("id")
@click.argument("name")
@common
def rename(organization_name: str, id: str, name: str, database: str | None, as_json: bool) -> None:
    """Call the local role ID by another NAME; its members and permissions stay."""

    async def work(database: Database, organization: int) -> Shown:
        return _shown(await rename_local_role(database, world(), organization, id, name))

    show(carry_out_in(organization_name, database, work), as_json)


@role.command("delete")
@in_organization
@click.argument("id")
@common
def delete(organization_name: str, id: str, database: str | None, as_json: bool) -> None:
    """Delete the local role ID with its permissions."""

    async def work(database: Database, organization: int) -> None:
        await delete_local_role(database, world(), organization, id)

    carry_out_in(organization_name, database, work)
    show({"id": id, "deleted": True}, as_json)


@role.command("put-in")
@in_organization
@click.argument("id")
@click.argument("users", nargs=-1, required=True)
@common
def put_in(
    organization_name: str, id: str, users: tuple[str, ...], database: str | None, as_json: bool
) -> None:
    """Put the local USERS, by their ids, into the local role ID: all of them, or none."""

    async def work(database: Database, organization: int) -> Shown:
        return _shown(await add_local_members(database, world(), organization, id, users))

    show(carry_out_in(organization_name, database, work), as_json)


@role.command("take-out")
@in_organization
@click.argument("id")
@click.argument("members", nargs=-1, required=True)
@common
def take_out(
    organization_name: str, id: str, members: tuple[str, ...], database: str | None, as_json: bool
) -> None:
    """Take the MEMBERS, by their ids, out of the local role ID; who is not in it is no error."""

    async def work(database: Database, organization: int) -> Shown:
        return _shown(await remove_local_members(database, world(), organization, id, members))

    show(carry_out_in(organization_name, database, work), as_json)


def _given(organization_name: str, database: str | None, id: str, giving: Giving) -> Shown:
    async def work(database: Database, organization: int) -> Shown:
        return _shown(await give_permissions(database, world(), organization, id, giving))

    return carry_out_in(organization_name, database, work)


def _behind(found: list[SourcedRole]) -> Place | None:
    return Place(found[-1].role.owner, found[-1].role.id) if found else None


def _shown(found: SourcedRole) -> Shown:
    return {
        "id": found.role.id,
        "name": name_of(found.role.document),
        "source": found.source,
        "members": found.role.members,
        "permissions": list(found.role.permissions),
        "created": moment(found.role.created),
        "changed": moment(found.role.last_modified),
    }


def _member(member: RoleMember) -> Shown:
    return {
        "id": member.id,
        "type": member.kind,
        "name": None if member.document is None else label_of(member.document),
        "since": moment(member.since),
        "request": member.request,
    }
