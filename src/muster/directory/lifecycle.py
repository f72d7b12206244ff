"""The account's life: it follows the user, and what it opened dies in the same transaction (design law 8).

Law: an account whose user is inactive or gone is so too, but for one exception: it is *held*, or was and stays by a
decision. It is held where the connection's guard holds back what are too many deactivations, and where nobody would be
left with the permission that the organization's administrators have. A held account keeps what it had. One that had
ended revokes once more when it begins again: what was issued between the moment that it ended at and the commit of that
lives no second time.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from muster.directory.access import Request
from muster.directory.alerting import alert
from muster.directory.document import dump
from muster.directory.guard import Weighed
from muster.directory.ports import Transaction
from muster.directory.records import LOCAL_OWNER, Change, Operation
from muster.directory.switches import Guard


class Ending(NamedTuple):
    """What came of an account that was to end: the alert it is held for, and the changes that follow the user's own."""

    alert: str | None = None
    changes: Collection[Change] = ()


async def follow_active(
    transaction: Transaction, request: Request, user: str, before: Mapping[str, Any], after: Mapping[str, Any]
) -> Collection[Change]:
    """Move the account when `active` was given another value: deactivation revokes, reactivation revives nothing old.

    A user whose `active` was removed says nothing about its account, which stays as it is. Returns the changes that
    are to be recorded behind the user's.
    """
    active = after.get("active")
    if active is None or active == before.get("active"):
        return ()
    if active:
        await transaction.reactivate(user, request.now)
        return ()
    return (await end_account(transaction, request, user, "inactive")).changes


async def end_account(transaction: Transaction, request: Request, user: str, status: str) -> Ending:
    """Give the account of a user who is deactivated or deleted its status and revoke all it had, unless it is held."""
    guard = request.access.switches.guard
    weighed = await transaction.weigh(user, request.now, guard)
    if weighed.status == "held":
        return Ending(await transaction.registers.held.alert_of(user))
    held = await _held(transaction, request, user, weighed, guard)
    if held.alert is None:
        await transaction.set_account(user, status, request.now, revoke=True)
    else:
        await transaction.set_account(user, "held", request.now, revoke=False)
    return held


async def remove_account(transaction: Transaction, user: str, now: int) -> None:
    """Mark the account of a deleted user as removed and revoke all it had, where no IdP has asked for that."""
    await transaction.set_account(user, "removed", now, revoke=True)


async def keep_roles(
    transaction: Transaction, request: Request, user: str, ending: Ending, roles: Collection[str]
) -> None:
    """Let the account of a deleted user that is held keep the roles that its user was in."""
    if ending.alert is not None and roles:
        owner = request.access.connection.owner
        await transaction.registers.held.hold(ending.alert, owner, user, roles, request.now)


async def _held(
    transaction: Transaction, request: Request, user: str, weighed: Weighed, guard: Guard
) -> Ending:
    """Return why the account is held, if it is, and what has to be told in any case."""
    alerts: list[str] = []
    changes: list[Change] = []
    if weighed.status == "active" and await _is_last_administrator(transaction, request, user):
        last, told = await alert(transaction, request, "last_administrator", 1)
        alerts.append(last)
        changes += told
    if weighed.many:
        mass, told = await alert(transaction, request, "mass_deactivation", weighed.many)
        changes += told
        if guard.hold:
            alerts.append(mass)
    if not alerts:
        return Ending(None, changes)
    await transaction.registers.held.hold(alerts[0], request.access.connection.owner, user, (), request.now)
    account, now = str(weighed.account), request.now
    before, after = {"status": "active"}, {"status": "held", "user": user, "alert": alerts[0]}
    hold = Change(now, request.actor, Operation.HOLD, "Account", account, None, dump(before), dump(after))
    return Ending(alerts[0], [*changes, hold])


async def _is_last_administrator(transaction: Transaction, request: Request, user: str) -> bool:
    permission = protected_permission(request)
    return permission is not None and await transaction.registers.administrators.is_last(permission, user)


def protected_permission(request: Request) -> str | None:
    """Return the permission that an IdP may not leave without anybody; None: there is none, or no IdP asks."""
    access = request.access
    return None if access.connection.owner == LOCAL_OWNER else access.organization.administrators
