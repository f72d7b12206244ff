"""From bytes to values: the body as JSON, the query string as parameters, a path segment as text.

Law: each is decoded exactly once and strictly: what two parsers might read differently (duplicate keys, NaN, lone
surrogates, invalid UTF-8) is refused (R003, R121, R150, R271, R272).
"""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote_to_bytes

import orjson

from muster.endpoint.strict_json import CONTAINERS, inside, read_strictly
from muster.scim.errors import InvalidValue
from muster.scim.limits import MAX_JSON_DEPTH

_NUL, _ESCAPED_COLON = b"\\u0000", b"\\u003"  # the latter with an A in either case


def parse_json(body: bytes) -> Any:
    """Return the JSON value of a body: integers as int, other numbers as Decimal.

    A quick parser reads what it cannot read differently from the strict one, as nearly all bodies are: it refuses what
    is no JSON, but drops all of equal names but the last and makes floats of numbers. Each name that it drops had a
    colon, which is missing when its value is written out again. Raises InvalidSyntax, InvalidValue.
    """
    if _NUL in body or _ESCAPED_COLON in body:
        return read_strictly(body)
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return read_strictly(body)
    if not _is_plain(value) or orjson.dumps(value).count(b":") != body.count(b":"):
        return read_strictly(body)
    return value


def _is_plain(value: Any) -> bool:
    """Whether a value has no float, which stands for an integer beyond 64 bits too, and no level too deep."""
    level = [value]
    for _ in range(MAX_JSON_DEPTH + 1):
        kinds = set(map(type, level))
        if float in kinds:
            return False
        if kinds.isdisjoint(CONTAINERS):
            return True
        level = inside(level)
    return False


def parameters(query_string: bytes) -> list[tuple[str, str]]:
    """Return the parameters of a query string in order. Raises InvalidValue for what is not UTF-8."""
    found = []
    for part in query_string.split(b"&"):
        if part:
            name, _, value = part.partition(b"=")
            found.append((_parameter(name), _parameter(value)))
    return found


def _parameter(raw: bytes) -> str:
    if b"+" in raw:
        raw = raw.replace(b"+", b" ")
    return _text(raw, "query string")


def segments(raw_path: bytes) -> list[str]:
    """Return the segments of a path, each decoded once; empty ones (a doubled or trailing slash) are left out."""
    if b"%" not in raw_path:
        return [part for part in raw_path.decode("latin-1").split("/") if part]
    return [_text(part, "path") for part in raw_path.split(b"/") if part]


def _text(raw: bytes, where: str) -> str:
    if b"%" in raw:
        raw = unquote_to_bytes(raw)
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise InvalidValue(f"The {where} is not UTF-8 once it is percent-decoded.") from None
    if "\0" in text:
        raise InvalidValue(f"The {where} holds a NUL character.")
    return text
