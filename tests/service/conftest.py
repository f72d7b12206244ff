"""A server of these tests' own, so that they may count, break and end it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness.postgres import Cluster
from tests.harness.server import RunningServer
from tests.service.spoken import Served


@pytest.fixture(params=["sqlite", "postgres"])
def either_server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RunningServer]:
    """The same, on each store."""
    running = RunningServer()
    if request.param == "sqlite":
        running.start(tmp_path / "muster.db")
    else:
        cluster: Cluster = request.getfixturevalue("cluster")
        running.start(cluster.new_store(), log=tmp_path / "muster.log")
    yield running
    if running.running:
        running.stop()


@pytest.fixture
def served() -> Iterator[Served]:
    """A server of its own for each test."""
    with Served() as running:
        yield running
