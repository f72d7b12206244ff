"""The register of alerts: what somebody has to look at, at most one that is open for each connection and kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from muster.directory.registers.api_keys import Position

AlertKind = Literal["mass_deactivation", "last_administrator"]
Outcome = Literal["approved", "rejected", "mixed"]


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert: `count` deactivations, the last of them at `latest`; open until it is `closed`, by whom and how."""

    id: str
    connection: str
    kind: str
    opened: int
    latest: int
    count: int
    closed: int | None = None
    closed_by: str | None = None
    outcome: str | None = None


class Alerts(Protocol):
    """The alerts of one organization."""

    async def renew(self, connection: str, kind: AlertKind, now: int) -> str | None:
        """Count one more in the open alert of a connection and kind; return its id, None where there is none."""

    async def add(self, alert: Alert) -> None:
        """Store a new alert."""

    async def get(self, id: str) -> Alert | None:
        """Return the alert, or None."""

    async def list(
        self, after: Position | None, limit: int, *, connection: str | None = None, open_only: bool = False
    ) -> Sequence[Alert]:
        """Return up to `limit` alerts behind a position, oldest first."""

    async def open_of(self, connections: Sequence[str]) -> Sequence[Alert]:
        """Return the open alerts of some connections, one at least; of each there is no more than one of a kind."""

    async def close(self, id: str, now: int, by: str, outcome: Outcome) -> None:
        """Close an alert."""
