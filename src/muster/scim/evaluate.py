"""Filter x resource -> bool: the oracle that every store must agree with (RFC 7644 §3.4.2.2).

Law: nothing is compared but `value.key`s, and an attribute counts as having a value exactly where `keys.entries` has an
entry. Of several values any one may satisfy a comparison, `ne` too (R151, R153); without a value only `ne` and
`eq null` hold (R154); `not` is plain negation.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any, assert_never

from muster.scim.characteristics import Returned, Type
from muster.scim.expression import And, Compare, Constant, Filter, Not, Operator, Or, Present, ValuePath
from muster.scim.schema import Attribute
from muster.scim.value import is_empty, key

# The values of an attribute, flat and without empty ones; a complex value is its object.
Values = Callable[[Attribute], list[object]]

_TESTS: Mapping[Operator, Callable[[Any, Any], bool]] = {
    Operator.EQ: operator.eq,
    Operator.NE: operator.ne,
    Operator.CO: operator.contains,
    Operator.SW: str.startswith,
    Operator.EW: str.endswith,
    Operator.GT: operator.gt,
    Operator.GE: operator.ge,
    Operator.LT: operator.lt,
    Operator.LE: operator.le,
}


def matches(node: Filter, resource: Mapping[str, object]) -> bool:
    """Whether the resource, a document with `id`, `meta` and `groups` or `members`, satisfies the filter."""
    return _holds(node, lambda attribute: _values(attribute, resource))


def element_matches(node: Filter, element: object) -> bool:
    """Whether one element of a multi-valued attribute satisfies the filter that stood between its brackets."""
    return _holds(node, lambda attribute: _element_values(attribute, element))


def _holds(node: Filter, values: Values) -> bool:
    match node:
        case Compare():
            return _compare(node, values(node.attribute))
        case Present():
            return bool(values(node.attribute))
        case ValuePath():
            return any(element_matches(node.filter, element) for element in values(node.attribute))
        case And():
            return all(_holds(operand, values) for operand in node.operands)
        case Or():
            return any(_holds(operand, values) for operand in node.operands)
        case Not():
            return not _holds(node.operand, values)
        case Constant():
            return node.value
        case _:
            assert_never(node)


def _compare(node: Compare, values: list[object]) -> bool:
    if node.key is None:
        return bool(values) is (node.operator is Operator.NE)
    if not values:
        return node.operator is Operator.NE
    test, wanted = _TESTS[node.operator], node.key
    return any(test(key(node.attribute, value), wanted) for value in values)


def _values(attribute: Attribute, resource: Mapping[str, object]) -> list[object]:
    top = attribute.parent or attribute
    holder = resource if top.extension is None else resource.get(top.extension)
    elements = _listed(holder.get(top.name)) if isinstance(holder, Mapping) else []
    if attribute.parent is not None:
        return [value for element in elements for value in _element_values(attribute, element)]
    if attribute.type is Type.COMPLEX:
        return [element for element in elements if _has_data(attribute, element)]
    return elements


def _element_values(attribute: Attribute, element: object) -> list[object]:
    """Return the values of a sub-attribute, or of the element itself where elements are simple."""
    return _listed(element.get(attribute.name) if isinstance(element, Mapping) else element)


def _has_data(attribute: Attribute, element: object) -> bool:
    """Whether a complex value counts as present: a sub-attribute that may be seen has a value (R161)."""
    subs = attribute.sub_attributes.values()
    return any(_element_values(sub, element) for sub in subs if sub.returned is not Returned.NEVER)


def _listed(value: object) -> list[object]:
    return [one for one in (value if isinstance(value, list) else [value]) if not is_empty(one)]
