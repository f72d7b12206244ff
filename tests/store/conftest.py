"""The stores under test: each test of the contract runs once for each of them."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from muster.store.postgres.database import PostgresDatabase
from muster.store.postgres.database import open_database as open_postgres
from muster.store.sqlite import SqliteDatabase, open_database
from tests.harness.postgres import Cluster
from tests.store.consistency import violations
from tests.store.scene import Scene, Side


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    """An event loop."""
    with asyncio.Runner() as running:
        yield running


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the database is."""
    return tmp_path / "muster.db"


@pytest.fixture
def sqlite(path: Path, runner: asyncio.Runner) -> Iterator[SqliteDatabase]:
    """A new SQLite database; when the test ends, whatever it did left no table saying half of what another says."""
    database = open_database(path, serving=True)
    try:
        yield database
    finally:
        runner.run(database.close())
    assert violations(path) == []


@pytest.fixture
def postgres(cluster: Cluster, runner: asyncio.Runner) -> Iterator[PostgresDatabase]:
    """A new PostgreSQL database, used as the application's role."""
    database = runner.run(open_postgres(cluster.empty_store()))
    yield database
    runner.run(database.close())


@pytest.fixture(params=["sqlite", "postgres"])
def scene(request: pytest.FixtureRequest, runner: asyncio.Runner) -> Scene:
    """A new database of each store."""
    return Scene(request.getfixturevalue(request.param), runner)


@pytest.fixture
def side(scene: Scene) -> Side:
    """One connection of one organization."""
    return scene.side()
