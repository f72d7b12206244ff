"""What looks like a key of ours is taken out of whatever is kept or told.

Law: it is known by its prefix alone, whatever it opens and whether it opens anything: one that is mistyped is nearly
the right one. The prefixes are `mst_`, `mss_`, `msm_`, `msl_`, `msi_` and `msn_`.
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


def without_keys(text: str) -> str:
    """Return a text without anything that looks like a key."""
    return KEY_LIKE.sub(HIDDEN, text) if "_" in text else text


def without_encoded_keys(text: str) -> str:
    """Return a part of an address without anything that looks like a key, also where it is percent-encoded."""
    return _ENCODED.sub(HIDDEN, text) if "%" in text or "_" in text else text


def has_key(data: bytes) -> bool:
    """Return whether anything in the data looks like a key."""
    return _KEY_IN_BYTES.search(data) is not None
