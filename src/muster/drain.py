"""A server process's polite end: it says so first, then takes no new connections, and answers what it has accepted.

Law: SIGTERM begins it, a second one cuts the notice short, SIGINT does without it; nothing here drops a request that
can be answered in time.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from typing import Final

import structlog

from muster.service.life import Life

LAST_SECONDS: Final = 3.0
"""After which a process ends, however far it has come, once it has hung up."""

_log = structlog.get_logger("muster")


class Drain:
    """The end of one process.

    `notice` seconds pass between the first SIGTERM and `stop`, which closes the port, answers what was accepted and
    ends; `patience` seconds later `cut` hangs up on whoever is not answered yet, and the process ends soon after.
    """

    def __init__(
        self,
        life: Life,
        notice: float,
        patience: float,
        *,
        stop: Callable[[], None],
        cut: Callable[[], int],
    ) -> None:
        self._life = life
        self._notice = notice
        self._patience = patience
        self._stop = stop
        self._cut = cut
        self._stopping = False

    def install(self, loop: asyncio.AbstractEventLoop) -> None:
        """Take the signals that end a process; to be called on the main thread."""
        loop.add_signal_handler(signal.SIGTERM, self._asked, loop)
        loop.add_signal_handler(signal.SIGINT, self._end, loop)

    def _asked(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._life.draining or not self._notice:
            self._end(loop)
            return
        self._life.draining = True
        _log.info("draining", seconds=self._notice)
        loop.call_later(self._notice, self._end, loop)

    def _end(self, loop: asyncio.AbstractEventLoop) -> None:
        self._life.draining = True
        if not self._stopping:
            self._stopping = True
            loop.call_later(self._patience, self._lose_patience, loop)
            self._stop()

    def _lose_patience(self, loop: asyncio.AbstractEventLoop) -> None:
        """Hang up: what is under way was acknowledged to nobody. Whatever does not even hear of that is undone."""
        _log.warning("did not end in time", hung_up_on=self._cut())
        loop.call_later(LAST_SECONDS, os._exit, 0)
