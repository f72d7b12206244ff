"""A worker's polite end: it says so first, then takes no new connections, and answers what it has accepted.

Law: SIGTERM begins it, a second one cuts the notice short, and nothing here drops a request. The server's own
orderly stop (no new connections, answers for what is under way, then the application's end) is asked for by SIGINT.
"""

from __future__ import annotations

import asyncio
import os
import signal

import structlog

from muster.service.life import Life

_log = structlog.get_logger("muster")


class Drain:
    """The end of one worker: `notice` seconds pass between the first SIGTERM and the closing of the port."""

    def __init__(self, life: Life, notice: float) -> None:
        self._life = life
        self._notice = notice

    def install(self, loop: asyncio.AbstractEventLoop) -> None:
        """Take SIGTERM over from the server; to be called on the main thread once the server has set its handlers."""
        loop.add_signal_handler(signal.SIGTERM, self._asked, loop)

    def _asked(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._life.draining or not self._notice:
            self._life.draining = True
            self._stop()
            return
        self._life.draining = True
        _log.info("draining", seconds=self._notice)
        loop.call_later(self._notice, self._stop)

    def _stop(self) -> None:
        os.kill(os.getpid(), signal.SIGINT)
