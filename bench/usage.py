"""What a process tree has used, read from /proc: CPU in nanoseconds where the kernel counts them, and memory.

Law: on a shared machine CPU per operation is the figure to trust, so it is not rounded to clock ticks.
"""

from __future__ import annotations

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
    return sum(_process_seconds(process) for process in tree(roots))


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


def _process_seconds(process: int) -> float:
    """The CPU seconds of one process: the sum of its threads' run times, else clock ticks."""
    nanoseconds = 0
    try:
        for task in (PROC / str(process) / "task").iterdir():
            nanoseconds += int((task / "schedstat").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        fields = _stat(process)
        return (int(fields[11]) + int(fields[12])) / TICKS if fields else 0.0
    return nanoseconds / 1e9


def _pss_kb(process: int) -> int:
    try:
        lines = (PROC / str(process) / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
