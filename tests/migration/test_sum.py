"""A schema is the sum of its steps: a new database has the same one as a database that came to it from an earlier one."""

import asyncio
from pathlib import Path

import pytest

from muster.store import migrate as sqlite
from muster.store.connection import connect
from muster.store.lock import ServerLock
from muster.store.postgres import migrate as postgres
from tests.harness.postgres import OWNER, Cluster
from tests.harness.server import muster
from tests.migration.schema_of import Shape, postgres_shape, sqlite_shape

ON_SQLITE = [step.number for step in sqlite.migrations()]
ON_POSTGRES = [step.number for step in postgres.migrations()]


@pytest.mark.parametrize("number", ON_SQLITE)
def test_a_file_of_any_schema_comes_to_the_same(tmp_path: Path, number: int) -> None:
    """`muster migrate` on a file with the steps up to one of them, against `muster migrate` where there is none."""
    fresh, old = tmp_path / "fresh.db", tmp_path / "old.db"
    assert muster(fresh, "migrate")["steps"] == len(ON_SQLITE)
    steps = [step for step in sqlite.migrations() if step.number <= number]
    connection = connect(old)
    sqlite.migrate(connection, ServerLock(old), locked=False, steps=steps)
    connection.close()
    assert (sqlite_shape(old) == sqlite_shape(fresh)) == (number == ON_SQLITE[-1])
    assert muster(old, "migrate")["steps"] == len(ON_SQLITE) - len(steps)
    assert sqlite_shape(old) == sqlite_shape(fresh)


@pytest.mark.parametrize("number", ON_POSTGRES)
def test_a_postgresql_of_any_schema_comes_to_the_same(cluster: Cluster, fresh: Shape, number: int) -> None:
    """The same, as the owner and with the servers' role allowed in."""
    old = cluster.new_database()
    steps = [step for step in postgres.migrations() if step.number <= number]
    asyncio.run(postgres.migrate(cluster.url(old, OWNER), cluster.url(old), steps))
    assert (postgres_shape(cluster, old) == fresh) == (number == ON_POSTGRES[-1])
    done = muster(cluster.url(old), "migrate", "--as-owner", cluster.url(old, OWNER))["steps"]
    assert done == len(ON_POSTGRES) - len(steps)
    shape = postgres_shape(cluster, old)
    assert shape == fresh
    assert all(
        shape[what] for what in ("relations", "columns", "indexes", "policies", "functions", "versions")
    )


def test_each_step_on_postgresql_says_what_it_needs() -> None:
    """In its first line, never less than the step before, never more than itself."""
    steps = postgres.migrations()
    assert all(step.sql.startswith("-- compatible: ") for step in steps)
    needs = [step.compatible for step in steps]
    assert needs == sorted(needs)
    assert all(1 <= step.compatible <= step.number for step in steps)


def test_a_step_on_sqlite_that_does_not_say_what_it_needs_needs_all() -> None:
    """So do those from before steps said anything."""
    silent = [step for step in sqlite.migrations() if not step.sql.startswith("-- compatible: ")]
    assert [step.number for step in silent][:3] == [1, 2, 3]
    assert all(step.compatible == step.number for step in silent)
