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
_DIRECT: Final = (
    f"SELECT 1 FROM members d WHERE {_IN_SCOPE.format('d')} AND d.group_id = p.id AND d.member = p.member"
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


def equal(node: Filter, name: str) -> Compare | None:
    """Return the comparison that fixes the element's sub-attribute `name`, so that it is found by index."""
    match node:
        case Compare(operator=Operator.EQ):
            return node if node.attribute.name == name and node.key is not None else None
        case And():
            return next((found for one in node.operands if (found := equal(one, name)) is not None), None)
        case _:
            return None


def _without(leading: Compare, leaf: Leaf) -> Leaf:
    """Return what writes all comparisons but the leading one, which is written by itself."""
    return lambda one: TRUE if one is leading else leaf(one)


class Members:
    """Filters on `members`, for rows `r` of groups."""

    def __init__(self, values: Values) -> None:
        self._values = values

    def exists(self, node: Filter) -> str:
        """Return the condition that some member of `r` satisfies the filter."""
        return _exists(self._values, "m.group_id", node, inner(node, self._leaf))

    def rows(self, node: Filter) -> str | None:
        """Return the statement of the groups' row numbers where an index finds them, else None."""
        leading = equal(node, "value")
        if leading is None:
            return None
        test = inner(node, _without(leading, self._leaf))
        member = self._values.same("m.member", self._values.bind(_known(leading)))
        groups = self._values.beside("groups", "g", "id", "m.group_id")
        found = f"SELECT g.row FROM members m {groups} WHERE {_MEMBERS} AND {member} AND {test}"
        return self._values.led(found, "m.member")

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
            return _exists(self._values, "m.member", node, TRUE) if node.value else FALSE
        if self._nested:
            return self._values.among("r.id", self._reached(node))
        return _exists(self._values, "m.member", node, inner(node, self._leaf), self._named(node))

    def rows(self, node: Filter) -> str | None:
        """Return the statement of the users' row numbers where an index finds them, else None."""
        leading = equal(node, "value")
        if leading is None:
            return None
        found = self._reached(node) if self._nested else self._direct(node, leading)
        return f"SELECT u.row FROM ({found}) f {self._values.beside('users', 'u', 'id', 'f.member')}"

    def _direct(self, node: Filter, leading: Compare) -> str:
        """Return the statement of the members of a group for which the filter holds."""
        test = inner(node, _without(leading, self._leaf))
        group = self._values.same("m.group_id", self._values.bind(_known(leading)))
        found = f"SELECT m.member FROM members m {self._named(node)} WHERE {_MEMBERS} AND {group} AND {test}"
        return self._values.led(found, "m.group_id")

    def _named(self, node: Filter) -> str:
        """Return the join with the group, if its name is asked for."""
        return self._values.beside("groups", "g", "id", "m.group_id") if mentions(node, "display") else ""

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
        start = (
            f"SELECT g.id FROM groups g WHERE {_IN_SCOPE.format('g')} AND {inner(node, self._leaf_of_group)}"
        )
        if equal(node, "value"):
            start = self._values.led(start, "g.id")
        elif equal(node, "display"):
            start = self._values.led(start, "g.name_key")
        groups, users = (
            self._values.beside("members", "m", "group_id", "b.id", f"m.kind = '{kind}'")
            for kind in ("Group", "User")
        )
        return (
            f"WITH RECURSIVE below (id) AS ({start} UNION SELECT m.member FROM below b {groups})"
            f" SELECT m.member FROM below b {users}"
        )

    def _by_type(self, node: Filter) -> str:
        """Return the statement of the users for which a pair of user and group satisfies the filter."""
        test, leading = inner(node, self._leaf_of_pair), equal(node, "value")
        groups = self._values.beside("groups", "g", "id", "p.id")
        if leading is not None:  # only this group's
            group = self._values.bind(_known(leading))
            pairs = f"SELECT f.member, {group} AS id FROM ({self._downward(leading)}) f"
            return f"SELECT p.member FROM ({pairs}) p {groups} WHERE {test}"
        above = self._values.beside("members", "m", "member", "p.id")
        return (
            f"WITH RECURSIVE pairs (member, id) AS (SELECT m.member, m.group_id FROM members m WHERE {_MEMBERS}"
            f" AND m.kind = 'User' UNION SELECT p.member, m.group_id FROM pairs p {above})"
            f" SELECT p.member FROM pairs p {groups} WHERE {test}"
        )

    def _leaf_of_group(self, node: Compare) -> str:
        expression = "g.id" if node.attribute.name == "value" else "g.name_key"
        return compare(expression, node.operator, _known(node), self._values)

    def _leaf_of_pair(self, node: Compare) -> str:
        if node.attribute.name != "type":
            return self._leaf_of_group(node)
        direct = _constants("'direct'", node, ("direct",))
        indirect = _constants("'indirect'", node, ("indirect",))
        return f"CASE WHEN {self._values.exists(_DIRECT)} THEN {direct} ELSE {indirect} END"


def _exists(values: Values, column: str, node: Filter, test: str, join: str = "") -> str:
    """Return the condition that a row of `members` with `r` in a column satisfies the test made of a filter."""
    resource = f"{values.plus}r.id"
    if equal(node, "value"):  # one look for the pair
        return values.exists(
            f"SELECT 1 FROM members m {join} WHERE {_MEMBERS} AND {column} = {resource} AND {test}"
        )
    same = values.same(column, resource)
    found = f"SELECT 1 FROM members m {join} WHERE {_MEMBERS} AND {same} AND {test}"
    return values.exists(values.led(found, column))


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
