"""Alerts: too many deactivations and last administrators, and what is decided on the accounts held for them."""

from __future__ import annotations

from typing import Annotated, Literal

import orjson
from fastapi import APIRouter, Query
from pydantic import Field

from muster.api.bound import Binding, Bound
from muster.api.models import Body, Moment, Page, Shown, moment_or_none
from muster.api.paging import Paging
from muster.directory.alerts import MOST_ACCOUNTS, alert_with_id, decide, held_accounts, list_alerts
from muster.directory.registers.alerts import Alert
from muster.directory.registers.api_keys import Position
from muster.directory.registers.held import Decision, Held
from muster.scim.value import moment

router = APIRouter(prefix="/alerts", tags=["alerts"])

_LIST = "alerts"
_ACCOUNTS = "alert-accounts"
_LONGEST_ID = 64

Kind = Literal["mass_deactivation", "last_administrator"]
Outcome = Literal["approved", "rejected", "mixed"]


class AlertShown(Shown):
    """An alert of a connection."""

    id: str
    kind: Kind
    connection: str
    count: int = Field(description="How many deactivations it is about.")
    opened: Moment
    latest: Moment = Field(description="When the last of them came.")
    closed: Moment | None = Field(description="null: it is open, and marks its connection.")
    closed_by: str | None = Field(description="The id of the management key that decided, or `command line`.")
    outcome: Outcome | None


class HeldShown(Shown):
    """An account that an alert is about: held, or decided on."""

    account: str
    user: str
    user_name: str | None
    status: Literal["active", "inactive", "held", "removed"]
    since: Moment
    deleted: bool = Field(description="The user is gone for SCIM.")
    roles_kept: list[str] = Field(description="Roles that the account keeps though its user is not in them.")
    decision: Decision | None
    waiting: bool = Field(description="It keeps something that nobody has decided on.")


class Choice(Body):
    """Which accounts a decision is about."""

    accounts: (
        Annotated[
            list[Annotated[str, Field(max_length=_LONGEST_ID)]],
            Field(min_length=1, max_length=MOST_ACCOUNTS, description="Accounts by id; null: all that wait."),
        ]
        | None
    ) = None


class DecidedShown(AlertShown):
    """The alert after a decision."""

    decided: int = Field(description="How many accounts were decided on.")


@router.get("", operation_id="listAlerts")
async def list_(
    bound: Bound,
    paging: Paging,
    connection: Annotated[
        str | None, Query(min_length=1, max_length=_LONGEST_ID, description="Of one connection only.")
    ] = None,
    open_only: Annotated[bool, Query(alias="open", description="Only those that are open.")] = False,
) -> Page[AlertShown]:
    """List alerts, oldest first."""
    name = f"{_LIST} {connection or ''} {open_only}"
    after = paging.after(name, int, str)
    found = await list_alerts(
        bound.database,
        bound.organization,
        Position(*after) if after else None,
        paging.limit + 1,
        connection=connection,
        open_only=open_only,
    )
    return paging.page(name, found, lambda alert: (alert.opened, alert.id), _shown)


@router.get("/{id}", operation_id="retrieveAlert")
async def retrieve(bound: Bound, id: str) -> AlertShown:
    """Show an alert."""
    return _shown(await alert_with_id(bound.database, bound.organization, id))


@router.get("/{id}/accounts", operation_id="listAlertAccounts")
async def accounts(
    bound: Bound,
    paging: Paging,
    id: str,
    waiting: Annotated[bool, Query(description="Only those that nobody has decided on.")] = False,
) -> Page[HeldShown]:
    """List the accounts of an alert that are held or were decided on."""
    name = f"{_ACCOUNTS} {id} {waiting}"
    after = paging.after(name, str)
    found = await held_accounts(
        bound.database, bound.organization, id, after[0] if after else "", paging.limit + 1, waiting=waiting
    )
    return paging.page(name, found, lambda held: (held.user,), _held)


@router.post("/{id}/approve", operation_id="approveAlert")
async def approve(bound: Bound, id: str, choice: Choice) -> DecidedShown:
    """Let accounts end as their IdP said, and their sessions at once; an alert that nothing waits for is closed."""
    return await _decided(bound, id, "approved", choice)


@router.post("/{id}/reject", operation_id="rejectAlert")
async def reject(bound: Bound, id: str, choice: Choice) -> DecidedShown:
    """Keep accounts active, whatever their IdP said; an alert that nothing waits for is closed."""
    return await _decided(bound, id, "rejected", choice)


async def _decided(bound: Binding, id: str, decision: Decision, choice: Choice) -> DecidedShown:
    done = await decide(bound.database, bound.world, bound.organization, id, decision, choice.accounts)
    return DecidedShown(**_shown(done.alert).model_dump(), decided=done.accounts)


def _shown(alert: Alert) -> AlertShown:
    return AlertShown.model_validate(
        {
            "id": alert.id,
            "kind": alert.kind,
            "connection": alert.connection,
            "count": alert.count,
            "opened": moment(alert.opened),
            "latest": moment(alert.latest),
            "closed": moment_or_none(alert.closed),
            "closed_by": alert.closed_by,
            "outcome": alert.outcome,
        }
    )


def _held(held: Held) -> HeldShown:
    document = orjson.loads(held.document) if held.document else {}
    return HeldShown.model_validate(
        {
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
    )
