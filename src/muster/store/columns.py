"""The attributes that are columns of users and groups: id, meta, and what is unique.

Law: a condition is never NULL, so that NOT of it is its opposite; the times compare as they are answered, in whole
milliseconds, though the column keeps microseconds.
"""

from __future__ import annotations

from typing import Final

from muster.directory.records import Kind
from muster.scim.evaluate import element_matches
from muster.scim.expression import Compare, Filter, Key, Operator
from muster.scim.schema import Attribute
from muster.store.comparison import FALSE, TRUE, Values, compare

_MILLISECOND: Final = 1000

_TIMES: Final = {"meta.created": "created", "meta.lastModified": "last_modified"}
_TEXTS: Final[dict[Kind, dict[str, str]]] = {
    "User": {"id": "id", "userName": "name_key", "externalId": "external_id"},
    "Group": {"id": "id", "displayName": "name_key", "externalId": "external_id"},
}
_NULLABLE: Final = "external_id"


def served(attribute: Attribute) -> bool:
    """Tell whether the attribute is of the row itself: id or meta."""
    return attribute.path == "id" or (attribute.parent or attribute).path == "meta"


def column(kind: Kind, attribute: Attribute) -> str | None:
    """Return the indexed column that holds the attribute's key, or None."""
    return _TIMES.get(attribute.path) or _TEXTS[kind].get(attribute.path)


def fixed(kind: Kind, node: Filter | None) -> tuple[str, str] | None:
    """Return the unique column and the value that a filter fixes, if that is all it says."""
    if not isinstance(node, Compare) or node.operator is not Operator.EQ or not isinstance(node.key, str):
        return None
    name = column(kind, node.attribute)
    return (name, node.key) if name is not None else None


def present(kind: Kind, attribute: Attribute, table: str) -> str:
    """Return the condition that a column's attribute has a value."""
    return f"{table}.{_NULLABLE} IS NOT NULL" if column(kind, attribute) == _NULLABLE else TRUE


def condition(kind: Kind, node: Compare, table: str, values: Values) -> str:
    """Return a comparison on a column's attribute; `table` is what the row is called (`+r`: without an index)."""
    attribute, operator, key = node.attribute, node.operator, node.key
    if key is None:
        there = present(kind, attribute, table)
        return f"NOT ({there})" if operator is Operator.EQ else there
    if attribute.path in _TIMES:
        return _time(f"{table}.{_TIMES[attribute.path]}", operator, key, values)
    if attribute.path == "meta.resourceType":  # said here: a database may have an order of texts of its own
        return TRUE if element_matches(node, {attribute.name: kind}) else FALSE
    name = column(kind, attribute)
    if name is None:
        return compare(_version(attribute, table), operator, key, values)
    test = compare(f"{table}.{name}", operator, key, values)
    if name != _NULLABLE:
        return test
    if operator is Operator.NE:
        return f"({table}.{name} IS NULL OR {test})"
    return f"({table}.{name} IS NOT NULL AND {test})"


def _version(attribute: Attribute, table: str) -> str:
    """Return the version as it is answered; it has no order."""
    if attribute.path == "meta.version":
        return f"('W/\"' || {table}.version || '\"')"
    raise ValueError(f"{attribute.path} is not stored")


def _time(expression: str, operator: Operator, key: Key, values: Values) -> str:
    """Return a comparison of a time cut to milliseconds as a range of the column, so that its index serves it."""
    wanted = int(key)
    start = wanted // _MILLISECOND * _MILLISECOND
    end, whole = start + _MILLISECOND, wanted == start
    match operator:
        case Operator.EQ | Operator.NE if not whole:
            return FALSE if operator is Operator.EQ else TRUE
        case Operator.EQ:
            return f"{expression} >= {values.bind(start)} AND {expression} < {values.bind(end)}"
        case Operator.NE:
            return f"({expression} < {values.bind(start)} OR {expression} >= {values.bind(end)})"
        case Operator.GT:
            return f"{expression} >= {values.bind(end)}"
        case Operator.GE:
            return f"{expression} >= {values.bind(start if whole else end)}"
        case Operator.LT:
            return f"{expression} < {values.bind(start if whole else end)}"
        case _:
            return f"{expression} < {values.bind(end)}"
