"""A filter as SQL (design laws 9 and 10): exact, so that nothing is checked again.

Law: the condition holds for a row `r` exactly where `scim.evaluate.matches` holds for its resource. Where an index can
find the rows, one part of the filter becomes the statement that finds them, and the rest is checked on these; the text
is written so that the database has no other choice; `Values` knows how it is told.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from muster.directory.records import Kind, Scope
from muster.scim.expression import And, Compare, Constant, Filter, Not, Operator, Or, Present, ValuePath
from muster.scim.schema import ResourceType
from muster.store import columns, entries, relations
from muster.store.comparison import FALSE, TRUE, Values
from muster.store.entries import Entries
from muster.store.relations import Groups, Members
from muster.store.statements import TABLE

_UNIQUE: Final = 0
_RELATED: Final = 2
_SEVERAL: Final = 1  # what each alternative of an Or adds


class Source(NamedTuple):
    """A statement of row numbers that an index serves; `exact` when it needs no further check."""

    rank: int
    sql: str
    exact: bool


class Condition(NamedTuple):
    """A compiled filter: `source` finds the rows where an index can, `test` is checked on each.

    A `wide` source may find more rows than are worth sorting; `whole` is the test that does without it.
    """

    source: str | None
    test: str
    wide: bool = False
    whole: str = TRUE


class Compiler:
    """Compiles filters on one resource type within one scope; collects the values their text refers to."""

    def __init__(
        self, resource_type: ResourceType, scope: Scope, *, nested: bool, values: Values | None = None
    ) -> None:
        self.kind: Kind = "User" if resource_type.name == "User" else "Group"
        self.values = values or Values(scope)
        self._entries = Entries(self.kind, self.values)
        self._relation: Members | Groups = (
            Groups(self.values, nested=nested) if self.kind == "User" else Members(self.values)
        )

    def condition(self, node: Filter | None) -> Condition:
        """Compile a whole filter."""
        if node is None:
            return Condition(None, TRUE)
        operands = list(node.operands) if isinstance(node, And) else [node]
        sources = [(source, one) for one in operands if (source := self._source(one)) is not None]
        if not sources:
            return Condition(None, self._test(node))
        best, found = min(sources, key=lambda pair: pair[0].rank)
        rest = [one for one in operands if one is not found or not best.exact]
        wide = best.rank >= entries.MANY
        return Condition(best.sql, self._all(rest), wide, self._test(node) if wide else TRUE)

    def _all(self, nodes: list[Filter]) -> str:
        return " AND ".join(f"({self._test(one)})" for one in nodes) or TRUE

    def _source(self, node: Filter) -> Source | None:
        match node:
            case Compare():
                return self._compare_source(node)
            case ValuePath():
                return self._path_source(node)
            case And():
                found = [source for one in node.operands if (source := self._source(one)) is not None]
                best = min(found, key=lambda source: source.rank, default=None)
                return best._replace(exact=False) if best else None
            case Or():
                every = [self._source(one) for one in node.operands]
                parts = [source for source in every if source is not None]
                return _either(parts) if len(parts) == len(every) else None
            case _:
                return None

    def _compare_source(self, node: Compare) -> Source | None:
        if relations.related(self.kind, node.attribute):
            return self._related_source(node)
        rank = entries.rank(node)
        if rank is None:
            return None
        name = columns.column(self.kind, node.attribute)
        if name is not None:
            unique = node.operator is Operator.EQ and isinstance(node.key, str)
            found = self.values.led(self._by_column(node), f"c.{name}")
            return Source(_UNIQUE if unique else rank, found, exact=True)
        if columns.served(node.attribute):
            return None
        return Source(rank, self._entries.comparing(node), exact=True)

    def _path_source(self, node: ValuePath) -> Source | None:
        if relations.related(self.kind, node.attribute):
            return self._related_source(node.filter)
        if columns.served(node.attribute):
            return None
        operands = node.filter.operands if isinstance(node.filter, And) else (node.filter,)
        ranks = [
            rank for one in operands if isinstance(one, Compare) and (rank := entries.rank(one)) is not None
        ]
        if not ranks:
            return None
        return Source(min(ranks), self._entries.elements(node.attribute, node.filter), exact=True)

    def _related_source(self, node: Filter) -> Source | None:
        sql = self._relation.rows(node)
        return Source(_RELATED, sql, exact=True) if sql else None

    def _test(self, node: Filter) -> str:
        match node:
            case Compare():
                return self._compare(node)
            case Present():
                return self._present(node)
            case Constant():
                return TRUE if node.value else FALSE
            case Not():
                return f"NOT ({self._test(node.operand)})"
            case And():
                return self._all(list(node.operands))
            case Or():
                return " OR ".join(f"({self._test(one)})" for one in node.operands)
            case ValuePath():
                return self._path(node)

    def _compare(self, node: Compare) -> str:
        attribute = node.attribute
        if relations.related(self.kind, attribute):
            return self._related(node)
        if self.values.index_has_all and columns.column(self.kind, attribute) and entries.rank(node) is None:
            # Looked for in the column's own index: the rows are wide, and most will not match.
            return self.values.among(f"{self.values.plus}r.row", self._by_column(node))
        if columns.served(attribute) or columns.column(self.kind, attribute):
            return columns.condition(self.kind, node, f"{self.values.plus}r", self.values)
        return self._entries.condition(node)

    def _by_column(self, node: Compare) -> str:
        test = columns.condition(self.kind, node, "c", self.values)
        return f"SELECT c.row FROM {TABLE[self.kind]} c WHERE c.organization = :o AND c.owner = :w AND {test}"

    def _related(self, node: Compare) -> str:
        """Return a comparison with any member or group; without one only `ne` and `eq null` hold (R153, R154)."""
        some = self._relation.exists(Constant(value=True))
        match node.operator:
            case Operator.EQ if node.key is None:
                return f"NOT {some}"
            case Operator.NE if node.key is None:
                return some
            case Operator.NE:
                return f"({self._relation.exists(node)} OR NOT {some})"
            case _:
                return self._relation.exists(node)

    def _present(self, node: Present) -> str:
        attribute = node.attribute
        if relations.related(self.kind, attribute):
            return self._relation.exists(Constant(value=True))
        if columns.served(attribute) or columns.column(self.kind, attribute):
            return columns.present(self.kind, attribute, f"{self.values.plus}r")
        return self._entries.some(attribute)

    def _path(self, node: ValuePath) -> str:
        if relations.related(self.kind, node.attribute):
            return self._relation.exists(node.filter)
        if columns.served(node.attribute):
            return self._test(node.filter)
        return self._entries.having(node.attribute, node.filter)


def _either(parts: list[Source]) -> Source:
    """Return the source of an Or: all rows of its alternatives."""
    sql = " UNION ".join(f"SELECT * FROM ({part.sql}) a" for part in parts)
    rank = max(part.rank for part in parts) + _SEVERAL
    return Source(rank, sql, exact=all(part.exact for part in parts))
