"""An empty PostgreSQL, for commands that are given an address."""

import pytest

from tests.harness.postgres import Cluster


@pytest.fixture
def address(cluster: Cluster) -> str:
    """A PostgreSQL with nothing in it."""
    return cluster.new_store()
