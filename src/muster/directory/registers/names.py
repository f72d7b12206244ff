"""The register of names: what users and groups are called, by their ids, those that are gone too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from muster.directory.registers.roles import Place


class Known(NamedTuple):
    """What is known of a user or group by its id: its document as it is, or was at the end, and whether it is there."""

    id: str
    document: bytes | None
    there: bool


class Names(Protocol):
    """The names of one organization."""

    async def users(self, ids: Sequence[str]) -> Sequence[Known]:
        """Return those of these users that have an account."""

    async def groups(self, places: Sequence[Place]) -> Sequence[Known]:
        """Return those of these groups that the source has which is named, or that are gone."""
