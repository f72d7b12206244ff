"""Roles, which are the groups of every source, their members, and the permissions that the platform gives them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import Field

from muster.api.bound import Bound
from muster.api.models import Body, Moment, Page, Shown
from muster.api.paging import Paging
from muster.api.people import SourceAsked
from muster.directory.records import Kind
from muster.directory.registers.roles import Place, RoleMember
from muster.directory.roles import (
    MOST_PERMISSIONS,
    PERMISSION,
    Giving,
    SourcedRole,
    give_permissions,
    list_roles,
    role,
    role_members,
)
from muster.directory.sources import label_of, name_of
from muster.scim.value import moment

router = APIRouter(prefix="/roles", tags=["roles"])

_LIST = "roles"
_MEMBERS = "members"

PermissionName = Annotated[str, Field(pattern=f"^{PERMISSION}$")]


class RoleShown(Shown):
    """A role: a group of some source, with the permissions that it has here."""

    id: str
    name: str
    source: str = Field(description="The connection that has the group, or `local`.")
    members: int = Field(description="How many direct members it has.")
    permissions: list[str]
    created: Moment
    changed: Moment


class MemberShown(Shown):
    """A direct member of a role."""

    id: str
    type: Kind
    name: str | None
    since: Moment
    request: str = Field(description="The request that brought it.")


class PermissionNames(Body):
    """Permissions by name, such as `billing.read`."""

    permissions: Annotated[list[PermissionName], Field(max_length=MOST_PERMISSIONS)]


@router.get("", operation_id="listRoles")
async def list_(bound: Bound, paging: Paging, source: SourceAsked = None) -> Page[RoleShown]:
    """List roles in the order of sources and ids."""
    after = paging.after(_LIST, int, str)
    found = await list_roles(
        bound.database, bound.organization, source, Place(*after) if after else None, paging.limit + 1
    )
    return paging.page(_LIST, found, lambda one: (one.role.owner, one.role.id), role_shown)


@router.get("/{id}", operation_id="retrieveRole")
async def retrieve(bound: Bound, id: str) -> RoleShown:
    """Show a role with its permissions."""
    return role_shown(await role(bound.database, bound.organization, id))


@router.get("/{id}/members", operation_id="listRoleMembers")
async def members(bound: Bound, paging: Paging, id: str) -> Page[MemberShown]:
    """List the direct members of a role, in an order that stays."""
    after = paging.after(_MEMBERS, str)
    found = await role_members(
        bound.database, bound.organization, id, after[0] if after else None, paging.limit + 1
    )
    return paging.page(_MEMBERS, found, lambda member: (member.place,), _member)


@router.put("/{id}/permissions", operation_id="replaceRolePermissions")
async def replace(bound: Bound, id: str, body: PermissionNames) -> RoleShown:
    """Give a role these permissions and no others."""
    return await _give(bound, id, Giving(added=body.permissions, anew=True))


@router.post("/{id}/permissions", operation_id="addRolePermissions")
async def add(bound: Bound, id: str, body: PermissionNames) -> RoleShown:
    """Give a role these permissions beside those that it has."""
    return await _give(bound, id, Giving(added=body.permissions))


@router.delete("/{id}/permissions/{permission}", operation_id="removeRolePermission")
async def remove(
    bound: Bound, id: str, permission: Annotated[str, Path(pattern=f"^{PERMISSION}$")]
) -> RoleShown:
    """Take a permission from a role; one that it does not have is no error."""
    return await _give(bound, id, Giving(taken=[permission]))


async def _give(bound: Bound, id: str, giving: Giving) -> RoleShown:
    return role_shown(await give_permissions(bound.database, bound.world, bound.organization, id, giving))


def role_shown(found: SourcedRole) -> RoleShown:
    """Return a role as it is answered."""
    return RoleShown(
        id=found.role.id,
        name=name_of(found.role.document),
        source=found.source,
        members=found.role.members,
        permissions=[*found.role.permissions],
        created=moment(found.role.created),
        changed=moment(found.role.last_modified),
    )


def _member(member: RoleMember) -> MemberShown:
    return MemberShown(
        id=member.id,
        type=member.kind,
        name=None if member.document is None else label_of(member.document),
        since=moment(member.since),
        request=member.request,
    )
