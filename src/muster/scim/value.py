"""Comparison keys: the one mapping that decides when two values are equal, and which comes first.

Law: stored values and filter literals pass through the same `key`; evaluator, store, sorting and uniqueness compare
nothing but keys (RFC 7643 §2.3, RFC 7644 §5). The value itself stays as it was sent.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from functools import lru_cache, partial
from typing import NoReturn

from muster.scim.characteristics import Type
from muster.scim.expression import Key
from muster.scim.nfc import nfc
from muster.scim.schema import Attribute

_INT64 = 2**63
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_DAY = 24 * 3600 * 1000  # milliseconds
_DATE_TIME = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,12}))?(Z|[+-]\d{2}:\d{2})?\Z", re.ASCII
)


def _width_map() -> dict[int, str]:
    """Return the full-width and half-width characters with their ordinary forms (RFC 8265 §3.3, width mapping)."""
    mapping = {0x3000: " "}
    for code in range(0xFF01, 0xFFEF):
        decomposition = unicodedata.decomposition(chr(code))
        if decomposition.startswith(("<wide>", "<narrow>")):
            mapping[code] = "".join(chr(int(part, 16)) for part in decomposition.split()[1:])
    return mapping


_WIDTH = _width_map()
# Lower-casing makes Σ a final ς at the end of a word; without this, "ΣΊΣ" would not be a prefix of "ΣΊΣΥΦΟΣ".
_FOLD = {0x03C2: "\u03c3"}


def fold(text: str) -> str:
    """Return the key of a string that compares without regard to case: width-mapped, lower-cased, NFC.

    What PRECIS UsernameCaseMapped does (RFC 8265 §3.3) without its refusals: total, so that any stored value has a key.
    """
    if text.isascii():
        return text.lower()
    return nfc(text.translate(_WIDTH).lower().translate(_FOLD))


def exact(text: str) -> str:
    """Return the key of a case-exact string: NFC, so that composed and decomposed forms are one value (RFC 7644 §5)."""
    return text if text.isascii() else nfc(text)


def instant(text: str) -> int:
    """Return an xsd:dateTime as microseconds since 1970 in UTC; without an offset it counts as UTC (R009, R010).

    Digits beyond the microsecond are cut. Raises ValueError when `text` is not a date with a time.
    """
    match = _DATE_TIME.match(text)
    if not match:
        raise ValueError("not a dateTime")
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    microsecond = int((fraction or "0")[:6].ljust(6, "0"))
    moment = datetime(
        int(year), int(month), int(day), int(hour), int(minute), int(second), microsecond, _zone(zone)
    )
    return (moment - _EPOCH) // _MICROSECOND


def _zone(zone: str | None) -> timezone:
    if zone is None or zone == "Z":
        return UTC
    offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[4:6]))
    if zone[4] > "5" or offset > timedelta(hours=14):
        raise ValueError("not an offset")
    return timezone(-offset if zone[0] == "-" else offset)


def moment(microseconds: int) -> str:
    """Return an instant as the dateTime we answer: UTC with milliseconds, `2026-11-22T10:00:00.000Z`."""
    day, rest = divmod(microseconds // 1000, _DAY)
    minutes, milliseconds = divmod(rest, 60_000)
    seconds, thousandths = divmod(milliseconds, 1000)
    return f"{_date(day)}T{minutes // 60:02}:{minutes % 60:02}:{seconds:02}.{thousandths:03}Z"


@lru_cache(maxsize=4096)
def _date(day: int) -> str:
    """Return the date of a day counted from 1970: kept, because most answers tell of the same few days."""
    return (_EPOCH + timedelta(days=day)).date().isoformat()


def number(value: int | Decimal) -> int | float:
    """Return the key of an integer or decimal: an int where it is one of 64 bits, else the nearest float."""
    if isinstance(value, int):
        return value if -_INT64 <= value < _INT64 else float(Decimal(value))
    if value == value.to_integral_value() and abs(value) < _INT64:
        return int(value)
    return float(value)


def is_empty(value: object) -> bool:
    """Whether filters count the value as none: null, an empty string, list or object (R161)."""
    return value is None or (isinstance(value, str | list | dict) and not value)


def key(attribute: Attribute, value: object) -> Key:
    """Return the comparison key of one value of a simple attribute.

    `value` is what the document holds: str, bool, int, Decimal or float. Raises ValueError when it is not of the
    attribute's type.
    """
    if isinstance(value, str):
        return text_key(attribute)(value)
    type_ = attribute.type
    if isinstance(value, bool):
        if type_ is Type.BOOLEAN:
            return int(value)
    elif type_ in _NUMBERS and isinstance(value, int | Decimal | float):
        return number(Decimal(repr(value)) if isinstance(value, float) else value)
    raise ValueError(f"not a {type_} value")


@lru_cache(maxsize=4096)
def text_key(attribute: Attribute) -> Callable[[str], Key]:
    """Return what makes the comparison key of a string value; it raises ValueError where the attribute has none."""
    if attribute.type is Type.STRING:
        return exact if attribute.case_exact else fold
    return _TEXT_KEYS.get(attribute.type) or partial(_refuse, attribute.type)


def _refuse(type_: Type, _: str) -> NoReturn:
    raise ValueError(f"not a {type_} value")


def _unpadded(text: str) -> str:
    """Return the key of a binary: base64 may leave its padding out (R011)."""
    return text.rstrip("=")


_TEXT_KEYS: Mapping[Type, Callable[[str], Key]] = {
    Type.DATE_TIME: instant,
    Type.REFERENCE: exact,
    Type.BINARY: _unpadded,
}
_NUMBERS = frozenset({Type.INTEGER, Type.DECIMAL})
