"""JSON by a parser that sees each name and each digit: what is right for every body, and slower than most need.

Law: what two parsers might read differently is refused: a name that stands twice in one object, NaN, half of a
surrogate pair, NUL, invalid UTF-8, a depth or a number beyond all use (R003, R131, R271, R272).
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from itertools import chain
from typing import Any, NoReturn

from muster.scim.errors import InvalidSyntax, InvalidValue
from muster.scim.limits import MAX_JSON_DEPTH

CONTAINERS = frozenset({dict, list})

_BAD_ESCAPE = re.compile(r"(?<!\\)(?:\\\\)*\\u(?:0000|[dD][89a-fA-F])")
_MOST_DIGITS = 4000
_MOST_DECIMAL = 400


def read_strictly(body: bytes) -> Any:
    """Return the JSON value of a body: integers as int, other numbers as Decimal.

    Raises InvalidSyntax, InvalidValue.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidSyntax(
            f"The body is not UTF-8: byte {error.start + 1} is not valid.", code="json-invalid"
        ) from None
    try:
        value = _decoder.decode(text.strip(" \t\r\n"))
    except json.JSONDecodeError as error:
        raise InvalidSyntax(
            f"The body is not valid JSON: {error.msg} at character {error.pos + 1}.",
            code="json-invalid",
        ) from None
    except RecursionError:
        raise _too_deep() from None
    _check_depth(value)
    if "\\u" in text and _BAD_ESCAPE.search(text):
        _check_strings(value)
    return value


def inside(values: Iterable[Any]) -> list[Any]:
    """Return what stands one level below in those of the values that are objects or arrays."""
    containers = [value for value in values if type(value) in CONTAINERS]
    return list(chain.from_iterable(one.values() if type(one) is dict else one for one in containers))


def _check_depth(value: Any) -> None:
    """Refuse a body that is nested too deep for what comes after; the parser has a bound of its own."""
    level = [value]
    for _ in range(MAX_JSON_DEPTH):
        level = inside(level)
    if not CONTAINERS.isdisjoint(map(type, level)):
        raise _too_deep()


def _too_deep() -> InvalidSyntax:
    return InvalidSyntax(f"The body is nested deeper than {MAX_JSON_DEPTH} levels.", code="json-invalid")


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
        raise InvalidSyntax(
            f"The key {_twice(pairs)[:64]!r} stands twice in one object.", code="json-invalid"
        )
    return members


def _twice(pairs: list[tuple[str, Any]]) -> str:
    """Return the first name that comes again, in one pass: there may be a hundred thousand of them."""
    counts = Counter(name for name, _ in pairs)
    return next(name for name, _ in pairs if counts[name] > 1)


def _integer(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        raise InvalidValue(f"A number has {len(digits)} digits; no attribute takes one of that size.")
    return int(digits)


def _decimal(text: str) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation:  # its exponent is beyond what a Decimal has
        raise _too_large() from None
    if len(text) > _MOST_DECIMAL or not -_MOST_DECIMAL < value.adjusted() < _MOST_DECIMAL:
        raise _too_large()
    return value


def _too_large() -> InvalidValue:
    return InvalidValue("A number is too long or too large for any attribute.")


def _constant(name: str) -> NoReturn:
    raise InvalidSyntax(f"The body is not valid JSON: {name} is not a JSON value.", code="json-invalid")


_decoder = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_decimal, parse_constant=_constant
)
