"""What differs between what was and what is: attribute by attribute, losses first."""

from __future__ import annotations

from typing import Any, NamedTuple

import orjson

_LONGEST = 2000  # characters of a value that a page shows


class Difference(NamedTuple):
    """An attribute with its values as text; None where it had, or has, none."""

    attribute: str
    before: str | None
    after: str | None


def differences(before: bytes | None, after: bytes | None) -> list[Difference]:
    """Return what differs between two JSON objects, either of which may be missing."""
    was, now = _object(before), _object(after)
    found = [
        Difference(name, _text(was.get(name)), _text(now.get(name)))
        for name in sorted(was.keys() | now.keys())
        if was.get(name) != now.get(name)
    ]
    return sorted(found, key=lambda one: (one.before is None, one.after is not None))


def _object(data: bytes | None) -> dict[str, Any]:
    value = orjson.loads(data) if data else {}
    return value if isinstance(value, dict) else {"": value}


def _text(value: Any) -> str | None:
    if value is None:
        return None
    text = value if isinstance(value, str) else orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
