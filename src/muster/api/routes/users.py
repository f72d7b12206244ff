"""The users of every source; the platform's own are made and changed here, an IdP's are read only."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import Field

from muster.api.bound import Bound
from muster.api.models import Body, Moment, Page, Shown
from muster.api.paging import Paging
from muster.api.people import PeopleAsked
from muster.directory.local_users import (
    activate_local_user,
    create_local_user,
    delete_local_user,
    replace_local_user,
)
from muster.directory.purge import purge
from muster.directory.registers.roles import Place
from muster.directory.users import KnownUser, list_users, user
from muster.scim.value import moment

router = APIRouter(prefix="/users", tags=["users"])

_LIST = "users"


class UserShown(Shown):
    """A user with its attributes."""

    id: str
    account: str = Field(description="The id of its account.")
    source: str = Field(description="The connection that has the user, or `local`.")
    version: int
    created: Moment
    changed: Moment
    attributes: dict[str, Any] = Field(description="The attributes as SCIM has them.")


class UserAttributes(Body):
    """The attributes of a local user, as SCIM has them (RFC 7643 §4.1); `schemas` may be left out."""

    attributes: dict[str, Any]


@router.get("", operation_id="listUsers")
async def list_(
    bound: Bound,
    paging: Paging,
    asked: PeopleAsked,
) -> Page[UserShown]:
    """List users in the order of sources and ids. Letter case does not matter in names."""
    after = paging.after(_LIST, int, str)
    found = await list_users(
        bound.database,
        bound.organization,
        asked,
        Place(*after) if after else None,
        paging.limit + 1,
    )
    return paging.page(_LIST, found, lambda one: (one.user.owner, one.user.id), _shown)


@router.post("", operation_id="createUser", status_code=201)
async def create(bound: Bound, body: UserAttributes) -> UserShown:
    """Make a local user; refused where provisioning is enforced."""
    return _shown(await create_local_user(bound.database, bound.world, bound.organization, body.attributes))


@router.get("/{id}", operation_id="retrieveUser")
async def retrieve(bound: Bound, id: str) -> UserShown:
    """Show a user."""
    return _shown(await user(bound.database, bound.organization, id))


@router.put("/{id}", operation_id="replaceUser")
async def replace(bound: Bound, id: str, body: UserAttributes) -> UserShown:
    """Give a local user other attributes; `active` stays where it is not named."""
    return _shown(
        await replace_local_user(bound.database, bound.world, bound.organization, id, body.attributes)
    )


@router.post("/{id}/deactivate", operation_id="deactivateUser")
async def deactivate(bound: Bound, id: str) -> UserShown:
    """Deactivate a local user, and end everything that was issued to it."""
    return _shown(
        await activate_local_user(bound.database, bound.world, bound.organization, id, active=False)
    )


@router.post("/{id}/reactivate", operation_id="reactivateUser")
async def reactivate(bound: Bound, id: str) -> UserShown:
    """Let a local user in again; what was issued before stays dead."""
    return _shown(await activate_local_user(bound.database, bound.world, bound.organization, id, active=True))


@router.delete("/{id}", operation_id="deleteUser", status_code=204)
async def delete(bound: Bound, id: str) -> None:
    """Delete a local user: its account is removed, its history is kept."""
    await delete_local_user(bound.database, bound.world, bound.organization, id)


@router.post("/{id}/purge", operation_id="purgeUser", status_code=204)
async def erase(bound: Bound, id: str) -> None:
    """Erase a local user, or one who was deleted, for good; that something was done, when and by whom stays."""
    await purge(bound.database, bound.world, bound.organization, id)


def _shown(found: KnownUser) -> UserShown:
    return UserShown(
        id=found.user.id,
        account=found.user.account,
        source=found.source,
        version=found.user.version,
        created=moment(found.user.created),
        changed=moment(found.user.last_modified),
        attributes=found.attributes,
    )
