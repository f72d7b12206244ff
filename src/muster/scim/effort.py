"""How much the operations of one PATCH, and all PATCHes of a bulk request, may look through, however few their bytes.

Law: an operation looks through all values that its attribute has, once for each comparison of its filter. What that is
in all is counted before it is done, in characters, and bounded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from muster.scim.errors import PayloadTooLarge
from muster.scim.expression import And, Filter, Not, Or, ValuePath
from muster.scim.limits import MAX_BULK_CHARACTERS_EACH, MAX_PATCH_CHARACTERS
from muster.scim.operation import Kind, Operation


class BulkEffort:
    """What is left for all PATCHes of a bulk request together; less than nothing once one of them was too much."""

    __slots__ = ("left", "most")

    def __init__(self, operations: int) -> None:
        """Begin with what a bulk request of so many operations may look through."""
        self.most = MAX_PATCH_CHARACTERS + operations * MAX_BULK_CHARACTERS_EACH
        self.left = self.most

    def refuse_beyond(self, where: str) -> None:
        """Raise `PayloadTooLarge` when too much was spent, by the operation at `where` or by one before it."""
        if self.left < 0:
            raise PayloadTooLarge(
                f"{where}: all PATCHes of the bulk request together would look through more than {self.most} characters"
                " of values; send this one in another request, or with shorter filters"
            )


class Effort:
    """What is left for the operations of one PATCH to look through, which may be one of a bulk request."""

    __slots__ = ("_bulk", "_left")

    def __init__(self, bulk: BulkEffort | None = None) -> None:
        self._bulk = bulk or BulkEffort(0)
        self._left = MAX_PATCH_CHARACTERS

    def spend(self, operation: Operation, before: object, removed: Sequence[object]) -> None:
        """Count an operation on an attribute with values `before`, of which others were `removed`.

        Raises `PayloadTooLarge` when it is too much, together with those before it.
        """
        if not isinstance(before, list | dict) and not removed:
            return
        self._bulk.refuse_beyond(operation.where)  # before counting, which is work, too
        seen = (before, removed if operation.kind is Kind.REPLACE else ())
        characters = len(repr(seen)) * _times(operation)
        self._left -= characters
        self._bulk.left -= characters
        if self._left < 0:
            raise PayloadTooLarge(
                f"{operation.where}: all operations together would look through more than {MAX_PATCH_CHARACTERS}"
                " characters of values; send them in several requests, or with shorter filters"
            )
        self._bulk.refuse_beyond(operation.where)


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
