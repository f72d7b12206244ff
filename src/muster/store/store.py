"""The data of one scope in an SQLite file (design §6, §7).

Law: reads that are known to be a few index look-ups run on the event loop's own connection and wait for nobody; all
other reads run on the readers; all writes go through the one writer. Nothing is written behind a revocation: that the
grant still holds is found by the statement that ends the operation, in its transaction.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from time import perf_counter
from typing import Final, Self, TypeVar

import apsw

from muster.directory.ports import Transaction
from muster.directory.records import (
    Kind,
    Member,
    Page,
    QueryPlan,
    Scope,
    StoredGroup,
    StoredUser,
)
from muster.store import columns, rows, statements
from muster.store.connection import fetch
from muster.store.file import SqliteFile
from muster.store.query import DISPLAYED, Query, members_of, read_long_list, read_members
from muster.store.transaction import SqliteTransaction

T = TypeVar("T")

_MEMBER_COUNT: Final = "SELECT members FROM groups WHERE organization = ?1 AND owner = ?2 AND id = ?3"

# The look-ups on the event loop, by (groups wanted, nested).
_USERS_BY: Final = {
    column: {
        (groups, nested): statements.select_by("User", column, groups=groups, nested=nested)
        for groups in (False, True)
        for nested in (False, True)
    }
    for column in ("id", "name_key", "external_id")
}
_GROUPS_BY: Final = {
    column: statements.select_by("Group", column) for column in ("id", "name_key", "external_id")
}


class SqliteStore:
    """The data of one scope in an SQLite file."""

    __slots__ = ("_epoch", "_file", "_nested", "_scope")

    def __init__(self, file: SqliteFile, scope: Scope, *, nested: bool) -> None:
        self._file = file
        self._scope = scope
        self._nested = nested
        self._epoch: int | None = None  # None: there is nothing to find out

    def behind(self, epoch: int) -> Self:
        """Return this store, opened with a grant that was read at an access epoch of the organization."""
        self._epoch = epoch
        return self

    async def confirm(self) -> None:
        """Do nothing: the grant held when the request began (`generation`), and a write finds whether it still does."""

    async def user(self, id: str, *, with_groups: bool = True) -> StoredUser | None:
        """Return the user, or None. One indexed read."""
        return self._user("id", id, with_groups=with_groups)

    async def group(self, id: str) -> StoredGroup | None:
        """Return the group, or None. One indexed read."""
        return self._group("id", id)

    async def members(self, group: str, *, display: bool) -> Sequence[Member]:
        """Return the direct members of a group in the order they came; a long list is read on a reader."""
        found = fetch(self._file.reader, _MEMBER_COUNT, (*self._scope, group))
        if not found:
            return ()

        def read(connection: apsw.Connection) -> Sequence[Member]:
            if not display:
                return read_long_list(connection, self._scope, group)
            return read_members(connection, self._scope, [group], display=display)[group]

        if found[0][0] > DISPLAYED:
            return await self._file.readers.run(self._scope.organization, read)
        return read(self._file.reader)

    async def query(self, plan: QueryPlan) -> Page:
        """Answer a query. Equality on a unique attribute is one indexed read; the rest runs on a reader."""
        kind: Kind = "User" if plan.resource_type.name == "User" else "Group"
        known = columns.fixed(kind, plan.filter)
        if known is not None:
            page = self._look_up(kind, *known, plan)
            if page is not None:
                return page
        query = Query(plan, self._scope, nested=self._nested)
        return await self._file.long_read(self._scope.organization, query.run)

    async def write(
        self,
        operation: Callable[[Transaction], Awaitable[T]],
        *,
        heavy: bool = False,
        single: bool = False,  # noqa: ARG002 - all that is short is the same here
    ) -> T:
        """Run one operation in a transaction and return its result once it is committed and synced.

        Raises `AccessChanged`, all of it undone, where the grant holds no more.
        """
        connection, scope, started = self._file.writing, self._scope, perf_counter()

        def work() -> Awaitable[T]:
            return operation(SqliteTransaction(connection, scope, self._epoch))

        try:
            result = await self._file.writer.run(scope.organization, work, heavy=heavy)
        finally:
            self._file.write_seconds.observe(perf_counter() - started)
        self._epoch = None  # what the request has done is not to be done a second time
        return result

    def _user(self, column: str, value: str, *, with_groups: bool) -> StoredUser | None:
        sql = _USERS_BY[column][with_groups, self._nested]
        found = self._file.look_up(sql, (*self._scope, value))
        return rows.user(found[0]) if found else None

    def _group(self, column: str, value: str) -> StoredGroup | None:
        found = self._file.look_up(_GROUPS_BY[column], (*self._scope, value))
        return rows.group(found[0]) if found else None

    def _look_up(self, kind: Kind, column: str, value: str, plan: QueryPlan) -> Page | None:
        """Answer equality on a unique column here; None when the members of what is found are too many to read here."""
        if kind == "User":
            user = self._user(column, value, with_groups=plan.with_groups)
            return _single(user, plan)
        group = self._group(column, value)
        if group is None or not plan.with_members or not _in_page(plan):
            return _single(group, plan)
        if group.members > DISPLAYED:
            return None
        return Page(1, [group], members_of(self._file.reader, self._scope, [group]))


def _in_page(plan: QueryPlan) -> bool:
    return plan.offset == 0 and plan.limit > 0


def _single(found: StoredUser | StoredGroup | None, plan: QueryPlan) -> Page:
    if found is None:
        return Page(0, (), {})
    return Page(1, [found] if _in_page(plan) else (), {})
