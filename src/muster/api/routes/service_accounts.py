"""Service accounts: what speaks SCIM with a key id and a secret. Their keys are credentials, and treated as such."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import Field

from muster.api.bound import Bound
from muster.api.models import Body, Moment, Name, Page, Shown
from muster.api.paging import Paging
from muster.api.routes.credentials import (
    CredentialMade,
    CredentialShown,
    Id,
    Life,
    OfConnection,
    credential_made,
    credentials_page,
)
from muster.directory.credentials import connection_of
from muster.directory.lifetime import lifetime
from muster.directory.registers.api_keys import Position
from muster.directory.registers.credentials import Of
from muster.directory.registers.service_accounts import ServiceAccount
from muster.directory.service_accounts import (
    LONGEST_DESCRIPTION,
    create_service_account,
    create_service_account_key,
    delete_service_account,
    list_service_accounts,
    service_account_by_id,
)
from muster.scim.value import moment

router = APIRouter(prefix="/service-accounts", tags=["service-accounts"])

_LIST = "service-accounts"


class ServiceAccountShown(Shown):
    """A service account of a connection."""

    id: str
    connection: str
    name: str
    description: str
    role: Literal["SCIM Authenticator"] = Field(description="The only role that there is.")
    created: Moment
    created_by: str = Field(description="The id of the management key that made it, or `command line`.")


class ServiceAccountMade(Shown):
    """A service account that was just made, with its first key."""

    service_account: ServiceAccountShown
    key: CredentialMade


class ServiceAccountNew(Body):
    """A service account to be made, with a first key."""

    connection: Id
    name: Name
    description: Annotated[str, Field(max_length=LONGEST_DESCRIPTION)] = ""
    ttl: Life = "365d"


class ServiceAccountKeyNew(Body):
    """A key of a service account to be made."""

    ttl: Life = "365d"


class ServiceAccountDeleted(Shown):
    """A service account that was just deleted."""

    id: str
    keys_revoked: int


@router.get("", operation_id="listServiceAccounts")
async def list_(bound: Bound, paging: Paging, connection: OfConnection = None) -> Page[ServiceAccountShown]:
    """List service accounts, oldest first."""
    name = f"{_LIST} {connection}"
    if connection is not None:
        await connection_of(bound.database, bound.organization, connection)
    after = paging.after(name, int, str)
    found = await list_service_accounts(
        bound.database, bound.organization, connection, Position(*after) if after else None, paging.limit + 1
    )
    return paging.page(name, found, lambda one: (one.created, one.id), _shown)


@router.post("", operation_id="createServiceAccount", status_code=201)
async def create(bound: Bound, body: ServiceAccountNew) -> ServiceAccountMade:
    """Make a service account with its first key, whose secret is shown only this once."""
    connection = await connection_of(bound.database, bound.organization, body.connection)
    made = await create_service_account(
        bound.database, bound.world, connection, body.name, body.description, lifetime(body.ttl)
    )
    return ServiceAccountMade(service_account=_shown(made[0]), key=credential_made(bound, *made[1:]))


@router.get("/{id}", operation_id="retrieveServiceAccount")
async def retrieve(bound: Bound, id: str) -> ServiceAccountShown:
    """Show a service account."""
    return _shown(await service_account_by_id(bound.database, bound.organization, id))


@router.delete("/{id}", operation_id="deleteServiceAccount")
async def delete(bound: Bound, id: str) -> ServiceAccountDeleted:
    """Delete a service account; all its keys are useless with the next request."""
    keys = await delete_service_account(bound.database, bound.world, bound.organization, id)
    return ServiceAccountDeleted(id=id, keys_revoked=keys)


@router.get("/{id}/keys", operation_id="listServiceAccountKeys")
async def list_keys(bound: Bound, id: str, paging: Paging) -> Page[CredentialShown]:
    """List the keys of a service account, oldest first, those that are over too."""
    await service_account_by_id(bound.database, bound.organization, id)
    return await credentials_page(bound, paging, Of(service_account=id), f"{_LIST} {id} keys")


@router.post("/{id}/keys", operation_id="createServiceAccountKey", status_code=201)
async def create_key(bound: Bound, id: str, body: ServiceAccountKeyNew | None = None) -> CredentialMade:
    """Make one more key of a service account; its secret is shown only this once."""
    life = lifetime((body or ServiceAccountKeyNew()).ttl)
    made = await create_service_account_key(bound.database, bound.world, bound.organization, id, life)
    return credential_made(bound, *made)


def _shown(account: ServiceAccount) -> ServiceAccountShown:
    return ServiceAccountShown(
        id=account.id,
        connection=account.connection,
        name=account.name,
        description=account.description,
        role="SCIM Authenticator",
        created=moment(account.created),
        created_by=account.created_by,
    )
