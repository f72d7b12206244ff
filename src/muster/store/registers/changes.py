"""The register of changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from muster.directory.identifiers import routing_part
from muster.directory.records import Actor, Change, Operation
from muster.directory.registers.changes import Numbered
from muster.store.registers.people import rounded
from muster.store.session import Session

_CHANGE: Final = (
    "SELECT c.sequence, c.time, c.connection, c.credential, c.request, c.operation, c.resource_type, c.resource,"
    " c.version, c.before, c.after FROM changes c WHERE c.organization = ?"
)
_LATEST: Final = "SELECT sequence FROM organizations WHERE organization = ?"
_GET: Final = f"{_CHANGE} AND c.sequence = ?"
_AFTER: Final = f"{_CHANGE} AND c.sequence > ? ORDER BY c.sequence LIMIT ?"
_OF_RESOURCE: Final = f"{_CHANGE} AND c.resource = ? AND c.sequence > ? ORDER BY c.sequence LIMIT ?"
_BEFORE: Final = f"{_CHANGE} AND c.sequence < ? ORDER BY c.sequence DESC LIMIT ?"
_OF_RESOURCE_BEFORE: Final = (
    f"{_CHANGE} AND c.resource = ? AND c.sequence < ? ORDER BY c.sequence DESC LIMIT ?"
)
_LAST: Final = 2**63 - 1


class SqlChanges:
    """The changes of one organization."""

    def __init__(self, session: Session, organization: int) -> None:
        self._session = session
        self._organization = organization

    async def latest(self) -> int:
        """Return the sequence number of the latest change."""
        found = await self._session.fetch(_LATEST, self._organization)
        return int(found[0][0]) if found else 0

    async def get(self, sequence: int) -> Numbered | None:
        """Return a change, or None."""
        found = await self._changes(_GET, sequence)
        return found[0] if found else None

    async def numbered(self, sequences: Sequence[int]) -> list[Numbered]:
        """Return the changes of these numbers, in their order."""
        if not sequences:
            return []
        asked = rounded(sequences)
        marks = ", ".join("?" for _ in asked)
        return await self._changes(f"{_CHANGE} AND c.sequence IN ({marks}) ORDER BY c.sequence", *asked)

    async def before(self, sequence: int | None, resource: str | None, limit: int) -> list[Numbered]:
        """Return up to `limit` changes before a number, newest first."""
        last = _LAST if sequence is None else sequence
        if resource is None:
            return await self._changes(_BEFORE, last, limit)
        found = await self._of(_OF_RESOURCE_BEFORE, resource, last, limit)
        return sorted(found, key=lambda one: -one.sequence)[:limit]

    async def after(self, sequence: int, resource: str | None, limit: int) -> list[Numbered]:
        """Return up to `limit` changes behind a number, in their order."""
        if resource is None:
            return await self._changes(_AFTER, sequence, limit)
        found = await self._of(_OF_RESOURCE, resource, sequence, limit)
        return sorted(found, key=lambda one: one.sequence)[:limit]

    async def _of(self, sql: str, resource: str, sequence: int, limit: int) -> list[Numbered]:
        """Return changes of a resource; of the organization itself also the old ones, which have its number."""
        found = await self._changes(sql, resource, sequence, limit)
        if resource == routing_part(self._organization):
            old = await self._changes(sql, str(self._organization), sequence, limit)
            found += [one for one in old if one.change.resource == resource]
        return found

    async def _changes(self, sql: str, *values: Any) -> list[Numbered]:
        found = [_numbered(row) for row in await self._session.fetch(sql, self._organization, *values)]
        return [self._publicly(one) for one in found]

    def _publicly(self, found: Numbered) -> Numbered:
        """Return a change of the organization itself with its public id, where that is an old one without it."""
        change = found.change
        if change.resource_type != "Organization" or change.resource != str(self._organization):
            return found
        return Numbered(found.sequence, replace(change, resource=routing_part(self._organization)))


def _numbered(row: tuple[Any, ...]) -> Numbered:
    sequence, time, connection, credential, request, operation, *rest = row
    return Numbered(
        sequence, Change(time, Actor(connection, credential, request), Operation(operation), *rest)
    )
