"""The groups of every source as they stand; what an IdP has is changed there."""

from __future__ import annotations

from typing import Any

import orjson
from fastapi import APIRouter
from pydantic import Field

from muster.api.bound import Bound
from muster.api.models import Moment, Page, Shown
from muster.api.paging import Paging
from muster.api.people import SourceAsked
from muster.directory.registers.roles import Place
from muster.directory.roles import SourcedRole, list_roles, role
from muster.scim.value import moment

router = APIRouter(prefix="/groups", tags=["groups"])

_LIST = "groups"


class GroupShown(Shown):
    """A group with its attributes; as a role it has the same id, and its members are listed there."""

    id: str
    source: str = Field(description="The connection that has the group, or `local`.")
    version: int
    created: Moment
    changed: Moment
    members: int = Field(description="How many direct members it has.")
    attributes: dict[str, Any] = Field(description="The attributes as SCIM has them, without members.")


@router.get("", operation_id="listGroups")
async def list_(bound: Bound, paging: Paging, source: SourceAsked = None) -> Page[GroupShown]:
    """List groups in the order of sources and ids."""
    after = paging.after(_LIST, int, str)
    found = await list_roles(
        bound.database, bound.organization, source, Place(*after) if after else None, paging.limit + 1
    )
    return paging.page(_LIST, found, lambda one: (one.role.owner, one.role.id), _shown)


@router.get("/{id}", operation_id="retrieveGroup")
async def retrieve(bound: Bound, id: str) -> GroupShown:
    """Show a group."""
    return _shown(await role(bound.database, bound.organization, id))


def _shown(found: SourcedRole) -> GroupShown:
    group = found.role
    return GroupShown(
        id=group.id,
        source=found.source,
        version=group.version,
        created=moment(group.created),
        changed=moment(group.last_modified),
        members=group.members,
        attributes=orjson.loads(group.document),
    )
