"""The comparison keys of a whole resource: what a store has to index so that any filter can be answered from it.

Law: these entries and `evaluate` see the same values; an entry exists exactly where `pr` of that attribute is true.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache, partial
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


class _Plan(NamedTuple):
    """How the values of one attribute become keys: of itself, or of each part of a complex one by canonical name."""

    path: str
    key: Callable[[object], Key] | None
    parts: Mapping[str, tuple[str, Callable[[object], Key]]]


# Kept, and filled into one set rather than yielded: this runs for every value of every resource that is written.
@lru_cache(maxsize=4096)
def _plan(attribute: Attribute) -> _Plan | None:
    if attribute.path in NOT_INDEXED or attribute.returned is Returned.NEVER:
        return None
    if attribute.type is not Type.COMPLEX:
        return _Plan(attribute.path, partial(key, attribute), {})
    subs = (sub for sub in attribute.sub_attributes.values() if sub.returned is not Returned.NEVER)
    return _Plan(attribute.path, None, {sub.name: (sub.path, partial(key, sub)) for sub in subs})


def _collect(attribute: Attribute, value: object, found: set[Entry]) -> None:
    plan = _plan(attribute)
    if plan is None:
        return
    elements = _sorting_first(value) if isinstance(value, list) else (value,)
    for number, element in enumerate(elements):
        if plan.key is None:
            _collect_parts(plan, element, number, found)
        elif not is_empty(element):
            found.add(Entry(plan.path, plan.key(element), number))


def _sorting_first(elements: list[object]) -> list[object]:
    for position, element in enumerate(elements):
        if position and isinstance(element, Mapping) and element.get("primary") is True:
            return [element, *elements[:position], *elements[position + 1 :]]
    return elements


def _collect_parts(plan: _Plan, value: object, number: int, found: set[Entry]) -> None:
    if not isinstance(value, dict):
        return
    before = len(found)
    for name, part in value.items():
        planned = plan.parts.get(name)
        if planned is None:
            continue
        path, key_of = planned
        for one in part if isinstance(part, list) else (part,):
            if not is_empty(one):
                found.add(Entry(path, key_of(one), number))
    if len(found) > before:
        found.add(Entry(plan.path, 1, number))
