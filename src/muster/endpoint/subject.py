"""Whom a request asked for that touched nobody: what makes a refused create findable by the person it was about.

Law: it is the comparison key of one userName or displayName, as a store's own; nothing of a request that names several.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import orjson

from muster.directory.requests import subject_key

_NAMES: Final = ("username", "displayname")
_NAMED: Final = re.compile(r'\s*(userName|displayName)\s+eq\s+("(?:[^"\\]|\\.)*")\s*', re.IGNORECASE)


def subject(parameters: Sequence[tuple[str, str]], body: bytes, hidden: frozenset[str]) -> str | None:
    """Return the key of the name that a filter asks for, or that a resource in the body has; None for none."""
    for name, value in parameters:
        found = _NAMED.fullmatch(value) if name.lower() == "filter" else None
        if found is not None:
            return _key(found[1].lower(), _text(found[2].encode()), hidden)
    sent = _text(body)
    if isinstance(sent, dict):
        by_name = {name.lower(): one for name, one in sent.items()}
        for name in _NAMES:
            if name in by_name:
                return _key(name, by_name[name], hidden)
    return None


def _text(json: bytes) -> object:
    try:
        return orjson.loads(json)
    except orjson.JSONDecodeError:
        return None


def _key(name: str, value: object, hidden: frozenset[str]) -> str | None:
    if name in hidden or not isinstance(value, str) or not value:
        return None
    return subject_key(value)
