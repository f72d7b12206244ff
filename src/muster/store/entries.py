"""Filters on attributes that are kept as index entries: one row of `attribute_keys` per value.

Law: each statement stays within one attribute's range of one owner; the elements of a multi-valued attribute are told
apart by (resource, element).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from muster.directory.records import Kind
from muster.scim.characteristics import Type
from muster.scim.expression import And, Compare, Constant, Filter, Not, Operator, Or, Present, ValuePath
from muster.scim.schema import Attribute
from muster.store.attributes import attribute_number
from muster.store.comparison import FALSE, TRUE, Values, compare

_SCOPE: Final = "{0}.organization = :o AND {0}.owner = :w AND {0}.attribute"


class Entries:
    """Conditions on rows `r` of one kind, and statements of their row numbers, from index entries."""

    def __init__(self, kind: Kind, values: Values) -> None:
        self._kind = kind
        self._values = values

    def of(self, attribute: Attribute, test: str = TRUE, *, element: bool = False) -> str:
        """Return the statement of the resources (with `element` the pairs) whose entries `k` satisfy a test."""
        what = "k.resource, k.element" if element else "k.resource"
        return f"SELECT {what} FROM attribute_keys k WHERE {self._range('k', attribute)} AND {test}"

    def comparing(self, node: Compare, *, element: bool = False) -> str:
        """Return the statement of the resources (or pairs) with a value for which the comparison holds."""
        return self.of(node.attribute, self._test(node), element=element)

    def some(self, attribute: Attribute) -> str:
        """Return the condition that `r` has a value of the attribute."""
        return self._among(self.of(attribute))

    def condition(self, node: Compare) -> str:
        """Return the condition that the comparison holds for `r`."""
        attribute, operator = node.attribute, node.operator
        if node.key is None:
            some = self.some(attribute)
            return f"NOT ({some})" if operator is Operator.EQ else some
        if operator is Operator.EQ:
            return self._has(node)
        if operator is not Operator.NE:
            return self._among(self.comparing(node))
        if single_valued(attribute):
            return f"NOT {self._has(node)}"
        return f"({self._among(self.comparing(node))} OR NOT ({self.some(attribute)}))"

    def _has(self, node: Compare) -> str:
        """Return the condition that `r` has exactly this value, whatever the operator: one look into the index."""
        same = f"{self._test(replace(node, operator=Operator.EQ))} AND k.resource = {self._values.plus}r.row"
        return self._values.exists(self.of(node.attribute, same))

    def _among(self, statement: str) -> str:
        return self._values.among(f"{self._values.plus}r.row", statement)

    def having(self, attribute: Attribute, node: Filter) -> str:
        """Return the condition that `r` has an element that satisfies the filter; one look, if a value is given."""
        first, statement = self._leading(node), self.elements(attribute, node)
        if first is not None and first.operator is Operator.EQ:
            return self._values.exists(f"{statement} AND e.resource = {self._values.plus}r.row")
        return self._among(statement)

    def elements(self, attribute: Attribute, node: Filter) -> str:
        """Return the statement of the resources with an element of the attribute that satisfies the filter."""
        first = self._leading(node)
        start = self._range("e", attribute if first is None else first.attribute)
        if first is not None:
            start += f" AND {self._compare('e.key', first)}"
        rest = self._inner(_without(node, first)) if first is not node else TRUE
        return f"SELECT e.resource FROM attribute_keys e WHERE {start} AND {rest}"

    def _leading(self, node: Filter) -> Compare | None:
        """Return the comparison that every element found must satisfy and that an index finds best, or None."""
        operands = node.operands if isinstance(node, And) else (node,)
        leaves = [one for one in operands if isinstance(one, Compare) and rank(one) is not None]
        return min(leaves, key=lambda one: rank(one) or 0, default=None)

    def _inner(self, node: Filter) -> str:
        """Return the condition on the element `e`, one of those that exist."""
        match node:
            case Compare():
                return self._leaf(node)
            case Present():
                return self._element_among(self.of(node.attribute, element=True))
            case Constant():
                return TRUE if node.value else FALSE
            case Not():
                return f"NOT ({self._inner(node.operand)})"
            case And():
                return "(" + " AND ".join(self._inner(one) for one in node.operands) + ")"
            case Or():
                return "(" + " OR ".join(self._inner(one) for one in node.operands) + ")"
            case ValuePath():
                raise TypeError("a value path cannot stand inside another")

    def _leaf(self, node: Compare) -> str:
        if node.key is None:
            there = self._inner(Present(node.attribute))
            return f"NOT ({there})" if node.operator is Operator.EQ else there
        match node.operator:
            case Operator.EQ:
                return self._element_has(node)
            case Operator.NE if not node.attribute.multi_valued:
                return f"NOT {self._element_has(node)}"
            case Operator.NE:
                absent = f"NOT ({self._inner(Present(node.attribute))})"
                return f"({self._element_among(self.comparing(node, element=True))} OR {absent})"
            case _:
                return self._element_among(self.comparing(node, element=True))

    def _element_among(self, statement: str) -> str:
        return self._values.among("(e.resource, e.element)", statement)

    def _element_has(self, node: Compare) -> str:
        test, plus = self._test(replace(node, operator=Operator.EQ)), self._values.plus
        same = f"{test} AND k.resource = {plus}e.resource AND k.element = {plus}e.element"
        return self._values.exists(self.of(node.attribute, same))

    def _test(self, node: Compare) -> str:
        return self._compare("k.key", node)

    def _compare(self, expression: str, node: Compare) -> str:
        if node.key is None:
            raise ValueError("null has no key")
        return compare(expression, node.operator, node.key, self._values)

    def _range(self, table: str, attribute: Attribute) -> str:
        """Return the condition that an entry is of the attribute, or of a part of it where it is complex."""
        scope = _SCOPE.format(table)
        if attribute.type is not Type.COMPLEX:
            return f"{scope} = {attribute_number(self._kind, attribute.path)}"
        numbers = (attribute_number(self._kind, sub.path) for sub in attribute.sub_attributes.values())
        return f"{scope} IN ({', '.join(map(str, numbers))})"


def _without(node: Filter, leading: Compare | None) -> Filter:
    """Return what is left to be checked of the filter on an element when it was found by one of its comparisons."""
    if not isinstance(node, And) or leading is None:
        return node
    rest = tuple(one for one in node.operands if one is not leading)
    return And(rest) if len(rest) > 1 else rest[0]


def single_valued(attribute: Attribute) -> bool:
    """Tell whether a resource has at most one value of the attribute."""
    return not attribute.multi_valued and not (attribute.parent and attribute.parent.multi_valued)


FEW: Final = 1
SOME: Final = 3
MANY: Final = 5


def rank(node: Compare) -> int | None:
    """Return how few resources an index will find for the comparison, lower being fewer; None for too many."""
    if node.key is None or node.key == "":
        return None
    match node.operator:
        case Operator.EQ:
            # A type or a flag says little: most resources share one of a few values.
            return FEW if isinstance(node.key, str) and not node.attribute.canonical_values else MANY
        case Operator.SW:
            return SOME
        case Operator.GT | Operator.GE | Operator.LT | Operator.LE:
            return MANY
        case _:
            return None
