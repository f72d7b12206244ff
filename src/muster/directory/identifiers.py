"""Public ids and API keys: how they look, how they are made, and which organization they belong to.

Law: a public id begins with its organization's routing part, so that the organization is known before anything is read;
an API key is `mst_` + public id + `_` + 160 random bits + a CRC-32 of all before it, so that scanners find leaked ones
and a mistyped one is refused without a look-up. Only its SHA-256 is ever stored.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Callable
from typing import NamedTuple

RandomBytes = Callable[[int], bytes]

# Crockford's base 32 in lower case: no letter that is mistaken for a digit, and nothing that needs escaping in a URL.
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_VALUES = {character: number for number, character in enumerate(_ALPHABET)}

ROUTING_LENGTH = 8
ROUTING_BITS = 5 * ROUTING_LENGTH
_OWN_BYTES = 8  # of a connection or credential, after the routing part
_SECRET_BYTES = 20
_KEY_PREFIX = "mst_"
_CRC_LENGTH = 7
_ID_LENGTH = ROUTING_LENGTH + 13
_PUBLIC_ID = re.compile(f"[{_ALPHABET}]{{{_ID_LENGTH}}}")
_SECRET_LENGTH = 32
_KEY_LENGTH = len(_KEY_PREFIX) + _ID_LENGTH + 1 + _SECRET_LENGTH + _CRC_LENGTH


class NewKey(NamedTuple):
    """A new API key: its public id, the key itself (shown once), and what is stored of it."""

    id: str
    api_key: str
    hash: bytes
    last_four: str


def _encode(number: int, length: int) -> str:
    return "".join(_ALPHABET[(number >> 5 * position) & 31] for position in reversed(range(length)))


def _decode(text: str) -> int:
    number = 0
    for character in text:
        number = number << 5 | _VALUES[character]
    return number


def new_organization(random: RandomBytes) -> int:
    """Return a random organization number of 40 bits, never 0."""
    return int.from_bytes(random(ROUTING_BITS // 8)) or 1


def new_public_id(organization: int, random: RandomBytes) -> str:
    """Return a new public id of a connection or credential of that organization: 21 characters."""
    own = int.from_bytes(random(_OWN_BYTES))
    return _encode(organization, ROUTING_LENGTH) + _encode(own, _ID_LENGTH - ROUTING_LENGTH)


def organization_of(public_id: str) -> int | None:
    """Return the organization that a public id belongs to, or None when it is not the shape of one."""
    return _decode(public_id[:ROUTING_LENGTH]) if _PUBLIC_ID.fullmatch(public_id) else None


def new_key(organization: int, random: RandomBytes) -> NewKey:
    """Return a new API key of that organization."""
    id = new_public_id(organization, random)
    secret = _encode(int.from_bytes(random(_SECRET_BYTES)), _SECRET_LENGTH)
    body = f"{_KEY_PREFIX}{id}_{secret}"
    api_key = body + _checksum(body)
    return NewKey(id, api_key, key_hash(api_key), api_key[-4:])


def key_hash(api_key: str) -> bytes:
    """Return what is stored of an API key. A fast hash is right for 160 random bits: there is nothing to guess."""
    return hashlib.sha256(api_key.encode()).digest()


def key_id(api_key: str) -> str | None:
    """Return the public id inside an API key, or None when it is not well-formed (shape or checksum)."""
    if len(api_key) != _KEY_LENGTH or not api_key.startswith(_KEY_PREFIX) or not api_key.isascii():
        return None
    if _checksum(api_key[:-_CRC_LENGTH]) != api_key[-_CRC_LENGTH:]:
        return None
    id = api_key[len(_KEY_PREFIX) : len(_KEY_PREFIX) + _ID_LENGTH]
    return id if organization_of(id) is not None else None


def _checksum(text: str) -> str:
    return _encode(zlib.crc32(text.encode()), _CRC_LENGTH)
