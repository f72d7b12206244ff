"""How much the operations of one PATCH, and all PATCHes of a bulk request, may look through, however few their bytes.

Law: an operation looks through all values that its attribute has, once for each comparison of its filter. What that is
in all is counted before it is done, in characters, and bounded; of members, which are rows, in comparisons.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from muster.scim.errors import PayloadTooLarge
from muster.scim.expression import And, Filter, Not, Or, ValuePath
from muster.scim.limits import MAX_BULK_CHARACTERS_EACH, MAX_MEMBER_COMPARISONS, MAX_PATCH_CHARACTERS
from muster.scim.operation import Kind, Operation


class Allowance:
    """What is left for all PATCHes of one request; less than nothing once one of them was too much."""

    __slots__ = ("left", "members", "most")

    def __init__(self, operations: int = 0) -> None:
        """Begin with what a bulk request of so many operations may look through; one of none is a single PATCH."""
        self.most = MAX_PATCH_CHARACTERS + operations * MAX_BULK_CHARACTERS_EACH
        self.left = self.most
        self.members = MAX_MEMBER_COMPARISONS

    def refuse_beyond(self, where: str) -> None:
        """Raise `PayloadTooLarge` when too much was spent, by the operation at `where` or by one before it."""
        if self.left < 0:
            raise PayloadTooLarge(
                f"{where}: all PATCHes of the bulk request together would look through more than {self.most} characters"
                " of values; send this one in another request, or with shorter filters"
            )

    def compare(self, condition: Filter, members: int) -> None:
        """Count the comparisons of a filter with so many members of a group. Raises `PayloadTooLarge`."""
        self.members -= members * _comparisons(condition)
        if self.members < 0:
            raise PayloadTooLarge(
                f"members: all filters together would make more than {MAX_MEMBER_COMPARISONS} comparisons with members;"
                " name the members by their ids, or send several requests"
            )


class Effort:
    """What is left for the operations of one PATCH to look through, which may be one of a bulk request."""

    __slots__ = ("_allowance", "_left")

    def __init__(self, allowance: Allowance | None = None) -> None:
        self._allowance = allowance or Allowance()
        self._left = MAX_PATCH_CHARACTERS

    def spend(self, operation: Operation, before: object, removed: Sequence[object]) -> None:
        """Count an operation on an attribute with values `before`, of which others were `removed`.

        Raises `PayloadTooLarge` when it is too much, together with those before it.
        """
        if not isinstance(before, list | dict) and not removed:
            return
        self._allowance.refuse_beyond(operation.where)  # before counting, which is work, too
        seen = (before, removed if operation.kind is Kind.REPLACE else ())
        characters = len(repr(seen)) * _times(operation)
        self._left -= characters
        self._allowance.left -= characters
        if self._left < 0:
            raise PayloadTooLarge(
                f"{operation.where}: all operations together would look through more than {MAX_PATCH_CHARACTERS}"
                " characters of values; send them in several requests, or with shorter filters"
            )
        self._allowance.refuse_beyond(operation.where)


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
