"""What requests used, kept in memory for at most a second and written together, never by a request of its own.

Law: it is kept by credential, by connection and by its hour, so that however many requests there are, it takes no more
room.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from muster.directory.registers.hours import HOUR, Hour, is_error
from muster.directory.registers.requests import REFUSED
from muster.directory.registers.uses import Activity, NotedUse, Use
from muster.store.registers.hours import SqlHours
from muster.store.registers.uses import SqlUses
from muster.store.session import Session

_LONGEST: Final = 200  # characters of a User-Agent


class Used(NamedTuple):
    """What was used of one organization: by credential, by connection and by its hour, each in the order of its id.

    The order keeps two processes that write the same rows from waiting for each other.
    """

    uses: list[Use]
    activities: list[Activity]
    hours: list[Hour]


class UseBuffer:
    """What waits to be written, by organization."""

    def __init__(self) -> None:
        self._uses: dict[tuple[int, str], Use] = {}
        self._activities: dict[tuple[int, str], Activity] = {}
        self._hours: dict[tuple[int, str, int], Hour] = {}

    def add(self, noted: NotedUse) -> None:
        """Keep what one request has used."""
        organization, connection, credential, time, address, user_agent, status = noted
        self._uses[organization, credential] = Use(credential, time, address, _written(user_agent))
        if connection is None:
            return
        refused = status >= REFUSED
        success = None if refused else time
        activity = Activity(connection, time, time, success, success, 1, int(refused))
        before = self._activities.get((organization, connection))
        self._activities[organization, connection] = (
            activity if before is None else before.with_more(activity)
        )
        self._count(organization, Hour(connection, time // HOUR * HOUR, 1, int(is_error(status))))

    def _count(self, organization: int, more: Hour) -> None:
        place = (organization, more.connection, more.hour)
        before = self._hours.get(place)
        if before is not None:
            more = more._replace(requests=before.requests + more.requests, errors=before.errors + more.errors)
        self._hours[place] = more

    def take(self) -> dict[int, Used]:
        """Return what waits by organization, and keep none."""
        taken: dict[int, Used] = {}
        for (organization, _), use in sorted(self._uses.items()):
            taken.setdefault(organization, Used([], [], [])).uses.append(use)
        for (organization, _), activity in sorted(self._activities.items()):
            taken[organization].activities.append(activity)
        for (organization, _, _), hour in sorted(self._hours.items()):
            taken[organization].hours.append(hour)
        self._uses, self._activities, self._hours = {}, {}, {}
        return taken


async def write_used(session: Session, organization: int, used: Used) -> None:
    """Write what was used of an organization, within a transaction of it."""
    await SqlUses(session, organization).add(used.uses, used.activities)
    await SqlHours(session, organization).add(used.hours)


def _written(user_agent: str | None) -> str | None:
    """Return what software calls itself as it is kept: not long, and without U+0000, which PostgreSQL cannot hold."""
    return None if user_agent is None else user_agent[:_LONGEST].replace("\0", "")
