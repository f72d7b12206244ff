"""Credentials: what connections authenticate with. What proves one is answered once, by the route that makes it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import Field

from muster.api.bound import Binding, Bound
from muster.api.last_use import LastUse, last_use
from muster.api.models import Body, Left, Moment, Page, Shown, moment_or_none
from muster.api.paging import Paging, Place
from muster.directory.credentials import (
    connection_of,
    create_credential,
    credential_by_id,
    list_credentials,
    prefix_of,
    revoke_credential,
    rotate_credential,
    status,
)
from muster.directory.identifiers import NewKey, NewPair
from muster.directory.lifetime import OVERLAP, WRITTEN, lifetime
from muster.directory.records import Credential
from muster.directory.registers.api_keys import Position
from muster.directory.registers.credentials import KnownCredential, Of
from muster.scim.value import moment

router = APIRouter(prefix="/credentials", tags=["credentials"])

_LIST = "credentials"

Id = Annotated[str, Field(max_length=64)]
"""A public id, as a body names it."""

OfConnection = Annotated[
    str | None, Query(min_length=1, max_length=64, description="Only those of this connection.")
]
"""The parameter that narrows a list to one connection."""

Written = Annotated[str, Field(pattern=f"^{WRITTEN}$")]
"""A length of time, as a body names it."""

Life = Annotated[Written, Field(description="How long it lives: from `1h` to `365d`.")]


class CredentialShown(Shown):
    """A credential without what proves it."""

    id: str = Field(description="Of a service account's key also the `key id` that it is sent with.")
    connection: str
    kind: Literal["api_key", "service_account_key"]
    service_account: str | None = Field(description="The service account whose key it is.")
    prefix: str = Field(description="What it begins with before its secret.")
    last_four: str
    status: Literal["live", "replaced", "expired", "revoked"] = Field(
        description="`replaced`: it opens until `replaced_until`."
    )
    created: Moment
    created_by: str = Field(description="The id of the management key that made it, or `command line`.")
    expires: Moment
    replaced_until: Moment | None
    revoked: Moment | None
    last_used: LastUse | None = Field(description="May be a second late.")


class CredentialMade(CredentialShown):
    """A credential that was just made, with what proves it: shown only this once."""

    api_key: str | None = Field(description="To be sent as `Authorization: Bearer`; null: it is a pair.")
    secret: str | None = Field(
        description="Of a service account's key, to be sent as HTTP Basic with the `id` before it."
    )


class CredentialNew(Body):
    """An API key to be made."""

    connection: Id
    ttl: Life = "365d"


class Rotation(Body):
    """How a credential is to be replaced."""

    overlap: Annotated[
        Left[Written],
        Field(description="How long the old one lives on: up to `7d`; left out: it ends at once."),
    ] = None


@router.get("", operation_id="listCredentials")
async def list_(bound: Bound, paging: Paging, connection: OfConnection = None) -> Page[CredentialShown]:
    """List credentials, oldest first, those that are over too."""
    if connection is not None:
        await connection_of(bound.database, bound.organization, connection)
    return await credentials_page(bound, paging, Of(connection=connection), f"{_LIST} {connection}")


@router.post("", operation_id="createCredential", status_code=201)
async def create(bound: Bound, body: CredentialNew) -> CredentialMade:
    """Make one more API key of a connection; it is shown only this once."""
    connection = await connection_of(bound.database, bound.organization, body.connection)
    return credential_made(
        bound, *await create_credential(bound.database, bound.world, connection, lifetime(body.ttl))
    )


@router.get("/{id}", operation_id="retrieveCredential")
async def retrieve(bound: Bound, id: str) -> CredentialShown:
    """Show a credential: its life, who made it, and when it was last used."""
    return _shown(bound, await credential_by_id(bound.database, bound.organization, id))


@router.post("/{id}/rotate", operation_id="rotateCredential", status_code=201)
async def rotate(bound: Bound, id: str, body: Rotation | None = None) -> CredentialMade:
    """Make a new credential of the same kind in place of this one, which ends at once or after the overlap."""
    overlap = None if body is None or body.overlap is None else lifetime(body.overlap, OVERLAP)
    new, made, _ = await rotate_credential(bound.database, bound.world, bound.organization, id, overlap)
    return credential_made(bound, new, made)


@router.post("/{id}/revoke", operation_id="revokeCredential")
async def revoke(bound: Bound, id: str) -> CredentialShown:
    """Make a credential useless with the next request, also one that was replaced."""
    await revoke_credential(bound.database, bound.world, bound.organization, id)
    return _shown(bound, await credential_by_id(bound.database, bound.organization, id))


async def credentials_page(bound: Binding, paging: Place, of: Of, name: str) -> Page[CredentialShown]:
    """Return a part of a list of credentials; `name` says which list it is."""
    after = paging.after(name, int, str)
    found = await list_credentials(
        bound.database, bound.organization, of, Position(*after) if after else None, paging.limit + 1
    )
    return paging.page(
        name, found, lambda one: (one.credential.created, one.credential.id), lambda one: _shown(bound, one)
    )


def credential_made(bound: Binding, credential: Credential, made: NewKey | NewPair) -> CredentialMade:
    """Return what is shown of a new credential, this once."""
    api_key, secret = (made.api_key, None) if isinstance(made, NewKey) else (None, made.secret)
    known = KnownCredential(credential, None, None)
    return CredentialMade(**_fields(bound, known), api_key=api_key, secret=secret)


def _shown(bound: Binding, known: KnownCredential) -> CredentialShown:
    return CredentialShown(**_fields(bound, known))


def _fields(bound: Binding, known: KnownCredential) -> dict[str, Any]:
    found = known.credential
    return {
        "id": found.id,
        "connection": found.connection,
        "kind": found.kind,
        "service_account": found.service_account,
        "prefix": prefix_of(found),
        "last_four": found.last_four,
        "status": status(found, bound.world.clock()),
        "created": moment(found.created),
        "created_by": found.created_by,
        "expires": moment(found.expires),
        "replaced_until": None if found.overlap is None else moment(found.ends),
        "revoked": moment_or_none(found.revoked),
        "last_used": last_use(known.used),
    }
