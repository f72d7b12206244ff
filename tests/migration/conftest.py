"""The schema that every other way to it is compared with."""

import pytest

from muster.store.postgres.migrate import migrations
from tests.harness.postgres import OWNER, Cluster
from tests.harness.server import muster
from tests.migration.schema_of import Shape, postgres_shape


@pytest.fixture(scope="session")
def fresh(cluster: Cluster) -> Shape:
    """What `muster migrate` makes of an empty PostgreSQL, with all of its steps."""
    name = cluster.new_database()
    done = muster(cluster.url(name), "migrate", "--as-owner", cluster.url(name, OWNER))["steps"]
    assert done == len(migrations())
    return postgres_shape(cluster, name)
