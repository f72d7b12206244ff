"""Where a page of a list begins, as it stands in an address."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from muster.directory.identifiers import organization_of

_WIDEST: Final = 2**63


class Broken(ValueError):
    """The address was not made by a page of ours."""


def positioned(place: Sequence[Any]) -> str:
    """Return a place in a list as it stands in an address."""
    return "~".join(str(part) for part in place)


def public_id(text: str) -> str:
    """Return a public id. Raises ValueError: it is none."""
    if organization_of(text) is None:
        raise ValueError(text)
    return text


def position(text: str, *kinds: Callable[[str], Any]) -> list[Any] | None:
    """Return the place that an address names; None: it names none. Raises Broken."""
    if not text:
        return None
    parts = text.split("~", len(kinds) - 1)
    try:
        return [_kept(kind(part)) for kind, part in zip(kinds, parts, strict=True)]
    except ValueError:
        raise Broken("This address is not whole: begin with the first page.") from None


def _kept(part: Any) -> Any:
    """Return a part of a place that a database can hold. Raises ValueError: a number of more than 64 bits."""
    if isinstance(part, int) and not -_WIDEST <= part < _WIDEST:
        raise ValueError(part)
    return part
