"""Has PostgreSQL look at tables that have grown, while this process writes to them.

Law: nobody waits for it, and nothing depends on it but how well PostgreSQL plans; a failed look is followed by another.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from time import monotonic
from typing import Final

import asyncpg

from muster.directory.failures import StoreUnavailable
from muster.store.postgres.connecting import NOBODY
from muster.store.postgres.pool import Pool

INTERVAL: Final = 1.0  # seconds between two looks, at least
_REFRESH: Final = "SELECT refresh_statistics()"


class Statistics:
    """Looks once in a while, as long as something is written."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._next = monotonic() + INTERVAL
        self._looking: asyncio.Task[int] | None = None

    def written(self) -> None:
        """Take notice that something was written; costs nothing but once in an interval."""
        now = monotonic()
        if now >= self._next and self._looking is None:
            self._next = now + INTERVAL
            self._looking = asyncio.get_running_loop().create_task(self.refresh())
            self._looking.add_done_callback(self._looked)

    async def refresh(self) -> int:
        """Look now; return how many tables PostgreSQL has looked at."""
        with suppress(StoreUnavailable, asyncpg.PostgresError):
            ((looked,),) = await self._pool.read(NOBODY, _REFRESH)
            return int(looked)
        return 0

    async def close(self) -> None:
        """Begin no other look, and wait for the one under way."""
        self._next = float("inf")
        if self._looking is not None:
            await self._looking

    def _looked(self, _: asyncio.Task[int]) -> None:
        self._looking = None
