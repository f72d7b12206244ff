"""Documents as bytes: the JSON form in which a resource is stored and told of.

Law: what is loaded dumps to the same values; decimals never pass through a binary float (RFC 7643 §2.3.3).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

import orjson

from muster.scim.characteristics import Type
from muster.scim.schema import ResourceType

Document = dict[str, Any]


def dump(value: object) -> bytes:
    """Return the JSON form of a document or of a part of one."""
    return orjson.dumps(value, default=_decimal)


def _decimal(value: object) -> orjson.Fragment:
    if isinstance(value, Decimal):
        return orjson.Fragment(str(value).encode())
    raise TypeError(f"{type(value).__name__} is not a JSON value")


def load(resource_type: ResourceType, data: bytes) -> Document:
    """Return the document that `data` holds."""
    if _has_decimals(resource_type):
        document: Document = json.loads(data, parse_float=Decimal)
        return document
    document = orjson.loads(data)
    return document  # noqa: RET504 - the annotation above is what types orjson's Any


@lru_cache(maxsize=1024)
def _has_decimals(resource_type: ResourceType) -> bool:
    """Whether any attribute is a decimal: only then the slower, exact reader is needed."""
    return any(
        Type.DECIMAL in (attribute.type, *(sub.type for sub in attribute.sub_attributes.values()))
        for attribute in resource_type.every_attribute()
    )


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Document, Document]:
    """Return what of `before` is not in `after`, and the reverse; extension objects by their attributes."""
    old: Document = {}
    new: Document = {}
    for name in before.keys() | after.keys():
        was, now = before.get(name), after.get(name)
        if was == now and type(was) is type(now):
            continue
        if name.startswith("urn:") and isinstance(was, dict) and isinstance(now, dict):
            was, now = difference(was, now)
        if was is not None:
            old[name] = was
        if now is not None:
            new[name] = now
    return old, new
