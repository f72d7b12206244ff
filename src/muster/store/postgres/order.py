"""The order of a query's answer, as parts that yield row numbers one after the other, from any place in them.

Law: an index serves the order wherever there is one; equal keys keep the order of creation, which descending turns
round as a whole. Values that are missing come last, descending first (R173). A place is the terms of the last row
before it, so that going on costs what beginning costs, and who stays is seen once (RFC 9865).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Final, Literal, NamedTuple

from muster.directory.records import Kind
from muster.scim.errors import InvalidCursor
from muster.scim.schema import Attribute
from muster.store import columns
from muster.store.attributes import attribute_number
from muster.store.comparison import TRUE
from muster.store.compile import Condition
from muster.store.keyset import OF_ANOTHER_STORE
from muster.store.postgres.values import PostgresValues
from muster.store.statements import TABLE

FEW: Final = 2000
"""Up to so many rows that an index finds are sorted, or so much of all:"""
SHARE: Final = 16
"""beyond, the order is followed and each row checked, which is then never many times more than what is found."""

_LEAST: Final = 128  # rows that a statement may yield, where a page is shorter
_NULLABLE: Final = "external_id"
_NO_MARK: Final = "NULL::text[]"


class Term(NamedTuple):
    """A column to order by, never NULL within its part."""

    column: str
    type: Literal["bytes", "text", "number"]

    @property
    def shown(self) -> str:
        """Return the column as a text that `kept` reads."""
        match self.type:
            case "bytes":
                return f"encode({self.column}, 'hex')"
            case "number":
                return f"{self.column}::text"
            case _:
                return self.column

    def kept(self, shown: str, values: PostgresValues) -> str:
        """Keep a value that was shown; return the name that stands for it."""
        match self.type:
            case "bytes":
                return values.keep(bytes.fromhex(shown))
            case "number":
                return values.keep(int(shown))
            case _:
                return values.keep(shown)


_CREATION: Final = (Term("r.created", "number"), Term("r.row", "number"))


class Part(NamedTuple):
    """Rows that stand together in the answer: what their number is, FROM and WHERE, and what they are ordered by."""

    row: str
    rows: str
    terms: tuple[Term, ...]


class Order:
    """The parts of one query's answer, and the statement of the row numbers of a page."""

    def __init__(
        self,
        kind: Kind,
        condition: Condition,
        values: PostgresValues,
        sort: Attribute | None,
        *,
        descending: bool,
    ) -> None:
        self._kind = kind
        self._condition = condition
        self._values = values
        self._sort = sort
        self._descending = descending

    def page(self, limit: int, offset: int) -> str:
        """Return the statement of the rows at an offset."""
        selects = [self._select(part) for parts in self._alternatives() for part in parts]
        whole = _one_after_the_other(selects, offset + limit)
        return f"{whole} LIMIT {self._values.keep(limit)} OFFSET {self._values.keep(offset)}"

    def behind(self, after: bytes | None, limit: int) -> str:
        """Return the statement of the rows behind a mark (None: of the first ones), each with its own mark."""
        first, place = _read(after) if after is not None else (0, None)
        selects = [
            self._select(part, mark=number, place=place if number == first else None)
            for parts in self._alternatives()
            for number, part in enumerate(parts)
            if number >= first
        ]
        return f"{_one_after_the_other(selects, limit)} LIMIT {self._values.keep(limit)}"

    def wide(self) -> str:
        """Return what tells whether the index finds more rows than are worth sorting; "" where it cannot."""
        if not self._condition.wide:
            return ""
        table = TABLE[self._kind]
        kept = f"SELECT max(c.{table}) FROM connections c WHERE c.organization = :o AND c.owner = :w"
        few = f"SELECT greatest({FEW}, coalesce(({kept}), 0) / {SHARE})"
        found = f"SELECT 1 FROM ({self._condition.source}) a LIMIT (SELECT b.few + 1 FROM bound b)"
        return (
            f"bound (few) AS MATERIALIZED ({few}), wide (many) AS MATERIALIZED"
            f" (SELECT count(*) > (SELECT b.few FROM bound b) FROM ({found}) f), "
        )

    def counting(self) -> str:
        """Return the statement that counts the answer."""
        source, test = self._condition.source, self._condition.test
        if source and test == TRUE:
            # An exact source needs no look at the rows themselves; one row may have several matching values.
            return f"SELECT count(*) FROM (SELECT DISTINCT * FROM ({source}) a) d"
        return f"SELECT count(*) FROM {self._matching(self._condition)}"

    def _matching(self, condition: Condition) -> str:
        """Return the FROM and WHERE of the rows `r` that a condition is about."""
        table = TABLE[self._kind]
        if condition.source is None:
            return f"{table} r WHERE r.organization = :o AND r.owner = :w AND ({condition.test})"
        row = self._values.beside(table, "r", "row", "s.number")
        return f"(SELECT DISTINCT * FROM ({condition.source}) a) s (number) {row} WHERE ({condition.test})"

    def _alternatives(self) -> Iterator[tuple[Part, ...]]:
        """Yield the parts of the answer; of a wide source twice, of which only one yields rows."""
        if not self._condition.wide:
            yield self._parts(self._condition)
            return
        for condition, gate in (
            (self._condition, "NOT (SELECT w.many FROM wide w)"),
            (Condition(None, self._condition.whole), "(SELECT w.many FROM wide w)"),
        ):
            yield tuple(part._replace(rows=f"{part.rows} AND {gate}") for part in self._parts(condition))

    def _select(self, part: Part, mark: int | None = None, place: Sequence[str] | None = None) -> str:
        shown = (
            _NO_MARK if mark is None else f"ARRAY['{mark}', {', '.join(term.shown for term in part.terms)}]"
        )
        where = ""
        if place is not None:
            if len(place) != len(part.terms):
                raise InvalidCursor(OF_ANOTHER_STORE)
            terms = ", ".join(term.column for term in part.terms)
            kept = ", ".join(
                term.kept(value, self._values) for term, value in zip(part.terms, place, strict=True)
            )
            where = f" AND ({terms}) {'<' if self._descending else '>'} ({kept})"
        down = " DESC" if self._descending else ""
        order = ", ".join(f"{term.column}{down}" for term in part.terms)
        return f"SELECT {part.row} AS number, {shown} AS mark FROM {part.rows}{where} ORDER BY {order}"

    def _parts(self, condition: Condition) -> tuple[Part, ...]:
        terms = self._terms()
        if terms is not None:
            return (Part("r.row", self._matching(condition), terms),)
        both = (self._having(condition), self._lacking(condition))
        return both[::-1] if self._descending else both

    def _terms(self) -> tuple[Term, ...] | None:
        """Return the columns to order by; None when rows without a value must be told apart."""
        if self._sort is None:
            return _CREATION
        row = Term("r.row", "number")
        match columns.column(self._kind, self._sort):
            case None:
                # What no column holds has a computed text: meta.version as answered, or the same for all.
                return (row,) if columns.served(self._sort) else None
            case "external_id":
                return None
            case "id":
                return (Term("r.id", "text"),)
            case "name_key":
                return (Term("r.name_key", "bytes"),)
            case name:
                return (Term(f"r.{name}", "number"), row)

    def _having(self, condition: Condition) -> Part:
        """Return the rows that have the sort attribute, ordered by it."""
        if columns.column(self._kind, self._attribute) is not None:
            terms = (Term(f"r.{_NULLABLE}", "bytes"),)
            return Part("r.row", f"{self._matching(condition)} AND r.{_NULLABLE} IS NOT NULL", terms)
        table = f"attribute_keys s WHERE {self._entries()}"
        if not _one_key(self._attribute):
            least = (
                f"SELECT DISTINCT ON (s.resource) s.resource, s.key FROM {table} ORDER BY s.resource, s.key"
            )
            table = f"({least}) s WHERE TRUE"
        tests = table
        if condition.source:
            tests += f" AND {self._values.among('s.resource', condition.source)}"
        if condition.test != TRUE:
            row = self._values.beside(TABLE[self._kind], "r", "row", "s.resource")
            found = f"SELECT 1 FROM (SELECT 1) one {row} WHERE ({condition.test})"
            tests += f" AND {self._values.exists(found)}"
        return Part("s.resource", tests, (Term("s.key", "bytes"), Term("s.resource", "number")))

    def _lacking(self, condition: Condition) -> Part:
        """Return the rows without the sort attribute, in the order of creation."""
        if columns.column(self._kind, self._attribute) is not None:
            lacking = f"r.{_NULLABLE} IS NULL"
        else:
            entries = f"SELECT s.resource FROM attribute_keys s WHERE {self._entries()}"
            lacking = f"NOT {self._values.among('r.row', entries)}"
        return Part("r.row", f"{self._matching(condition)} AND {lacking}", _CREATION)

    def _entries(self) -> str:
        number = attribute_number(self._kind, self._attribute.path)
        return f"s.organization = :o AND s.owner = :w AND s.attribute = {number} AND s.element = 0"

    @property
    def _attribute(self) -> Attribute:
        if self._sort is None:
            raise ValueError("nothing to sort by")
        return self._sort


def _one_after_the_other(selects: Sequence[str], end: int) -> str:
    """Return the statement of the rows of several in turn, each up to an end at least.

    Appended statements run one after the other: there are no parallel plans on our connections. The end is part of the
    text, so that PostgreSQL knows that it is near and follows an index; rounded up, so that there are few texts.
    """
    bound = max(_LEAST, 1 << (end - 1).bit_length())
    every = " UNION ALL ".join(f"({select} LIMIT {bound})" for select in selects)
    return f"SELECT a.number, a.mark FROM ({every}) a"


def following(mark: Sequence[str]) -> bytes:
    """Return where a next page begins: behind the row with this mark."""
    return json.dumps(list(mark)).encode()


def _read(after: bytes) -> tuple[int, list[str]]:
    part, *place = json.loads(after)
    if not isinstance(part, str):
        raise InvalidCursor(OF_ANOTHER_STORE)
    return int(part), place


def _one_key(attribute: Attribute) -> bool:
    """Tell whether an element has at most one key of the attribute: not so for a sub-attribute of several values."""
    return attribute.parent is None or not attribute.multi_valued
