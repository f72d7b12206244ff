"""The register of alerts."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from typing import Final

from muster.directory.registers.alerts import Alert, AlertKind, Outcome
from muster.directory.registers.api_keys import Position
from muster.store.registers.people import marks, rounded
from muster.store.session import Session

_COLUMNS: Final = "id, connection, kind, opened, latest, count, closed, closed_by, outcome"
_RENEW: Final = (
    "UPDATE alerts SET latest = ?, count = count + 1"
    " WHERE organization = ? AND connection = ? AND kind = ? AND closed IS NULL RETURNING id"
)
_ADD: Final = f"INSERT INTO alerts (organization, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_GET: Final = f"SELECT {_COLUMNS} FROM alerts WHERE organization = ? AND id = ?"
_LIST: Final = (
    f"SELECT {_COLUMNS} FROM alerts WHERE organization = ? AND (opened, id) > (?, ?){{}}"
    " ORDER BY opened, id LIMIT ?"
)
_OPEN_OF: Final = (
    f"SELECT {_COLUMNS} FROM alerts WHERE organization = ? AND connection IN ({{}}) AND closed IS NULL"
    " ORDER BY opened, id"
)
_CLOSE: Final = (
    "UPDATE alerts SET closed = ?, closed_by = ?, outcome = ?"
    " WHERE organization = ? AND id = ? AND closed IS NULL"
)
_FIRST: Final = Position(-1, "")


class SqlAlerts:
    """The alerts of one organization."""

    def __init__(self, session: Session, organization: int) -> None:
        self._session = session
        self._organization = organization

    async def renew(self, connection: str, kind: AlertKind, now: int) -> str | None:
        """Count one more in the open alert of a connection and kind; return its id, None where there is none."""
        found = await self._session.fetch(_RENEW, now, self._organization, connection, kind)
        return found[0][0] if found else None

    async def add(self, alert: Alert) -> None:
        """Store a new alert."""
        about = (alert.id, alert.connection, alert.kind, alert.opened, alert.latest, alert.count)
        end = (alert.closed, alert.closed_by, alert.outcome)
        await self._session.execute(_ADD, self._organization, *about, *end)

    async def get(self, id: str) -> Alert | None:
        """Return the alert, or None."""
        found = await self._session.fetch(_GET, self._organization, id)
        return Alert(*found[0]) if found else None

    async def list(
        self, after: Position | None, limit: int, *, connection: str | None = None, open_only: bool = False
    ) -> builtins.list[Alert]:
        """Return up to `limit` alerts behind a position, oldest first."""
        narrowed = (" AND connection = ?" if connection is not None else "") + (
            " AND closed IS NULL" if open_only else ""
        )
        of = () if connection is None else (connection,)
        values = (*(after or _FIRST), *of, limit)
        found = await self._session.fetch(_LIST.format(narrowed), self._organization, *values)
        return [Alert(*row) for row in found]

    async def open_of(self, connections: Sequence[str]) -> builtins.list[Alert]:
        """Return the open alerts of some connections, oldest first."""
        asked = rounded(connections)
        found = await self._session.fetch(_OPEN_OF.format(marks(asked)), self._organization, *asked)
        return [Alert(*row) for row in found]

    async def close(self, id: str, now: int, by: str, outcome: Outcome) -> None:
        """Close an alert; one that is closed stays so from its first time."""
        await self._session.execute(_CLOSE, now, by, outcome, self._organization, id)
