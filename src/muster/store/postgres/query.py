"""A query plan as one statement: total, page, and what belongs to each resource, in one snapshot and one round trip.

Law: the rows outside the page are never read, only index entries that lead to them. Equal sort keys keep the order of
creation; values of more than `values.LONGEST` bytes are ordered by their beginning.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from muster.directory.records import Kind, Member, Page, QueryPlan, Scope, Stored
from muster.scim.schema import Attribute
from muster.store import columns
from muster.store.attributes import attribute_number
from muster.store.comparison import TRUE
from muster.store.compile import Compiler
from muster.store.postgres import rows
from muster.store.postgres.values import Placed, PostgresValues
from muster.store.statements import TABLE

DISPLAYED: Final = 1000
"""Above this many members of a group, their names are not looked up."""

_ROW: Final = "r.row, r.id, r.version, r.created, r.last_modified, r.document"
_MEMBERS: Final = f"""CASE WHEN r.members > 0 THEN ARRAY(
    SELECT ROW(m.member, m.kind, CASE WHEN r.members > {DISPLAYED} THEN NULL WHEN m.kind = 'User'
      THEN (SELECT u.display FROM users u WHERE u.organization = :o AND u.owner = :w AND u.id = m.member)
      ELSE (SELECT g.display FROM groups g WHERE g.organization = :o AND g.owner = :w AND g.id = m.member)
      END)::member_of
    FROM members m WHERE m.organization = :o AND m.owner = :w AND m.group_id = r.id ORDER BY m.row) END"""
# The total follows from the page where that ends within it; the CASE spares the count.
_PAGE: Final = """WITH found AS MATERIALIZED (SELECT n.number, row_number() OVER () AS place FROM ({numbers}) n)
SELECT t.total, {columns} FROM (
    SELECT CASE WHEN f.n < :{limit} AND (f.n > 0 OR :{offset} = 0) THEN :{offset} + f.n ELSE ({total}) END AS total
    FROM (SELECT count(*) AS n FROM found) f) t
  LEFT JOIN (SELECT d.place, r.* FROM found d
    JOIN {table} r ON r.organization = :o AND r.owner = :w AND r.row = d.number) r ON TRUE
