"""What is done beside a browser, whose driver has this thread's event loop."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from tests.harness.server import RunningServer, muster

T = TypeVar("T")


def aside(work: Callable[[], T]) -> T:
    """Do something in another thread, which has no event loop yet."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(work).result()


def command(server: RunningServer, *arguments: str) -> Any:
    """What a command of the program answers, on the database of a server."""
    return aside(lambda: muster(server.database, *arguments, public_url=server.origin))
