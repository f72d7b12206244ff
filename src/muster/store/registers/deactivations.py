"""The register of the guard's memory."""

from __future__ import annotations

from typing import Final

from muster.store.session import Session

_FORGET: Final = "DELETE FROM deactivations WHERE organization = ? AND owner = ?"
_STALE: Final = "SELECT 1 FROM deactivations WHERE organization = ? AND time < ? LIMIT 1"
_PRUNE: Final = "DELETE FROM deactivations WHERE organization = ? AND time < ?"


class SqlDeactivations:
    """The deactivations of one organization that its connections' guards go by."""

    def __init__(self, session: Session, organization: int) -> None:
        self._session = session
        self._organization = organization

    async def begin_anew(self, owner: int) -> None:
        """Forget those of one connection, so that its guard counts from here."""
        await self._session.execute(_FORGET, self._organization, owner)

    async def stale(self, before: int) -> bool:
        """Tell whether there are any from before a time."""
        return bool(await self._session.fetch(_STALE, self._organization, before))

    async def prune(self, before: int) -> int:
        """Forget those from before a time; return how many."""
        return await self._session.execute(_PRUNE, self._organization, before)
