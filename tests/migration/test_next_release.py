"""This release on the schema of the next one: served where the schema says that it can be, refused in one line else."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from muster.store import migrate as sqlite
from muster.store.connection import connect
from muster.store.lock import ServerLock
from muster.store.postgres import migrate as postgres
from muster.store.steps import Migration
from tests.conftest import new_connection
from tests.harness.inside import rows
from tests.harness.postgres import OWNER, Cluster
from tests.harness.server import CommandFailed, Place, RunningServer, ServerFailed, muster
from tests.migration.conversation import converse
from tests.service.scrape import fetch

LATER = "ALTER TABLE users ADD COLUMN later bigint; CREATE TABLE later (organization bigint PRIMARY KEY);"
LATER_INDEX = "CREATE INDEX later_users ON users (organization, later)"
Ahead = Callable[[int], Place]


def next_step(known: int, distance: int) -> Migration:
    """An additive step; a program has to know `distance` steps more than this one does to work with it."""
    return Migration(known + 1, known + distance, LATER.replace("bigint", "INTEGER") + LATER_INDEX)


@pytest.fixture(params=["sqlite", "postgres"])
def ahead(request: pytest.FixtureRequest, tmp_path: Path) -> Ahead:
    """Make a database as the next release leaves it; 0: this release can go on with it, 1: only the next one can."""

    def on_sqlite(distance: int) -> Path:
        path = tmp_path / "muster.db"
        step = next_step(sqlite.newest(), distance)
        connection = connect(path)
        sqlite.migrate(connection, ServerLock(path), locked=False, steps=[*sqlite.migrations(), step])
        connection.close()
        return path

    def on_postgres(distance: int) -> str:
        cluster: Cluster = request.getfixturevalue("cluster")
        name = cluster.new_database()
        step = next_step(postgres.migrations()[-1].number, distance)
        steps = [*postgres.migrations(), step]
        asyncio.run(postgres.migrate(cluster.url(name, OWNER), cluster.url(name), steps))
        return cluster.url(name)

    return on_sqlite if request.param == "sqlite" else on_postgres


def migrate(database: Place) -> int:
    """`muster migrate`; how many steps it took."""
    owner = database.replace("//muster@", f"//{OWNER}@") if isinstance(database, str) else ""
    steps = muster(database, "migrate", *(["--as-owner", owner] if owner else []))["steps"]
    assert isinstance(steps, int)
    return steps


def test_a_schema_that_this_release_can_work_with(ahead: Ahead, tmp_path: Path) -> None:
    """It is served, ready, backed up and restored; there is nothing to migrate, and nothing of the next release is lost."""
    database = ahead(0)
    assert migrate(database) == 0
    server = RunningServer().start(database, log=tmp_path / "log")
    with new_connection(server) as client:
        converse(client, client)
        assert fetch(server, "/readyz")[0] == 200
        everybody = client.get("/Users").raw
        assert server.stop() == 0
        if isinstance(database, Path):
            muster(database, "backup", str(tmp_path / "copy.db"))
            muster(database, "restore", str(tmp_path / "copy.db"), "--replace")
        server.start(database, log=tmp_path / "log")
        assert client.get("/Users").raw == everybody
    assert server.stop() == 0
    assert rows(database, "SELECT count(later) FROM users") == [(0,)]


def test_a_schema_that_needs_the_next_release(ahead: Ahead, tmp_path: Path) -> None:
    """Every command says so in one line, `migrate` and a restore of such a file too."""
    database = ahead(1)
    with pytest.raises(ServerFailed):
        RunningServer().start(database, log=tmp_path / "log")
    (line,) = (tmp_path / "log").read_text().splitlines()
    lines = [line]
    for command in (lambda: migrate(database), lambda: muster(database, "connection", "list")):
        with pytest.raises(CommandFailed) as failed:
            command()
        lines += failed.value.stderr.splitlines()
    if isinstance(database, Path):
        copy = tmp_path / "copy.db"
        muster(database, "backup", str(copy))
        with pytest.raises(CommandFailed) as failed:
            muster(tmp_path / "new.db", "restore", str(copy))
        lines += failed.value.stderr.splitlines()
        assert str(copy) in lines[-1]
        assert not (tmp_path / "new.db").exists()
    assert len(lines) == 3 + isinstance(database, Path)
    assert all("run a newer Muster" in line for line in lines)


def test_ready_turns_when_the_schema_moves_on(ahead: Ahead, tmp_path: Path) -> None:
    """A running server is ready on a newer schema that it can work with, and no longer once it cannot."""
    database = ahead(0)
    server = RunningServer().start(database, log=tmp_path / "log")
    assert fetch(server, "/readyz")[0] == 200
    rows(database, "UPDATE schema_versions SET compatible = number")
    assert fetch(server, "/readyz")[0] == 503
    assert fetch(server, "/healthz")[0] == 200
    server.stop()
