"""Organizations: the platform makes, lists and disables them; what is settled for one, its own keys may change too."""

from __future__ import annotations

from typing import Annotated

import orjson
from fastapi import APIRouter
from pydantic import Field

from muster.api.bound import BoundOrPlatform, Named, Platform
from muster.api.keys import Asking
from muster.api.models import Body, Left, Moment, Name, Page, Shown, moment_or_none
from muster.api.paging import Paging
from muster.api.problem import FORBIDDEN, Problem
from muster.directory.identifiers import PLATFORM, routing_part
from muster.directory.organizations import (
    ATTRIBUTE,
    LONGEST_LOG,
    MOST_REDACTED,
    NOBODY,
    PERMISSION,
    Settling,
    create_organization,
    organization_numbered,
    settle_organization,
)
from muster.directory.records import Organization
from muster.scim.value import moment

router = APIRouter(prefix="/organizations", tags=["organizations"])

_LIST = "organizations"

Attribute = Annotated[str, Field(pattern=f"^{ATTRIBUTE}$")]


class OrganizationShown(Shown):
    """An organization: a customer of the platform."""

    id: str = Field(description="8 characters, which every id of the organization begins with.")
    name: str
    created: Moment
    disabled: Moment | None = Field(
        description="Since when its connections and keys open nothing; null: they do."
    )
    enforce_provisioning: bool = Field(description="No account appears but through a connection.")
    log_days: int = Field(description="How many days its request log is kept.")
    redacted: list[str] = Field(description="Attributes whose values its request log does not keep.")
    administrators: str | None = Field(
        description="The permission that its administrators have; null: nobody is taken for one."
    )


class OrganizationNew(Body):
    """An organization to be made."""

    name: Name


class OrganizationSettings(Body):
    """What is to be changed; what is not named stays as it is."""

    name: Annotated[Left[Name], Field(description="Names are unique; only the platform renames.")] = None
    disabled: Annotated[Left[bool], Field(description="Only the platform disables and enables.")] = None
    enforce_provisioning: Left[bool] = None
    log_days: Left[Annotated[int, Field(ge=1, le=LONGEST_LOG)]] = None
    redacted: Left[Annotated[list[Attribute], Field(max_length=MOST_REDACTED)]] = None
    administrators: Annotated[str, Field(pattern=f"^{PERMISSION}$")] | None = Field(
        None, description="The permission that its administrators have; null: nobody is taken for one."
    )


@router.get("", operation_id="listOrganizations")
async def list_(bound: BoundOrPlatform, paging: Paging) -> Page[OrganizationShown]:
    """List organizations by name: all of them for the platform, its own for an organization's key."""
    if bound.organization != PLATFORM:
        found = [await organization_numbered(bound.database, bound.organization)]
    else:
        (name,) = paging.after(_LIST, str) or ("",)
        found = [*await bound.database.organizations_behind(name, paging.limit + 1)]
    return paging.page(_LIST, found, lambda one: (one.name,), _shown)


@router.post("", operation_id="createOrganization", status_code=201)
async def create(bound: Platform, body: OrganizationNew) -> OrganizationShown:
    """Make an organization. Names are unique."""
    return _shown(await create_organization(bound.database, bound.world, body.name))


@router.get("/{id}", operation_id="retrieveOrganization")  # noqa: FAST003 - `Named` has it
async def retrieve(bound: Named) -> OrganizationShown:
    """Show one organization with what is settled for it."""
    return _shown(await organization_numbered(bound.database, bound.organization))


@router.patch("/{id}", operation_id="modifyOrganization")  # noqa: FAST003 - `Named` has it
async def modify(bound: Named, asking: Asking, body: OrganizationSettings) -> OrganizationShown:
    """Change what is settled for an organization; with the next request it holds."""
    if (body.disabled is not None or body.name is not None) and asking.organization is not None:
        raise Problem(
            FORBIDDEN, "Only a management key of the platform renames, disables or enables an organization."
        )
    named = body.administrators or NOBODY if "administrators" in body.model_fields_set else None
    settling = Settling(
        body.disabled, body.enforce_provisioning, body.log_days, body.redacted, named, body.name
    )
    return _shown(await settle_organization(bound.database, bound.world, bound.organization, settling))


def _shown(found: Organization) -> OrganizationShown:
    return OrganizationShown(
        id=routing_part(found.organization),
        name=found.name,
        created=moment(found.created),
        disabled=moment_or_none(found.disabled),
        enforce_provisioning=found.enforced,
        log_days=found.log_days,
        redacted=orjson.loads(found.redacted),
        administrators=found.administrators,
    )
