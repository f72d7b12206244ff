"""The registers of passkeys, and of the challenges that they answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Passkey:
    """What a console user may sign in with: a key pair of which the authenticator keeps the private half.

    `credential` is the credential id in base64url; `attested` what the authenticator has told of it, the public key
    among it (WebAuthn §6.5.2); `counter` how often it has signed, as it said last.
    """

    organization: int
    id: str
    console_user: str
    credential: str
    attested: bytes = field(repr=False)
    counter: int
    name: str
    created: int
    used: int | None = None


class Passkeys(Protocol):
    """The passkeys of the console users of one organization, or of the platform's operators."""

    async def add(self, passkey: Passkey) -> bool:
        """Store a new one; False: its credential id is known already, here or in another organization."""

    async def organization_with(self, credential: str) -> int | None:
        """Return the organization that a credential id signs in to, whichever it is, or None."""

    async def known_as(self, credential: str) -> Passkey | None:
        """Return the passkey with a credential id, or None."""

    async def get(self, id: str) -> Passkey | None:
        """Return the passkey, or None."""

    async def of(self, console_user: str) -> Sequence[Passkey]:
        """Return those of a console user, oldest first: there are few."""

    async def use(self, id: str, counter: int, now: int) -> bool:
        """Note that it was used; False: it is gone, or its counter has not moved on.

        An authenticator without a counter says 0 each time (WebAuthn §6.1.1).
        """

    async def remove(self, passkey: Passkey) -> None:
        """Remove it; others may have its credential id then."""


class Challenges(Protocol):
    """What the platform knows of challenges."""

    async def key(self) -> bytes | None:
        """Return the key by which challenges are known again, or None: there was none yet."""

    async def add_key(self, key: bytes) -> None:
        """Store a key, where there is none."""

    async def spend(self, challenge: bytes, expires: int) -> bool:
        """Note that a challenge (its hash) was used; False: it was before."""

    async def forget(self, before: int) -> int:
        """Remove those that were over before a time; return how many."""
