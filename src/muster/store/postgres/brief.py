"""An operation that reads users and writes one of them, or a new one: hot reads, and one round trip that writes it all.

Law: nothing is locked while it is computed. What is to be written is collected, and written by one function that finds
the user at the version that was read, or does nothing; then, and where an operation wants more than this can do, it is
begun anew in a transaction (`Longer`). The user may be one that is remembered: then that function also finds it to be
so, or undoes all; and whatever else the operation comes to is no result, but a reason to begin anew with a user that is
read (`Misremembered`). So no update is lost, nothing stale is told, and nobody tries more than three times.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, Final, NoReturn, Protocol, TypeVar, cast

import asyncpg
import orjson

from muster.directory import ports
from muster.directory.failures import AccessChanged, StoreUnavailable
from muster.directory.guard import Weighed, looks_back_to
from muster.directory.records import Change, Kind, LogEntry, Row, Scope, StoredUser
from muster.directory.switches import Guard
from muster.scim.keys import Entry
from muster.store.attributes import indexed
from muster.store.postgres import rows
from muster.store.postgres.batches import SOON
from muster.store.postgres.requests import values_of_success
from muster.store.postgres.resources import refuse, unnested, user_columns
from muster.store.postgres.verbs import change_values

T = TypeVar("T")

_PARAMETERS: Final = 59  # of `write_user`


def _numbered(first: int, last: int) -> str:
    return ", ".join(f"${number}" for number in range(first, last + 1))


# The account of a user who is deactivated, or reactivated, is set by a function of its own, behind what `write_user`
# holds then. It is one text for all, since a batch has one. Its last value is whom a batch locks; what comes behind it
# in its batch waits for nobody.
_ACCOUNT: Final = (
    "CASE $60 WHEN 'deactivate' THEN deactivate_account($1, $3, $61, $62, $63, $64, $65, $66)"
    " WHEN 'reactivate' THEN reactivate_account($1, $3, $61, $62) END"
)
_WRITE: Final = (
    f"SELECT lock_users($1, $3, $67), write_user({_numbered(1, _PARAMETERS)}), {_ACCOUNT},"
    f" set_config('lock_timeout', '{SOON}', true)"
)
# The one who was deleted with the same externalId, or name, has to be looked at before.
_WRITE_NEW: Final = f"{_WRITE}, unless_buried($1, $3, $9, $11)"
_MOVED: Final = "MU002"  # the user is not as it was read, or remembered; or there was one like the new one
_MORE: Final = "MU003"  # what deactivate_account raises where there is more to do
_NO_USER: Final = (None,) * 20
_NO_ACCOUNT: Final = (None,) * 4
_NO_ENTRY: Final = (None,) * 16
_NO_CHANGE: Final = (None,) * 10
_READ: Final = (None,) * 6  # in the place of what is remembered
_SAME: Final = (None,) * 7  # in the place of what becomes of the account


class Longer(Exception):
    """The operation needs a transaction with locks, from its beginning; nothing was done."""


class Misremembered(Exception):
    """What is remembered of the user may be wrong; nothing was done."""


class Asks(Protocol):
    """The store that a brief operation is one of."""

    @property
    def depth(self) -> int:
        """Return which groups a user has, as `groups_of` is told."""

    async def user(self, id: str, *, with_groups: bool = True) -> StoredUser | None:
        """Return the user, or None."""

    async def verified(self, domains: Collection[str]) -> Collection[str]:
        """Return which of these domains the organization has verified."""

    async def done(self, about: str | None, sql: str, *values: Any) -> None:
        """Run a statement that is a transaction of its own, behind the access epoch.

        `about` is the id of the user that it finds at a version, if it does. Its last value is added: whom it locks.
        """


class BriefTransaction:
    """The verbs that such an operation uses; any other is `Longer`."""

    def __init__(self, store: Asks, scope: Scope, recall: Callable[[str], StoredUser | None]) -> None:
        """`recall` returns what is remembered of a user, if that may be used."""
        self._store = store
        self._recall: Callable[[str], StoredUser | None] | None = recall
        self._remembered: StoredUser | None = None
        self._organization, self._owner = scope
        self._statement = _WRITE
        self._user: tuple[Any, ...] = _NO_USER
        self._account: tuple[Any, ...] = _NO_ACCOUNT
        self._beside: tuple[Any, ...] = _SAME
        self._entry: tuple[Any, ...] = _NO_ENTRY
        self._change: tuple[Any, ...] = _NO_CHANGE

    def __getattr__(self, _: str) -> NoReturn:
        raise Longer

    async def carry_out(self, operation: ports.Work[T]) -> T:
        """Run the operation and write what it collects.

        Raises what it raises; `Uniqueness`; `Longer` where the user has moved since it was read, or where a deleted one
        was called the same as the new one; `Misremembered`.
        """
        try:
            result = await operation(cast("ports.Transaction", self))
        except (Longer, StoreUnavailable, AccessChanged):
            raise
        except Exception as error:
            if self._remembered is None:
                raise
            raise Misremembered from error
        await self._write(self._state(result))
        return result

    async def user(self, id: str, *, with_groups: bool = False) -> StoredUser | None:
        """Return the user, or None; the first one that is asked for as it is remembered, then with its groups."""
        if self._recall is not None:
            self._remembered = self._recall(id)
            self._recall = None
            if self._remembered is not None:
                return self._remembered
        return await self._store.user(id, with_groups=with_groups)

    async def name_of(self, user: str) -> str | None:
        """Return the displayName of a user, or None. Raises `LookupError`: there is no such user."""
        found = await self._store.user(user, with_groups=False)
        if found is None:
            raise LookupError(user)
        name = orjson.loads(found.document).get("displayName")
        return name if isinstance(name, str) else None

    async def buried(self, external_id: str) -> None:
        """Return None: what writes a new user finds out by itself whether there was one, and is `Longer` then."""

    async def verified(self, domains: Collection[str]) -> Collection[str]:
        """Return which of these domains, in A-labels, the organization has verified."""
        return await self._store.verified(domains)

    async def insert(self, kind: Kind, row: Row, entries: Collection[Entry]) -> None:
        """Collect a new user. `Longer` for a group, and for a second user."""
        self._collect(kind, row, None, (), entries)
        self._statement = _WRITE_NEW

    async def update(
        self, kind: Kind, row: Row, removed: Collection[Entry], added: Collection[Entry]
    ) -> None:
        """Collect a changed user. `Longer` for a group, and for a second user."""
        self._collect(kind, row, row.version - 1, removed, added)

    async def add_account(self, id: str, user: str, active: bool, now: int) -> None:  # noqa: ARG002 - the collected one
        """Collect the account of the new user."""
        self._account = (id, "active" if active else "inactive", 0, now)

    async def set_account(self, user: str, status: str, now: int, *, revoke: bool) -> None:  # noqa: ARG002
        """Do nothing: what was weighed is collected with what becomes of the account. `Longer` where nothing was."""
        if self._beside is _SAME:
            raise Longer

    async def reactivate(self, user: str, now: int) -> None:
        """Collect that the account of the changed user is active again."""
        self._beside = ("reactivate", user, now, *_SAME[3:])

    async def weigh(self, user: str, now: int, guard: Guard) -> Weighed:
        """Collect the deactivation of the changed user; nothing is in its way, or all is undone and begun anew."""
        limits = (looks_back_to(guard, now), guard.users, guard.percent, guard.hold)
        self._beside = ("deactivate", user, now, *limits)
        return Weighed(None, "active", 0)

    async def log(self, entry: LogEntry | None) -> None:
        """Collect the entry of the request log. `Longer` for a second one, and for one of a refusal."""
        if entry is None:
            return
        if self._entry is not _NO_ENTRY or entry.code is not None:
            raise Longer
        self._entry = values_of_success(entry)

    async def record(self, change: Change, entry: LogEntry | None = None) -> None:
        """Collect the change row, and the entry. `Longer` for a second entry."""
        if entry is not None:
            await self.log(entry)
        self._change = change_values(change)

    def _state(self, result: object) -> tuple[Any, ...]:
        """Return what has to be so where the user was remembered: its state, and what the result tells beside it."""
        before = self._remembered
        if before is None:
            return _READ
        told = result if isinstance(result, StoredUser) else before
        return before.id, before.version, before.last_modified, *rows.derived(told), self._store.depth

    async def _write(self, state: tuple[Any, ...]) -> None:
        """Write what was collected, in one round trip."""
        account = self._account if self._beside is _SAME else _NO_ACCOUNT
        values = (self._owner, *self._user, *account, *self._entry, *self._change, *state, *self._beside)
        about = self._user[0] if self._user[1] else state[0]  # a new one is nobody's yet
        try:
            await self._store.done(about, self._statement, *values)
        except asyncpg.UniqueViolationError as error:  # by a user that was there, at that version
            refuse("User", error)
        except asyncpg.exceptions.UnknownPostgresError as error:
            if error.sqlstate == _MORE:
                raise Longer from error
            if error.sqlstate != _MOVED:
                raise
            raise self._anew() from error
        except (asyncpg.DeadlockDetectedError, asyncpg.SerializationError) as error:
            raise self._anew() from error

    def _anew(self) -> Exception:
        return Longer() if self._remembered is None else Misremembered()

    def _collect(
        self, kind: Kind, row: Row, expected: int | None, gone: Collection[Entry], new: Collection[Entry]
    ) -> None:
        if kind != "User" or self._user is not _NO_USER:
            raise Longer
        before = self._remembered
        if before is not None and (row.id, expected) != (before.id, before.version):
            raise Longer  # nobody would find out whether the one that was read is as it is remembered
        entries = (*unnested(kind, gone)[:3], *unnested(kind, indexed(kind, new)))
        own = (row.id, expected, row.version, row.created, row.last_modified, *user_columns(row))
        self._user = (*own, *entries)
