"""Joining: an operator says that a new user is the person whose earlier user was deleted.

Law: what the platform has tied to the earlier account is that person's again. The two accounts exchange their users,
with what follows of these, in one transaction in which nobody else writes; whatever was issued to either of them before
is dead. It is done only where the earlier user is deleted and the other one is not, and to nobody who is purged, or
about whose access an alert is still to decide.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from muster.directory.accounts import unknown_account
from muster.directory.document import dump
from muster.directory.organizations import Conflict, organization_numbered
from muster.directory.ports import Database, Transaction
from muster.directory.records import LOCAL_OWNER, Change, Operation, Scope
from muster.directory.registers.accounts import Account
from muster.directory.world import World


async def join_accounts(database: Database, world: World, organization: int, id: str, earlier: str) -> None:
    """Let a person who has come back under the account `id` go on under their earlier account; `id` ends as removed.

    Where that was done already, nothing is. Raises Missing; Conflict: they cannot be joined.
    """
    found = await organization_numbered(database, organization)
    actor = world.actor()

    async def operation(transaction: Transaction) -> None:
        now, accounts = world.clock(), transaction.registers.accounts
        later, former = await accounts.get(id), await accounts.get(earlier)
        if later is None or former is None:
            raise unknown_account()
        if later.joined == former.id:
            return
        _require_joinable(later, former)
        await accounts.exchange(later, former, now)
        before, after = (later, former), (await accounts.get(id), await accounts.get(earlier))
        change = Change(now, actor, Operation.JOIN, "Account", former.id, None, _shown(before), _shown(after))
        await transaction.record(change)

    store = database.store(Scope(organization, LOCAL_OWNER), nested=found.nested)
    await store.write(operation, heavy=True)


def _require_joinable(later: Account, former: Account) -> None:
    """Raise Conflict where these two are not to be joined."""
    if later.document is None or former.document is None:
        raise Conflict("One of the two people was purged: nothing is left to join.", code="join-purged")
    if later.deleted is not None:
        raise Conflict(
            f"The user of the account {later.id} is deleted: join the account of somebody who is there.",
            code="join-nobody-there",
        )
    if former.deleted is None:
        raise Conflict(
            f"The user of the earlier account {former.id} is not deleted: these are two people who are there.",
            code="join-both-there",
        )
    if "held" in {later.status, former.status} or former.status != "removed":
        raise Conflict(
            "One of the two accounts has kept its access against its IdP: decide that in its alert, then join them.",
            code="join-undecided",
        )


def _shown(accounts: Sequence[Account | None]) -> bytes:
    """Return what a change tells of both accounts, by their ids."""
    told: dict[str, Any] = {
        one.id: {"user": one.user, "status": one.status} for one in accounts if one is not None
    }
    return dump(told)
