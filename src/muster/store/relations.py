"""Filters on members of groups and on groups of users: their elements are rows of `members`.

Law: a group's elements are its direct members; a user's elements are the groups it is in, those reached through other
groups too where the organization nests them; pending members are in neither.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from muster.directory.records import Kind
from muster.scim.characteristics import Type
from muster.scim.evaluate import element_matches
from muster.scim.expression import (
    And,
    Compare,
    Constant,
    Filter,
    Not,
    Operator,
    Or,
    Present,
    ValuePath,
)
from muster.scim.schema import Attribute
from muster.store.comparison import FALSE, TRUE, Values, compare

_IN_SCOPE: Final = "{0}.organization = :o AND {0}.owner = :w"
_MEMBERS: Final = _IN_SCOPE.format("m")
_GROUP_OF_MEMBER: Final = f"groups g ON {_IN_SCOPE.format('g')} AND g.id = m.group_id"
_IS_DIRECT: Final = (
    "EXISTS (SELECT 1 FROM members d WHERE d.organization = :o AND d.owner = :w"
    " AND d.group_id = p.id AND d.member = p.member)"
)

Leaf = Callable[[Compare], str]


def inner(node: Filter, leaf: Leaf) -> str:
    """Return the condition on one element, where every sub-attribute has a value; `leaf` writes a comparison."""
    match node:
        case Compare(key=None):
            return FALSE if node.operator is Operator.EQ else TRUE
        case Compare():
            return f"({leaf(node)})"
        case Present():
            return TRUE
        case Constant():
            return TRUE if node.value else FALSE
        case Not():
            return f"NOT ({inner(node.operand, leaf)})"
        case And():
            return "(" + " AND ".join(inner(one, leaf) for one in node.operands) + ")"
        case Or():
            return "(" + " OR ".join(inner(one, leaf) for one in node.operands) + ")"
        case ValuePath():
            raise TypeError("a value path cannot stand inside another")


def mentions(node: Filter, name: str) -> bool:
    """Tell whether the filter on an element compares its sub-attribute `name`."""
    match node:
        case Compare() | Present():
            return node.attribute.name == name
        case Not():
            return mentions(node.operand, name)
        case And() | Or():
            return any(mentions(one, name) for one in node.operands)
        case _:
            return False


def equal_value(node: Filter) -> bool:
    """Tell whether the filter fixes the element's `value`, so that it is found by index."""
    match node:
        case Compare(operator=Operator.EQ):
            return node.attribute.name == "value" and node.key is not None
        case And():
            return any(equal_value(one) for one in node.operands)
        case _:
            return False


class Members:
    """Filters on `members`, for rows `r` of groups."""

    def __init__(self, values: Values) -> None:
        self._values = values

    def exists(self, node: Filter) -> str:
        """Return the condition that some member of `r` satisfies the filter."""
        test = inner(node, self._leaf)
        return f"EXISTS (SELECT 1 FROM members m WHERE {_MEMBERS} AND m.group_id = {self._values.plus}r.id AND {test})"

    def rows(self, node: Filter) -> str | None:
        """Return the statement of the groups' row numbers where an index finds them, else None."""
        if not equal_value(node):
            return None
        test = inner(node, self._leaf)
        return (
            f"SELECT g.row FROM members m {self._values.join} {_GROUP_OF_MEMBER} WHERE {_MEMBERS} AND {test}"
        )

    def _leaf(self, node: Compare) -> str:
        if node.attribute.name == "value":
            return compare("m.member", node.operator, _known(node), self._values)
        return _constants("m.kind", node, ("User", "Group"))


