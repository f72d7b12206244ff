"""The registers of the console: who uses it, who is invited to, and what they are signed in with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

Role = Literal["operator", "admin", "auditor"]


@dataclass(frozen=True, slots=True)
class ConsoleUser:
    """Somebody who may sign in. An operator is the platform's (organization 0), the others are one organization's."""

    organization: int
    id: str
    name: str
    name_key: str
    role: Role
    passphrase: str = field(repr=False)
    created: int = 0
    created_by: str = ""
    disabled: int | None = None
    signed_in: int | None = None


@dataclass(frozen=True, slots=True)
class Invitation:
    """A link that makes one console user; `hash` is of the whole secret in it."""

    organization: int
    id: str
    hash: bytes = field(repr=False)
    role: Role
    created: int
    created_by: str
    expires: int
    used: int | None = None
    revoked: int | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """What a browser is signed in with: for a console user, or for one connection with a setup link."""

    organization: int
    id: str
    hash: bytes = field(repr=False)
    console_user: str | None
    setup_link: str | None
    created: int
    seen: int
    expires: int
    ended: int | None
    address: str | None
    user_agent: str | None


class ConsoleUsers(Protocol):
    """The console users of one organization, or the platform's operators."""

    async def add(self, user: ConsoleUser) -> bool:
        """Store a new one; False: somebody has the name already, here or in another organization."""

    async def organization_with(self, name_key: str) -> int | None:
        """Return the organization that a name signs in to, whichever it is, or None."""

    async def get(self, id: str) -> ConsoleUser | None:
        """Return the user, or None."""

    async def named(self, name_key: str) -> ConsoleUser | None:
        """Return the user with a name, or None."""

    async def all(self) -> Sequence[ConsoleUser]:
        """Return all, oldest first: there are few."""

    async def hold(self) -> None:
        """Let nobody else who holds them go on before this transaction has ended."""

    async def signed_in(self, id: str, passphrase: str, now: int) -> bool:
        """Note when the user signed in last; False: they are disabled, or the hash of their passphrase is another.

        Nobody else changes the user before this transaction has ended.
        """

    async def set_passphrase(self, id: str, hashed: str, before: str) -> bool:
        """Store the hash of another passphrase; False: they are disabled, or the hash is not the one of before."""

    async def set_disabled(self, id: str, since: int | None) -> None:
        """Disable the user, or None: enable it again."""


class Invitations(Protocol):
    """The invitations of one organization, or the platform's."""

    async def add(self, invitation: Invitation) -> None:
        """Store a new one."""

    async def get(self, id: str) -> Invitation | None:
        """Return the invitation, or None."""

    async def open(self, now: int) -> Sequence[Invitation]:
        """Return all that may still be used, newest first."""

    async def use(self, id: str, now: int) -> bool:
        """Mark it as used; False: it was used or revoked before."""

    async def revoke(self, id: str, now: int) -> bool:
        """Revoke it; False: it was used or revoked before."""

    async def revoke_unused(self, role: Role, now: int) -> int:
        """Revoke all of a role that were not used; return how many."""

    async def revoke_all(self, now: int) -> int:
        """Revoke all that may still be used; return how many."""

    async def forget(self, before: int) -> int:
        """Remove those that were never used and were over before a time; return how many."""


class Sessions(Protocol):
    """The sessions of one organization, or of the platform's operators."""

    async def add(self, session: Session) -> None:
        """Store a new one."""

    async def get(self, id: str) -> Session | None:
        """Return the session, or None."""

    async def see(self, id: str, now: int) -> None:
        """Note that it was used."""

    async def end(self, id: str, now: int) -> None:
        """End it."""

    async def of(self, console_user: str, now: int, seen_since: int) -> Sequence[Session]:
        """Return those of a console user that are not over and were used since a time, the latest used first."""

    async def end_all(self, console_user: str, now: int, but: str = "") -> int:
        """End all of a console user, but for one perhaps; return how many."""

    async def end_every(self, now: int) -> int:
        """End all of everybody that are not over; return how many."""

    async def forget(self, before: int) -> int:
        """Remove those that were over before a time; return how many."""
