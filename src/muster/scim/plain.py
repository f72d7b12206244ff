"""A short cut for what nearly all values are: named as the schema spells them, and to be taken as they are.

Law: whatever is plain here, `Reader` would take without a change, a note or a refusal; of the rest nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from operator import is_
from typing import Final

from muster.scim.characteristics import Mutability, Type
from muster.scim.limits import MAX_NAME_CHARACTERS, MAX_STRING_CHARACTERS
from muster.scim.schema import Attribute, ResourceType, Schema

PASSWORD: Final = "password"  # noqa: S105 - the attribute's name
_NUL: Final = "\x00"
_KINDS: Final[Mapping[Type, type]] = {Type.STRING: str, Type.REFERENCE: str, Type.BOOLEAN: bool}

Plain = Mapping[str, type]
"""By canonical name, the type that a JSON value has which may be taken as it is."""


@lru_cache(maxsize=4096)
def plain_parts(attribute: Attribute) -> Plain:
    """Return the sub-attributes of which one value may be plain: none, where there are others that are required."""
    subs = attribute.sub_attributes.values()
    return {} if any(sub.required for sub in subs) else _plain(subs)


@lru_cache(maxsize=1024)
def plain_attributes(holder: ResourceType | Schema) -> Plain:
    """Return the attributes of a resource type or an extension of which one value may be plain."""
    return _plain(holder.attributes.values())


def is_plain_text(text: str) -> bool:
    """Whether every attribute of strings takes a text as it is, in a dialect that checks no formats: ASCII, mostly."""
    return text != "" and text.isascii() and len(text) <= MAX_NAME_CHARACTERS and _NUL not in text


def all_plain(known: Plain, value: Mapping[str, object]) -> bool:
    """Whether an object has plain parts and nothing else, and at least one."""
    parts = value.values()
    if not value or not all(map(is_, map(known.get, value), map(type, parts))) or "" in parts:
        return False
    text = "".join([part for part in parts if type(part) is str])
    return text.isascii() and len(text) <= MAX_STRING_CHARACTERS and _NUL not in text


def _plain(attributes: Iterable[Attribute]) -> Plain:
    return {
        attribute.name: _KINDS[attribute.type]
        for attribute in attributes
        if attribute.type in _KINDS
        and not attribute.multi_valued
        and attribute.mutability is not Mutability.READ_ONLY
        and attribute.path != PASSWORD
    }
