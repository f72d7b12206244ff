"""The chores of one server: rounds of them for as long as it lives.

Law: a chore that fails is logged and counted, and ends neither the round nor the server. Every process makes rounds, at
moments of its own; whose turn a chore is they settle by the database.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

import structlog

from muster.directory.chores import CHORES, Chore, Done, run_chores
from muster.directory.measure import ChoreMeasures
from muster.directory.ports import Database
from muster.directory.world import World

_SOON: Final = 60.0  # seconds after its start within which a server makes its first round
_SPREAD: Final = 0.1  # of the time between rounds, by which it is longer or shorter
_SECOND: Final = 1_000_000

_log = structlog.get_logger("muster")


class Rounds:
    """Makes rounds about every `seconds`; 0: none."""

    def __init__(
        self, database: Database, world: World, seconds: float, chores: Mapping[str, Chore] = CHORES
    ) -> None:
        self.measures = ChoreMeasures()
        self._database = database
        self._world = world
        self._seconds = seconds
        self._chores = chores
        self._going: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Make rounds from now on; on the event loop."""
        if self._seconds:
            self._going = asyncio.get_running_loop().create_task(self._go_on())

    async def end(self) -> None:
        """Make no more; a chore that is being done is left where it is, for the next round."""
        if self._going is not None:
            self._going.cancel()
            with suppress(asyncio.CancelledError):
                await self._going

    async def _go_on(self) -> None:
        await asyncio.sleep(min(_SOON, self._seconds) * self._chance())
        # Half the time: so that of several processes one does a chore about as often as one alone would.
        pause = int(self._seconds * _SECOND / 2)
        while True:
            async for done in run_chores(self._database, self._world, pause, self._chores):
                self._note(done)
            await asyncio.sleep(self._seconds * (1 + _SPREAD * (2 * self._chance() - 1)))

    def _note(self, done: Done) -> None:
        self.measures.observe(done.chore, failed=done.failure is not None)
        if done.failure is not None:
            _log.error("chore failed", chore=done.chore, exc_info=done.failure)
        elif done.things:
            _log.info("chore done", chore=done.chore, things=done.things)

    def _chance(self) -> float:
        """Return a random number from 0 up to 1."""
        return int.from_bytes(self._world.random(4)) / 2**32