ORDER BY r.place"""
_NULLABLE: Final = "external_id"
_NOTHING: Final = "SELECT 0::bigint AS number WHERE FALSE"


class Read(NamedTuple):
    """A statement for `read_as`, and what its columns are."""

    placed: Placed
    columns: str

    def call(self, organization: int) -> tuple[Any, ...]:
        """Return the SQL that asks for it in one round trip, and its values."""
        placed = self.placed
        sql = f"SELECT * FROM read_as($1, $2, $3, $4, $5) AS t({self.columns})"
        return sql, organization, placed.sql, placed.keys, placed.words, placed.numbers


class Query:
    """One query of one scope."""

    def __init__(self, plan: QueryPlan, scope: Scope, *, nested: bool) -> None:
        self._plan = plan
        self._values = PostgresValues(scope)
        compiler = Compiler(plan.resource_type, scope, nested=nested, values=self._values)
        self._kind: Kind = compiler.kind
        self._condition = compiler.condition(plan.filter)
        self._groups = (2 if nested else 1) if plan.with_groups else 0

    def read(self) -> Read:
        """Return the one statement that answers the query."""
        plan, values = self._plan, self._values
        limit, offset = values.keep(plan.limit)[1:], values.keep(plan.offset)[1:]
        sql = _PAGE.format(
            numbers=self.numbers() if plan.limit else _NOTHING,
            columns=self._columns(),
            limit=limit,
            offset=offset,
            total=self._total(),
            table=TABLE[self._kind],
        )
        kinds = rows.USER if self._kind == "User" else f"{rows.GROUP}, listed member_of[]"
        return Read(values.placed(sql), f"total bigint, {kinds}")

    def page(self, found: Sequence[Sequence[Any]]) -> Page:
        """Return the page of the statement's rows."""
        resources: list[Stored] = []
        members: dict[str, Sequence[Member]] = {}
        for _, *row in found:
            if row[0] is None:
                continue
            if self._kind == "User":
                resources.append(rows.user(row))
                continue
            group = rows.group(row[:-1])
            resources.append(group)
            if self._plan.with_members:
                members[group.id] = [rows.member(one) for one in row[-1] or ()]
        return Page(found[0][0], resources, members)

    def _columns(self) -> str:
        if self._kind == "User":
            return f"{_ROW}, groups_of(:o, :w, r.id, {self._groups}), display_of(:o, :w, r.manager)"
        return f"{_ROW}, r.members, {_MEMBERS if self._plan.with_members else 'NULL::member_of[]'}"

    def _total(self) -> str:
        source, test = self._condition.source, self._condition.test
        counted = f"SELECT count(*) FROM {self._matching()}"
        if source and test == TRUE:
            # An exact source needs no look at the rows themselves; one row may have several matching values.
            return f"SELECT count(*) FROM (SELECT DISTINCT * FROM ({source}) s) d"
        if self._plan.filter is not None:
            return counted
        table = TABLE[self._kind]
        kept = f"SELECT c.{table} FROM connections c WHERE c.organization = :o AND c.owner = :w"
        return f"coalesce(({kept}), ({counted}))"

    def _matching(self) -> str:
        source, test = self._condition.source, self._condition.test
        found = f" AND r.row IN ({source})" if source else ""
        return f"{TABLE[self._kind]} r WHERE r.organization = :o AND r.owner = :w{found} AND ({test})"

    def numbers(self) -> str:
        """Return the statement of the page's row numbers, in order."""
        terms = self._terms()
        if terms is None:
            return self._by_entries()
        return self._window(f"SELECT r.row AS number FROM {self._matching()} ORDER BY {terms}")

    def _terms(self) -> str | None:
        """Return the columns to order by; None when the order is that of index entries."""
        sort = self._plan.sort
        if sort is None:
            return self._directed("created", "row")
        name = columns.column(self._kind, sort)
        if name == _NULLABLE:
            return None
        if name is None:
            return self._directed("row") if columns.served(sort) else None
        return self._directed(name) if name in ("id", "name_key") else self._directed(name, "row")

    def _directed(self, *names: str) -> str:
        return ", ".join(f"r.{name}{self._descending}" for name in names)

    @property
    def _descending(self) -> str:
        return " DESC" if self._plan.descending else ""

    def _window(self, sql: str) -> str:
        plan = self._plan
        return f"{sql} LIMIT {self._values.keep(plan.limit)} OFFSET {self._values.keep(plan.offset)}"

    def _by_entries(self) -> str:
        """Return the page in the order of an attribute's entries; rows without one last, descending first (R173).

        Each part stops at the end of the page, and parts are read one after the other (no parallel plans here).
        """
        end = self._values.keep(self._plan.offset + self._plan.limit)
        parts = [f"({part} LIMIT {end})" for part in (self._having(), self._lacking())]
        if self._plan.descending:
            parts.reverse()
        return self._window(f"SELECT a.number FROM ({' UNION ALL '.join(parts)}) a")

    def _having(self) -> str:
        """Return the statement of the matching rows that have the sort attribute, ordered by it."""
        sort, source, plain = self._sort(), "attribute_keys s", self._plain
        if columns.column(self._kind, sort) is not None:
            there, order = f"r.{_NULLABLE} IS NOT NULL", self._directed(_NULLABLE)
            return f"SELECT r.row AS number FROM {self._matching()} AND {there} ORDER BY {order}"
        if not _one_key(sort):
            source = (
                "(SELECT organization, owner, attribute, element, resource, min(key) AS key FROM attribute_keys s"
                f" WHERE {self._entries_of(sort)} GROUP BY organization, owner, attribute, element, resource) s"
            )
        rows_of = f"JOIN {TABLE[self._kind]} r ON r.row = s.resource"
        condition, test = self._condition.source, self._condition.test
        found = f"r.row IN ({condition}) AND " if condition else ""
        of_row = f" AND r.organization = :o AND r.owner = :w AND {found}({test})"
        return (
            f"SELECT s.resource AS number FROM {source} {'' if plain else rows_of}"
            f" WHERE {self._entries_of(sort)}{'' if plain else of_row}"
            f" ORDER BY s.key{self._descending}, s.resource{self._descending}"
        )

    def _lacking(self) -> str:
        """Return the statement of the matching rows without the sort attribute, in the order of creation."""
        if columns.column(self._kind, self._sort()) is not None:
            lacking = f"r.{_NULLABLE} IS NULL"
        else:
            entry = f"{self._entries_of(self._sort())} AND s.resource = r.row"
            lacking = f"NOT EXISTS (SELECT 1 FROM attribute_keys s WHERE {entry})"
        order = self._directed("created", "row")
        return f"SELECT r.row AS number FROM {self._matching()} AND {lacking} ORDER BY {order}"

    @property
    def _plain(self) -> bool:
        return self._condition.source is None and self._condition.test == TRUE

    def _sort(self) -> Attribute:
        if self._plan.sort is None:
            raise ValueError("nothing to sort by")
        return self._plan.sort

    def _entries_of(self, attribute: Attribute) -> str:
        number = attribute_number(self._kind, attribute.path)
        return f"s.organization = :o AND s.owner = :w AND s.attribute = {number} AND s.element = 0"


def _one_key(attribute: Attribute) -> bool:
    """Tell whether an element has at most one key of the attribute: not so for a sub-attribute of several values."""
    return attribute.parent is None or not attribute.multi_valued


def known(resources: Sequence[Stored], plan: QueryPlan, members: Mapping[str, Sequence[Member]]) -> Page:
    """Return the page of a look-up that found at most one resource."""
    shown = resources if plan.offset == 0 and plan.limit > 0 else ()
    return Page(len(resources), shown, members)
