"""A connection that is switched about, once on each store."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.connections.switched import Switched
from tests.harness.postgres import Cluster


@pytest.fixture(params=["sqlite", "postgres"])
def its(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Switched]:
    """A connection of a new organization."""
    cluster: Cluster | None = request.getfixturevalue("cluster") if request.param == "postgres" else None
    opened = Switched(tmp_path, **({"database": cluster.empty_store()} if cluster else {}))
    yield opened
    opened.close()
