"""The register of chores: when each was last begun, so that of several processes one does it."""

from __future__ import annotations

from typing import Protocol


class ChoreTurns(Protocol):
    """The turns of chores; the platform's own are those of its servers."""

    async def take(self, chore: str, now: int, before: int) -> bool:
        """Note that a chore begins now; return False, having done nothing, where it last began after `before`."""
