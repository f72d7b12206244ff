"""The register of what is still known of people who are gone: what purging takes away for good."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final, NamedTuple, Protocol

TEXTS: Final = 16
"""How many texts of a kind one look through the log may be for."""


class Entered(NamedTuple):
    """An entry of the request log: its number and time, the path and query that it was about, and its body."""

    row: int
    time: int
    target: str
    body: bytes | None


class Texts(NamedTuple):
    """What is looked for in bodies and in targets, at most `TEXTS` of each."""

    bodies: Sequence[str]
    targets: Sequence[str]


class Remains(Protocol):
    """What is kept of the deleted users of one organization."""

    async def connections(self, user: str) -> Sequence[str]:
        """Return the connections that have written the user."""

    async def about(
        self, user: str, connections: Collection[str], subjects: Collection[str]
    ) -> Sequence[Entered]:
        """Return the entries of the request log that are about the user, or that asked these connections for a name.

        There may be many, so they come without their bodies.
        """

    async def naming(self, connection: str, texts: Texts, after: Entered | None) -> Sequence[Entered]:
        """Return some entries of a connection that have one of the texts, the first ones behind an entry.

        None are left where none are returned.
        """

    async def blank_entry(self, entry: Entered) -> None:
        """Take the body, the query of the target and what was said about them from an entry."""

    async def blank_changes(self, user: str) -> None:
        """Take before and after from every change of the user."""

    async def forget(self, user: str) -> None:
        """Take the tombstone away, with its document and comparison keys, and the places it would have come back to."""
