"""An empty PostgreSQL, and a file with everything in it."""

import shutil
from pathlib import Path

import pytest

from tests.harness.postgres import Cluster
from tests.store.everything import fill
from tests.store.postgres.copying import as_superuser


@pytest.fixture
def url(cluster: Cluster) -> str:
    """An empty database, as the application's role."""
    return cluster.empty_store()


@pytest.fixture
def root(cluster: Cluster, url: str) -> str:
    """The same, as a superuser."""
    return as_superuser(cluster, url)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with everything in it, which is left as it is."""
    path = tmp_path_factory.mktemp("made") / "source.db"
    fill(path)
    return path


@pytest.fixture
def source(made: Path, tmp_path: Path) -> Path:
    """A file with everything in it."""
    return Path(shutil.copy(made, tmp_path / "source.db"))
