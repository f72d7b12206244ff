"""The comparison keys of a whole resource: what a store has to index so that any filter can be answered from it.

Law: these entries and `evaluate` see the same values; an entry exists exactly where `pr` of that attribute is true.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import NamedTuple

from muster.scim.characteristics import Returned, Type
from muster.scim.expression import Key
from muster.scim.schema import Attribute, ResourceType
from muster.scim.value import is_empty, key, text_key

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
        attribute = resource_type.attribute(name)
        if attribute is not None:
            _collect(attribute, value, found)
            continue
        extension = resource_type.extension(name)
        if extension is not None and isinstance(value, Mapping):
            for sub_name, sub_value in value.items():
                attribute = extension.attribute(sub_name)
                if attribute is not None:
                    _collect(attribute, sub_value, found)
    return found


def attribute_entries(attribute: Attribute, value: object) -> set[Entry]:
    """Return the entries of one top-level attribute; none when the value is None."""
    found: set[Entry] = set()
    _collect(attribute, value, found)
    return found


_Parts = Mapping[str, tuple[Attribute, Callable[[str], Key]]]


# Kept, and filled into one set rather than yielded: this runs for every value of every resource that is written.
@lru_cache(maxsize=4096)
def _parts(attribute: Attribute) -> _Parts:
    """Return the indexed parts of a complex attribute by canonical name, each with what makes the key of a text."""
    subs = (sub for sub in attribute.sub_attributes.values() if sub.returned is not Returned.NEVER)
    return {sub.name: (sub, text_key(sub)) for sub in subs}


def _collect(attribute: Attribute, value: object, found: set[Entry]) -> None:
    if attribute.path in NOT_INDEXED or attribute.returned is Returned.NEVER:
        return
    if attribute.type is Type.STRING and type(value) is str and value:
        found.add(Entry(attribute.path, key(attribute, value), 0))
        return
    elements = _sorting_first(value) if isinstance(value, list) else (value,)
    for number, element in enumerate(elements):
        if attribute.type is Type.COMPLEX:
            _collect_parts(attribute, element, number, found)
        elif not is_empty(element):
            found.add(Entry(attribute.path, key(attribute, element), number))


def _sorting_first(elements: list[object]) -> list[object]:
    for position, element in enumerate(elements):
        if position and isinstance(element, Mapping) and element.get("primary") is True:
            return [element, *elements[:position], *elements[position + 1 :]]
    return elements


def _collect_parts(attribute: Attribute, value: object, number: int, found: set[Entry]) -> None:
    if not isinstance(value, dict):
        return
    before = len(found)
    parts = _parts(attribute)
    for name, part in value.items():
        planned = parts.get(name)
        if planned is None:
            continue
        sub, key_of_text = planned
        if type(part) is str:
            if part:
                found.add(Entry(sub.path, key_of_text(part), number))
            continue
        for one in part if isinstance(part, list) else (part,):
            if not is_empty(one):
                found.add(Entry(sub.path, key(sub, one), number))
    if len(found) > before:
        found.add(Entry(attribute.path, 1, number))
