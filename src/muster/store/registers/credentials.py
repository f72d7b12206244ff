"""The register of credentials."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from typing import Any, Final

from muster.directory.registers.api_keys import Position
from muster.directory.registers.credentials import KnownCredential, Of
from muster.directory.registers.uses import Use
from muster.store import rows
from muster.store.registers.people import marks, rounded
from muster.store.rows import CREDENTIAL_COLUMNS
from muster.store.session import Session

_KNOWN: Final = (
    f"SELECT {CREDENTIAL_COLUMNS}, c.warned, u.time, u.address, u.user_agent FROM credentials c"
    " LEFT JOIN credential_uses u ON u.organization = ? AND u.credential = c.id WHERE c.organization = ?"
)
_OTHERS: Final = 4  # columns behind the credential's own
_GET: Final = f"{_KNOWN} AND c.id = ?"
_OF_CONNECTION: Final = " AND c.connection = ?"
_OF_SERVICE_ACCOUNT: Final = " AND c.service_account = ?"
_PART: Final = " AND (c.created, c.id) > (?, ?) ORDER BY c.created, c.id LIMIT ?"
_LATEST: Final = " ORDER BY c.created DESC, c.id DESC LIMIT ?"
_ALIVE: Final = (
    f"{_KNOWN} AND c.connection IN ({{}}) AND c.revoked IS NULL AND c.expires > ?"
    " AND (c.overlap IS NULL OR c.overlap > ?) ORDER BY c.created, c.id"
)
_REPLACE: Final = "UPDATE credentials SET overlap = CAST(? AS bigint) WHERE organization = ? AND id = ?"
_REVOKE_ALL: Final = (
    "UPDATE credentials SET revoked = CAST(? AS bigint)"
    " WHERE organization = ? AND service_account = ? AND revoked IS NULL"
)
_EXPIRING: Final = (
    f"{_KNOWN} AND c.revoked IS NULL AND c.overlap IS NULL AND c.expires > ? AND c.expires <= ?"
    " ORDER BY c.expires, c.id"
)
_WARN: Final = (
    "UPDATE credentials SET warned = CAST(? AS bigint) WHERE organization = ? AND id = ?"
    " AND revoked IS NULL AND overlap IS NULL AND coalesce(warned, 1000) > CAST(? AS bigint)"
)
_FIRST: Final = Position(-1, "")


class SqlCredentials:
    """The credentials of one organization."""

    def __init__(self, session: Session, organization: int) -> None:
        self._session = session
        self._organization = organization

    async def get(self, id: str) -> KnownCredential | None:
        """Return the credential, or None."""
        found = await self._known(_GET, id)
        return found[0] if found else None

    async def list(self, of: Of, after: Position | None, limit: int) -> builtins.list[KnownCredential]:
        """Return up to `limit` credentials behind a position, oldest first, the dead ones too."""
        narrowed, values = _narrowed(of)
        return await self._known(_KNOWN + narrowed + _PART, *values, *(after or _FIRST), limit)

    async def latest(self, of: Of, limit: int) -> builtins.list[KnownCredential]:
        """Return up to `limit` credentials, newest first, the dead ones too."""
        narrowed, values = _narrowed(of)
        return await self._known(_KNOWN + narrowed + _LATEST, *values, limit)

    async def alive(self, now: int, connections: Sequence[str]) -> builtins.list[KnownCredential]:
        """Return the credentials of some connections that are not dead, oldest first."""
        asked = rounded(connections)
        return await self._known(_ALIVE.format(marks(asked)), *asked, now, now)

    async def replace(self, id: str, overlap: int) -> None:
        """Let the credential be dead from `overlap` on, as one that was replaced."""
        await self._session.execute(_REPLACE, overlap, self._organization, id)

    async def revoke_all(self, service_account: str, now: int) -> int:
        """Revoke every key of a service account that is not; return how many."""
        return await self._session.execute(_REVOKE_ALL, now, self._organization, service_account)

    async def expiring(self, now: int, until: int) -> builtins.list[KnownCredential]:
        """Return the credentials that expire after `now` and by `until`, without those revoked or replaced."""
        return await self._known(_EXPIRING, now, until)

    async def warn(self, id: str, days: int) -> bool:
        """Note a warning of so many days before the end; return whether none of as few or fewer was noted before."""
        return await self._session.execute(_WARN, days, self._organization, id, days) > 0

    async def _known(self, sql: str, *values: Any) -> builtins.list[KnownCredential]:
        found = await self._session.fetch(sql, self._organization, self._organization, *values)
        return [_known(row) for row in found]


def _narrowed(of: Of) -> tuple[str, builtins.list[str]]:
    asked = {_OF_CONNECTION: of.connection, _OF_SERVICE_ACCOUNT: of.service_account}
    narrowed = {sql: id for sql, id in asked.items() if id is not None}
    return "".join(narrowed), [*narrowed.values()]


def _known(row: tuple[Any, ...]) -> KnownCredential:
    warned, time, address, user_agent = row[-_OTHERS:]
    credential = rows.credential(row[:-_OTHERS])
    used = None if time is None else Use(credential.id, time, address, user_agent)
    return KnownCredential(credential, used, warned)
