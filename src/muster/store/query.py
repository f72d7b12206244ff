"""A query plan as statements, and their rows as a page.

Law: the rows outside the page are never read, only index entries that lead to them; all statements of a query see one
snapshot. Equal sort keys keep the order of creation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import apsw
import orjson

from muster.directory.records import Kind, Member, Page, QueryPlan, Scope, Stored, StoredGroup
from muster.scim.schema import Attribute
from muster.store import columns, rows, statements
from muster.store.attributes import attribute_number
from muster.store.compile import Compiler, Condition
from muster.store.connection import fetch
from muster.store.entries import single_valued
from muster.store.statements import TABLE

DISPLAYED: Final = 1000
"""Above this many members of a group, their names are not looked up."""

_MEMBERS_OF: Final = (
    "SELECT m.group_id, m.member, m.kind, {display} FROM json_each(?3) j CROSS JOIN members m"
    " ON m.organization = ?1 AND m.owner = ?2 AND m.group_id = j.value ORDER BY m.row"
)
_NAMED: Final = _MEMBERS_OF.format(display=statements.MEMBER_DISPLAY)
_BARE: Final = _MEMBERS_OF.format(display="NULL")


class Statement(NamedTuple):
    """Text and values of a statement that yields row numbers, in order; `:limit` and `:offset` are to be bound."""

    sql: str
    values: Mapping[str, Any]


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

    def run(self, connection: apsw.Connection) -> Page:
        """Answer the query."""
        plan = self._plan
        numbers = self._numbers(connection) if plan.limit else []
        if plan.limit and len(numbers) < plan.limit and (numbers or not plan.offset):
            total = plan.offset + len(numbers)
        else:
            total = self._total(connection)
        return self._page(connection, total, numbers)

    def _page(self, connection: apsw.Connection, total: int, numbers: list[int]) -> Page:
        resources = self._resources(connection, numbers)
        groups = [one for one in resources if isinstance(one, StoredGroup)]
        wanted = self._plan.with_members
        return Page(total, resources, members_of(connection, self._scope, groups) if wanted else {})

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
        return self._count(connection, self.counting())

    def _count(self, connection: apsw.Connection, statement: Statement) -> int:
        ((count,),) = fetch(connection, statement.sql, statement.values)
        return int(count)

    def counting(self, extra: str = "") -> Statement:
        """Return the statement that counts the matching rows that also satisfy `extra`."""
        return Statement(f"SELECT count(*) FROM {self._matching()}{extra}", self._values)

    def _matching(self) -> str:
        return matching(self._kind, self._condition)

    def _numbers(self, connection: apsw.Connection) -> list[int]:
        """Return the row numbers of the page."""
        plan = self._plan
        statement = self.ordered()
        if statement is not None:
            return self._window(connection, statement, plan.limit, plan.offset)
        return self._by_entries(connection)

    def _window(
        self, connection: apsw.Connection, statement: Statement, limit: int, offset: int
    ) -> list[int]:
        values = {**statement.values, "limit": limit, "offset": offset}
        found = fetch(connection, f"{statement.sql} LIMIT :limit OFFSET :offset", values)
        return [row[0] for row in found]

    def ordered(self) -> Statement | None:
        """Return the statement of all row numbers in order; None when the order is that of index entries."""
        sort, descending = self._plan.sort, " DESC" if self._plan.descending else ""
        if sort is None:
            terms = ["created", "row"]
        else:
            name = columns.column(self._kind, sort)
            if name is None and not columns.served(sort):
                return None
            terms = [name, "row"] if name else ["row"]
        # With a source there is no order to follow: the few rows found are sorted.
        plus = "+" if self._condition.source else ""
        order = ", ".join(f"{plus}r.{term}{descending}{_missing(term, descending)}" for term in terms)
        return Statement(f"SELECT r.row FROM {self._matching()} ORDER BY {order}", self._values)

    def _by_entries(self, connection: apsw.Connection) -> list[int]:
        """Return the page in the order of an attribute's entries; rows without one last, descending first (R173)."""
        plan = self._plan
        having, lacking = self.having(), self.lacking()
        first, second = (lacking, having) if plan.descending else (having, lacking)
        numbers = self._window(connection, first, plan.limit, plan.offset)
        if len(numbers) < plan.limit:
            # How many rows the first part has in all is known when the page ends within it.
            before = (
                plan.offset + len(numbers) if numbers or not plan.offset else self._size(connection, first)
            )
            skipped = max(0, plan.offset - before)
            numbers += self._window(connection, second, plan.limit - len(numbers), skipped)
        return numbers

    def _size(self, connection: apsw.Connection, statement: Statement) -> int:
        return self._count(connection, Statement(f"SELECT count(*) FROM ({statement.sql})", statement.values))

    def having(self) -> Statement:
        """Return the statement of the matching rows that have the sort attribute, ordered by it."""
        sort = self._sort
        table = "attribute_keys s" if _one_key(sort) else f"({self._least_keys(sort)}) s"
        plain = self._condition == Condition(None, "1")
        descending = " DESC" if self._plan.descending else ""
        sql = f"SELECT s.resource FROM {table}"
        sql += "" if plain else f" CROSS JOIN {TABLE[self._kind]} r ON r.row = s.resource"
        sql += f" WHERE {self._entries_of(sort)}"
        sql += "" if plain else f" AND {self._tests()}"
        return Statement(f"{sql} ORDER BY s.key{descending}, s.resource{descending}", self._values)

    def lacking(self) -> Statement:
        """Return the statement of the matching rows without the sort attribute, in the order of creation."""
        descending = " DESC" if self._plan.descending else ""
        plus = "+" if self._condition.source else ""
        there = f"SELECT s.resource FROM attribute_keys s WHERE {self._entries_of(self._sort)}"
        order = f"{plus}r.created{descending}, {plus}r.row{descending}"
        return Statement(
            f"SELECT r.row FROM {self._matching()} AND +r.row NOT IN ({there}) ORDER BY {order}", self._values
        )

    def _least_keys(self, sort: Attribute) -> str:
        """Return the statement that leaves one key of each resource, where an element can have several."""
        return (
            "SELECT organization, owner, attribute, element, resource, min(key) AS key FROM attribute_keys s"
            f" WHERE {self._entries_of(sort)} GROUP BY resource"
        )

    @property
    def _sort(self) -> Attribute:
        if self._plan.sort is None:
            raise ValueError("nothing to sort by")
        return self._plan.sort

    def _entries_of(self, attribute: Attribute) -> str:
        number = attribute_number(self._kind, attribute.path)
        return f"s.organization = :o AND s.owner = :w AND s.attribute = {number} AND s.element = 0"

    def _tests(self) -> str:
        source, test = self._condition
        found = f"r.row IN ({source}) AND " if source else ""
        return f"+r.organization = :o AND +r.owner = :w AND {found}({test})"


