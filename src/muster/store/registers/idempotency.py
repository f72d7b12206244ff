"""The register of requests that may come again."""

from __future__ import annotations

from typing import Final

from muster.directory.registers.idempotency import Noted
from muster.store.session import Session

_COLUMNS: Final = "api_key, digest, request, created, status, answer"
_OWN: Final = "organization = ? AND api_key = ? AND digest = ? AND created = ? AND status IS NULL"
_ADD: Final = (
    f"INSERT INTO idempotency (organization, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, NULL, NULL)"
    " ON CONFLICT DO NOTHING"
)
_GET: Final = f"SELECT {_COLUMNS} FROM idempotency WHERE organization = ? AND api_key = ? AND digest = ?"
_RENEW: Final = (
    "UPDATE idempotency SET request = ?, created = ?, status = NULL, answer = NULL"
    " WHERE organization = ? AND api_key = ? AND digest = ? AND created = ?"
)
_KEEP: Final = f"UPDATE idempotency SET status = ?, answer = ? WHERE {_OWN}"
_REMOVE: Final = f"DELETE FROM idempotency WHERE {_OWN}"
_OLDER: Final = "SELECT count(*) FROM idempotency WHERE organization = ? AND created < ?"
_PRUNE: Final = "DELETE FROM idempotency WHERE organization = ? AND created < ?"


class SqlIdempotency:
    """The noted requests of one organization's management keys."""

    def __init__(self, session: Session, organization: int) -> None:
        self._session = session
        self._organization = organization

    async def add(self, noted: Noted) -> bool:
        """Note a request; return whether none is noted with its key and digest yet."""
        values = (noted.api_key, noted.digest, noted.request, noted.created)
        return await self._session.execute(_ADD, self._organization, *values) > 0

    async def get(self, api_key: str, digest: str) -> Noted | None:
        """Return what is noted, or None."""
        found = await self._session.fetch(_GET, self._organization, api_key, digest)
        return Noted(*found[0]) if found else None

    async def renew(self, noted: Noted, before: Noted) -> bool:
        """Put a request into the place of one; return whether that one was still as it was seen."""
        place = (before.api_key, before.digest, before.created)
        return (
            await self._session.execute(_RENEW, noted.request, noted.created, self._organization, *place) > 0
        )

    async def keep(self, noted: Noted) -> bool:
        """Store what was answered; return whether the request is still the one that is noted."""
        place = (noted.api_key, noted.digest, noted.created)
        return await self._session.execute(_KEEP, noted.status, noted.answer, self._organization, *place) > 0

    async def remove(self, noted: Noted) -> bool:
        """Forget a request that is being answered; return whether it was still noted."""
        place = (noted.api_key, noted.digest, noted.created)
        return await self._session.execute(_REMOVE, self._organization, *place) > 0

    async def older(self, than: int) -> int:
        """Return how many are noted that began before then."""
        ((count,),) = await self._session.fetch(_OLDER, self._organization, than)
        return int(count)

    async def prune(self, older: int) -> int:
        """Forget those that began before then; return how many."""
        return await self._session.execute(_PRUNE, self._organization, older)
