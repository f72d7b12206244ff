"""A query plan asked of a connection, and its rows as a page.

Law: the rows outside the page are never read, only index entries that lead to them; all statements of a query see one
snapshot.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import apsw
import orjson

from muster.directory.records import Kind, Member, Page, QueryPlan, Scope, Stored, StoredGroup
from muster.store import rows, statements
from muster.store.compile import Compiler, Condition
from muster.store.connection import fetch
from muster.store.keyset import page_behind
from muster.store.member_list import ID_LENGTH, MemberList
from muster.store.order import Order, Statement

DISPLAYED: Final = 1000
"""Above this many members of a group, their names are not looked up."""

FEW: Final = 2000
"""Up to so many rows that an index finds are sorted; beyond, the order is followed and each row checked."""

_NAMED: Final = statements.select_members(display=True)
_BARE: Final = statements.select_members(display=False)


class Query:
    """One query of one scope, ready to run on a reader's connection."""

    def __init__(self, plan: QueryPlan, scope: Scope, *, nested: bool) -> None:
        self._plan = plan
        self._scope = scope
        self._nested = nested
        compiler = Compiler(plan.resource_type, scope, nested=nested)
        self._kind: Kind = compiler.kind
        self._condition = compiler.condition(plan.filter)
        self._values = compiler.values.bound
        self.order = self._ordered(self._condition)

    def run(self, connection: apsw.Connection) -> Page:
        """Answer the query."""
        plan = self._plan
        if plan.cursor:
            return self._page_by_cursor(connection)
        numbers = self._numbers(connection) if plan.limit else []
        if plan.limit and len(numbers) < plan.limit and (numbers or not plan.offset):
            total = plan.offset + len(numbers)
        else:
            total = self._total(connection)
        return self._page(connection, total, numbers)

    def _page_by_cursor(self, connection: apsw.Connection) -> Page:
        plan = self._plan
        parts = self._chosen(connection).pieces()
        numbers, following = page_behind(connection, parts, plan.limit, plan.after)
        total = self._total(connection) if plan.counted else 0
        return self._page(connection, total, numbers)._replace(following=following)

    def _page(self, connection: apsw.Connection, total: int, numbers: list[int]) -> Page:
        resources = self._resources(connection, numbers)
        wanted = self._plan.with_members
        groups = [one for one in resources if isinstance(one, StoredGroup)] if wanted else []
        return Page(total, resources, members_of(connection, self._scope, groups))

    def following(self) -> Order:
        """Return the order to follow where an index would find too many rows to sort."""
        return self._ordered(Condition(None, self._condition.whole))

    def _ordered(self, condition: Condition) -> Order:
        return Order(self._kind, condition, self._values, self._plan.sort, descending=self._plan.descending)

    def _numbers(self, connection: apsw.Connection) -> list[int]:
        """Return the row numbers of the page, from one part of the order into the next."""
        order = self._chosen(connection)
        numbers: list[int] = []
        offset, limit = self._plan.offset, self._plan.limit
        parts = order.parts()
        for position, part in enumerate(parts):
            found = _window(connection, part, limit - len(numbers), offset)
            numbers += found
            if len(numbers) == limit or position + 1 == len(parts):
                break
            offset = max(0, offset - _size(connection, part)) if not found and offset else 0
        return numbers

    def _chosen(self, connection: apsw.Connection) -> Order:
        return self.following() if self._too_many(connection) else self.order

    def _too_many(self, connection: apsw.Connection) -> bool:
        if not self._condition.wide:
            return False
        peek = f"SELECT 1 FROM ({self._condition.source}) LIMIT {FEW + 1}"
        return _size(connection, Statement(peek, self._values)) > FEW

    def _resources(self, connection: apsw.Connection, numbers: list[int]) -> Sequence[Stored]:
        if not numbers:
            return ()
        sql = statements.select_rows(self._kind, groups=self._plan.with_groups, nested=self._nested)
        found = fetch(connection, sql, (*self._scope, orjson.dumps(numbers).decode()))
        by_number = {row[0]: row for row in found}
        return [rows.stored(self._kind, by_number[number]) for number in numbers]

    def _total(self, connection: apsw.Connection) -> int:
        if self._plan.filter is None:
            found = fetch(connection, statements.TOTAL[self._kind], self._scope)
            if found:
                return int(found[0][0])
        counting = self.order.counting()
        ((count,),) = fetch(connection, counting.sql, counting.values)
        return int(count)


def _window(connection: apsw.Connection, statement: Statement, limit: int, offset: int) -> list[int]:
    values = {**statement.values, "limit": limit, "offset": offset}
    sql = f"SELECT json_group_array(row) FROM ({statement.sql} LIMIT :limit OFFSET :offset)"
    ((numbers,),) = fetch(connection, sql, values)
    found: list[int] = orjson.loads(numbers)
    return found


def _size(connection: apsw.Connection, statement: Statement) -> int:
    ((count,),) = fetch(connection, f"SELECT count(*) FROM ({statement.sql})", statement.values)
    return int(count)


def members_of(
    connection: apsw.Connection, scope: Scope, groups: Sequence[StoredGroup]
) -> Mapping[str, Sequence[Member]]:
    """Return the members of several groups by group id; with their names in groups of up to `DISPLAYED`."""
    members: dict[str, Sequence[Member]] = {group.id: [] for group in groups}
    for display, ids in (
        (True, [group.id for group in groups if 0 < group.members <= DISPLAYED]),
        (False, [group.id for group in groups if group.members > DISPLAYED]),
    ):
        if ids:
            members |= read_members(connection, scope, ids, display=display)
    return members


def read_long_list(connection: apsw.Connection, scope: Scope, group: str) -> Sequence[Member]:
    """Return the members of one group without their names, in little room where all ids are of the usual length."""
    ((shortest, longest, text),) = fetch(connection, statements.COMPACT_MEMBERS, (*scope, group))
    if shortest == longest == ID_LENGTH:
        return MemberList(text)
    return read_members(connection, scope, [group], display=False)[group]


def read_members(
    connection: apsw.Connection, scope: Scope, groups: Sequence[str], *, display: bool
) -> Mapping[str, Sequence[Member]]:
    """Return the members of groups by the groups' ids."""
    found = fetch(connection, _NAMED if display else _BARE, (*scope, orjson.dumps(groups).decode()))
    return {group: [Member(*member) for member in orjson.loads(members)] for group, members in found}
