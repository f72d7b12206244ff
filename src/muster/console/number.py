"""Numbers that somebody typed, or that stand in an address."""

from __future__ import annotations

from typing import Final

LONGEST: Final = 18  # digits: what any column holds, and far from those that Python refuses to read


def number(text: str, longest: int = LONGEST) -> int | None:
    """Return the whole number that a text is, in up to so many plain digits; None: it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= longest else None
