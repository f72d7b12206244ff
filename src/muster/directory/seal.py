"""Secrets that must be readable again, as they are kept: sealed under a secret key, or readable where there is none.

Law: a sealed secret opens only under its own key, in the organization and for the purpose that it was sealed for. Its
form is a byte that says so, the key's id, a nonce, and what AES-256-SIV (RFC 5297) makes of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from muster.directory.failures import StoreUnavailable
from muster.directory.identifiers import RandomBytes
from muster.directory.secret_keys import ID_BYTES, secret_key_id

CURSOR_KEY: Final = "cursor_key"
"""The purpose of the key that an organization's cursors are sealed with."""

HEAD_BYTES: Final = 1 + ID_BYTES
"""How much of what is kept says under which key it is sealed."""

_READABLE: Final = b"\x00"
_SEALED: Final = b"\x01"
_NONCE_BYTES: Final = 16
_SIV_KEY_BYTES: Final = 64
_ORGANIZATION_BYTES: Final = 8


class UnknownKey(StoreUnavailable):
    """A secret is sealed under a key that this process does not have; one that has it can open it."""


class NotOpened(Exception):
    """A secret does not open: it is damaged, or stands where it was not sealed for."""


class Keyring:
    """The secret keys of a process: the first one seals, each opens what it has sealed. Without any, nothing is sealed.

    `random` makes nonces. The representation shows ids alone.
    """

    def __init__(self, keys: Sequence[bytes], random: RandomBytes) -> None:
        self._random = random
        self._ciphers = {secret_key_id(key): _cipher(key) for key in keys}

    def __repr__(self) -> str:
        return f"Keyring({', '.join(self._ciphers)})"

    @property
    def ids(self) -> Sequence[str]:
        """Return the ids of the keys, the one that seals first."""
        return tuple(self._ciphers)

    def keep(self, secret: bytes, organization: int, purpose: str) -> bytes:
        """Return a secret as it is to be kept: sealed under the first key, or readable when there is none."""
        if not self._ciphers:
            return readable(secret)
        id, cipher = next(iter(self._ciphers.items()))
        head, nonce = _SEALED + bytes.fromhex(id), self._random(_NONCE_BYTES)
        return head + nonce + cipher.encrypt(secret, _bound(head, organization, purpose, nonce))

    def open(self, kept: bytes, organization: int, purpose: str) -> bytes:
        """Return the secret that was kept. Raises UnknownKey, NotOpened."""
        id = key_of(kept)
        if id is None:
            return kept[1:]
        cipher = self._ciphers.get(id)
        if cipher is None:
            raise UnknownKey(f"a secret is sealed under the key {id}, which MUSTER_SECRET_KEY does not name")
        head, nonce = kept[:HEAD_BYTES], kept[HEAD_BYTES : HEAD_BYTES + _NONCE_BYTES]
        try:
            sealed = kept[HEAD_BYTES + _NONCE_BYTES :]
            return cipher.decrypt(sealed, _bound(head, organization, purpose, nonce))
        except InvalidTag:
            raise NotOpened(
                f"its {purpose} does not open under the key {id}: it is damaged, or was put there from elsewhere"
            ) from None


READABLE: Final = Keyring((), bytes)
"""No keys: secrets are kept readable, and no nonce is ever made."""


def readable(secret: bytes) -> bytes:
    """Return a secret as it is kept where nothing is sealed."""
    return _READABLE + secret


def key_of(kept: bytes) -> str | None:
    """Return the id of the key that a secret (or its head) is sealed under; None: readable. Raises NotOpened."""
    form = kept[:1]
    if form == _READABLE:
        return None
    if form != _SEALED or len(kept) < HEAD_BYTES:
        raise NotOpened("a secret is kept in a form that this program does not know, or is cut short")
    return kept[1:HEAD_BYTES].hex()


def _cipher(key: bytes) -> AESSIV:
    return AESSIV(HKDFExpand(SHA512(), _SIV_KEY_BYTES, b"muster: sealing").derive(key))


def _bound(head: bytes, organization: int, purpose: str, nonce: bytes) -> list[bytes]:
    """Return what a sealed secret is bound to; the nonce is the last (RFC 5297 §3)."""
    return [head, organization.to_bytes(_ORGANIZATION_BYTES), purpose.encode(), nonce]
