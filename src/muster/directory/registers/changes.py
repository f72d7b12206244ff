"""The register of changes: every committed write of an organization, numbered without a gap."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from muster.directory.records import Change


class Numbered(NamedTuple):
    """A change with its sequence number."""

    sequence: int
    change: Change


class Changes(Protocol):
    """The changes of one organization."""

    async def latest(self) -> int:
        """Return the sequence number of the latest change; 0 before the first, and where there is no organization."""

    async def get(self, sequence: int) -> Numbered | None:
        """Return a change, or None."""

    async def numbered(self, sequences: Sequence[int]) -> Sequence[Numbered]:
        """Return those of the changes of these numbers that there are, in their order."""

    async def before(self, sequence: int | None, resource: str | None, limit: int) -> Sequence[Numbered]:
        """Return up to `limit` changes before a number (None: the latest), newest first; of one resource if named."""

    async def after(self, sequence: int, resource: str | None, limit: int) -> Sequence[Numbered]:
        """Return up to `limit` changes behind a number, in their order; only those of a resource where one is named."""
