"""Which comparison an attribute allows, and the bound leaf it becomes (RFC 7644 §3.4.2.2, Table 3).

Law: a leaf made here can be answered for every resource: its attribute is one that filters may see, its operator fits
the type, its key came from `value.key`. Everything else is `Malformed` with the reason.
"""

from __future__ import annotations

from muster.scim.characteristics import Returned, Type
from muster.scim.expression import Compare, Filter, Literal, Not, Operator, Or, Present
from muster.scim.grammar import Malformed
from muster.scim.names import Names
from muster.scim.schema import ENTERPRISE_USER, Attribute, Schema
from muster.scim.value import key

_EQUALITY = frozenset({Operator.EQ, Operator.NE})
_SUBSTRING = frozenset({Operator.CO, Operator.SW, Operator.EW})
_ALL = frozenset(Operator)
_ALLOWED = {
    Type.STRING: _ALL,
    Type.REFERENCE: _ALL,
    Type.INTEGER: _ALL - _SUBSTRING,
    Type.DECIMAL: _ALL - _SUBSTRING,
    Type.DATE_TIME: _ALL - _SUBSTRING,
    Type.BOOLEAN: _EQUALITY,
    Type.BINARY: _EQUALITY,
}
_WANTED = {
    Type.STRING: "a string in double quotes",
    Type.REFERENCE: "a string in double quotes",
    Type.BINARY: "a string in double quotes",
    Type.INTEGER: "a number",
    Type.DECIMAL: "a number",
    Type.BOOLEAN: "true or false",
    Type.DATE_TIME: 'a dateTime such as "2026-11-22T10:00:00Z"',
}

_SPELLED = {"true": True, "false": False}

# These are composed when a resource is answered and stored nowhere, or only in part; the rest of the two is derived.
_COMPOSED = frozenset({"meta.location", f"{ENTERPRISE_USER}:manager.displayName"})
_STORED_SUBS = {"members": ("value", "type"), "groups": ("value", "display", "type")}
# A version is stored as a number; its text has no order that means anything (RFC 7644 §3.14).
_OPAQUE = "meta.version"


def check_filterable(attribute: Attribute, position: int) -> None:
    """Raise `Malformed` for an attribute that no filter may name: never returned (R171), or composed when answered."""
    parent = attribute.parent
    if attribute.returned is Returned.NEVER or (parent is not None and parent.returned is Returned.NEVER):
        raise Malformed(position, f"{attribute.path} is never returned, so it cannot be filtered by")
    if attribute.path in _COMPOSED:
        raise Malformed(position, f"{attribute.path} is derived, so it cannot be filtered by")
    stored = _STORED_SUBS.get(parent.path) if parent is not None else None
    if stored is not None and parent is not None and attribute.name not in stored:
        raise Malformed(position, f"of {parent.path}, only {' and '.join(stored)} can be filtered by")


def extension_presence(schema: Schema, position: int) -> Filter:
    """Return what `urn:… pr` means: some attribute of the extension has a value."""
    seen = [a for a in schema.attributes.values() if a.returned is not Returned.NEVER]
    if not seen:
        raise Malformed(position, "this extension has no attribute that can be filtered by")
    return Present(seen[0]) if len(seen) == 1 else Or(tuple(Present(a) for a in seen))


def absent(operator: Operator, literal: Literal) -> bool:
    """Return what a comparison with an attribute without a value is: only `ne` a value and `eq null` hold (R154)."""
    return operator is (Operator.EQ if literal is None else Operator.NE)


def null_comparison(attribute: Attribute, operator: Operator, position: int) -> Filter:
    """Return the leaf for `attribute op null`; on a complex attribute it asks for presence (R154)."""
    if operator not in _EQUALITY:
        raise Malformed(position, "null can be compared with eq and ne only")
    if attribute.type is not Type.COMPLEX:
        return Compare(attribute, operator, None, None)
    return Not(Present(attribute)) if operator is Operator.EQ else Present(attribute)


def check_operator(attribute: Attribute, operator: Operator, position: int) -> None:
    """Raise `Malformed` when the attribute's type does not allow the operator (R158, R159)."""
    allowed = _EQUALITY if attribute.path == _OPAQUE else _ALLOWED[attribute.type]
    if operator not in allowed:
        names = ", ".join(o for o in Operator if o in allowed)
        raise Malformed(
            position, f"{attribute.path} is {_kind(attribute)} and can be compared with {names} only"
        )


def _kind(attribute: Attribute) -> str:
    return "a version" if attribute.path == _OPAQUE else f"of type {attribute.type}"


def comparison(
    attribute: Attribute, operator: Operator, literal: Literal, position: int, names: Names
) -> Compare:
    """Return the leaf for a literal other than null; `position` is the literal's.

    Raises `Malformed` when the literal is not of the attribute's type (R160). Where the dialect takes "True" for true,
    the leaf has the boolean.
    """
    if attribute.type is Type.BOOLEAN and isinstance(literal, str):
        literal = _boolean(literal, attribute, names)
    try:
        return Compare(attribute, operator, literal, key(attribute, literal))
    except ValueError:
        raise Malformed(position, f"expected {_WANTED[attribute.type]} for {attribute.path}") from None


def _boolean(literal: str, attribute: Attribute, names: Names) -> bool | str:
    """Return the boolean that a string spells, in a dialect where clients send it so (Entra, catalogue 29)."""
    value = _SPELLED.get(literal.lower()) if names.dialect.string_booleans else None
    if value is None:
        return literal
    names.note("string_booleans", attribute.path)
    return value


def value_of(attribute: Attribute, position: int) -> Attribute:
    """Return the attribute that a bare complex attribute stands for in a comparison: its `value` (R155).

    Raises `Malformed` when it has none.
    """
    value = attribute.value_attribute
    if value is None:
        example = next(iter(attribute.sub_attributes.values()), None)
        hint = f", such as {example.path}" if example else ""
        raise Malformed(position, f"{attribute.path} is complex: compare one of its sub-attributes{hint}")
    return value