def matching(kind: Kind, condition: Condition) -> str:
    """Return the FROM and WHERE of the rows `r` that a condition is about."""
    table = TABLE[kind]
    if condition.source is None:
        return f"{table} r WHERE r.organization = :o AND r.owner = :w AND ({condition.test})"
    return (
        f"{table} r WHERE r.row IN ({condition.source})"
        f" AND +r.organization = :o AND +r.owner = :w AND ({condition.test})"
    )


def _missing(column: str, descending: str) -> str:
    """Return where NULL goes: last, descending first (R173)."""
    if column != "external_id":
        return ""
    return " NULLS FIRST" if descending else " NULLS LAST"


def _one_key(attribute: Attribute) -> bool:
    """Tell whether an element has at most one key of the attribute."""
    return single_valued(attribute) or attribute.parent is None or not attribute.multi_valued


def members_of(
    connection: apsw.Connection, scope: Scope, groups: Sequence[StoredGroup]
) -> Mapping[str, Sequence[Member]]:
    """Return the members of several groups by group id; with their names in groups of up to `DISPLAYED`."""
    members: dict[str, list[Member]] = {group.id: [] for group in groups}
    for sql, ids in (
        (_NAMED, [group.id for group in groups if 0 < group.members <= DISPLAYED]),
        (_BARE, [group.id for group in groups if group.members > DISPLAYED]),
    ):
        if ids:
            for group, *member in fetch(connection, sql, (*scope, orjson.dumps(ids).decode())):
                members[group].append(Member(*member))
    return members
