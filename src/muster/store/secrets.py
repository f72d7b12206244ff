"""The secrets that must be readable again, and the ids of the keys that they are sealed under."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

import apsw

from muster.directory.records import Secret
from muster.directory.seal import CURSOR_KEY, HEAD_BYTES, key_of
from muster.store.connection import fetch
from muster.store.rows import kept, stored_secret

_SECRETS: Final = "SELECT cursor_key, cursor_key_sealed FROM organizations WHERE organization = ?"
_KEEP: Final = "UPDATE organizations SET cursor_key = ?2, cursor_key_sealed = ?3 WHERE organization = ?1"
_NOTE: Final = "INSERT INTO secret_keys (id) VALUES (?) ON CONFLICT DO NOTHING"
_KEYS: Final = "SELECT id FROM secret_keys"
_HEADS: Final = (
    "SELECT DISTINCT substr(cursor_key_sealed, 1, ?) FROM organizations WHERE cursor_key_sealed IS NOT NULL"
)


def secrets(connection: apsw.Connection, organization: int) -> Sequence[Secret]:
    """Return all secrets of an organization, as they are kept."""
    return [Secret(CURSOR_KEY, kept(*row)) for row in fetch(connection, _SECRETS, (organization,))]


def keep_secret(connection: apsw.Connection, organization: int, secret: Secret) -> None:
    """Put a secret in the place of the one with its purpose; the key that it is sealed under is noted."""
    connection.execute(_KEEP, (organization, *stored_secret(secret)))
    key = key_of(secret.kept)
    if key is not None:
        connection.execute(_NOTE, (key,))


def secret_keys(connection: apsw.Connection) -> Collection[str]:
    """Return the ids of the secret keys that something may be sealed under."""
    return {id for (id,) in fetch(connection, _KEYS)}


def settle_secret_keys(connection: apsw.Connection) -> Collection[str]:
    """Note only the keys that a secret is sealed under; return their ids."""
    ids = {key_of(head) for (head,) in fetch(connection, _HEADS, (HEAD_BYTES,))}
    connection.execute("DELETE FROM secret_keys")
    connection.executemany(_NOTE, [(id,) for id in ids])
    return secret_keys(connection)
