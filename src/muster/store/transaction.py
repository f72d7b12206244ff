"""All verbs of one operation on one scope, as the directory's `Transaction` asks for them."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import apsw

from muster.directory.failures import AccessChanged, StoreUnavailable
from muster.directory.guard import Weighed, looks_back_to
from muster.directory.records import Change, LogEntry, Scope
from muster.directory.registers.registers import Registers
from muster.directory.switches import Guard
from muster.store.connection import fetch, told
from muster.store.memberships import MembershipVerbs
from muster.store.ownership import OwnershipVerbs
from muster.store.registers.registers import SqlRegisters
from muster.store.resources import ResourceVerbs
from muster.store.session import SqliteSession

T = TypeVar("T")

_ADD_ACCOUNT: Final = """INSERT INTO accounts (organization, owner, id, user, status, created, changed)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)"""
_SET_ACCOUNT: Final = """UPDATE accounts SET status = ?4, changed = ?5,
    revoked_before = CASE WHEN ?6 THEN max(revoked_before, ?5) ELSE revoked_before END,
    joined = NULL
  WHERE organization = ?1 AND user = ?3 AND owner = ?2"""
_REACTIVATE: Final = """UPDATE accounts SET status = 'active', changed = ?4,
    revoked_before = CASE status WHEN 'inactive' THEN max(revoked_before, ?4, ?5) ELSE revoked_before END
  WHERE organization = ?1 AND user = ?3 AND owner = ?2"""
_LATEST: Final = """(SELECT number, time, basis FROM deactivations
    WHERE organization = ?1 AND owner = ?2 ORDER BY number DESC LIMIT 1) d"""
_NOTE: Final = f"""INSERT INTO deactivations (organization, owner, number, time, user, basis)
  SELECT ?1, ?2, ifnull(d.number, 0) + 1, ?4, ?3, max(n.users, iif(d.time > ?5, d.basis, 0))
  FROM connections n CROSS JOIN accounts a LEFT JOIN {_LATEST} ON TRUE
  WHERE n.organization = ?1 AND n.owner = ?2
    AND a.organization = ?1 AND a.user = ?3 AND a.owner = ?2 AND a.status = 'active'
  ON CONFLICT (organization, owner, user) DO UPDATE
    SET number = excluded.number, time = excluded.time, basis = excluded.basis WHERE time <= ?5"""
_MOST: Final = "max(?5, d.basis * ?6 / 100)"
_WEIGH: Final = f"""SELECT a.id, a.status, {_MOST} + 1, a.status = 'active' AND (
    SELECT e.time > ?4 FROM deactivations e
    WHERE e.organization = ?1 AND e.owner = ?2 AND e.number <= d.number - {_MOST} ORDER BY e.number DESC LIMIT 1)
  FROM accounts a LEFT JOIN {_LATEST} ON TRUE WHERE a.organization = ?1 AND a.user = ?3 AND a.owner = ?2"""
_NEXT: Final = """UPDATE organizations SET sequence = sequence + 1 WHERE organization = ?
  RETURNING sequence, access_epoch"""
_RECORD: Final = "INSERT INTO changes VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_FIELDS: Final = LogEntry._fields
LOG: Final = f"INSERT INTO request_log ({', '.join(_FIELDS)}) VALUES ({', '.join('?' for _ in _FIELDS)})"
"""The statement that a `LogEntry` has the values of."""
_LOG_AT: Final = f"""{LOG}
  RETURNING (SELECT access_epoch FROM organizations g WHERE g.organization = request_log.organization)"""


class SqliteTransaction(ResourceVerbs, MembershipVerbs, OwnershipVerbs):
    """One operation on one scope. It never suspends: every verb has its answer when it returns.

    `epoch` is the access epoch that the grant was read at; None: it is done whatever that is. Whatever changes
    something ends with `record` or `log`, which compare it: each in the statement that it needs anyway.
    """

    __slots__ = ("_epoch",)

    def __init__(self, connection: apsw.Connection, scope: Scope, epoch: int | None) -> None:
        super().__init__(connection, scope)
        self._epoch = epoch

    async def add_account(self, id: str, user: str, active: bool, now: int) -> None:
        """Create the account of a new user."""
        self._all(_ADD_ACCOUNT, id, user, "active" if active else "inactive", now)

    async def set_account(self, user: str, status: str, now: int, *, revoke: bool) -> None:
        """Set the account's status; with `revoke` its `revoked_before` moves to `now`, never backward."""
        self._all(_SET_ACCOUNT, user, status, now, revoke)

    async def reactivate(self, user: str, now: int) -> None:
        """Make the account active; where it had ended, its `revoked_before` moves to this moment, never backward."""
        self._all(_REACTIVATE, user, now, time.time_ns() // 1000)

    async def record(self, change: Change, entry: LogEntry | None = None) -> int:
        """Write the change row, then the entry that names it; return its sequence number. Raises `AccessChanged`."""
        sequence = record(self._connection, self._organization, change, self._epoch)
        if entry is not None:
            self._execute(LOG, entry._replace(sequence=sequence))
        return sequence

    async def weigh(self, user: str, now: int, guard: Guard) -> Weighed:
        """Say what a deactivation of the user meets, and note it where the account is active."""
        since = looks_back_to(guard, now)
        self._all(_NOTE, user, now, since)
        found = self._all(_WEIGH, user, since, guard.users, guard.percent)
        if not found:
            return Weighed(None, None, 0)
        account, status, many, over = found[0]
        return Weighed(account, status, many if over else 0)

    @property
    def registers(self) -> Registers:
        """Return the registers of the organization, in this transaction."""
        return SqlRegisters(SqliteSession(self._connection), self._organization)

    async def log(self, entry: LogEntry | None) -> None:
        """Write the request log's entry of an operation without a change. Raises `AccessChanged`."""
        if entry is not None:
            ((epoch,),) = fetch(self._connection, _LOG_AT, entry)
            _require(self._epoch, epoch)

    async def attempt(self, part: Callable[[], Awaitable[T]]) -> T:
        """Run a part of the operation in a savepoint: what it raises undoes that part alone."""
        self._execute("SAVEPOINT part")
        try:
            result = await part()
        except BaseException as error:
            if self._connection.get_autocommit():
                # SQLite has ended the whole transaction by itself: nothing of the operation is left to go on with.
                raise StoreUnavailable(f"nothing was changed: {error}") from error
            self._execute("ROLLBACK TO part")
            self._execute("RELEASE part")
            raise told(self._connection, error) from None
        self._execute("RELEASE part")
        return result


def record(connection: apsw.Connection, organization: int, change: Change, epoch: int | None = None) -> int:
    """Write a change row of an organization and return its sequence number, gap-free within it.

    Raises `AccessChanged` where the organization's access epoch is not `epoch` (None: whatever it is).
    """
    ((sequence, current),) = fetch(connection, _NEXT, (organization,))
    _require(epoch, current)
    actor = change.actor
    connection.execute(
        _RECORD,
        (
            organization,
            sequence,
            change.time,
            actor.connection,
            actor.credential,
            actor.request,
            change.operation.value,
            change.resource_type,
            change.resource,
            change.version,
            change.before,
            change.after,
        ),
    )
    return int(sequence)


def _require(epoch: int | None, current: int) -> None:
    if epoch is not None and current != epoch:
        raise AccessChanged
