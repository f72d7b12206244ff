"""Secret keys: what `MUSTER_SECRET_KEY` may hold, and what each of its keys is called.

Law: an id is derived from its key and tells nothing of it; what is refused is never quoted.
"""

from __future__ import annotations

from base64 import b64decode, urlsafe_b64encode
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from muster.directory.identifiers import RandomBytes

KEY_BYTES: Final = 32
ID_BYTES: Final = 4
_FROM_URL_SAFE: Final = str.maketrans("-_", "+/")
_FORM: Final = (
    "must be 32 random bytes in base64, or several such keys with commas between;"
    " `muster secret-key create` prints one"
)


def new_secret_key(random: RandomBytes) -> str:
    """Return a new key as the text that the setting takes."""
    return urlsafe_b64encode(random(KEY_BYTES)).decode()


def keys_in(text: str) -> tuple[bytes, ...]:
    """Return the keys that a setting's text holds, in its order; none when it is empty.

    Raises ValueError with a line that says what the text must look like.
    """
    if not text.strip():
        return ()
    keys = tuple(_key(part.strip()) for part in text.split(","))
    if len({secret_key_id(key) for key in keys}) < len(keys):
        raise ValueError("names one key twice; leave out one of the two")
    return keys


def _key(text: str) -> bytes:
    try:
        key = b64decode(text.translate(_FROM_URL_SAFE) + "=" * (-len(text) % 4), validate=True)
    except ValueError:
        raise ValueError(_FORM) from None
    if len(key) != KEY_BYTES:
        raise ValueError(_FORM)
    return key


def secret_key_id(key: bytes) -> str:
    """Return what a key is called: eight hexadecimal digits, which may be shown."""
    return HKDFExpand(SHA256(), ID_BYTES, b"muster: the id of a secret key").derive(key).hex()
