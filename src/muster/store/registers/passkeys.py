"""The registers of passkeys, and of the challenges that they answer.

Law: `passkey_names` is shared by all organizations, and holds exactly the credential ids of all passkeys: both are
written in one transaction.
"""

from __future__ import annotations

from typing import Final

from muster.directory.registers.passkeys import Passkey
from muster.store.session import Session

_COLUMNS: Final = "organization, id, console_user, credential, attested, counter, name, created, used"
_ADD_NAME: Final = (
    "INSERT INTO passkey_names (organization, name) VALUES (?, ?) ON CONFLICT (name) DO NOTHING"
)
_ORGANIZATION_WITH: Final = "SELECT organization FROM passkey_names WHERE name = ?"
_REMOVE_NAME: Final = "DELETE FROM passkey_names WHERE organization = ? AND name = ?"
_ADD: Final = f"INSERT INTO passkeys ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
_PASSKEYS: Final = f"SELECT {_COLUMNS} FROM passkeys WHERE organization = ?"
_USE: Final = (
    "UPDATE passkeys SET counter = ?, used = ? WHERE organization = ? AND id = ?"
    " AND (counter < ? OR counter = 0 AND CAST(? AS bigint) = 0)"
)
_REMOVE: Final = "DELETE FROM passkeys WHERE organization = ? AND id = ?"

_KEY: Final = "SELECT key FROM challenge_keys WHERE organization = ?"
_ADD_KEY: Final = (
    "INSERT INTO challenge_keys (organization, key) VALUES (?, ?) ON CONFLICT (organization) DO NOTHING"
)
_SPEND: Final = (
    "INSERT INTO spent_challenges (organization, challenge, expires) VALUES (?, ?, ?)"
    " ON CONFLICT (organization, challenge) DO NOTHING"
)
_FORGET: Final = "DELETE FROM spent_challenges WHERE organization = ? AND expires < ?"


class SqlPasskeys:
    """The passkeys of one organization."""

    def __init__(self, session: Session, organization: int) -> None:
        self._session = session
        self._organization = organization

    async def add(self, passkey: Passkey) -> bool:
        """Store a new one; False: its credential id is known already."""
        if not await self._session.execute(_ADD_NAME, self._organization, passkey.credential):
            return False
        await self._session.execute(
            _ADD, self._organization, passkey.id, passkey.console_user, passkey.credential, passkey.attested,
            passkey.counter, passkey.name, passkey.created, passkey.used,
        )  # fmt: skip
        return True

    async def organization_with(self, credential: str) -> int | None:
        """Return the organization that a credential id signs in to, whichever it is, or None."""
        found = await self._session.fetch(_ORGANIZATION_WITH, credential)
        return found[0][0] if found else None

    async def known_as(self, credential: str) -> Passkey | None:
        """Return the passkey with a credential id, or None."""
        return await self._one(f"{_PASSKEYS} AND credential = ?", credential)

    async def get(self, id: str) -> Passkey | None:
        """Return the passkey, or None."""
        return await self._one(f"{_PASSKEYS} AND id = ?", id)

    async def of(self, console_user: str) -> list[Passkey]:
        """Return those of a console user, oldest first."""
        sql = f"{_PASSKEYS} AND console_user = ? ORDER BY created, id"
        return [Passkey(*row) for row in await self._session.fetch(sql, self._organization, console_user)]

    async def use(self, id: str, counter: int, now: int) -> bool:
        """Note that it was used; False: it is gone, or its counter has not moved on."""
        return await self._session.execute(_USE, counter, now, self._organization, id, counter, counter) > 0

    async def remove(self, passkey: Passkey) -> None:
        """Remove it; others may have its credential id then."""
        await self._session.execute(_REMOVE, self._organization, passkey.id)
        await self._session.execute(_REMOVE_NAME, self._organization, passkey.credential)

    async def _one(self, sql: str, value: str) -> Passkey | None:
        found = await self._session.fetch(sql, self._organization, value)
        return Passkey(*found[0]) if found else None


class SqlChallenges:
    """What the platform knows of challenges."""

    def __init__(self, session: Session, organization: int) -> None:
        self._session = session
        self._organization = organization

    async def key(self) -> bytes | None:
        """Return the key by which challenges are known again, or None."""
        found = await self._session.fetch(_KEY, self._organization)
        return found[0][0] if found else None

    async def add_key(self, key: bytes) -> None:
        """Store a key, where there is none."""
        await self._session.execute(_ADD_KEY, self._organization, key)

    async def spend(self, challenge: bytes, expires: int) -> bool:
        """Note that a challenge was used; False: it was before."""
        return await self._session.execute(_SPEND, self._organization, challenge, expires) > 0

    async def forget(self, before: int) -> int:
        """Remove those that were over before a time; return how many."""
        return await self._session.execute(_FORGET, self._organization, before)
