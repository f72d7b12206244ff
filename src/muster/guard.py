"""A worker never outlives the process that started it, however that one ended.

Law: on Linux the kernel sees to it; elsewhere a thread looks whether the parent is still the one we began with.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading

_PR_SET_PDEATHSIG = 1
_SECONDS_BETWEEN_LOOKS = 1.0


def die_with_parent(parent: int | None = None) -> None:
    """Make this process end when its parent does, or at once where that is not `parent` any more."""
    parent = os.getppid() if parent is None else parent
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before
        os._exit(1)
    threading.Thread(target=_watch, args=(parent,), daemon=True, name="parent-watch").start()


def _watch(parent: int) -> None:
    still = threading.Event()
    while os.getppid() == parent:
        still.wait(_SECONDS_BETWEEN_LOOKS)
    os._exit(1)
