"""An operation that reads users and writes one of them, or a new one: hot reads, and one round trip that writes it all.

Law: nothing is locked while it is computed. What is to be written is collected, and written by one function that finds
the user at the version that was read, or does nothing; then, and where an operation wants more than this can do, it is
begun anew in a transaction (`Longer`). So no update is lost, and nobody tries more than twice.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final, NoReturn, Protocol

import asyncpg
import orjson

from muster.directory.records import Change, Kind, LogEntry, Row, Scope, StoredUser
from muster.scim.keys import Entry
from muster.store.attributes import indexed
from muster.store.postgres.resources import refuse, unnested, user_columns
from muster.store.postgres.rows import log_values
from muster.store.postgres.verbs import change_values

_PARAMETERS: Final = 51
_WRITE: Final = f"SELECT write_user({', '.join(f'${number}' for number in range(1, _PARAMETERS + 1))})"
_MOVED: Final = "MU002"  # what write_user raises where the user is not at the version that was read
_NO_USER: Final = (None,) * 20
_NO_ACCOUNT: Final = (None,) * 4
_NO_ENTRY: Final = (None,) * 14
_NO_CHANGE: Final = (None,) * 10


class Longer(Exception):
    """The operation needs a transaction with locks, from its beginning; nothing was done."""


class Asks(Protocol):
    """The store that a brief operation is one of."""

    async def user(self, id: str, *, with_groups: bool = True) -> StoredUser | None:
        """Return the user, or None."""

    async def done(self, sql: str, *values: Any) -> None:
        """Run a statement that is a transaction of its own, behind the access epoch."""


class BriefTransaction:
    """The verbs that such an operation uses; any other is `Longer`."""

    def __init__(self, store: Asks, scope: Scope) -> None:
        self._store = store
        self._organization, self._owner = scope
        self._user: tuple[Any, ...] = _NO_USER
        self._account: tuple[Any, ...] = _NO_ACCOUNT
        self._entry: tuple[Any, ...] = _NO_ENTRY
        self._change: tuple[Any, ...] = _NO_CHANGE

    def __getattr__(self, _: str) -> NoReturn:
        raise Longer

    async def user(self, id: str, *, with_groups: bool = False) -> StoredUser | None:
        """Return the user, or None; with its groups and its manager's name in any case."""
        return await self._store.user(id, with_groups=with_groups)

    async def name_of(self, user: str) -> str | None:
        """Return the displayName of a user, or None. Raises `LookupError`: there is no such user."""
        found = await self._store.user(user, with_groups=False)
        if found is None:
            raise LookupError(user)
        name = orjson.loads(found.document).get("displayName")
        return name if isinstance(name, str) else None

    async def insert(self, kind: Kind, row: Row, entries: Collection[Entry]) -> None:
        """Collect a new user. `Longer` for a group, and for a second user."""
        self._collect(kind, row, None, (), entries)

    async def update(
        self, kind: Kind, row: Row, removed: Collection[Entry], added: Collection[Entry]
    ) -> None:
        """Collect a changed user. `Longer` for a group, and for a second user."""
        self._collect(kind, row, row.version - 1, removed, added)

    async def add_account(self, id: str, user: str, active: bool, now: int) -> None:  # noqa: ARG002 - the collected one
        """Collect the account of the new user."""
        self._account = (id, "active" if active else "inactive", 0, now)

    async def set_account(self, user: str, status: str, now: int, *, revoke: bool) -> None:  # noqa: ARG002
        """Collect what becomes of the account of the changed user."""
        self._account = (None, status, now if revoke else 0, now)

    async def log(self, entry: LogEntry) -> None:
        """Collect the entry of the request log. `Longer` for a second one."""
        if self._entry is not _NO_ENTRY:
            raise Longer
        self._entry = log_values(entry)

    async def record(self, change: Change) -> None:
        """Collect the change row."""
        self._change = change_values(change)

    async def write(self) -> None:
        """Write what was collected, in one round trip. Raises `Uniqueness`; `Longer` where the user has moved."""
        values = (self._owner, *self._user, *self._account, *self._entry, *self._change)
        try:
            await self._store.done(_WRITE, *values)
        except asyncpg.UniqueViolationError as error:
            refuse("User", error)
        except asyncpg.exceptions.UnknownPostgresError as error:
            if error.sqlstate != _MOVED:
                raise
            raise Longer from error
        except (asyncpg.DeadlockDetectedError, asyncpg.SerializationError) as error:
            raise Longer from error

    def _collect(
        self, kind: Kind, row: Row, expected: int | None, gone: Collection[Entry], new: Collection[Entry]
    ) -> None:
        if kind != "User" or self._user is not _NO_USER:
            raise Longer
        entries = (*unnested(kind, gone)[:3], *unnested(kind, indexed(kind, new)))
        own = (row.id, expected, row.version, row.created, row.last_modified, *user_columns(row))
        self._user = (*own, *entries)
