"""Permissions: free names that roles have; a name is there as long as some role has it."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import Field

from muster.api.bound import Bound
from muster.api.models import Page, Shown
from muster.api.paging import Paging
from muster.directory.registers.roles import Permission
from muster.directory.roles import list_permissions

router = APIRouter(prefix="/permissions", tags=["roles"])

_LIST = "permissions"


class PermissionShown(Shown):
    """A permission that some role has."""

    name: str
    roles: int = Field(description="How many roles have it.")


@router.get("", operation_id="listPermissions")
async def list_(bound: Bound, paging: Paging) -> Page[PermissionShown]:
    """List the permissions that any role has, in the order of their names."""
    after = paging.after(_LIST, str)
    found = await list_permissions(
        bound.database, bound.organization, after[0] if after else None, paging.limit + 1
    )
    return paging.page(_LIST, found, lambda one: (one.name,), _shown)


def _shown(found: Permission) -> PermissionShown:
    return PermissionShown(name=found.name, roles=found.roles)
