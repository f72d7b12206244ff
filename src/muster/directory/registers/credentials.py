"""The register of credentials, as management lists, replaces and warns of them; authentication reads them by itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from muster.directory.records import Credential
from muster.directory.registers.api_keys import Position
from muster.directory.registers.uses import Use


class KnownCredential(NamedTuple):
    """A credential with its last use, None where it has none, and how many days before its end was warned of it."""

    credential: Credential
    used: Use | None
    warned: int | None


class Of(NamedTuple):
    """Whose credentials are asked for: one connection's, one service account's, or, with neither, all."""

    connection: str | None = None
    service_account: str | None = None


class Credentials(Protocol):
    """The credentials of one organization."""

    async def get(self, id: str) -> KnownCredential | None:
        """Return the credential, or None."""

    async def list(self, of: Of, after: Position | None, limit: int) -> Sequence[KnownCredential]:
        """Return up to `limit` credentials behind a position, oldest first, the dead ones too."""

    async def latest(self, of: Of, limit: int) -> Sequence[KnownCredential]:
        """Return up to `limit` credentials, newest first, the dead ones too."""

    async def alive(self, now: int, connections: Sequence[str]) -> Sequence[KnownCredential]:
        """Return the credentials of some connections, one at least, that are not dead, oldest first."""

    async def replace(self, id: str, overlap: int) -> None:
        """Let the credential be dead from `overlap` on, as one that was replaced."""

    async def revoke_all(self, service_account: str, now: int) -> int:
        """Revoke every key of a service account that is not; return how many."""

    async def expiring(self, now: int, until: int) -> Sequence[KnownCredential]:
        """Return the credentials that expire after `now` and by `until`, without those revoked or replaced."""

    async def warn(self, id: str, days: int) -> bool:
        """Note a warning of so many days before the end; return whether none of as few or fewer was noted before."""
