"""The formats that RFC 7643 §4.1 asks of single attributes; only the strict dialect holds clients to them.

Law: a format is looked up by the attribute's path in the core User schema; other attributes have none.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from muster.scim.errors import InvalidValue
from muster.scim.schema import Attribute

_TAG = r"[A-Za-z]{1,8}(?:[-_][A-Za-z0-9]{1,8})*"
_LOCALE = re.compile(_TAG + r"\Z")
_WEIGHT = r"(?: *; *q=(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?))?"
_RANGE = r"(?:\*|[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)" + _WEIGHT
_LANGUAGES = re.compile(rf"{_RANGE}(?: *, *{_RANGE})*\Z")
_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+)*\Z")
_COUNTRY = re.compile(r"[A-Za-z]{2}\Z")

_SEQUENCE, _BIT_STRING = 0x30, 0x03
# Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm, signatureValue } (RFC 5280 §4.1).
_CERTIFICATE_PARTS = [_SEQUENCE, _SEQUENCE, _BIT_STRING]


def _is_web_address(text: str) -> bool:
    if not text.isascii():  # RFC 3986 §2; and what takes the address apart would normalize it
        return False
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme.lower() in {"http", "https"} and bool(parts.netloc)


def _is_certificate(text: str) -> bool:
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
        outer = _read_der(data)
        parts = _read_der(outer[0][1])
    except (binascii.Error, ValueError, IndexError):
        return False
    return [tag for tag, _ in outer] == [_SEQUENCE] and [tag for tag, _ in parts] == _CERTIFICATE_PARTS


def _read_der(data: bytes) -> list[tuple[int, bytes]]:
    """Return the (tag, content) pairs that `data` consists of. Raises IndexError or ValueError when it does not."""
    found = []
    at = 0
    while at < len(data):
        tag, size = data[at], data[at + 1]
        at += 2
        if size & 0x80:
            count = size & 0x7F
            size = int.from_bytes(data[at : at + count], "big")
            at += count
        if at + size > len(data):
            raise ValueError("cut off")
        found.append((tag, data[at : at + size]))
        at += size
    return found


def _matches(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda text: pattern.match(text) is not None


# By lower-case path: R061, R072; R062; R063; R064; R074; R078.
_FORMATS: Mapping[str, tuple[Callable[[str], bool], str]] = {
    "profileurl": (_is_web_address, "an http or https URL"),
    "photos.value": (_is_web_address, "an http or https URL"),
    "preferredlanguage": (_matches(_LANGUAGES), "languages as in Accept-Language, such as en-US;q=0.8, fr"),
    "locale": (_matches(_LOCALE), "a language tag, such as en-US"),
    "timezone": (_matches(_ZONE), "the name of an IANA time zone, such as Europe/Zurich"),
    "addresses.country": (_matches(_COUNTRY), "an ISO 3166-1 alpha-2 code, such as CH"),
    "x509certificates.value": (_is_certificate, "one DER certificate in base64"),
}


def check_format(attribute: Attribute, text: str, where: str) -> None:
    """Raise `InvalidValue` when the attribute has a format and `text` is not in it."""
    rule = _FORMATS.get(attribute.path.lower())
    if rule is not None and not rule[0](text):
        raise InvalidValue(f"{where}: expected {rule[1]}")
