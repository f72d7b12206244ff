"""Whether what was issued to somebody is still good, what they may do, and why: what a platform enforces by.

Law: nothing is good but for an account that is active, or held, and that was not revoked since. Whoever is inactive or
gone has no role and no permission, though the groups may still list them.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal, NamedTuple

from muster.directory.accounts import unknown_account
from muster.directory.ports import Database
from muster.directory.registers.accounts import Account, Accounts, Edge, Granted
from muster.directory.registers.registers import Registers
from muster.directory.sources import name_of

Reason = Literal["active", "held", "inactive", "removed", "revoked", "ahead"]

AHEAD: Final = 60_000_000  # microseconds that the platform's clock may be ahead of ours
_HAVING_ACCESS: Final = ("active", "held")


class Step(NamedTuple):
    """A membership on the way to a role: the group, since when, by which request and which change.

    With an `alert` it is none any more: the IdP took it away, and it is kept until that is decided.
    """

    group: str
    name: str
    since: int
    request: str | None
    sequence: int | None
    alert: str | None


Way = Sequence[Step]
"""How somebody comes to a role: the group that they are in themselves first, the role last."""


class HeldRole(NamedTuple):
    """A role that somebody has, with the shortest way to it from each group that they are in themselves."""

    id: str
    name: str
    why: Sequence[Way]


class HeldPermission(NamedTuple):
    """A permission that somebody has, and the ids of the roles that give it."""

    name: str
    roles: Sequence[str]


class Standing(NamedTuple):
    """The answer: `good`, the reason for it, and what the account may do now."""

    account: Account
    good: bool
    reason: Reason
    roles: Sequence[HeldRole]
    permissions: Sequence[HeldPermission]


async def standing(
    database: Database, organization: int, id: str, issued_at: int | None, now: int
) -> Standing:
    """Return how an account stands, for what was issued at that time; None: for what would be issued now.

    Times are in microseconds. Raises Missing.
    """

    async def operation(registers: Registers) -> Standing:
        return await _standing(registers.accounts, await registers.accounts.get(id), issued_at, now)

    return await database.consult(organization, operation)


async def standing_of_user(
    database: Database, organization: int, user: str, issued_at: int | None, now: int
) -> Standing:
    """Return the same for the account of a user, by the user's id. Raises Missing."""

    async def operation(registers: Registers) -> Standing:
        return await _standing(registers.accounts, await registers.accounts.of_user(user), issued_at, now)

    return await database.consult(organization, operation)


async def _standing(accounts: Accounts, account: Account | None, issued_at: int | None, now: int) -> Standing:
    if account is None:
        raise unknown_account()
    good, reason = verdict(account, issued_at, now)
    if account.status not in _HAVING_ACCESS:
        return Standing(account, good, reason, (), ())
    edges = await accounts.memberships(account)
    granted = await accounts.granted(account)
    return Standing(account, good, reason, _roles(account.user, edges, granted), _permissions(granted))


def verdict(account: Account, issued_at: int | None, now: int) -> tuple[bool, Reason]:
    """Return whether what was issued then is good, and why."""
    match account.status:
        case "active" | "held" as status:
            if issued_at is not None and issued_at > now + AHEAD:
                return False, "ahead"
            if issued_at is not None and issued_at < account.revoked_before:
                return False, "revoked"
            return True, status
        case "inactive":
            return False, "inactive"
    return False, "removed"


def _permissions(granted: Iterable[Granted]) -> list[HeldPermission]:
    found: dict[str, list[str]] = defaultdict(list)
    for one in granted:
        for name in one.permissions:
            found[name].append(one.role)
    return [HeldPermission(name, roles) for name, roles in sorted(found.items())]


def _roles(user: str, edges: Iterable[Edge], granted: Iterable[Granted]) -> list[HeldRole]:
    names = {one.role: name_of(one.document) for one in granted}
    above: dict[str, list[Edge]] = defaultdict(list)
    for edge in edges:
        above[edge.member].append(edge)
    why: dict[str, list[Way]] = defaultdict(list)
    for edge in above[user]:
        for role, way in _reached(edge, above, names).items():
            why[role].append(way)
    return [HeldRole(role, name, why[role]) for role, name in sorted(names.items(), key=lambda one: one[1])]


def _reached(first: Edge, above: Mapping[str, Sequence[Edge]], names: Mapping[str, str]) -> dict[str, Way]:
    """Return the shortest way to each role that is reached through one membership."""
    ways: dict[str, tuple[Step, ...]] = {first.group: (_step(first, names),)}
    ahead = deque([first.group])
    while ahead:
        group = ahead.popleft()
        for edge in above.get(group, ()):
            if edge.group not in ways:
                ways[edge.group] = (*ways[group], _step(edge, names))
                ahead.append(edge.group)
    return dict(ways)


def _step(edge: Edge, names: Mapping[str, str]) -> Step:
    name = names.get(edge.group, "")
    return Step(edge.group, name, edge.since, edge.request, edge.sequence, edge.alert)
