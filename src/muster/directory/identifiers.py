"""Public ids and API keys: how they look, how they are made, and which organization they belong to.

Law: a public id begins with its organization's routing part, so that the organization is known before anything is read;
an API key is a prefix + public id + `_` + 160 random bits + a CRC-32 of all before it, so that scanners find leaked
ones and a mistyped one is refused without a look-up. The prefix says what it is for: `mst_` for SCIM, `msm_` for
management, `msl_` for a setup link. A service account's key is a pair instead: the public id, and a secret made in the
same way, `mss_` first, without the id. Only the SHA-256 of the whole is ever stored.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Callable
from typing import Final, NamedTuple
from uuid import UUID

RandomBytes = Callable[[int], bytes]

PLATFORM: Final = 0
"""The organization number that stands for the platform itself; no organization has it."""

SCIM_KEY: Final = "mst_"
MANAGEMENT_KEY: Final = "msm_"
SETUP_LINK: Final = "msl_"
INVITATION: Final = "msi_"
SESSION: Final = "msn_"
"""What secrets begin with, by what they are for; all have the same length."""

SERVICE_ACCOUNT: Final = "mss_"
"""What the secret of a service account's key begins with."""

# Crockford's base 32 in lower case: no letter that is mistaken for a digit, and nothing that needs escaping in a URL.
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_VALUES = {character: number for number, character in enumerate(_ALPHABET)}

ROUTING_LENGTH = 8
ROUTING_BITS = 5 * ROUTING_LENGTH
_OWN_BYTES = 8  # of a connection or credential, after the routing part
_SECRET_BYTES = 20
_UUID_BYTES = 16
_CRC_LENGTH = 7
_ID_LENGTH = ROUTING_LENGTH + 13
_ROUTING_PART = re.compile(f"[{_ALPHABET}]{{{ROUTING_LENGTH}}}")
_PUBLIC_ID = re.compile(f"[{_ALPHABET}]{{{_ID_LENGTH}}}")
_SECRET_LENGTH = 32
_KEY_LENGTH = len(SCIM_KEY) + _ID_LENGTH + 1 + _SECRET_LENGTH + _CRC_LENGTH
_PAIR_LENGTH = _ID_LENGTH + 1 + len(SERVICE_ACCOUNT) + _SECRET_LENGTH + _CRC_LENGTH


KEY_LIKE: Final = re.compile(r"ms[ilmnst]_[0-9a-z_]{8,}", re.IGNORECASE)
"""What looks like an API key, or like the larger part of one: it is neither shown nor logged."""


class NewKey(NamedTuple):
    """A new API key: its public id, the key itself (shown once), and what is stored of it."""

    id: str
    api_key: str
    hash: bytes
    last_four: str


class NewPair(NamedTuple):
    """A new key of a service account: its public id, the secret (shown once), and what is stored of both together."""

    id: str
    secret: str
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


def new_uuid(random: RandomBytes) -> str:
    """Return a new id of a user, group or account: a random UUID."""
    return str(UUID(bytes=random(_UUID_BYTES), version=4))


def organization_of(public_id: str) -> int | None:
    """Return the organization that a public id belongs to, or None when it is not the shape of one."""
    return _decode(public_id[:ROUTING_LENGTH]) if _PUBLIC_ID.fullmatch(public_id) else None


def routing_part(organization: int) -> str:
    """Return an organization's own public id: the 8 characters that all of its ids begin with."""
    return _encode(organization, ROUTING_LENGTH)


def organization_with(routing_part: str) -> int | None:
    """Return the number of the organization with that public id, or None when it is not the shape of one."""
    number = _decode(routing_part) if _ROUTING_PART.fullmatch(routing_part) else PLATFORM
    return None if number == PLATFORM else number


def new_key(organization: int, random: RandomBytes, prefix: str = SCIM_KEY) -> NewKey:
    """Return a new API key of that organization, for what the prefix says."""
    id = new_public_id(organization, random)
    body = f"{prefix}{id}_{_secret(random)}"
    api_key = body + _checksum(body)
    return NewKey(id, api_key, key_hash(api_key), api_key[-4:])


def new_pair(organization: int, random: RandomBytes) -> NewPair:
    """Return a new key of a service account of that organization."""
    id = new_public_id(organization, random)
    body = SERVICE_ACCOUNT + _secret(random)
    secret = body + _checksum(body)
    return NewPair(id, secret, key_hash(f"{id}:{secret}"), secret[-4:])


def key_hash(proof: str) -> bytes:
    """Return what is stored of an API key or `id:secret`. A fast hash is right for 160 random bits: nobody guesses."""
    return hashlib.sha256(proof.encode()).digest()


def key_id(api_key: str, prefix: str = SCIM_KEY) -> str | None:
    """Return the public id inside an API key of that prefix, or None when it is not well-formed (shape or checksum)."""
    if len(api_key) != _KEY_LENGTH or not api_key.startswith(prefix) or not api_key.isascii():
        return None
    if _checksum(api_key[:-_CRC_LENGTH]) != api_key[-_CRC_LENGTH:]:
        return None
    id = api_key[len(prefix) : len(prefix) + _ID_LENGTH]
    return id if organization_of(id) is not None else None


def pair_id(pair: str) -> str | None:
    """Return the public id in `id:secret`, or None when it is not well-formed (shape or checksum)."""
    if len(pair) != _PAIR_LENGTH or not pair.isascii():
        return None
    id, _, secret = pair.partition(":")
    if not secret.startswith(SERVICE_ACCOUNT) or _checksum(secret[:-_CRC_LENGTH]) != secret[-_CRC_LENGTH:]:
        return None
    return id if organization_of(id) is not None else None


def _secret(random: RandomBytes) -> str:
    return _encode(int.from_bytes(random(_SECRET_BYTES)), _SECRET_LENGTH)


def _checksum(text: str) -> str:
    return _encode(zlib.crc32(text.encode()), _CRC_LENGTH)
