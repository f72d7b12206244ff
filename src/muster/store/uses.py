"""What requests used, kept in memory for at most a second and written together, never by a request of its own.

Law: it is kept by credential and by connection, so that it takes no more room however many requests there are.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from muster.directory.registers.uses import Activity, NotedUse, Use

_LONGEST: Final = 200  # characters of a User-Agent


class Used(NamedTuple):
    """What was used of one organization: by credential and by connection, each in the order of its id.

    The order keeps two processes that write the same rows from waiting for each other.
    """

    uses: list[Use]
    activities: list[Activity]


class UseBuffer:
    """What waits to be written, by organization."""

    def __init__(self) -> None:
        self._uses: dict[tuple[int, str], Use] = {}
        self._activities: dict[tuple[int, str], Activity] = {}

    def add(self, noted: NotedUse) -> None:
        """Keep what one request has used."""
        organization, connection, credential, time, address, user_agent, refused = noted
        self._uses[organization, credential] = Use(credential, time, address, _written(user_agent))
        success = None if refused else time
        activity = Activity(connection, time, time, success, success, 1, int(refused))
        before = self._activities.get((organization, connection))
        self._activities[organization, connection] = (
            activity if before is None else before.with_more(activity)
        )

    def take(self) -> dict[int, Used]:
        """Return what waits by organization, and keep none."""
        taken: dict[int, Used] = {}
        for (organization, _), use in sorted(self._uses.items()):
            taken.setdefault(organization, Used([], [])).uses.append(use)
        for (organization, _), activity in sorted(self._activities.items()):
            taken[organization].activities.append(activity)
        self._uses, self._activities = {}, {}
        return taken


def _written(user_agent: str | None) -> str | None:
    """Return what software calls itself as it is kept: not long, and without U+0000, which PostgreSQL cannot hold."""
    return None if user_agent is None else user_agent[:_LONGEST].replace("\0", "")
