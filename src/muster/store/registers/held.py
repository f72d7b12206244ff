"""The register of what is held."""

from __future__ import annotations

import builtins
from collections.abc import Collection, Sequence
from typing import Any, Final

from muster.directory.registers.held import Decision, Held, Settled
from muster.store.registers.people import marks, rounded
from muster.store.session import Session

_ACCOUNT: Final = ""
"""What stands for the account itself, where a role is named."""

_HOLD: Final = (
    'INSERT INTO held (organization, alert, "user", role, owner, time) VALUES (?, ?, ?, ?, ?, ?)'
    ' ON CONFLICT (organization, alert, "user", role) DO UPDATE SET time = excluded.time, decision = NULL'
)
_RELEASE: Final = 'DELETE FROM held WHERE organization = ? AND role = ? AND "user" = ?'
_KEPT_BY: Final = "SELECT \"user\" FROM held WHERE organization = ? AND role = ? AND role <> ''"
_FORGET: Final = 'DELETE FROM held WHERE organization = ? AND "user" = ?'
_ALERT_OF: Final = (
    "SELECT alert FROM held WHERE organization = ? AND \"user\" = ? AND role = '' AND decision IS NULL"
    " ORDER BY time DESC LIMIT 1"
)
_OWNERS: Final = (
    "SELECT n.owner FROM connections n WHERE n.organization = ? AND n.owner IN ({})"
    " AND EXISTS (SELECT 1 FROM accounts a WHERE a.organization = ? AND a.owner = n.owner AND a.status = 'held')"
)
_ROLES: Final = (
    'held r WHERE r.organization = ? AND r.alert = h.alert AND r."user" = h."user" AND r.role <> \'\''
)
# Of several alerts that an account was held for, the latest is the one that it is held for now.
_LATEST: Final = """NOT EXISTS (SELECT 1 FROM held l WHERE l.organization = ? AND l."user" = h."user"
    AND l.role = '' AND l.decision IS NULL AND l.time > h.time)"""
_WAITS: Final = f"""(h.decision IS NULL
    AND (a.status = 'held' AND {_LATEST} OR EXISTS (SELECT 1 FROM {_ROLES})))"""
_LIST: Final = f"""SELECT a.id, h."user", a.status, h.time, h.decision, (SELECT string_agg(r.role, ' ') FROM {_ROLES}),
    u.id IS NULL, {_WAITS}, coalesce(u.document, t.document)
  FROM held h JOIN accounts a ON a.organization = ? AND a."user" = h."user"
  LEFT JOIN users u ON u.organization = ? AND u.owner = h.owner AND u.id = h."user"
  LEFT JOIN tombstones t ON t.organization = ? AND t.id = h."user"
  WHERE h.organization = ? AND h.alert = ? AND h.role = ''"""
_BEHIND: Final = ' AND h."user" > ? ORDER BY h."user" LIMIT ?'
_DECISIONS: Final = (
    "SELECT DISTINCT decision FROM held WHERE organization = ? AND alert = ? AND decision IS NOT NULL"
)
_DECIDE: Final = 'UPDATE held SET decision = ? WHERE organization = ? AND alert = ? AND "user" = ?'
_ITS_USER: Final = (
    'SELECT 1 FROM users u WHERE u.organization = ? AND u.owner = accounts.owner AND u.id = accounts."user"'
)
_END: Final = (
    f"UPDATE accounts SET status = CASE WHEN EXISTS ({_ITS_USER}) THEN 'inactive' ELSE 'removed' END, changed = ?,"
    " revoked_before = CASE WHEN revoked_before < ? THEN ? ELSE revoked_before END"
    ' WHERE organization = ? AND "user" = ? AND status = ?'
    f" AND NOT EXISTS ({_ITS_USER} AND u.active) RETURNING status"
)
_KEEP: Final = (
    "UPDATE accounts SET status = 'active', changed = ? WHERE organization = ? AND \"user\" = ? AND status = 'held'"
    " RETURNING status"
)


class SqlHeld:
    """What is held in one organization."""

    def __init__(self, session: Session, organization: int) -> None:
        self._session = session
        self._organization = organization

    async def hold(self, alert: str, owner: int, user: str, roles: Collection[str], now: int) -> None:
        """Keep the account of a user with these roles for an alert; it waits for a decision, again if need be."""
        for role in (_ACCOUNT, *roles):
            await self._session.execute(_HOLD, self._organization, alert, user, role, owner, now)

    async def release(self, role: str, users: Collection[str]) -> None:
        """Keep a role for these users no more."""
        kept = await self._session.fetch(_KEPT_BY, self._organization, role)
        for user in {user for (user,) in kept}.intersection(users):
            await self._session.execute(_RELEASE, self._organization, role, user)

    async def among(self, owners: Sequence[int]) -> Collection[int]:
        """Return which of these connections have an account that is held; all by their rows' number."""
        asked = rounded(owners)
        sql = _OWNERS.format(marks(asked))
        found = await self._session.fetch(sql, self._organization, *asked, self._organization)
        return [owner for (owner,) in found]

    async def forget(self, user: str) -> None:
        """Forget what the account of a user keeps or kept: the user is there anew."""
        await self._session.execute(_FORGET, self._organization, user)

    async def alert_of(self, user: str) -> str | None:
        """Return the alert that the account of a user is held for."""
        found = await self._session.fetch(_ALERT_OF, self._organization, user)
        return found[0][0] if found else None

    async def list(self, alert: str, after: str, limit: int, *, waiting: bool = False) -> builtins.list[Held]:
        """Return up to `limit` accounts of an alert behind a user's id, in the order of those."""
        number = self._organization
        narrowed, values = (f" AND {_WAITS}", (number, number)) if waiting else ("", ())
        sql = f"{_LIST}{narrowed}{_BEHIND}"
        found = await self._session.fetch(sql, *self._of(alert), *values, after, limit)
        return [_held(row) for row in found]

    async def get(self, alert: str, account: str) -> Held | None:
        """Return an account of an alert, or None."""
        found = await self._session.fetch(f"{_LIST} AND a.id = ?", *self._of(alert), account)
        return _held(found[0]) if found else None

    async def decisions(self, alert: str) -> Collection[Decision]:
        """Return which decisions were made on the accounts of an alert."""
        return [decision for (decision,) in await self._session.fetch(_DECISIONS, self._organization, alert)]

    async def settle(self, alert: str, held: Held, decision: Decision, now: int) -> Settled | None:
        """Decide on an account; return what it was and is, None where it stays what it is."""
        number, user, before = self._organization, held.user, held.status
        here = before == "held" and await self.alert_of(user) == alert
        await self._session.execute(_DECIDE, decision, number, alert, user)
        after: builtins.list[tuple[Any, ...]] = []
        if decision == "rejected" and here:
            after = await self._session.fetch(_KEEP, now, number, user)
        elif decision == "approved" and (here or (before == "active" and held.decision == "rejected")):
            after = await self._session.fetch(_END, number, now, now, now, number, user, before, number)
        return Settled(held.account, before, after[0][0]) if after else None

    def _of(self, alert: str) -> tuple[int | str, ...]:
        number = self._organization
        return (*(number,) * 7, alert)


def _held(row: tuple[Any, ...]) -> Held:
    account, user, status, since, decision, roles, gone, waits, document = row
    names = tuple(sorted(roles.split())) if roles else ()
    return Held(account, user, status, since, decision, names, bool(gone), bool(waits), document)
