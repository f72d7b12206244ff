"""The register of what was last used."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from muster.directory.registers.uses import Activity, Use
from muster.store.session import Session

_USE: Final = """INSERT INTO credential_uses (organization, credential, time, address, user_agent)
  VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (organization, credential) DO UPDATE
  SET time = excluded.time, address = excluded.address, user_agent = excluded.user_agent
  WHERE credential_uses.time <= excluded.time"""
_COLUMNS: Final = "connection, first_request, last_request, first_success, last_success, requests, refused"
_ACTIVITY: Final = f"""INSERT INTO connection_activity (organization, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (organization, connection) DO UPDATE SET
    last_request = CASE WHEN excluded.last_request > connection_activity.last_request
      THEN excluded.last_request ELSE connection_activity.last_request END,
    first_success = coalesce(connection_activity.first_success, excluded.first_success),
    last_success = CASE WHEN excluded.last_success > coalesce(connection_activity.last_success, 0)
      THEN excluded.last_success ELSE connection_activity.last_success END,
    requests = connection_activity.requests + excluded.requests,
    refused = connection_activity.refused + excluded.refused"""
_GET: Final = f"SELECT {_COLUMNS} FROM connection_activity WHERE organization = ? AND connection = ?"
_ALL: Final = f"SELECT {_COLUMNS} FROM connection_activity WHERE organization = ? ORDER BY connection"


class SqlUses:
    """What of one organization was used."""

    def __init__(self, session: Session, organization: int) -> None:
        self._session = session
        self._organization = organization

    async def add(self, uses: Sequence[Use], activities: Sequence[Activity]) -> None:
        """Keep the later use of each credential, and add to what came in through each connection."""
        await self._session.execute_many(_USE, [(self._organization, *use) for use in uses])
        rows = [(self._organization, *activity) for activity in activities]
        await self._session.execute_many(_ACTIVITY, rows)

    async def activity(self, connection: str) -> Activity | None:
        """Return what came in through a connection, or None where nothing has."""
        found = await self._session.fetch(_GET, self._organization, connection)
        return Activity(*found[0]) if found else None

    async def activities(self) -> Sequence[Activity]:
        """Return the same of every connection that anything came in through."""
        return [Activity(*row) for row in await self._session.fetch(_ALL, self._organization)]
