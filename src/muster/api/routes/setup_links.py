"""Setup links: addresses that let an IT admin set up one connection, answered once, by the route that makes them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import Field

from muster.api.bound import Binding, Bound
from muster.api.models import Body, Moment, Page, Shown, moment_or_none
from muster.api.paging import Paging
from muster.api.routes.credentials import Id, OfConnection, Written
from muster.directory.credentials import connection_of
from muster.directory.lifetime import LINK_LIFE, lifetime
from muster.directory.registers.api_keys import Position
from muster.directory.registers.setup_links import SetupLink
from muster.directory.setup_links import (
    address,
    create_setup_link,
    link_status,
    list_setup_links,
    revoke_setup_link,
    setup_link_by_id,
)
from muster.scim.value import moment

router = APIRouter(prefix="/setup-links", tags=["setup-links"])

_LIST = "setup-links"


class SetupLinkShown(Shown):
    """A setup link without its address."""

    id: str
    connection: str
    status: Literal["live", "used", "expired", "revoked"]
    once: bool = Field(description="It opens one time only.")
    created: Moment
    created_by: str = Field(description="The id of the management key that made it, or `command line`.")
    expires: Moment
    used: Moment | None = Field(description="When it was first opened.")
    revoked: Moment | None


class SetupLinkMade(SetupLinkShown):
    """A setup link that was just made, with its address: it is shown only this once."""

    url: str


class SetupLinkNew(Body):
    """A setup link to be made."""

    connection: Id
    ttl: Annotated[Written, Field(description="How long it lives: from `1h` to `30d`.")] = "7d"
    once: bool = False


@router.get("", operation_id="listSetupLinks")
async def list_(bound: Bound, paging: Paging, connection: OfConnection = None) -> Page[SetupLinkShown]:
    """List setup links, oldest first, those that are over too."""
    name = f"{_LIST} {connection}"
    if connection is not None:
        await connection_of(bound.database, bound.organization, connection)
    after = paging.after(name, int, str)
    found = await list_setup_links(
        bound.database, bound.organization, connection, Position(*after) if after else None, paging.limit + 1
    )
    return paging.page(name, found, lambda one: (one.created, one.id), lambda one: _shown(bound, one))


@router.post("", operation_id="createSetupLink", status_code=201)
async def create(bound: Bound, body: SetupLinkNew) -> SetupLinkMade:
    """Make a setup link of a connection; its address is shown only this once."""
    connection = await connection_of(bound.database, bound.organization, body.connection)
    life = lifetime(body.ttl, LINK_LIFE)
    link, made = await create_setup_link(bound.database, bound.world, connection, life, once=body.once)
    return SetupLinkMade(**_fields(bound, link), url=address(bound.public_url, made))


@router.get("/{id}", operation_id="retrieveSetupLink")
async def retrieve(bound: Bound, id: str) -> SetupLinkShown:
    """Show a setup link."""
    return _shown(bound, await setup_link_by_id(bound.database, bound.organization, id))


@router.post("/{id}/revoke", operation_id="revokeSetupLink")
async def revoke(bound: Bound, id: str) -> SetupLinkShown:
    """Make a setup link useless."""
    return _shown(bound, await revoke_setup_link(bound.database, bound.world, bound.organization, id))


def _shown(bound: Binding, link: SetupLink) -> SetupLinkShown:
    return SetupLinkShown(**_fields(bound, link))


def _fields(bound: Binding, link: SetupLink) -> dict[str, Any]:
    return {
        "id": link.id,
        "connection": link.connection,
        "status": link_status(link, bound.world.clock()),
        "once": link.once,
        "created": moment(link.created),
        "created_by": link.created_by,
        "expires": moment(link.expires),
        "used": moment_or_none(link.used),
        "revoked": moment_or_none(link.revoked),
    }
