"""What is asked for, as people write it: `4xx`, `2h`, a dateTime, a code of the catalogue."""

from __future__ import annotations

import re
from typing import Final

from muster.directory.catalogue.catalogue import CATALOGUE
from muster.directory.organizations import Refused
from muster.scim.value import instant

_STATUS: Final = re.compile(r"([1-5])(?:xx|([0-9]{2}))", re.ASCII | re.IGNORECASE)
_ZONED: Final = re.compile(r".*(?:Z|[+-]\d{2}:\d{2})", re.ASCII)
_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_AGO: Final = re.compile(r"([0-9]{1,9})([smhd])", re.ASCII)
_UNITS: Final = {"s": 1_000_000, "m": 60_000_000, "h": 3_600_000_000, "d": 86_400_000_000}


def status_range(text: str) -> tuple[int, int]:
    """Return the lowest and the highest status that are meant by `404` or `4xx`. Raises Refused."""
    found = _STATUS.fullmatch(text)
    if found is None:
        raise Refused(f"A status is written as 404, or as 4xx for all of its class, not {text[:20]!r}.")
    first = int(found[1]) * 100
    return (first, first + 99) if found[2] is None else (first + int(found[2]),) * 2


def known_code(text: str) -> str:
    """Return a code of the error catalogue as it is. Raises Refused: it has none that is called so."""
    if text not in CATALOGUE:
        raise Refused(
            f"The error catalogue has no code {text[:40]!r}; docs/reference/errors.md lists them.",
        )
    return text


def known_method(text: str) -> str:
    """Return an HTTP method in capitals. Raises Refused: it is none that is asked for here."""
    if text.upper() not in _METHODS:
        raise Refused(f"A method is one of {', '.join(_METHODS)}, not {text[:20]!r}.")
    return text.upper()


def issued_at(text: str) -> int:
    """Return the time in microseconds that a dateTime means, which says of which zone it is. Raises ValueError.

    Taken as UTC, a local time east of it would be later than a revocation that came behind it.
    """
    if not _ZONED.fullmatch(text):
        raise ValueError("no zone")
    return instant(text)


def point_in_time(text: str, now: int) -> int:
    """Return the time in microseconds that `2h` (ago) or a dateTime means. Raises Refused."""
    ago = _AGO.fullmatch(text)
    if ago is not None:
        return max(0, now - int(ago[1]) * _UNITS[ago[2]])
    try:
        return instant(text)
    except ValueError:
        raise Refused(
            f"A time is written as 30m, 2h or 7d ago, or as 2026-11-22T10:00:00Z, not {text[:40]!r}."
        ) from None
