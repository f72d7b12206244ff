"""The register of hours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from muster.directory.registers.hours import Hour
from muster.store.registers.people import marks, rounded
from muster.store.session import Session

_ADD: Final = """INSERT INTO connection_hours (organization, connection, hour, requests, errors) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (organization, connection, hour) DO UPDATE
  SET requests = connection_hours.requests + excluded.requests, errors = connection_hours.errors + excluded.errors"""
_SINCE: Final = (
    "SELECT connection, hour, requests, errors FROM connection_hours WHERE organization = ?"
    " AND connection IN ({}) AND hour >= ?"
    " ORDER BY connection, hour"
)
_FORGET: Final = "DELETE FROM connection_hours WHERE organization = ? AND hour < ?"


class SqlHours:
    """The hours of one organization's connections."""

    def __init__(self, session: Session, organization: int) -> None:
        self._session = session
        self._organization = organization

    async def add(self, hours: Sequence[Hour]) -> None:
        """Add to what is known of these hours."""
        await self._session.execute_many(_ADD, [(self._organization, *hour) for hour in hours])

    async def since(self, hour: int, connections: Sequence[str]) -> list[Hour]:
        """Return the hours from one on of some connections, each connection's in their order."""
        asked = rounded(connections)
        found = await self._session.fetch(_SINCE.format(marks(asked)), self._organization, *asked, hour)
        return [Hour(*row) for row in found]

    async def forget(self, hour: int) -> int:
        """Delete the hours before one; return how many."""
        return await self._session.execute(_FORGET, self._organization, hour)
