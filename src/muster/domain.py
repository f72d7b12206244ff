"""`muster domain`: the domains that organizations have proven to be their own."""

from __future__ import annotations

from typing import Any

import click

from muster.bootstrap import world
from muster.command_line import Shown, carry_out, common, settings_of, show
from muster.directory.domain_names import displayed
from muster.directory.domains import claim_domain, list_every_domain, release_domain, verify_domain
from muster.directory.organizations import organization_named
from muster.directory.ownership import record_name, record_value
from muster.directory.ports import Database
from muster.directory.registers.domains import Domain
from muster.scim.value import moment

_organization = click.option("--organization", "organization_name", required=True, metavar="NAME")


@click.group()
def domain() -> None:
    """The domains of organizations."""


@domain.command("claim")
@click.argument("name")
@_organization
@common
def claim(name: str, organization_name: str, database: str | None, as_json: bool) -> None:
    """Claim the domain NAME; it is verified once the TXT record that is printed is found."""
    settings = settings_of(database=database)

    async def work(database: Database) -> Shown:
        number = await _number(database, organization_name)
        return _shown(await claim_domain(database, world(settings), number, name))

    show(carry_out(settings, work), as_json)


@domain.command("verify")
@click.argument("name")
@_organization
@common
def verify(name: str, organization_name: str, database: str | None, as_json: bool) -> None:
    """Look for the TXT record of the domain NAME now."""
    settings = settings_of(database=database)

    async def work(database: Database) -> Shown:
        number = await _number(database, organization_name)
        return _shown(await verify_domain(database, world(settings), number, name))

    show(carry_out(settings, work), as_json)


@domain.command("list")
@_organization
@common
def list_(organization_name: str, database: str | None, as_json: bool) -> None:
    """List the domains of an organization with their TXT records and states."""

    async def work(database: Database) -> list[Shown]:
        number = await _number(database, organization_name)
        return [_shown(found) for found in await list_every_domain(database, number)]

    show(carry_out(settings_of(database=database), work), as_json)


@domain.command("release")
@click.argument("name")
@_organization
@common
def release(name: str, organization_name: str, database: str | None, as_json: bool) -> None:
    """Give the domain NAME up, so that another organization may verify it."""

    async def work(database: Database) -> Shown:
        number = await _number(database, organization_name)
        return {"released": await release_domain(database, world(), number, name)}

    show(carry_out(settings_of(database=database), work), as_json)


async def _number(database: Database, name: str) -> int:
    return (await organization_named(database, name)).organization


def _shown(found: Domain) -> dict[str, Any]:
    return {
        "domain": found.name,
        "displayed": displayed(found.name),
        "record_name": record_name(found),
        "record_value": record_value(found),
        "created": moment(found.created),
        "verified": _moment(found.verified),
        "checked": _moment(found.checked),
        "failing": _moment(found.failing),
        "problem": found.problem,
    }


def _moment(time: int | None) -> str | None:
    return None if time is None else moment(time)
