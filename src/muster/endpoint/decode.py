"""From bytes to values: the body as JSON, the query string as parameters, a path segment as text.

Law: each is decoded exactly once and strictly: what two parsers might read differently (duplicate keys, NaN, lone
surrogates, invalid UTF-8) is refused (R003, R121, R150, R271, R272).
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any, NoReturn
from urllib.parse import unquote_to_bytes

from muster.scim.errors import InvalidSyntax, InvalidValue
from muster.scim.limits import MAX_JSON_DEPTH

_BAD_ESCAPE = re.compile(r"(?<!\\)(?:\\\\)*\\u(?:0000|[dD][89a-fA-F])")
_MOST_DIGITS = 4000
_MOST_DECIMAL = 400


def parse_json(body: bytes) -> Any:
    """Return the JSON value of a body: integers as int, other numbers as Decimal.

    Raises InvalidSyntax, InvalidValue.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidSyntax(f"The body is not UTF-8: byte {error.start + 1} is not valid.") from None
    try:
        value = _decoder.decode(text.strip(" \t\r\n"))
    except json.JSONDecodeError as error:
        raise InvalidSyntax(
            f"The body is not valid JSON: {error.msg} at character {error.pos + 1}."
        ) from None
    except RecursionError:
        raise _too_deep() from None
    _check_depth(value)
    if "\\u" in text and _BAD_ESCAPE.search(text):
        _check_strings(value)
    return value


def _check_depth(value: Any) -> None:
    """Refuse a body that is nested too deep for what comes after; the parser has a bound of its own."""
    level = [value] if isinstance(value, dict | list) else []
    depth = 0
    while level:
        depth += 1
        if depth > MAX_JSON_DEPTH:
            raise _too_deep()
        level = [
            item
            for container in level
            for item in (container.values() if isinstance(container, dict) else container)
            if isinstance(item, dict | list)
        ]


def _too_deep() -> InvalidSyntax:
    return InvalidSyntax(f"The body is nested deeper than {MAX_JSON_DEPTH} levels.")


def _check_strings(value: Any) -> None:
    """Refuse NUL and lone surrogates, wherever they are: no store can hold them."""
    match value:
        case str():
            if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
                raise InvalidValue("A string holds a NUL or half of a surrogate pair; neither is text.")
        case dict():
            for name, item in value.items():
                _check_strings(name)
                _check_strings(item)
        case list():
            for item in value:
                _check_strings(item)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise InvalidSyntax(f"The key {twice[:64]!r} stands twice in one object.")
    return members


def _integer(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        raise InvalidValue(f"A number has {len(digits)} digits; no attribute takes one of that size.")
    return int(digits)


def _decimal(text: str) -> Decimal:
    value = Decimal(text)
    if len(text) > _MOST_DECIMAL or not -_MOST_DECIMAL < value.adjusted() < _MOST_DECIMAL:
        raise InvalidValue("A number is too long or too large for any attribute.")
    return value


def _constant(name: str) -> NoReturn:
    raise InvalidSyntax(f"The body is not valid JSON: {name} is not a JSON value.")


_decoder = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_decimal, parse_constant=_constant
)


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
