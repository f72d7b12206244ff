"""What a process tree has used, read from /proc: CPU in nanoseconds where the kernel counts them, and memory.

Law: on a shared machine CPU per operation is the figure to trust, so it is not rounded to clock ticks, and what
ended before the reading (a database's process for one connection, a thread for one request) is in it.
"""

from __future__ import annotations

import contextlib
import os
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")


def tree(roots: Iterable[int]) -> set[int]:
    """The given processes and all that descend from them."""
    children = defaultdict(list)
    for entry in PROC.iterdir():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))):
            children[int(fields[1])].append(int(entry.name))
    found: set[int] = set()
    waiting = list(roots)
    while waiting:
        process = waiting.pop()
        if process not in found:
            found.add(process)
            waiting += children[process]
    return found


def cpu_seconds(roots: Iterable[int]) -> float:
    """User and system time of the trees so far, in seconds."""
    return sum(_own_seconds(process) + _ended_seconds(process) for process in tree(roots))


def memory_mb(roots: Iterable[int]) -> float:
    """Proportional set size of the trees in MB; 0 where the kernel does not tell."""
    return round(sum(_pss_kb(process) for process in tree(roots)) / 1024, 1)


def _stat(process: int) -> list[str]:
    """The fields of /proc/PID/stat after the command's name; empty when the process is gone."""
    try:
        text = (PROC / str(process) / "stat").read_text()
    except OSError:
        return []
    return text[text.rindex(")") + 2 :].split()


def _own_seconds(process: int) -> float:
    """The CPU seconds of one process: its threads' run times, or the clock ticks, which know of ended threads."""
    nanoseconds = 0
    with contextlib.suppress(OSError, ValueError, IndexError):
        for task in (PROC / str(process) / "task").iterdir():
            nanoseconds += int((task / "schedstat").read_text().split()[0])
    return max(nanoseconds / 1e9, _ticks(process, 11, 12))


def _ended_seconds(process: int) -> float:
    """The CPU seconds of its children that have ended and that it has waited for, and of theirs."""
    return _ticks(process, 13, 14)


def _ticks(process: int, *numbers: int) -> float:
    """The sum of some fields of /proc/PID/stat that count clock ticks, in seconds."""
    fields = _stat(process)
    return sum(int(fields[number]) for number in numbers) / TICKS if fields else 0.0


def _pss_kb(process: int) -> int:
    try:
        lines = (PROC / str(process) / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
