"""The comparison keys of a whole resource: what a store has to index so that any filter can be answered from it.

Law: these entries and `evaluate` see the same values; an entry exists exactly where `pr` of that attribute is true.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from muster.scim.characteristics import Returned, Type
from muster.scim.expression import Key
from muster.scim.schema import Attribute, ResourceType
from muster.scim.value import is_empty, key

# Served from their own columns or rows, never from entries.
NOT_INDEXED = frozenset({"id", "meta", "members", "groups"})


class Entry(NamedTuple):
    """One indexed value: the attribute's path, its key, and the number of the element it belongs to.

    Elements of a multi-valued attribute are numbered so that 0 is the one that sorting looks at: the primary one, else
    the first (RFC 7644 §3.4.2.3). A complex element has an entry of its own, path of the attribute and key 1.
    """

    path: str
    key: Key
    element: int


def entries(resource_type: ResourceType, document: Mapping[str, object]) -> set[Entry]:
    """Return the entries of every filterable attribute of a stored document (canonical names, no empty values)."""
    found: set[Entry] = set()
    for name, value in document.items():
        extension = resource_type.extension(name)
        if extension is not None and isinstance(value, Mapping):
            for sub_name, sub_value in value.items():
                found.update(_of(extension.attribute(sub_name), sub_value))
        else:
            found.update(_of(resource_type.attribute(name), value))
    return found


def attribute_entries(attribute: Attribute, value: object) -> set[Entry]:
    """Return the entries of one top-level attribute; none when the value is None."""
    return set(_of(attribute, value))


def _of(attribute: Attribute | None, value: object) -> Iterator[Entry]:
    if (
        attribute is None
        or value is None
        or attribute.path in NOT_INDEXED
        or attribute.returned is Returned.NEVER
    ):
        return
    if attribute.multi_valued and isinstance(value, list):
        for number, element in enumerate(_sorting_first(value)):
            yield from _element(attribute, element, number)
    else:
        yield from _element(attribute, value, 0)


def _sorting_first(elements: list[object]) -> list[object]:
    for position, element in enumerate(elements):
        if position and isinstance(element, Mapping) and element.get("primary") is True:
            return [element, *elements[:position], *elements[position + 1 :]]
    return elements


def _element(attribute: Attribute, value: object, number: int) -> Iterator[Entry]:
    if attribute.type is not Type.COMPLEX:
        if not is_empty(value):
            yield Entry(attribute.path, key(attribute, value), number)
        return
    found = list(_sub_entries(attribute, value, number))
    if found:
        yield Entry(attribute.path, 1, number)
        yield from found


def _sub_entries(attribute: Attribute, value: object, number: int) -> Iterator[Entry]:
    for name, sub_value in value.items() if isinstance(value, Mapping) else ():
        sub = attribute.sub(name)
        if sub is None or sub.returned is Returned.NEVER:
            continue
        for one in sub_value if isinstance(sub_value, list) else (sub_value,):
            if not is_empty(one):
                yield Entry(sub.path, key(sub, one), number)
