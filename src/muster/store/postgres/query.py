"""A query plan as one statement: total, page, and what belongs to each resource, in one snapshot and one round trip.

Law: the rows outside the page are never read, only index entries that lead to them. Equal sort keys keep the order of
creation; values of more than `values.LONGEST` bytes are ordered by their beginning.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from muster.directory.records import Kind, Member, Page, QueryPlan, Scope, Stored
from muster.store.compile import Compiler
from muster.store.postgres import rows
from muster.store.postgres.order import Order, following
from muster.store.postgres.values import Placed, PostgresValues
from muster.store.statements import TABLE

DISPLAYED: Final = 1000
"""Above this many members of a group, their names are not looked up."""

LONGEST: Final = 12_000
"""Characters of a statement whose plan is kept: asyncpg keeps none of more than 15 KiB."""

_ROW: Final = "r.row, r.id, r.version, r.created, r.last_modified, r.document"
_DISPLAY: Final = """(SELECT n.display FROM {0} n WHERE n.organization = :o AND n.owner = :w
        AND n.id >= m.member AND n.id <= m.member ORDER BY n.id LIMIT 1)"""
_MEMBERS: Final = f"""CASE WHEN r.members > 0 THEN ARRAY(
    SELECT ROW(m.member, m.kind, CASE WHEN r.members > {DISPLAYED} THEN NULL
      WHEN m.kind = 'User' THEN {_DISPLAY.format("users")} ELSE {_DISPLAY.format("groups")} END)::member_of
    FROM (SELECT 1) one {{members}} ORDER BY m.row) END"""
_MANAGER: Final = """(SELECT ARRAY[n.display] FROM users n WHERE n.organization = :o AND n.owner = :w
    AND n.id >= r.manager AND n.id <= r.manager ORDER BY n.id LIMIT 1)"""
# In a page by offset the total follows from the page where that ends within it; the CASE spares the count.
_PAGE: Final = """WITH {wide}found AS MATERIALIZED (
    SELECT n.number, n.mark, row_number() OVER () AS place FROM ({numbers}) n)
SELECT t.total, r.mark, {columns} FROM (SELECT {total} AS total FROM (SELECT count(*) AS n FROM found) f) t
  LEFT JOIN (SELECT d.place, d.mark, r.* FROM found d {rows}) r ON TRUE
ORDER BY r.place"""
_TOTAL: Final = """CASE WHEN f.n < :{limit} AND (f.n > 0 OR :{offset} = 0) THEN :{offset} + f.n
  ELSE ({counted}) END"""
_NOTHING: Final = "SELECT 0::bigint AS number, NULL::text[] AS mark WHERE FALSE"


# Enters the organization behind the access epoch, $4, then reads: what is appended runs one after the other, nothing of
# it before its turn. The row of entering is not of the answer. The list says of what type the values are.
_ENTER: Final = """SELECT {nothing} FROM (VALUES ($1::bytea[], $2::text[], $3::bigint[])) v
CROSS JOIN enter(($3)[1], $4)
UNION ALL ({sql})"""


class Read(NamedTuple):
    """A statement that enters its organization and reads, and what its columns are."""

    placed: Placed
    columns: str

    def once(self, epoch: int | None) -> tuple[Any, ...]:
        """Return the SQL that asks `read_as` for it, which plans it anew, and the values."""
        sql, keys, words, numbers = self.placed
        call = f"SELECT * FROM read_as($1, $2, $3, $4, $5, $6) AS t({self.columns})"
        return call, numbers[0], epoch, sql, keys, words, numbers

    def kept(self, epoch: int | None) -> tuple[Any, ...]:
        """Return the SQL that does it all, so that its plan is kept, and the values. Its first row is to be ignored."""
        sql, keys, words, numbers = self.placed
        nothing = ", ".join(["NULL"] * (self.columns.count(",") + 1))
        return _ENTER.format(nothing=nothing, sql=sql), keys, words, numbers, epoch


class Query:
    """One query of one scope."""

    def __init__(self, plan: QueryPlan, scope: Scope, *, nested: bool) -> None:
        self._plan = plan
        self._values = PostgresValues(scope)
        compiler = Compiler(plan.resource_type, scope, nested=nested, values=self._values)
        self._kind: Kind = compiler.kind
        condition = compiler.condition(plan.filter)
        self._nested = nested
        self._order = Order(self._kind, condition, self._values, plan.sort, descending=plan.descending)

    def read(self) -> Read:
        """Return the one statement that answers the query."""
        sql = _PAGE.format(
            numbers=self._numbers(),
            wide=self._order.wide() if self._plan.limit else "",
            columns=self._columns(),
            total=self._total(),
            rows=self._values.beside(TABLE[self._kind], "r", "row", "d.number"),
        )
        kinds = rows.USER if self._kind == "User" else f"{rows.GROUP}, listed member_of[]"
        return Read(self._values.placed(sql), f"total bigint, mark text[], {kinds}")

    def _numbers(self) -> str:
        plan = self._plan
        if not plan.limit:
            return _NOTHING
        if plan.cursor:
            # One more than asked for: whether a page follows, and where it begins.
            return self._order.behind(plan.after, plan.limit + 1)
        return self._order.page(plan.limit, plan.offset)

    def page(self, found: Sequence[Sequence[Any]]) -> Page:
        """Return the page of the statement's rows."""
        plan, total = self._plan, found[0][0]
        present = [row[1:] for row in found if row[2] is not None]
        mark = None
        if plan.cursor and len(present) > plan.limit:
            present = present[: plan.limit]
            mark = following(present[-1][0])
        resources: list[Stored] = []
        members: dict[str, Sequence[Member]] = {}
        for _, *row in present:
            if self._kind == "User":
                resources.append(rows.user(row))
                continue
            group = rows.group(row[:-1])
            resources.append(group)
            if plan.with_members:
                members[group.id] = [rows.member(one) for one in row[-1] or ()]
        return Page(total, resources, members, mark)

    def _columns(self) -> str:
        if self._kind == "User":
            return f"{_ROW}, {self._groups_of()}, {_MANAGER}"
        members = "NULL::member_of[]"
        if self._plan.with_members:
            members = _MEMBERS.format(members=self._values.beside("members", "m", "group_id", "r.id"))
        return f"{_ROW}, r.members, {members}"

    def _groups_of(self) -> str:
        if not self._plan.with_groups:
            return "NULL::group_of[]"
        if self._nested:
            return "groups_of(:o, :w, r.id, 2)"
        members = self._values.beside("members", "m", "member", "r.id")
        groups = self._values.beside("groups", "g", "id", "m.group_id")
        return f"ARRAY(SELECT ROW(g.id, g.display, TRUE)::group_of FROM (SELECT 1) one {members} {groups})"

    def _total(self) -> str:
        plan, counted = self._plan, self._counted()
        if plan.cursor:
            return f"({counted})" if plan.counted else "0::bigint"
        limit, offset = self._values.keep(plan.limit)[1:], self._values.keep(plan.offset)[1:]
        return _TOTAL.format(limit=limit, offset=offset, counted=counted)

    def _counted(self) -> str:
        counting = self._order.counting()
        if self._plan.filter is not None:
            return counting
        kept = f"SELECT c.{TABLE[self._kind]} FROM connections c WHERE c.organization = :o AND c.owner = :w"
        return f"coalesce(({kept}), ({counting}))"


def known(resources: Sequence[Stored], plan: QueryPlan, members: Mapping[str, Sequence[Member]]) -> Page:
    """Return the page of a look-up that found at most one resource."""
    shown = resources if plan.offset == 0 and plan.limit > 0 else ()
    return Page(len(resources), shown, members)
