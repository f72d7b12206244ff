"""Domains: claimed, proven by a TXT record, released."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from muster.api.bound import Bound
from muster.api.models import Body, Moment, Page, Shown, moment_or_none
from muster.api.paging import Paging
from muster.directory.domain_names import displayed
from muster.directory.domains import (
    claim_domain,
    domain_named,
    list_domains,
    release_domain,
    verify_domain,
)
from muster.directory.ownership import record_name, record_value
from muster.directory.registers.domains import Domain
from muster.scim.value import moment

router = APIRouter(prefix="/domains", tags=["domains"])

_LIST = "domains"


class DomainShown(Shown):
    """A claimed domain, and the TXT record that proves it."""

    name: str = Field(description="In A-labels, as in `xn--bcher-kva.example`.")
    displayed: str = Field(description="As people read it.")
    record_name: str = Field(description="The name of the TXT record that proves the domain.")
    record_value: str = Field(description="What the record has to say. It has to stay there.")
    created: Moment
    verified: Moment | None = Field(
        description="Since when the domain is the organization's; null: it is not."
    )
    checked: Moment | None = Field(description="When the record was last looked for.")
    failing: Moment | None = Field(
        description="Since when the record is not found any more: 7 days later the domain is not verified."
    )
    problem: str | None = Field(description="What the latest check found wrong.")


class DomainNew(Body):
    """A domain to be claimed."""

    name: Annotated[
        str, Field(min_length=1, max_length=300, description="As people write it, or in A-labels.")
    ]


@router.get("", operation_id="listDomains")
async def list_(bound: Bound, paging: Paging) -> Page[DomainShown]:
    """List the domains of an organization, by name."""
    (behind,) = paging.after(_LIST, str) or ("",)
    found = await list_domains(bound.database, bound.organization, behind, paging.limit + 1)
    return paging.page(_LIST, found, lambda domain: (domain.name,), _shown)


@router.post("", operation_id="claimDomain", status_code=201)
async def claim(bound: Bound, body: DomainNew) -> DomainShown:
    """Claim a domain. It counts once it is verified: set the TXT record of the answer, then verify."""
    return _shown(await claim_domain(bound.database, bound.world, bound.organization, body.name))


@router.get("/{name}", operation_id="retrieveDomain")
async def retrieve(bound: Bound, name: str) -> DomainShown:
    """Show a domain."""
    return _shown(await domain_named(bound.database, bound.organization, name))


@router.post("/{name}/verify", operation_id="verifyDomain")
async def verify(bound: Bound, name: str) -> DomainShown:
    """Look for the domain's TXT record now; where it is not found the answer is 422 and says what was found instead."""
    return _shown(await verify_domain(bound.database, bound.world, bound.organization, name))


@router.delete("/{name}", operation_id="releaseDomain", status_code=204)
async def release(bound: Bound, name: str) -> None:
    """Give a domain up, verified or not; another organization may verify it from now on."""
    await release_domain(bound.database, bound.world, bound.organization, name)


def _shown(found: Domain) -> DomainShown:
    return DomainShown(
        name=found.name,
        displayed=displayed(found.name),
        record_name=record_name(found),
        record_value=record_value(found),
        created=moment(found.created),
        verified=moment_or_none(found.verified),
        checked=moment_or_none(found.checked),
        failing=moment_or_none(found.failing),
        problem=found.problem,
    )
