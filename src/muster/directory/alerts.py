"""Alerts, and what somebody decides on the accounts that are held for them.

Law: approved, an account ends as its IdP has said, and its sessions with it, in one transaction with the change row.
Rejected, it stays active although its user is not; the next that the IdP says of the user counts again. An alert is
closed when nothing waits for it; its connection's guard then counts from there.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final, NamedTuple

from muster.directory.connections import missing
from muster.directory.document import dump
from muster.directory.organizations import Conflict, Missing, Refused
from muster.directory.ports import Administration, Database
from muster.directory.records import Change, Operation
from muster.directory.registers.alerts import Alert, Outcome
from muster.directory.registers.api_keys import Position
from muster.directory.registers.held import Decision, Held
from muster.directory.registers.registers import Registers
from muster.directory.world import World

MOST_ACCOUNTS: Final = 1000
"""How many accounts one decision may name."""

_AT_ONCE: Final = 100  # accounts that are decided on in one transaction
_OPERATION: Final[dict[Decision, Operation]] = {
    "approved": Operation.APPROVE,
    "rejected": Operation.REJECT,
}


class Decided(NamedTuple):
    """What a decision has come to: the alert as it is then, and how many accounts it changed."""

    alert: Alert
    accounts: int


async def list_alerts(
    database: Database,
    organization: int,
    after: Position | None,
    limit: int,
    *,
    connection: str | None = None,
    open_only: bool = False,
) -> Sequence[Alert]:
    """Return up to `limit` alerts behind a position, oldest first, perhaps of one connection, also of a deleted one.

    Raises Missing: there is and was no such connection.
    """
    if connection is not None and await database.connection(organization, connection) is None:
        raise missing()

    async def operation(registers: Registers) -> Sequence[Alert]:
        return await registers.alerts.list(after, limit, connection=connection, open_only=open_only)

    return await database.consult(organization, operation)


async def alert_with_id(database: Database, organization: int, id: str) -> Alert:
    """Return an alert. Raises Missing."""
    found = await database.consult(organization, lambda registers: registers.alerts.get(id))
    if found is None:
        raise _unknown()
    return found


async def held_accounts(
    database: Database, organization: int, id: str, after: str, limit: int, *, waiting: bool = False
) -> Sequence[Held]:
    """Return up to `limit` accounts of an alert behind a user's id; `waiting`: undecided ones only. Raises Missing."""

    async def operation(registers: Registers) -> Sequence[Held]:
        if await registers.alerts.get(id) is None:
            raise _unknown()
        return await registers.held.list(id, after, limit, waiting=waiting)

    return await database.consult(organization, operation)


async def decide(
    database: Database,
    world: World,
    organization: int,
    id: str,
    decision: Decision,
    accounts: Collection[str] | None = None,
) -> Decided:
    """Decide on accounts that are held for an alert: on these, or on all that wait.

    These are decided on together. All that wait are decided on in parts, each whole by itself: where that is
    interrupted, the rest still waits. Raises Missing; Conflict: it is closed, or an account does not wait.
    """
    if accounts is not None and not 0 < len(accounts) <= MOST_ACCOUNTS:
        raise Refused(f"Name from 1 to {MOST_ACCOUNTS} accounts, or none for all that wait.")
    work = _Decision(world, id, decision)
    if accounts is not None:
        named = list(dict.fromkeys(accounts))
        return await database.administer(organization, lambda verbs: work.on(verbs, named))
    changed = 0
    while True:
        done = await database.administer(organization, work.on_some)
        changed += done.accounts
        if done.alert.closed is not None:
            return Decided(done.alert, changed)


class _Decision:
    """One decision on an alert, carried out in one transaction or in several."""

    def __init__(self, world: World, id: str, decision: Decision) -> None:
        self._world = world
        self._actor = world.actor()
        self._id = id
        self._decision = decision
        self._now = 0

    async def on(self, administration: Administration, accounts: Sequence[str]) -> Decided:
        """Decide on these accounts. One that was kept by a decision may still be approved."""
        await self._alert(administration)
        held = [await self._held(administration.registers, account) for account in accounts]
        return await self._settle(administration, held)

    async def on_some(self, administration: Administration) -> Decided:
        """Decide on some of those that wait; after the last of them the alert is closed."""
        found = await self._alert(administration)
        if found.closed is not None:
            raise Conflict("This alert is closed already.")
        held = await administration.registers.held.list(self._id, "", _AT_ONCE, waiting=True)
        return await self._settle(administration, held)

    async def _alert(self, administration: Administration) -> Alert:
        """Return the alert; nobody else decides, and no account begins to be held, before the transaction has ended."""
        await administration.registers.organization.hold()
        self._now = self._world.clock()
        found = await administration.registers.alerts.get(self._id)
        if found is None:
            raise _unknown()
        return found

    async def _held(self, registers: Registers, account: str) -> Held:
        held = await registers.held.get(self._id, account)
        if held is None:
            raise Missing(f"This alert has no account with the id {account[:64]!r}.")
        overruled = self._decision == "approved" and held.decision == "rejected"
        if not held.waiting and not overruled:
            raise Conflict(f"The account {account[:64]!r} does not wait for a decision.")
        return held

    async def _settle(self, administration: Administration, held: Sequence[Held]) -> Decided:
        registers = administration.registers
        for one in held:
            settled = await registers.held.settle(self._id, one, self._decision, self._now)
            after: dict[str, object] = {"user": one.user, "alert": self._id}
            if one.roles:
                after["roles"] = one.roles
            before = None
            if settled is not None:
                before, after["status"] = dump({"status": settled.before}), settled.after
            await administration.record(self._change("Account", one.account, before, dump(after)))
        return Decided(await self._closed(administration), len(held))

    async def _closed(self, administration: Administration) -> Alert:
        """Close the alert where nothing waits for it any more, and return it as it is then."""
        registers = administration.registers
        found = await registers.alerts.get(self._id)
        assert found is not None
        if found.closed is not None or await registers.held.list(self._id, "", 1, waiting=True):
            return found
        decisions = {self._decision, *await registers.held.decisions(self._id)}
        outcome: Outcome = self._decision if len(decisions) == 1 else "mixed"
        await registers.alerts.close(self._id, self._now, self._world.author(), outcome)
        connection = await administration.connection(found.connection)
        if connection is not None and found.kind == "mass_deactivation":
            await registers.deactivations.begin_anew(connection.owner)
        after = dump({"outcome": outcome, "connection": found.connection})
        await administration.record(self._change("Alert", self._id, None, after))
        closed = await registers.alerts.get(self._id)
        assert closed is not None
        return closed

    def _change(self, resource_type: str, resource: str, before: bytes | None, after: bytes) -> Change:
        operation = _OPERATION[self._decision]
        return Change(self._now, self._actor, operation, resource_type, resource, None, before, after)


def _unknown() -> Missing:
    return Missing("There is no alert with this id.")
