"""What a JSON body must be for everybody to read the same in it.

Law: a name that stands twice in one object is refused, for parsers differ in which one counts; so is U+0000, which no
store can hold as text.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any, Final

import orjson

from muster.api.problem import MALFORMED, Problem

NO_TEXT: Final = "A text in the body holds U+0000, which is no text."
_LONGEST_SHOWN: Final = 64


def check_json(body: bytes) -> None:
    """Raise Problem where a body is not JSON, or may be read in two ways."""
    try:
        orjson.loads(body)  # knows no NaN, no half of a surrogate pair, and no nesting without end
        value = json.loads(body, object_pairs_hook=_object)
    except (ValueError, RecursionError) as error:
        raise Problem(MALFORMED, f"The body is not JSON{_place(error)}.") from None
    if rb"\u0000" in body:
        _check_texts(value)


def _place(error: Exception) -> str:
    """Return where a body ceases to be JSON, of which nothing is told."""
    if not isinstance(error, json.JSONDecodeError):
        return ""
    return f" (line {error.lineno}, column {error.colno})"


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        counts = Counter(name for name, _ in pairs)
        twice = next(name for name, _ in pairs if counts[name] > 1)[:_LONGEST_SHOWN]
        raise Problem(MALFORMED, f"{twice!r} stands twice in one object of the body.")
    return members


def _check_texts(value: Any) -> None:
    waiting = [value]
    while waiting:
        match waiting.pop():
            case str() as text if "\0" in text:
                raise Problem(MALFORMED, NO_TEXT)
            case dict() as members:
                waiting += (*members, *members.values())
            case list() as items:
                waiting += items