class Groups:
    """Filters on `groups`, for rows `r` of users."""

    def __init__(self, values: Values, *, nested: bool) -> None:
        self._values = values
        self._nested = nested

    def exists(self, node: Filter) -> str:
        """Return the condition that some group of `r` satisfies the filter."""
        if isinstance(node, Constant):
            return (
                f"EXISTS (SELECT 1 FROM members m WHERE {_MEMBERS} AND m.member = {self._values.plus}r.id)"
                if node.value
                else FALSE
            )
        if self._nested:
            return f"r.id IN ({self._reached(node)})"
        test = inner(node, self._leaf)
        join = f"{self._values.join} {_GROUP_OF_MEMBER}" if mentions(node, "display") else ""
        user = f"m.member = {self._values.plus}r.id"
        return f"EXISTS (SELECT 1 FROM members m {join} WHERE {_MEMBERS} AND {user} AND {test})"

    def rows(self, node: Filter) -> str | None:
        """Return the statement of the users' row numbers where an index finds them, else None."""
        if not equal_value(node):
            return None
        if self._nested:
            found = f"SELECT 1 AS one, c.member FROM ({self._reached(node)}) c"
        else:
            join = f"{self._values.join} {_GROUP_OF_MEMBER}" if mentions(node, "display") else ""
            found = f"SELECT 1 AS one, m.member FROM members m {join} WHERE {_MEMBERS} AND {inner(node, self._leaf)}"
        users = f"{self._values.join} users u ON {_IN_SCOPE.format('u')} AND u.id = f.member"
        return f"SELECT u.row FROM ({found}) f {users}"

    def _leaf(self, node: Compare) -> str:
        match node.attribute.name:
            case "value":
                return compare("m.group_id", node.operator, _known(node), self._values)
            case "display":
                return compare("g.name_key", node.operator, _known(node), self._values)
            case _:
                return _constants("'direct'", node, ("direct",))

    def _reached(self, node: Filter) -> str:
        return self._by_type(node) if mentions(node, "type") else self._downward(node)

    def _downward(self, node: Filter) -> str:
        """Return the statement of the users in the groups that satisfy the filter, and in the groups inside these."""
        test = inner(node, self._leaf_of_group)
        return (
            f"WITH RECURSIVE below (id) AS (SELECT g.id FROM groups g WHERE {_IN_SCOPE.format('g')} AND {test}"
            f" UNION SELECT m.member FROM below b {self._values.join} members m ON {_MEMBERS} AND m.group_id = b.id"
            " WHERE m.kind = 'Group')"
            f" SELECT m.member FROM below b {self._values.join} members m ON {_MEMBERS} AND m.group_id = b.id"
            " WHERE m.kind = 'User'"
        )

    def _by_type(self, node: Filter) -> str:
        """Return the statement of the users for which a pair of user and group satisfies the filter."""
        test = inner(node, self._leaf_of_pair)
        return (
            f"WITH RECURSIVE pairs (member, id) AS (SELECT m.member, m.group_id FROM members m WHERE {_MEMBERS}"
            " AND m.kind = 'User' UNION SELECT p.member, m.group_id FROM pairs p"
            f" {self._values.join} members m ON {_MEMBERS} AND m.member = p.id)"
            f" SELECT p.member FROM pairs p {self._values.join} groups g ON {_IN_SCOPE.format('g')} AND g.id = p.id"
            f" WHERE {test}"
        )

    def _leaf_of_group(self, node: Compare) -> str:
        expression = "g.id" if node.attribute.name == "value" else "g.name_key"
        return compare(expression, node.operator, _known(node), self._values)

    def _leaf_of_pair(self, node: Compare) -> str:
        if node.attribute.name != "type":
            return self._leaf_of_group(node)
        direct = _constants("'direct'", node, ("direct",))
        indirect = _constants("'indirect'", node, ("indirect",))
        return f"CASE WHEN {_IS_DIRECT} THEN {direct} ELSE {indirect} END"


def _known(node: Compare) -> str | int | float:
    if node.key is None:
        raise ValueError("null has no key")
    return node.key


def _constants(expression: str, node: Compare, words: tuple[str, ...]) -> str:
    """Return a comparison of a column with few possible words, as the list of those for which it holds."""
    holding = [word for word in words if element_matches(node, {node.attribute.name: word})]
    if len(holding) == len(words):
        return TRUE
    return f"{expression} IN ({', '.join(repr(word) for word in holding)})" if holding else FALSE


def related(kind: Kind, attribute: Attribute) -> bool:
    """Tell whether the attribute, or what it is a part of, is `members` of a group or `groups` of a user."""
    top = attribute.parent or attribute
    return top.type is Type.COMPLEX and top.path == ("groups" if kind == "User" else "members")
