"""How far a long command is: a bar on a terminal, elsewhere a line now and then.

Law: it goes to standard error, and a short run of a program says nothing.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click
from rich.console import Console
from rich.progress import Progress

from muster.store.backup import Report

_SECONDS_BETWEEN_LINES = 10.0


@contextmanager
def progress(what: str) -> Iterator[Report]:
    """Show how far something is while the block runs; `what` is the word for what is done, as "copied"."""
    if not sys.stderr.isatty():
        yield lines(what, time.monotonic, lambda line: click.echo(line, err=True))
        return
    with Progress(console=Console(stderr=True), transient=True, redirect_stdout=sys.stdout.isatty()) as shown:
        task = shown.add_task(what, total=None)
        yield lambda done, total: shown.update(task, completed=done, total=total)


def lines(what: str, clock: Callable[[], float], say: Callable[[str], None]) -> Report:
    """Return what says how far something is in a line of its own, at most one in ten seconds."""
    latest = clock()

    def report(done: int, total: int) -> None:
        nonlocal latest
        if clock() - latest >= _SECONDS_BETWEEN_LINES:
            latest = clock()
            say(f"{done * 100 // max(total, 1)} % {what}")

    return report
