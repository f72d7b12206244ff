"""`muster account`: the platform's people, and whether what was issued to them is still good."""

from __future__ import annotations

import click

from muster.bootstrap import now, world
from muster.command_line import Shown, carry_out_in, common, in_organization, of_people, show
from muster.directory.accounts import (
    STATUSES,
    Asked,
    Person,
    account_with_roles,
    list_accounts,
    revoke_account,
)
from muster.directory.criteria import issued_at as time_of_issue
from muster.directory.joining import join_accounts
from muster.directory.ports import Database
from muster.directory.standing import Standing, Way, standing
from muster.scim.value import moment

_PART = 200


@click.group()
def account() -> None:
    """The people of an organization, as the platform sees them."""


@account.command("list")
@in_organization
@click.option("--status", type=click.Choice(STATUSES), help="Only those with this status.")
@of_people
@common
def list_(
    organization_name: str,
    status: str | None,
    source: str | None,
    user_name: str | None,
    email: str | None,
    database: str | None,
    as_json: bool,
) -> None:
    """List the accounts of an organization with their profiles."""
    asked = Asked(source, status, user_name, email)

    async def work(database: Database, organization: int) -> list[Shown]:
        found: list[Person] = []
        while part := await list_accounts(database, organization, asked, _behind(found), _PART):
            found += part
        return [_shown(one) for one in found]

    show(carry_out_in(organization_name, database, work), as_json)


@account.command("show")
@in_organization
@click.argument("id")
@common
def show_(organization_name: str, id: str, database: str | None, as_json: bool) -> None:
    """Show the account ID with its profile and roles."""

    async def work(database: Database, organization: int) -> Shown:
        return await _with_roles(database, organization, id)

    show(carry_out_in(organization_name, database, work), as_json)


@account.command("access")
@in_organization
@click.argument("id")
@click.option(
    "--issued-at", metavar="TIME", help="When that which is asked about was issued (RFC 3339, with its zone)."
)
@common
def access(
    organization_name: str, id: str, issued_at: str | None, database: str | None, as_json: bool
) -> None:
    """Say whether what was issued to the account ID is still good, and what it may do, with why."""
    issued = _instant(issued_at) if issued_at else None

    async def work(database: Database, organization: int) -> Shown:
        return _access(await standing(database, organization, id, issued, now()))

    show(carry_out_in(organization_name, database, work), as_json)


@account.command("revoke")
@in_organization
@click.argument("id")
@common
def revoke(organization_name: str, id: str, database: str | None, as_json: bool) -> None:
    """End everything that was issued to the account ID until now; its status stays."""

    async def work(database: Database, organization: int) -> Shown:
        await revoke_account(database, world(), organization, id)
        return await _with_roles(database, organization, id)

    show(carry_out_in(organization_name, database, work), as_json)


def _instant(text: str) -> int:
    try:
        return time_of_issue(text)
    except ValueError:
        raise click.ClickException(
            "--issued-at: write an instant as RFC 3339 has it, with Z or an offset: 2026-11-26T10:00:00Z."
        ) from None


def _behind(found: list[Person]) -> str | None:
    return found[-1].account.id if found else None


@account.command("join")
@in_organization
@click.argument("id")
@click.argument("earlier")
@common
def join(organization_name: str, id: str, earlier: str, database: str | None, as_json: bool) -> None:
    """Let the person of the account ID, who has come back, go on under the account EARLIER; ID ends as removed."""

    async def work(database: Database, organization: int) -> Shown:
        await join_accounts(database, world(), organization, id, earlier)
        return await _with_roles(database, organization, earlier)

    show(carry_out_in(organization_name, database, work), as_json)


async def _with_roles(database: Database, organization: int, id: str) -> Shown:
    found = await account_with_roles(database, organization, id)
    return _shown(found.person) | {
        "roles": [one._asdict() for one in found.roles],
        "candidates": [_candidate(one) for one in found.candidates],
    }


def _candidate(person: Person) -> Shown:
    found = person.account
    return {
        "account": found.id,
        "user": found.user,
        "source": person.source,
        "deleted": moment(found.deleted or 0),
    }


def _shown(person: Person) -> Shown:
    found = person.account
    return {
        "id": found.id,
        "user": found.user,
        "source": person.source,
        "status": found.status,
        "profile": dict(person.profile.fields),
        "warnings": list(person.profile.warnings),
        "revoked_before": moment(found.revoked_before) if found.revoked_before else None,
        "created": moment(found.created),
        "changed": moment(found.changed),
        "joined": found.joined,
    }


def _access(found: Standing) -> Shown:
    return {
        "account": found.account.id,
        "user": found.account.user,
        "good": found.good,
        "reason": found.reason,
        "status": found.account.status,
        "revoked_before": moment(found.account.revoked_before) if found.account.revoked_before else None,
        "roles": [
            {"id": role.id, "name": role.name, "why": [_way(way) for way in role.why]} for role in found.roles
        ],
        "permissions": [{"name": one.name, "roles": list(one.roles)} for one in found.permissions],
    }


def _way(way: Way) -> list[Shown]:
    return [
        {
            "group": step.group,
            "name": step.name,
            "since": moment(step.since),
            "request": step.request,
            "change": step.sequence,
            "alert": step.alert,
        }
        for step in way
    ]
