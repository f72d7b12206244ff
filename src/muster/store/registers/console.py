"""The registers of the console."""

from __future__ import annotations

from typing import Final

from muster.directory.registers.console import ConsoleUser, Invitation, Role, Session
from muster.store.session import Session as StoreSession

_USER: Final = "organization, id, name, folded, role, passphrase, created, created_by, disabled, signed_in"
_ADD_NAME: Final = (
    "INSERT INTO console_names (organization, name) VALUES (?, ?) ON CONFLICT (name) DO NOTHING"
)
_ORGANIZATION_WITH: Final = "SELECT organization FROM console_names WHERE name = ?"
_ADD_USER: Final = f"INSERT INTO console_users ({_USER}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_USERS: Final = f"SELECT {_USER} FROM console_users WHERE organization = ?"
_HOLD: Final = (  # the row of the oldest, which stays so: nobody waits in a circle
    "UPDATE console_users SET created = created WHERE organization = ?"
    " AND id = (SELECT id FROM console_users WHERE organization = ? ORDER BY created, id LIMIT 1)"
)
_SET_SIGNED_IN: Final = (
    "UPDATE console_users SET signed_in = ?"
    " WHERE organization = ? AND id = ? AND passphrase = ? AND disabled IS NULL"
)
_SET_HASH: Final = (
    "UPDATE console_users SET passphrase = ?"
    " WHERE organization = ? AND id = ? AND passphrase = ? AND disabled IS NULL"
)
_SET_DISABLED: Final = "UPDATE console_users SET disabled = ? WHERE organization = ? AND id = ?"
_INVITATION: Final = "organization, id, hash, role, created, created_by, expires, used, revoked"
_ADD_INVITATION: Final = f"INSERT INTO invitations ({_INVITATION}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
_INVITATIONS: Final = f"SELECT {_INVITATION} FROM invitations WHERE organization = ?"
_USE: Final = (
    "UPDATE invitations SET used = ? WHERE organization = ? AND id = ? AND used IS NULL AND revoked IS NULL"
)
_OPEN: Final = (
    f"{_INVITATIONS} AND used IS NULL AND revoked IS NULL AND expires > ? ORDER BY created DESC, id"
)
_REVOKE: Final = (
    "UPDATE invitations SET revoked = ?"
    " WHERE organization = ? AND id = ? AND used IS NULL AND revoked IS NULL"
)
_REVOKE_UNUSED: Final = (
    "UPDATE invitations SET revoked = ?"
    " WHERE organization = ? AND role = ? AND used IS NULL AND revoked IS NULL"
)
_REVOKE_ALL: Final = (
    "UPDATE invitations SET revoked = ?"
    " WHERE organization = ? AND used IS NULL AND revoked IS NULL AND expires > ?"
)
_FORGET_INVITATIONS: Final = (
    "DELETE FROM invitations WHERE organization = ? AND used IS NULL AND coalesce(revoked, expires) < ?"
)

_SESSION: Final = (
    "organization, id, hash, console_user, setup_link, created, seen, expires, ended, address, user_agent"
)
_ADD_SESSION: Final = f"INSERT INTO sessions ({_SESSION}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_GET_SESSION: Final = f"SELECT {_SESSION} FROM sessions WHERE organization = ? AND id = ?"
_SEE: Final = "UPDATE sessions SET seen = ? WHERE organization = ? AND id = ?"
_END: Final = "UPDATE sessions SET ended = ? WHERE organization = ? AND id = ? AND ended IS NULL"
_END_ALL: Final = (
    "UPDATE sessions SET ended = ? WHERE organization = ? AND console_user = ? AND ended IS NULL AND id <> ?"
)
_END_EVERY: Final = "UPDATE sessions SET ended = ? WHERE organization = ? AND ended IS NULL AND expires > ?"
_OF_USER: Final = (
    f"SELECT {_SESSION} FROM sessions WHERE organization = ? AND console_user = ? AND ended IS NULL"
    " AND expires > ? AND seen > ? ORDER BY seen DESC, id"
)
_FORGET: Final = "DELETE FROM sessions WHERE organization = ? AND coalesce(ended, expires) < ?"


class _Register:
    """What the registers here have in common: a session, and the organization that they are bound to."""

    def __init__(self, session: StoreSession, organization: int) -> None:
        self._session = session
        self._organization = organization


