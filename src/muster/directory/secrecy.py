"""What looks like a key of ours is taken out of whatever is kept or told.

Law: it is known by its prefix alone, whatever it opens and whether it opens anything: one that is mistyped is nearly
the right one. In base 64 it is the same. The prefixes are `mst_`, `mss_`, `msm_`, `msl_`, `msi_` and `msn_`.
"""

from __future__ import annotations

import re
from typing import Final

from muster.directory.identifiers import KEY_LIKE

HIDDEN: Final = "(not kept)"
"""What stands where something was taken out."""

_ENCODED: Final = re.compile(
    r"(?:m|%6d)(?:s|%73)(?:[ilmnst]|%69|%6c|%6d|%6e|%73|%74)(?:_|%5f)[0-9a-z_%]{8,}", re.IGNORECASE
)
_KEY_IN_BYTES: Final = re.compile(KEY_LIKE.pattern.encode(), re.IGNORECASE)
# The prefixes in base 64, each with 0, 1 and 2 bytes before it; `\/` is how JSON may write one of the letters.
_IN_BASE_64: Final = re.compile(
    r"(?:bXN[pstuz0]X|1z(?:aV|b[FVl]|c1|dF)[89]|tc(?:2[15lx]|3[NR])f)(?:[A-Za-z0-9+/_=%-]|\\/){8,}"
)


def without_keys(text: str) -> str:
    """Return a text without anything that looks like a key, as it is or in base 64, as HTTP Basic sends it."""
    return _without_base_64(KEY_LIKE.sub(HIDDEN, text) if "_" in text else text)


def without_encoded_keys(text: str) -> str:
    """Return a part of an address without anything that looks like a key, also where it is percent-encoded."""
    return _without_base_64(_ENCODED.sub(HIDDEN, text) if "%" in text or "_" in text else text)


def has_key(data: bytes) -> bool:
    """Return whether anything in the data looks like a key, or may be one in base 64."""
    if b"bXN" in data or b"1z" in data or b"tc2" in data or b"tc3" in data:
        return True
    return b"_" in data and _KEY_IN_BYTES.search(data) is not None


def _without_base_64(text: str) -> str:
    if "bXN" in text or "1z" in text or "tc2" in text or "tc3" in text:
        return _IN_BASE_64.sub(HIDDEN, text)
    return text
