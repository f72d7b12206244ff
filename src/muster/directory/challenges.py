"""Challenges that a passkey answers: made without a trace, known again by a key of the platform's, good once.

Law: a challenge is 32 random bytes. The browser that it was made for keeps it in a cookie, beside its end and a code of
both (HMAC-SHA256): one that nobody answers costs no row. One that was answered rightly is remembered until it is over.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Final, NamedTuple

from muster.directory.identifiers import PLATFORM
from muster.directory.ports import Database
from muster.directory.world import World

LIFE: Final = 5 * 60 * 1_000_000  # microseconds
_BYTES: Final = 32
_LONGEST: Final = 200  # characters of what a browser keeps


class Challenge(NamedTuple):
    """What is to be signed, and until when (microseconds)."""

    value: bytes
    expires: int


async def new_challenge(database: Database, world: World, purpose: str) -> tuple[Challenge, str]:
    """Return a new challenge, and what the browser keeps of it; it is good for this purpose alone."""
    key = await _key(database, world)
    challenge = Challenge(world.random(_BYTES), world.clock() + LIFE)
    kept = f"{challenge.value.hex()}.{challenge.expires}"
    return challenge, f"{kept}.{_code(key, purpose, kept)}"


async def challenge_in(database: Database, world: World, kept: str, purpose: str) -> Challenge | None:
    """Return the challenge that a browser has kept, or None: it is none of ours, for something else, or over."""
    text, _, code = kept.rpartition(".")
    if len(kept) > _LONGEST or not kept.isascii():
        return None
    if not hmac.compare_digest(code, _code(await _key(database, world), purpose, text)):
        return None
    value, _, expires = text.partition(".")
    challenge = Challenge(bytes.fromhex(value), int(expires))
    return challenge if world.clock() < challenge.expires else None


async def spend(database: Database, challenge: Challenge) -> bool:
    """Note that a challenge was answered rightly; False: it was before, here or by another process."""
    hashed = hashlib.sha256(challenge.value).digest()
    return await database.administer(
        PLATFORM, lambda administration: administration.registers.challenges.spend(hashed, challenge.expires)
    )


async def _key(database: Database, world: World) -> bytes:
    """Return the platform's key; whoever asks first makes it, once for the whole life of a database."""
    key = await database.consult(PLATFORM, lambda registers: registers.challenges.key())
    if key is not None:
        return key
    made = world.random(_BYTES)
    await database.administer(
        PLATFORM, lambda administration: administration.registers.challenges.add_key(made)
    )
    return await _key(database, world)  # another process may have been faster


def _code(key: bytes, purpose: str, kept: str) -> str:
    return hmac.new(key, f"{purpose}\n{kept}".encode(), hashlib.sha256).hexdigest()
