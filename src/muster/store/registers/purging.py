"""The register of what is still known of people who are gone."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from muster.directory.registers.purging import Entered
from muster.store.session import SearchSession, pattern

_BODY: Final = (
    "SELECT row, target FROM request_log WHERE organization = ? AND CAST(body AS text) LIKE ? ESCAPE '!'"
)
_TARGET: Final = "SELECT row, target FROM request_log WHERE organization = ? AND target LIKE ? ESCAPE '!'"
_ABOUT: Final = "SELECT row, target FROM request_log WHERE organization = ? AND resource = ?"
_SUBJECT: Final = "SELECT row, target FROM request_log WHERE organization = ? AND subject = ?"
_BLANK_ENTRY: Final = (
    "UPDATE request_log SET body = NULL, detail = NULL, subject = NULL, target = ?"
    " WHERE organization = ? AND row = ?"
)
_BLANK_CHANGES: Final = (
    "UPDATE changes SET before = NULL, after = NULL WHERE organization = ? AND resource = ?"
)
_FORGET: Final = (
    "DELETE FROM tombstones WHERE organization = ? AND id = ?",
    "DELETE FROM pending_members WHERE organization = ? AND member = ?",
)


class SqlRemains:
    """What is kept of the deleted users of one organization."""

    def __init__(self, session: SearchSession, organization: int) -> None:
        self._session = session
        self._organization = organization

    async def entries(self, user: str, subjects: Collection[str], texts: Collection[str]) -> list[Entered]:
        """Return the entries of the request log about the user, or whose body or target has one of the texts."""
        asked = [(_ABOUT, user), *((_SUBJECT, one) for one in subjects)]
        for text in texts:
            asked += [(_BODY, self._session.within(text)), (_TARGET, pattern(text))]
        found: dict[int, Entered] = {}
        for sql, wanted in asked:
            for row in await self._session.fetch(sql, self._organization, wanted):
                entry = Entered(*row)
                found[entry.row] = entry
        return list(found.values())

    async def blank_entry(self, entry: Entered) -> None:
        """Take the body and what was said about it from an entry; its target becomes the given one."""
        await self._session.execute(_BLANK_ENTRY, entry.target, self._organization, entry.row)

    async def blank_changes(self, user: str) -> None:
        """Take before and after from every change of the user."""
        await self._session.execute(_BLANK_CHANGES, self._organization, user)

    async def forget(self, user: str) -> None:
        """Take the tombstone away, and the places it would have come back to."""
        for sql in _FORGET:
            await self._session.execute(sql, self._organization, user)
