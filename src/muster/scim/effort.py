"""How much the operations of one PATCH may look through, however few bytes it has itself.

Law: an operation looks through all values that its attribute has, once for each comparison of its filter. What that is
in all is counted before it is done, in characters, and bounded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from muster.scim.errors import PayloadTooLarge
from muster.scim.expression import And, Filter, Not, Or, ValuePath
from muster.scim.limits import MAX_PATCH_CHARACTERS
from muster.scim.operation import Kind, Operation


class Effort:
    """What is left for the operations to look through."""

    __slots__ = ("_left",)

    def __init__(self) -> None:
        self._left = MAX_PATCH_CHARACTERS

    def spend(self, operation: Operation, before: object, removed: Sequence[object]) -> None:
        """Count an operation on an attribute with values `before`, of which others were `removed`.

        Raises `PayloadTooLarge` when it is too much, together with those before it.
        """
        if not isinstance(before, list | dict) and not removed:
            return
        seen = (before, removed if operation.kind is Kind.REPLACE else ())
        self._left -= len(repr(seen)) * _times(operation)
        if self._left < 0:
            raise PayloadTooLarge(
                f"{operation.where}: all operations together would look through more than {MAX_PATCH_CHARACTERS}"
                " characters of values; send them in several requests, or with shorter filters"
            )


def _times(operation: Operation) -> int:
    """Return how often an operation looks at each value."""
    if operation.listed and isinstance(operation.value, list):
        return 1 + len({frozenset(one) for one in operation.value if isinstance(one, Mapping)})
    return 1 if operation.path.filter is None else _comparisons(operation.path.filter)


def _comparisons(node: Filter) -> int:
    match node:
        case And() | Or():
            return sum(map(_comparisons, node.operands))
        case Not():
            return _comparisons(node.operand)
        case ValuePath():
            return _comparisons(node.filter)
    return 1
