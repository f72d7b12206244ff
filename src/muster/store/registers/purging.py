"""The register of what is still known of people who are gone."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final

from muster.directory.registers.purging import TEXTS, Entered, Texts
from muster.store.session import SearchSession, pattern

_PAGE: Final = 100  # entries; a body has at most 64 KiB
_ENTRIES: Final = "SELECT row, time, target, {} FROM request_log WHERE organization = ?"
_ONE_OF: Final = " OR ".join(
    ["CAST(body AS text) LIKE ? ESCAPE '!'"] * TEXTS + ["target LIKE ? ESCAPE '!'"] * TEXTS
)
_NAMING: Final = (
    f"{_ENTRIES.format('body')} AND connection = ? AND time >= ? AND (time, row) > (?, ?) AND ({_ONE_OF})"
    f" ORDER BY time, row LIMIT {_PAGE}"
)
_ABOUT: Final = f"{_ENTRIES.format('NULL')} AND resource = ?"
_SUBJECT: Final = f"{_ENTRIES.format('NULL')} AND subject = ? AND connection = ?"
_CONNECTIONS: Final = (
    "SELECT DISTINCT connection FROM changes WHERE organization = ? AND resource = ?"
    " AND connection IS NOT NULL"
)
_BLANK_ENTRY: Final = (
    "UPDATE request_log SET body = NULL, detail = NULL, notes = NULL, subject = NULL, target = ?"
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

    async def connections(self, user: str) -> list[str]:
        """Return the connections that have written the user."""
        return [id for (id,) in await self._fetch(_CONNECTIONS, user)]

    async def about(
        self, user: str, connections: Collection[str], subjects: Collection[str]
    ) -> list[Entered]:
        """Return the entries of the request log that are about the user, or that asked these connections for a name."""
        rows = await self._fetch(_ABOUT, user)
        for subject in subjects:
            for connection in connections:
                rows += await self._fetch(_SUBJECT, subject, connection)
        return list({entry.row: entry for entry in map(_entered, rows)}.values())

    async def naming(self, connection: str, texts: Texts, after: Entered | None) -> list[Entered]:
        """Return some entries of a connection that have one of the texts, the first ones behind an entry."""
        time, row = (after.time, after.row) if after else (-1, -1)
        bodies = _filled([self._session.within(text) for text in texts.bodies])
        targets = _filled([pattern(text) for text in texts.targets])
        return [
            _entered(found)
            for found in await self._fetch(_NAMING, connection, time, time, row, *bodies, *targets)
        ]

    async def blank_entry(self, entry: Entered) -> None:
        """Take the body, the query of the target and what was said about them from an entry."""
        target = entry.target.partition("?")[0]
        await self._session.execute(_BLANK_ENTRY, target, self._organization, entry.row)

    async def blank_changes(self, user: str) -> None:
        """Take before and after from every change of the user."""
        await self._session.execute(_BLANK_CHANGES, self._organization, user)

    async def forget(self, user: str) -> None:
        """Take the tombstone away, and the places it would have come back to."""
        for sql in _FORGET:
            await self._session.execute(sql, self._organization, user)

    async def _fetch(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        return await self._session.fetch(sql, self._organization, *values)


def _entered(row: tuple[Any, ...]) -> Entered:
    return Entered(*row)


def _filled(patterns: Sequence[str]) -> Sequence[str]:
    """Return as many patterns as the statement has places for; one that is empty finds nothing."""
    return [*patterns, *[""] * (TEXTS - len(patterns))]
