"""Management keys: what opens this API. With a platform's key and no organization named, they are the platform's."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import Field

from muster.api.bound import BoundOrPlatform
from muster.api.keys import Asking, Caller
from muster.api.last_use import LastUse, last_use
from muster.api.models import Body, Left, Moment, Name, Page, Shown, moment_or_none
from muster.api.paging import Paging
from muster.directory.api_keys import (
    Maker,
    api_key,
    create_api_key,
    list_api_keys,
    revoke_api_key,
    rotate_api_key,
)
from muster.directory.identifiers import PLATFORM, NewKey, routing_part
from muster.directory.lifetime import WRITTEN, lifetime
from muster.directory.registers.api_keys import ApiKey, Position
from muster.scim.value import moment

router = APIRouter(prefix="/api-keys", tags=["api-keys"])

_LIST = "api-keys"

Scope = Literal["read", "write"]


class ApiKeyShown(Shown):
    """A management key without what proves it."""

    id: str
    name: str
    organization: str | None = Field(
        description="The organization that it opens; null: it opens the platform."
    )
    scopes: list[Scope] = Field(description="`write` includes `read`.")
    last_four: str
    created: Moment
    created_by: str = Field(description="The id of the management key that made it, or `command line`.")
    expires: Moment
    revoked: Moment | None
    last_used: LastUse | None = Field(description="May be a second late.")


class ApiKeyMade(ApiKeyShown):
    """A management key that was just made, with the key itself: it is shown only this once."""

    api_key: str


class ApiKeyNew(Body):
    """A management key to be made."""

    name: Name
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=2)] = Field(["read"])
    ttl: Annotated[
        Left[Annotated[str, Field(pattern=f"^{WRITTEN}$")]],
        Field(
            description="How long it lives: from `1h` to `365d`, and no longer than the key that makes it;"
            " left out: `90d`, or as long as that one."
        ),
    ] = None


@router.get("", operation_id="listApiKeys")
async def list_(bound: BoundOrPlatform, paging: Paging) -> Page[ApiKeyShown]:
    """List management keys, oldest first, those that are revoked or expired too."""
    after = paging.after(_LIST, int, str)
    found = await list_api_keys(
        bound.database, bound.organization, Position(*after) if after else None, paging.limit + 1
    )
    return paging.page(_LIST, found, lambda key: (key.created, key.id), _shown)


@router.post("", operation_id="createApiKey", status_code=201)
async def create(bound: BoundOrPlatform, asking: Asking, body: ApiKeyNew) -> ApiKeyMade:
    """Make a management key; it is shown only this once. It does not outlive the key that makes it."""
    life = None if body.ttl is None else lifetime(body.ttl)
    place = (bound.database, bound.world, bound.organization)
    return _made(*await create_api_key(*place, body.name, body.scopes, life, _maker(asking)))


@router.get("/{id}", operation_id="retrieveApiKey")
async def retrieve(bound: BoundOrPlatform, id: str) -> ApiKeyShown:
    """Show a management key: its life, who made it, and when it was last used."""
    return _shown(await api_key(bound.database, bound.organization, id))


@router.post("/{id}/rotate", operation_id="rotateApiKey", status_code=201)
async def rotate(bound: BoundOrPlatform, asking: Asking, id: str) -> ApiKeyMade:
    """Make a new management key in place of this one, which is dead with the next request.

    It lives as long as this one was made to, but does not outlive the key that asks.
    """
    place = (bound.database, bound.world, bound.organization)
    return _made(*await rotate_api_key(*place, id, _maker(asking)))


@router.post("/{id}/revoke", operation_id="revokeApiKey")
async def revoke(bound: BoundOrPlatform, id: str) -> ApiKeyShown:
    """Make a management key useless with the next request."""
    return _shown(await revoke_api_key(bound.database, bound.world, bound.organization, id))


def _maker(asking: Caller) -> Maker:
    return Maker(asking.scopes, asking.expires)


def _shown(key: ApiKey) -> ApiKeyShown:
    return ApiKeyShown(**_fields(key))


def _made(key: ApiKey, made: NewKey) -> ApiKeyMade:
    return ApiKeyMade(**_fields(key), api_key=made.api_key)


def _fields(key: ApiKey) -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "organization": None if key.organization == PLATFORM else routing_part(key.organization),
        "scopes": list(key.scopes),
        "last_four": key.last_four,
        "created": moment(key.created),
        "created_by": key.created_by,
        "expires": moment(key.expires),
        "revoked": moment_or_none(key.revoked),
        "last_used": last_use(key.used),
    }
