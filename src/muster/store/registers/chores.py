"""The register of chores: whose turn it is."""

from __future__ import annotations

from typing import Final

from muster.store.session import Session

_TAKE: Final = (
    "INSERT INTO chores (organization, name, began) VALUES (?, ?, ?)"
    " ON CONFLICT (organization, name) DO UPDATE SET began = excluded.began WHERE chores.began <= ?"
)


class SqlChoreTurns:
    """The turns of chores."""

    def __init__(self, session: Session, organization: int) -> None:
        self._session = session
        self._organization = organization

    async def take(self, chore: str, now: int, before: int) -> bool:
        """Note that a chore begins now; return False, having done nothing, where it last began after `before`."""
        return await self._session.execute(_TAKE, self._organization, chore, now, before) > 0
