"""The register of what was last used, and how: credentials, management keys and connections, beside what they are.

Law: what is noted here is told to people and decides nothing; it may be a second late, and a crash may lose it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol


class NotedUse(NamedTuple):
    """One request that a credential opened, and the status that it was answered with.

    With no connection it is a management key's, whose answer nobody counts.
    """

    organization: int
    connection: str | None
    credential: str
    time: int
    address: str | None
    user_agent: str | None
    status: int = 0


class Use(NamedTuple):
    """When a credential or a management key was last used, from where, and with what software, as that calls itself."""

    credential: str
    time: int
    address: str | None
    user_agent: str | None


class Activity(NamedTuple):
    """What came in through a connection: the first and the last request and success, and how many there were."""

    connection: str
    first_request: int
    last_request: int
    first_success: int | None
    last_success: int | None
    requests: int
    refused: int

    def with_more(self, later: Activity) -> Activity:
        """Return both together; `later` was answered after this one."""
        return Activity(
            self.connection,
            min(self.first_request, later.first_request),
            max(self.last_request, later.last_request),
            later.first_success if self.first_success is None else self.first_success,
            self.last_success if later.last_success is None else later.last_success,
            self.requests + later.requests,
            self.refused + later.refused,
        )


class Uses(Protocol):
    """What of one organization was used."""

    async def add(self, uses: Sequence[Use], activities: Sequence[Activity]) -> None:
        """Keep the later use of each credential, and add to what came in through each connection."""

    async def activity(self, connection: str) -> Activity | None:
        """Return what came in through a connection, or None where nothing has."""

    async def activities(self) -> Sequence[Activity]:
        """Return the same of every connection that anything came in through."""
