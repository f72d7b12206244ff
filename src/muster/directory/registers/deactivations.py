"""The register of the guard's memory: who was deactivated lately."""

from __future__ import annotations

from typing import Protocol


class Deactivations(Protocol):
    """The deactivations of one organization that its connections' guards go by."""

    async def begin_anew(self, owner: int) -> None:
        """Forget those of one connection, so that its guard counts from here."""

    async def stale(self, before: int) -> bool:
        """Tell whether there are any from before a time."""

    async def prune(self, before: int) -> int:
        """Forget those from before a time; return how many."""
