"""The secrets that must be readable again, and the ids of the keys that they are sealed under.

Law: a key's id is noted in the transaction that seals under it, and its row is held until the commit, so that
`settle_secret_keys` waits: no secret is ever sealed under a key that is not noted.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from muster.directory.records import Secret
from muster.directory.seal import CURSOR_KEY, HEAD_BYTES, key_of
from muster.store.postgres.connecting import NOBODY
from muster.store.postgres.connecting import Connection as Session
from muster.store.postgres.pool import Pool
from muster.store.rows import kept, stored_secret

_SECRETS: Final = (
    "SELECT cursor_key, cursor_key_sealed FROM organizations WHERE organization = $1 FOR NO KEY UPDATE"
)
_KEEP: Final = "UPDATE organizations SET cursor_key = $2, cursor_key_sealed = $3 WHERE organization = $1"
# An update that changes nothing, and holds the row until the commit.
_NOTE: Final = "INSERT INTO secret_keys (id) VALUES ($1) ON CONFLICT (id) DO UPDATE SET id = excluded.id"
_KEYS: Final = "SELECT id FROM secret_keys"
_HEADS: Final = "SELECT DISTINCT head FROM sealed_heads($1) AS head"


async def secrets(session: Session, organization: int) -> Sequence[Secret]:
    """Return all secrets of an organization, as they are kept, locked."""
    return [Secret(CURSOR_KEY, kept(*row)) for row in await session.fetch(_SECRETS, organization)]


async def keep_secret(session: Session, organization: int, secret: Secret) -> None:
    """Put a secret in the place of the one with its purpose; the key that it is sealed under is noted."""
    await session.fetch(_KEEP, organization, *stored_secret(secret))
    key = key_of(secret.kept)
    if key is not None:
        await session.fetch(_NOTE, key)


async def secret_keys(pool: Pool) -> Collection[str]:
    """Return the ids of the secret keys that something may be sealed under."""
    return {id for (id,) in await pool.read(NOBODY, _KEYS)}


async def settle_secret_keys(pool: Pool) -> Collection[str]:
    """Note only the keys that a secret is sealed under; return their ids."""

    async def operation(session: Session) -> Collection[str]:
        # First: it waits for who is sealing just now, so that the statement after it sees what was sealed.
        await session.fetch("DELETE FROM secret_keys")
        ids = {key_of(head) for (head,) in await session.fetch(_HEADS, HEAD_BYTES)}
        for id in ids:
            await session.fetch(_NOTE, id)
        return {id for (id,) in await session.fetch(_KEYS)}

    return await pool.write(NOBODY, operation)
