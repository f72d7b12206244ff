"""Passphrases of console users: what one has to be, and the hash that is kept of it.

Law: argon2id with 19 MiB and two passes (OWASP); it is computed on a thread, two at a time, so that signing in never
keeps a server from its other work. Whoever is unknown costs as much as whoever is known.
"""

from __future__ import annotations

import asyncio
import unicodedata
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from muster.directory.organizations import Refused

SHORTEST: Final = 12  # characters
LONGEST: Final = 256
_MOST_TYPED: Final = 4 * LONGEST  # no more than four characters become one when they are composed
_HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_AT_ONCE: Final = 2
# A hash of nothing that anybody could know.
_NOBODY: Final = (
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
)


class Passphrases:
    """Hashes and compares passphrases; one for a process."""

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def hashed(self, passphrase: str, name: str) -> str:
        """Return the hash of a new passphrase. Raises Refused: it is too short, too long, or the name itself."""
        text = _form(passphrase)
        if not SHORTEST <= len(text) <= LONGEST or len(passphrase) > _MOST_TYPED:
            raise Refused(
                f"A passphrase has {SHORTEST} to {LONGEST} characters; a few words are easy to keep."
            )
        if text.casefold() == _form(name).casefold():
            raise Refused("The passphrase is the name itself; take another one.")
        async with self._turns:
            return await asyncio.to_thread(_HASHER.hash, text)

    async def is_right(self, passphrase: str, hashed: str | None) -> bool:
        """Whether a passphrase is the one that a hash is of; without a hash it takes as long, and is wrong."""
        async with self._turns:
            return await asyncio.to_thread(_same, _form(passphrase)[:LONGEST], hashed or _NOBODY) and bool(
                hashed
            )


def _form(text: str) -> str:
    """Return a text as it is compared; cut before, as normalizing takes the square of a text's length."""
    return unicodedata.normalize("NFKC", text[:_MOST_TYPED])


def _same(passphrase: str, hashed: str) -> bool:
    try:
        return _HASHER.verify(hashed, passphrase)
    except (VerificationError, InvalidHashError):
        return False
