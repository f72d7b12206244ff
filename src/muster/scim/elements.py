"""The elements of multi-valued attributes: when two are the same value, and which one is primary (RFC 7643 §2.4).

Law: nothing here changes what it is given; sameness is decided by comparison keys alone, as in filters.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence

from muster.scim.characteristics import Type
from muster.scim.errors import InvalidValue
from muster.scim.schema import Attribute
from muster.scim.value import key, text_key

_STRING = Type.STRING


def comparable(attribute: Attribute, value: object) -> Hashable:
    """Return what stands for one value of `attribute` when values are compared: equal exactly for the same value."""
    if type(value) is str and attribute.type is _STRING:
        return text_key(attribute)(value)
    if attribute.type is Type.COMPLEX and isinstance(value, Mapping):
        return frozenset(_parts(attribute, value))
    if isinstance(value, list):
        return tuple(comparable(attribute, item) for item in value)
    try:
        return key(attribute, value)
    except ValueError:
        return repr(value)


def _parts(attribute: Attribute, value: Mapping[str, object]) -> Iterable[tuple[str, Hashable]]:
    for name, part in value.items():
        sub = attribute.sub(name)
        # `primary` absent means false (R017).
        if sub is not None and part is not None and not (name == "primary" and part is False):
            yield name, comparable(sub, part)


def identity(attribute: Attribute, element: object) -> Hashable:
    """Return what an element is recognised by: its (type, value) pair, or all of it where it has no `value` (R018)."""
    if attribute.type is Type.COMPLEX and isinstance(element, Mapping) and element.get("value") is not None:
        pair = {name: element[name] for name in ("value", "type") if name in element}
        return comparable(attribute, pair)
    return comparable(attribute, element)


def is_primary(element: object) -> bool:
    """Whether the element is the one marked as primary."""
    return (type(element) is dict or isinstance(element, Mapping)) and element.get("primary") is True


def distinct(attribute: Attribute, elements: list[object]) -> list[object]:
    """Return the elements, later ones with the (type, value) of an earlier one folded into that one (R018)."""
    if _types_differ(attribute, elements):
        return elements
    found: dict[Hashable, object] = {}
    for element in elements:
        recognised = identity(attribute, element)
        found[recognised] = folded(found[recognised], element) if recognised in found else element
    return list(found.values())


def _types_differ(attribute: Attribute, elements: Sequence[object]) -> bool:
    """Whether each element has another `type`, as most do: then no two are the same, whatever else they have."""
    type_ = attribute.sub("type")
    if type_ is None:
        return False
    types = {
        comparable(type_, element.get("type")) if isinstance(element, dict) else None for element in elements
    }
    return len(types) == len(elements)


def folded(element: object, other: object) -> object:
    """Return `element` with what `other`, the same value, says beyond its `value` and `type`."""
    if not isinstance(element, Mapping) or not isinstance(other, Mapping):
        return element
    return {**element, **said_beyond(element, other)}


def said_beyond(element: Mapping[str, object], other: Mapping[str, object]) -> dict[str, object]:
    """Return the sub-attributes of `other` that are news to `element`, which has the same `value` and `type`."""
    return {
        name: part
        for name, part in other.items()
        if name not in {"value", "type"}
        and not (name == "primary" and part is False and not is_primary(element))
    }


def check_primary(elements: Iterable[object], where: str) -> None:
    """Raise `InvalidValue` when more than one element is primary (R016)."""
    if sum(map(is_primary, elements)) > 1:
        raise InvalidValue(f"{where}: at most one value may have primary true")


def with_one_primary(elements: Sequence[object], primary: int) -> list[object]:
    """Return the elements with `primary` false on each primary one but the one at position `primary` (R210)."""
    return [
        {**element, "primary": False}
        if position != primary and isinstance(element, Mapping) and is_primary(element)
        else element
        for position, element in enumerate(elements)
    ]


def same(attribute: Attribute, one: object, other: object) -> bool:
    """Whether two values of an attribute, or their absence, are the same by their comparison keys."""
    if one is None or other is None:
        return one is other
    if attribute.multi_valued and isinstance(one, list) and isinstance(other, list):
        return {comparable(attribute, item) for item in one} == {
            comparable(attribute, item) for item in other
        }
    return comparable(attribute, one) == comparable(attribute, other)


def without(attribute: Attribute, elements: Iterable[object], listed: Iterable[object]) -> list[object]:
    """Return the elements that are not listed (R223).

    A listed value that has a `value` means the elements with that value, and with that type if it has one; any other
    means the elements that have all the sub-attributes it has.
    """
    exact: set[Hashable] = set()
    values: set[Hashable] = set()
    partial: dict[frozenset[str], set[Hashable]] = {}
    for item in listed:
        if not isinstance(item, Mapping) or ("value" in item and "type" in item):
            exact.add(identity(attribute, item))
        elif "value" in item:
            values.add(_value_of(attribute, item))
        else:
            parts = dict(_parts(attribute, item))
            partial.setdefault(frozenset(parts), set()).add(frozenset(parts.items()))

    def is_listed(element: object) -> bool:
        if identity(attribute, element) in exact or _value_of(attribute, element) in values:
            return True
        if not partial or not isinstance(element, Mapping):
            return False
        parts = dict(_parts(attribute, element))
        return any(
            frozenset((name, parts[name]) for name in names) in wanted if names else not parts
            for names, wanted in partial.items()
            if names <= parts.keys()
        )

    return [element for element in elements if not is_listed(element)]


def _value_of(attribute: Attribute, element: object) -> Hashable:
    value = element.get("value") if isinstance(element, Mapping) else None
    if attribute.value_attribute is None or value is None:
        return None
    return comparable(attribute.value_attribute, value)
