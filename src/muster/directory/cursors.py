"""Cursors (RFC 9865) as texts that only the server can make or read: nothing is kept, a million of them cost nothing.

Law: a cursor grants nothing. It is sealed with its organization's key together with who asked and what was asked, so
one that is forged, foreign, or sent with another question is refused in one and the same way.
"""

from __future__ import annotations

import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from muster.scim.errors import ExpiredCursor, InvalidCursor
from muster.scim.limits import CURSOR_SECONDS

_HEAD: Final = struct.Struct(">BQq")  # form of what follows, second of issue, total
_FORM: Final = 1
_MICROSECONDS: Final = 1_000_000
_LONGEST: Final = 64 * 1024  # characters; a cursor of ours is never longer
_REFUSAL: Final = "The cursor is not one that this query was answered with; begin anew without a cursor."


class Place(NamedTuple):
    """Where a query goes on: the store's own position, and how many resources matched when it began."""

    position: bytes
    total: int


class Cursors:
    """Makes and reads the cursors of one organization. Sealing is deterministic (RFC 5297): it needs no randomness.

    `key` is asked for its 32 bytes when a cursor is first made or read, and only then: it may have to open them.
    """

    __slots__ = ("_cipher", "_key")

    def __init__(self, key: Callable[[], bytes]) -> None:
        self._key = key
        self._cipher: AESSIV | None = None

    def text(self, place: Place, question: bytes, now: int) -> str:
        """Return the cursor for a place in the answer to a question, made `now`; unreserved characters only (R296)."""
        content = _HEAD.pack(_FORM, now // _MICROSECONDS, place.total) + place.position
        return urlsafe_b64encode(self._sealing().encrypt(content, [question])).rstrip(b"=").decode()

    def place(self, text: str, question: bytes, now: int) -> Place:
        """Return the place that a cursor stands for. Raises InvalidCursor; ExpiredCursor for one that was good."""
        cipher = self._sealing()
        try:
            content = cipher.decrypt(_bytes(text), [question])
            form, issued, total = _HEAD.unpack_from(content)
        except (ValueError, InvalidTag, struct.error):
            raise InvalidCursor(_REFUSAL) from None
        if form != _FORM:
            raise InvalidCursor(_REFUSAL)
        if now // _MICROSECONDS - issued > CURSOR_SECONDS:
            raise ExpiredCursor(
                f"The cursor is older than {CURSOR_SECONDS} seconds; begin anew without a cursor."
            )
        return Place(content[_HEAD.size :], total)

    def _sealing(self) -> AESSIV:
        if self._cipher is None:
            self._cipher = AESSIV(self._key())
        return self._cipher


def _bytes(text: str) -> bytes:
    """Return what a text encodes. Raises ValueError for one that we would not have made."""
    if not text.isascii() or len(text) > _LONGEST:
        raise ValueError(text[:8])
    sealed = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if urlsafe_b64encode(sealed).rstrip(b"=").decode() != text:
        raise ValueError(text[:8])
    return sealed
