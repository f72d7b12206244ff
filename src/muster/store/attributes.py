"""Attributes as numbers, and which of them live in columns instead of index entries.

Law: a number follows from the resource type and the attribute's path alone, so no table has to be read or kept; that no
two attributes of one resource type share a number is checked when an organization's schemas are first used.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cache
from hashlib import blake2b
from typing import Final

from muster.directory.records import Kind
from muster.scim.keys import Entry
from muster.scim.schema import ResourceType

_BYTES: Final = 5

IN_COLUMNS: Final[frozenset[tuple[Kind, str]]] = frozenset(
    {("User", "userName"), ("User", "externalId"), ("Group", "displayName"), ("Group", "externalId")}
)
"""Attributes whose keys are columns of users and groups; they need no entries."""


def indexed(kind: Kind, entries: Collection[Entry]) -> Sequence[Entry]:
    """Return those of the entries that are stored: not what a column has, nor a complex value beside its own parts.

    A complex value is there exactly where one of its parts is, and comes and goes with them; a row of its own would say
    nothing new.
    """
    elsewhere = {_above(entry.path) for entry in entries}
    elsewhere.update(path for holder, path in IN_COLUMNS if holder == kind)
    return [entry for entry in entries if entry.path not in elsewhere]


@cache
def _above(path: str) -> str:
    return path.rpartition(".")[0]


@cache
def attribute_number(kind: str, path: str) -> int:
    """Return the number that stands for an attribute in `attribute_keys`: 40 bits of a hash."""
    return int.from_bytes(blake2b(f"{kind}:{path}".encode(), digest_size=_BYTES).digest(), "big")


def check_numbers(resource_type: ResourceType) -> None:
    """Raise `ValueError`, naming both, when two attributes of the resource type share a number."""
    seen: dict[int, str] = {}
    for attribute in resource_type.every_attribute():
        for path in (attribute.path, *(sub.path for sub in attribute.sub_attributes.values())):
            other = seen.setdefault(attribute_number(resource_type.name, path), path)
            if other != path:
                raise ValueError(f"{path} cannot be stored beside {other}; rename it")
