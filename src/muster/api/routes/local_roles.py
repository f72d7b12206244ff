"""Local roles, which the platform keeps itself: made, renamed and deleted, and who is in them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from muster.api.bound import Bound
from muster.api.models import Body, Name
from muster.api.routes.roles import RoleShown, role_shown
from muster.directory.local_roles import (
    MOST_MEMBERS,
    add_local_members,
    create_local_role,
    delete_local_role,
    remove_local_members,
    rename_local_role,
)

router = APIRouter(prefix="/roles", tags=["roles"])

UserId = Annotated[str, Field(min_length=1, max_length=200)]


class RoleName(Body):
    """What a local role is called."""

    name: Name


class MemberIds(Body):
    """Local people, by the ids of their users."""

    users: Annotated[list[UserId], Field(min_length=1, max_length=MOST_MEMBERS)]


@router.post("", operation_id="createRole", status_code=201)
async def create(bound: Bound, body: RoleName) -> RoleShown:
    """Make a local role; refused where provisioning is enforced. Names are unique among local roles."""
    return role_shown(await create_local_role(bound.database, bound.world, bound.organization, body.name))


@router.patch("/{id}", operation_id="renameRole")
async def rename(bound: Bound, id: str, body: RoleName) -> RoleShown:
    """Call a local role otherwise; its members and permissions stay."""
    return role_shown(await rename_local_role(bound.database, bound.world, bound.organization, id, body.name))


@router.delete("/{id}", operation_id="deleteRole", status_code=204)
async def delete(bound: Bound, id: str) -> None:
    """Delete a local role with its permissions."""
    await delete_local_role(bound.database, bound.world, bound.organization, id)


@router.post("/{id}/members", operation_id="addRoleMembers")
async def add(bound: Bound, id: str, body: MemberIds) -> RoleShown:
    """Put local people into a local role; who is in it stays. If one of them is not there, none is put in."""
    return role_shown(
        await add_local_members(bound.database, bound.world, bound.organization, id, body.users)
    )


@router.delete("/{id}/members/{user}", operation_id="removeRoleMember")
async def remove(bound: Bound, id: str, user: str) -> RoleShown:
    """Take a member out of a local role; one that is not in it is no error."""
    return role_shown(await remove_local_members(bound.database, bound.world, bound.organization, id, [user]))