class SqlConsoleUsers(_Register):
    """The console users of one organization."""

    async def add(self, user: ConsoleUser) -> bool:
        """Store a new one; False: somebody has the name already."""
        if not await self._session.execute(_ADD_NAME, self._organization, user.name_key):
            return False
        await self._session.execute(
            _ADD_USER, self._organization, user.id, user.name, user.name_key, user.role, user.passphrase,
            user.created, user.created_by, user.disabled, user.signed_in,
        )  # fmt: skip
        return True

    async def organization_with(self, name_key: str) -> int | None:
        """Return the organization that a name signs in to, whichever it is, or None."""
        found = await self._session.fetch(_ORGANIZATION_WITH, name_key)
        return found[0][0] if found else None

    async def get(self, id: str) -> ConsoleUser | None:
        """Return the user, or None."""
        return await self._one(f"{_USERS} AND id = ?", id)

    async def named(self, name_key: str) -> ConsoleUser | None:
        """Return the user with a name, or None."""
        return await self._one(f"{_USERS} AND folded = ?", name_key)

    async def all(self) -> list[ConsoleUser]:
        """Return all, oldest first."""
        found = await self._session.fetch(f"{_USERS} ORDER BY created, id", self._organization)
        return [ConsoleUser(*row) for row in found]

    async def hold(self) -> None:
        """Let nobody else who holds them go on before this transaction has ended."""
        await self._session.execute(_HOLD, self._organization, self._organization)

    async def signed_in(self, id: str, passphrase: str, now: int) -> bool:
        """Note when the user signed in last; False: they are disabled, or the hash is another."""
        return await self._session.execute(_SET_SIGNED_IN, now, self._organization, id, passphrase) > 0

    async def set_passphrase(self, id: str, hashed: str, before: str) -> bool:
        """Store the hash of another passphrase; False: they are disabled, or the hash is not the one of before."""
        return await self._session.execute(_SET_HASH, hashed, self._organization, id, before) > 0

    async def set_disabled(self, id: str, since: int | None) -> None:
        """Disable the user, or None: enable it again."""
        await self._session.execute(_SET_DISABLED, since, self._organization, id)

    async def _one(self, sql: str, value: str) -> ConsoleUser | None:
        found = await self._session.fetch(sql, self._organization, value)
        return ConsoleUser(*found[0]) if found else None


class SqlInvitations(_Register):
    """The invitations of one organization."""

    async def add(self, invitation: Invitation) -> None:
        """Store a new one."""
        await self._session.execute(
            _ADD_INVITATION, self._organization, invitation.id, invitation.hash, invitation.role,
            invitation.created, invitation.created_by, invitation.expires, invitation.used, invitation.revoked,
        )  # fmt: skip

    async def get(self, id: str) -> Invitation | None:
        """Return the invitation, or None."""
        found = await self._session.fetch(f"{_INVITATIONS} AND id = ?", self._organization, id)
        return Invitation(*found[0]) if found else None

    async def open(self, now: int) -> list[Invitation]:
        """Return all that may still be used, newest first."""
        return [Invitation(*row) for row in await self._session.fetch(_OPEN, self._organization, now)]

    async def use(self, id: str, now: int) -> bool:
        """Mark it as used; False: it was used or revoked before."""
        return await self._session.execute(_USE, now, self._organization, id) > 0

    async def revoke(self, id: str, now: int) -> bool:
        """Revoke it; False: it was used or revoked before."""
        return await self._session.execute(_REVOKE, now, self._organization, id) > 0

    async def revoke_unused(self, role: Role, now: int) -> int:
        """Revoke all of a role that were not used; return how many."""
        return await self._session.execute(_REVOKE_UNUSED, now, self._organization, role)

    async def revoke_all(self, now: int) -> int:
        """Revoke all that may still be used; return how many."""
        return await self._session.execute(_REVOKE_ALL, now, self._organization, now)

    async def forget(self, before: int) -> int:
        """Remove those that were never used and were over before a time; return how many."""
        return await self._session.execute(_FORGET_INVITATIONS, self._organization, before)


class SqlSessions(_Register):
    """The sessions of one organization."""

    async def add(self, session: Session) -> None:
        """Store a new one."""
        await self._session.execute(
            _ADD_SESSION, self._organization, session.id, session.hash, session.console_user,
            session.setup_link, session.created, session.seen, session.expires, session.ended,
            session.address, session.user_agent,
        )  # fmt: skip

    async def get(self, id: str) -> Session | None:
        """Return the session, or None."""
        found = await self._session.fetch(_GET_SESSION, self._organization, id)
        return Session(*found[0]) if found else None

    async def see(self, id: str, now: int) -> None:
        """Note that it was used."""
        await self._session.execute(_SEE, now, self._organization, id)

    async def end(self, id: str, now: int) -> None:
        """End it."""
        await self._session.execute(_END, now, self._organization, id)

    async def of(self, console_user: str, now: int, seen_since: int) -> list[Session]:
        """Return those of a console user that are not over, the latest used first."""
        found = await self._session.fetch(_OF_USER, self._organization, console_user, now, seen_since)
        return [Session(*row) for row in found]

    async def end_all(self, console_user: str, now: int, but: str = "") -> int:
        """End all of a console user, but for one perhaps; return how many."""
        return await self._session.execute(_END_ALL, now, self._organization, console_user, but)

    async def end_every(self, now: int) -> int:
        """End all of everybody that are not over; return how many."""
        return await self._session.execute(_END_EVERY, now, self._organization, now)

    async def forget(self, before: int) -> int:
        """Remove those that were over before a time; return how many."""
        return await self._session.execute(_FORGET, self._organization, before)
