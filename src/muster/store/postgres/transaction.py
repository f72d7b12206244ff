"""All verbs of one operation on one scope, as the directory's `Transaction` asks for them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

from muster.directory.guard import Weighed, looks_back_to
from muster.directory.records import LogEntry
from muster.directory.registers.registers import Registers
from muster.directory.switches import Guard
from muster.store.postgres.memberships import MembershipVerbs
from muster.store.postgres.ownership import OwnershipVerbs
from muster.store.postgres.requests import LOG, log_values
from muster.store.postgres.resources import LOCK_GROUPS, ResourceVerbs
from muster.store.postgres.session import PostgresSession
from muster.store.postgres.values import word
from muster.store.registers.registers import SqlRegisters

T = TypeVar("T")

_ADD_ACCOUNT: Final = (
    'INSERT INTO accounts (organization, id, "user", owner, status, created, changed)'
    " VALUES (?, ?, ?, ?, ?, ?, ?)"
)
_SET_ACCOUNT: Final = (
    "UPDATE accounts SET status = ?, changed = ?, revoked_before = greatest(revoked_before, ?::bigint), joined = NULL"
    ' WHERE organization = ? AND "user" = ? AND owner = ?'
)
_REACTIVATE: Final = (
    "UPDATE accounts SET status = 'active', changed = ?, revoked_before ="
    " CASE status WHEN 'inactive' THEN greatest(revoked_before, ?::bigint,"
    " (extract(epoch FROM clock_timestamp()) * 1000000)::bigint) ELSE revoked_before END"
    ' WHERE organization = ? AND "user" = ? AND owner = ?'
)
# Whose rows a deletion changes besides come first, as in every write; the sum makes PostgreSQL keep to that.
_WEIGH: Final = (
    f"WITH roles AS MATERIALIZED ({LOCK_GROUPS}), counted AS MATERIALIZED (SELECT 1 FROM connections c"
    " WHERE c.organization = $1 AND c.owner = $2 FOR NO KEY UPDATE)"
    " SELECT t.* FROM (SELECT (SELECT count(*) FROM roles) + (SELECT count(*) FROM counted) AS rows) locked,"
    " LATERAL weigh($1, $2, $3, $4, $5, $6, $7 + 0 * locked.rows) AS t(account text, status text, many bigint)"
)
_ACCOUNTS: Final = (_ADD_ACCOUNT, _SET_ACCOUNT, _REACTIVATE)


class PostgresTransaction(ResourceVerbs, MembershipVerbs, OwnershipVerbs):
    """One operation on one scope. Verbs whose result nobody asks for are done with the change row."""

    async def add_account(self, id: str, user: str, active: bool, now: int) -> None:
        """Create the account of a new user."""
        status = "active" if active else "inactive"
        self._later(_ADD_ACCOUNT, self._organization, id, user, self._owner, status, now, now)

    async def set_account(self, user: str, status: str, now: int, *, revoke: bool) -> None:
        """Set the account's status; with `revoke` its `revoked_before` moves to `now`, never backward."""
        revoked = now if revoke else 0
        await self._to_account(_SET_ACCOUNT, status, now, revoked, self._organization, user, self._owner)

    async def reactivate(self, user: str, now: int) -> None:
        """Make the account active; where it had ended, its `revoked_before` moves on, by the database's clock."""
        await self._to_account(_REACTIVATE, now, now, self._organization, user, self._owner)

    async def _to_account(self, sql: str, *values: Any) -> None:
        """Have an account changed with the change row."""
        if any(waiting in _ACCOUNTS for waiting, _ in self._waiting):
            await (
                self.flush()
            )  # a part of a statement does not see what another part of it does to the same row
        self._later(sql, *values)

    async def weigh(self, user: str, now: int, guard: Guard) -> Weighed:
        """Say what a deactivation of the user meets, and note it where the account is active.

        The organization's row is locked: whoever deactivates at the same moment is weighed after this one. So that
        nobody who waits for it holds what this operation waits for, the user's groups and the connection are locked
        before. No account waits to be set: an operation weighs before it sets one, and what waits is written with its
        change row.
        """
        limits = (looks_back_to(guard, now), guard.users, guard.percent)
        ((account, status, many),) = await self._all(_WEIGH, word(user), now, *limits)
        return Weighed(account, status, many)

    @property
    def registers(self) -> Registers:
        """Return the registers of the organization, in this transaction."""
        return SqlRegisters(PostgresSession(self._connection), self._organization)

    async def attempt(self, part: Callable[[], Awaitable[T]]) -> T:
        """Run a part of the operation in a savepoint: what it raises undoes that part alone, what waits included."""
        waiting, counts, nested = [*self._waiting], self._counts.copy(), self._nested
        await self._connection.execute("SAVEPOINT part")
        try:
            result = await part()
        except Exception:
            await self._connection.execute("ROLLBACK TO part; RELEASE part")
            self._waiting, self._counts, self._nested = waiting, counts, nested
            raise
        await self._connection.execute("RELEASE part")
        return result

    async def log(self, entry: LogEntry | None) -> None:
        """Write the request log's entry of what changed nothing, with what waits."""
        if entry is not None:
            self._later(LOG, self._organization, *log_values(entry))
