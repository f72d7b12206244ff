"""Several processes that serve on one address, from their start to their end.

Law: they end together. What this process is told by a signal it tells them; where one of them ends untold, all others
are told to, and the exit code says so: whoever watches over the server starts it anew, as a whole.
"""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from typing import Final

import structlog

from muster.process import FAILED

_GRACE: Final = 5.0  # seconds beyond those in which a worker ends by itself
_log = structlog.get_logger("muster")


class Workers:
    """The worker processes of one server; `patience` is how many seconds they may take to end."""

    def __init__(self, number: int, patience: float) -> None:
        self._number = number
        self._patience = patience + _GRACE
        self._running: set[subprocess.Popen[bytes]] = set()
        self._ended: queue.SimpleQueue[subprocess.Popen[bytes] | None] = queue.SimpleQueue()
        self._deadline: float | None = None  # once they have been told to end

    def run(self) -> int:
        """Start them, wait until all have ended, and return the exit code."""
        signal.signal(signal.SIGTERM, self._told)
        signal.signal(signal.SIGINT, self._told)
        for _ in range(self._number):
            self._start()
        code = 0
        while self._running:
            ended = self._next()
            if ended is None:
                self._end_by_force()
                continue
            self._running.remove(ended)
            if self._deadline is None:
                _log.error("a worker ended untold", process=ended.pid, code=ended.returncode)
                code = FAILED
                self._tell(signal.SIGTERM)
        return code

    def _start(self) -> None:
        # -P: the directory that a server is started in has no modules of ours.
        command = [sys.executable, "-P", "-m", "muster.worker", str(os.getpid())]
        worker = subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603 - our own program
        self._running.add(worker)
        threading.Thread(target=self._wait_for, args=(worker,), daemon=True).start()
        if self._deadline is not None:
            worker.send_signal(signal.SIGTERM)  # the others were told while this one was being started

    def _wait_for(self, worker: subprocess.Popen[bytes]) -> None:
        worker.wait()
        self._ended.put(worker)

    def _next(self) -> subprocess.Popen[bytes] | None:
        """Wait for a worker to end; None: they were told to, and have had their time."""
        while True:
            left = None if self._deadline is None else max(0.0, self._deadline - time.monotonic())
            try:
                ended = self._ended.get(timeout=left)
            except queue.Empty:
                return None
            if ended is not None:
                return ended

    def _told(self, number: int, _frame: object) -> None:
        self._tell(signal.Signals(number))

    def _tell(self, what: signal.Signals) -> None:
        if self._deadline is None:
            self._deadline = time.monotonic() + self._patience
            self._ended.put(None)  # whoever waits looks at the deadline
        for worker in list(self._running):
            worker.send_signal(what)

    def _end_by_force(self) -> None:
        self._deadline = time.monotonic() + self._patience
        for worker in list(self._running):
            _log.error("a worker did not end in time", process=worker.pid)
            worker.kill()
