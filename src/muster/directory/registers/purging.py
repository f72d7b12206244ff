"""The register of what is still known of people who are gone: what purging takes away for good."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple, Protocol


class Entered(NamedTuple):
    """An entry of the request log: its number, and the path and query that it was about."""

    row: int
    target: str


class Remains(Protocol):
    """What is kept of the deleted users of one organization."""

    async def entries(
        self, user: str, subjects: Collection[str], texts: Collection[str]
    ) -> Sequence[Entered]:
        """Return the entries of the request log that are about the user, or may be.

        About a name that is one of the `subjects`, or with one of the texts in their body or target. The organization's
        whole log is read for it.
        """

    async def blank_entry(self, entry: Entered) -> None:
        """Take the body and what was said about it from an entry; its target becomes the given one."""

    async def blank_changes(self, user: str) -> None:
        """Take before and after from every change of the user."""

    async def forget(self, user: str) -> None:
        """Take the tombstone away, with its document and comparison keys, and the places it would have come back to."""
