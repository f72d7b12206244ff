"""A server of these tests' own, so that they may count, break and end it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness.server import RunningServer


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[RunningServer]:
    """A running server that the test may do anything to."""
    running = RunningServer().start(tmp_path / "muster.db")
    yield running
    if running.running:
        running.stop()
