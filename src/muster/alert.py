"""`muster alert`: what somebody has to look at, and the decision on the accounts that are held for it."""

from __future__ import annotations

from collections.abc import Sequence

import click
import orjson

from muster.bootstrap import world
from muster.command_line import Shown, carry_out, common, settings_of, show
from muster.directory.alerts import alert_with_id, decide, held_accounts, list_alerts
from muster.directory.connections import missing
from muster.directory.identifiers import organization_of
from muster.directory.organizations import Missing, organization_named
from muster.directory.ports import Database
from muster.directory.records import Organization
from muster.directory.registers.alerts import Alert
from muster.directory.registers.api_keys import Position
from muster.directory.registers.held import Decision, Held
from muster.scim.value import moment

_PART = 200


@click.group()
def alert() -> None:
    """Too many deactivations, and last administrators."""


@alert.command("list")
@click.option("--organization", "organization_name", metavar="NAME", help="Of one organization; else of all.")
@click.option("--connection", "connection_id", metavar="ID", help="Of one connection.")
@click.option("--open", "open_only", is_flag=True, help="Only those that wait for a decision.")
@common
def list_(
    organization_name: str | None,
    connection_id: str | None,
    open_only: bool,
    database: str | None,
    as_json: bool,
) -> None:
    """List alerts, oldest first."""

    async def work(database: Database) -> list[Shown]:
        shown: list[Shown] = []
        for one in await _asked(database, organization_name, connection_id):
            number, after = one.organization, None
            while found := await list_alerts(
                database, number, after, _PART, connection=connection_id, open_only=open_only
            ):
                shown += [{"organization": one.name} | _shown(each) for each in found]
                after = Position(found[-1].opened, found[-1].id)
        return shown

    show(carry_out(settings_of(database=database), work), as_json)


@alert.command("show")
@click.argument("id")
@common
def show_(id: str, database: str | None, as_json: bool) -> None:
    """Show the alert ID with the accounts that it is about."""

    async def work(database: Database) -> Shown:
        number = _organization(id)
        found = await alert_with_id(database, number, id)
        accounts: list[Held] = []
        while part := await held_accounts(database, number, id, accounts[-1].user if accounts else "", _PART):
            accounts += part
        return _shown(found) | {"accounts": [_account(each) for each in accounts]}

    shown = carry_out(settings_of(database=database), work)
    accounts = shown["accounts"] if as_json else shown.pop("accounts")
    show(shown, as_json)
    if not as_json:
        show(accounts, as_json)


_account_option = click.option(
    "--account",
    "accounts",
    multiple=True,
    metavar="ID",
    help="This account; again for more. Without it: all that wait.",
)


@alert.command("approve")
@click.argument("id")
@_account_option
@common
def approve(id: str, accounts: tuple[str, ...], database: str | None, as_json: bool) -> None:
    """Let the accounts of the alert ID end as their IdP said, and their sessions at once."""
    _decide(id, "approved", accounts, database, as_json)


@alert.command("reject")
@click.argument("id")
@_account_option
@common
def reject(id: str, accounts: tuple[str, ...], database: str | None, as_json: bool) -> None:
    """Keep the accounts of the alert ID active, whatever their IdP said."""
    _decide(id, "rejected", accounts, database, as_json)


def _decide(
    id: str, decision: Decision, accounts: tuple[str, ...], database: str | None, as_json: bool
) -> None:
    async def work(database: Database) -> Shown:
        decided = await decide(database, world(), _organization(id), id, decision, accounts or None)
        return _shown(decided.alert) | {"decided": decided.accounts}

    show(carry_out(settings_of(database=database), work), as_json)


async def _asked(database: Database, name: str | None, connection: str | None) -> Sequence[Organization]:
    """Return the organizations whose alerts are asked for: the one named, that of the connection, or all."""
    if name is not None:
        return [await organization_named(database, name)]
    known = await database.organizations()
    if connection is None:
        return known
    found = [one for one in known if one.organization == organization_of(connection)]
    if not found:
        raise missing()
    return found


def _organization(id: str) -> int:
    number = organization_of(id)
    if number is None:
        raise Missing(f"There is no alert with the id {id!r}; `muster alert list` shows them.")
    return number


def _shown(found: Alert) -> Shown:
    return {
        "id": found.id,
        "kind": found.kind,
        "connection": found.connection,
        "count": found.count,
        "opened": moment(found.opened),
        "latest": moment(found.latest),
        "closed": None if found.closed is None else moment(found.closed),
        "closed_by": found.closed_by,
        "outcome": found.outcome,
    }


def _account(held: Held) -> Shown:
    document = orjson.loads(held.document) if held.document else {}
    return {
        "account": held.account,
        "user": held.user,
        "user_name": document.get("userName"),
        "status": held.status,
        "since": moment(held.since),
        "deleted": held.gone,
        "roles_kept": list(held.roles),
        "decision": held.decision,
        "waiting": held.waiting,
    }
