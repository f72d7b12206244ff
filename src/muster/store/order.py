"""The order of a query's answer, as statements that yield row numbers.

Law: an index serves the order wherever there is one; equal keys keep the order of creation, which descending turns
round as a whole. Values that are missing come last, descending first (R173); of several the primary or first counts
(R175), which is element 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from muster.directory.records import Kind
from muster.scim.schema import Attribute
from muster.store import columns
from muster.store.attributes import attribute_number
from muster.store.comparison import TRUE
from muster.store.compile import Condition
from muster.store.statements import TABLE

_NULLABLE: Final = "external_id"


class Statement(NamedTuple):
    """Text and values of a statement."""

    sql: str
    values: Mapping[str, Any]


class Part(NamedTuple):
    """Rows that stand together in the answer: what their number is, FROM and WHERE, and what they are ordered by."""

    row: str
    rows: str
    terms: tuple[str, ...]
    descending: bool
    values: Mapping[str, Any]

    def all(self) -> Statement:
        """Return the statement of the numbers of all rows."""
        return Statement(f"SELECT {self.row} AS row FROM {self.rows} {self._order()}", self.values)

    def behind(self, place: Sequence[Any] | None) -> Iterator[Statement]:
        """Yield the statements of numbers and terms of the rows behind a place, a row's terms; None: of all.

        One for the rows that equal it in all terms but the last, and so on to the first: each a range of an index,
        which a comparison of several terms at once is not.
        """
        columns, order = ", ".join((self.row, *self.terms)), self._order()
        if place is None:
            yield Statement(f"SELECT {columns} FROM {self.rows} {order}", self.values)
            return
        values = {**self.values, **{f"place{number}": value for number, value in enumerate(place)}}
        for last in range(len(place) - 1, -1, -1):
            same = "".join(f" AND {term} = :place{number}" for number, term in enumerate(self.terms[:last]))
            where = f"{same} AND {self.terms[last]} {'<' if self.descending else '>'} :place{last}"
            yield Statement(f"SELECT {columns} FROM {self.rows}{where} {order}", values)

    def _order(self) -> str:
        down = " DESC" if self.descending else ""
        return "ORDER BY " + ", ".join(f"{term}{down}" for term in self.terms)


class Order:
    """The statements of one query: its rows in order, in one part or in two, and how many there are."""

    def __init__(
        self,
        kind: Kind,
        condition: Condition,
        values: Mapping[str, Any],
        sort: Attribute | None,
        *,
        descending: bool,
    ) -> None:
        self._kind = kind
        self._condition = condition
        self._values = values
        self._sort = sort
        self._descending = descending

    def parts(self) -> tuple[Statement, ...]:
        """Return the statements whose rows, one after the other, are the answer."""
        return tuple(part.all() for part in self.pieces())

    def pieces(self) -> tuple[Part, ...]:
        """Return what those statements are made from, for a reader that goes on in the midst of them."""
        terms = self._terms()
        if terms is not None:
            return (self._select(self._matching(), terms),)
        both = (self._having(), self._lacking())
        return both[::-1] if self._descending else both

    def counting(self) -> Statement:
        """Return the statement that counts the answer."""
        source, test = self._condition.source, self._condition.test
        if source is not None and test == TRUE:
            # An exact source needs no look at the rows themselves; one row may have several matching values.
            return Statement(f"SELECT count(*) FROM (SELECT DISTINCT * FROM ({source}))", self._values)
        return Statement(f"SELECT count(*) FROM {self._matching()}", self._values)

    def _terms(self) -> tuple[str, ...] | None:
        """Return the columns to order by; None when rows without a value must be told apart."""
        if self._sort is None:
            return ("created", "row")
        name = columns.column(self._kind, self._sort)
        if name == _NULLABLE or (name is None and not columns.served(self._sort)):
            return None
        # What no column holds has a computed text: meta.version as answered, or the same for all.
        return (name, "row") if name else ("row",)

    def _select(self, matching: str, terms: tuple[str, ...]) -> Part:
        # With a source there is no order to follow: the rows found are sorted.
        plus = "+" if self._condition.source else ""
        return self._part("r.row", matching, tuple(f"{plus}r.{term}" for term in terms))

    def _part(self, row: str, rows: str, terms: tuple[str, ...]) -> Part:
        return Part(row, rows, terms, self._descending, self._values)

    def _matching(self) -> str:
        return matching(self._kind, self._condition)

    def _having(self) -> Part:
        """Return the rows that have the sort attribute, ordered by it."""
        sort = self._attribute
        if columns.column(self._kind, sort) is not None:
            return self._select(f"{self._matching()} AND r.{_NULLABLE} IS NOT NULL", (_NULLABLE, "row"))
        source, test = self._condition.source, self._condition.test
        table = "attribute_keys s" if _one_key(sort) else f"({self._least_keys()}) s"
        join = "" if test == TRUE else f" CROSS JOIN {TABLE[self._kind]} r ON r.row = s.resource"
        tests = [
            self._entries(),
            *([f"+s.resource IN ({source})"] if source else []),
            *([f"+r.organization = :o AND +r.owner = :w AND ({test})"] if join else []),
        ]
        return self._part("s.resource", f"{table}{join} WHERE {' AND '.join(tests)}", ("s.key", "s.resource"))

    def _lacking(self) -> Part:
        """Return the rows without the sort attribute, in the order of creation."""
        if columns.column(self._kind, self._attribute) is not None:
            there = f"c.organization = :o AND c.owner = :w AND c.{_NULLABLE} IS NOT NULL"
            lacking = f"+r.row NOT IN (SELECT c.row FROM {TABLE[self._kind]} c WHERE {there})"
        else:
            lacking = f"+r.row NOT IN (SELECT s.resource FROM attribute_keys s WHERE {self._entries()})"
        return self._select(f"{self._matching()} AND {lacking}", ("created", "row"))

    def _least_keys(self) -> str:
        """Return the statement that leaves one key of each resource, where an element can have several."""
        return (
            "SELECT organization, owner, attribute, element, resource, min(key) AS key FROM attribute_keys s"
            f" WHERE {self._entries()} GROUP BY resource"
        )

    def _entries(self) -> str:
        number = attribute_number(self._kind, self._attribute.path)
        return f"s.organization = :o AND s.owner = :w AND s.attribute = {number} AND s.element = 0"

    @property
    def _attribute(self) -> Attribute:
        if self._sort is None:
            raise ValueError("nothing to sort by")
        return self._sort


def matching(kind: Kind, condition: Condition) -> str:
    """Return the FROM and WHERE of the rows `r` that a condition is about."""
    table = TABLE[kind]
    if condition.source is None:
        return f"{table} r WHERE r.organization = :o AND r.owner = :w AND ({condition.test})"
    return (
        f"{table} r WHERE r.row IN ({condition.source})"
        f" AND +r.organization = :o AND +r.owner = :w AND ({condition.test})"
    )


def _one_key(attribute: Attribute) -> bool:
    """Tell whether an element has at most one key of the attribute: not so for a sub-attribute of several values."""
    return attribute.parent is None or not attribute.multi_valued
