"""Migrations that are cut short, meet each other, or cannot begin: finished by the next run, or undone whole."""

import asyncio
import subprocess
from concurrent.futures import ThreadPoolExecutor, as_completed
from itertools import islice
from pathlib import Path

import apsw
import pytest

from muster.directory.failures import StoreError
from muster.store import migrate as sqlite
from muster.store.connection import connect
from muster.store.lock import ServerLock
from muster.store.postgres import migrate as postgres
from muster.store.steps import Migration
from tests.harness.inside import held
from tests.harness.ports import free_port
from tests.harness.postgres import OWNER, Cluster
from tests.harness.server import PROGRAM, CommandFailed, Place, muster, url_of
from tests.migration.halting import BEGINNING, END, halted_on_postgres, halted_on_sqlite
from tests.migration.schema_of import Shape, postgres_shape, sqlite_shape

ON_SQLITE, ON_POSTGRES = sqlite.migrations(), postgres.migrations()
CUTS = [(1, END), (2, BEGINNING), (2, END)]
SERVERS = 3


def migrate(cluster: Cluster, database: str) -> int:
    """`muster migrate` on PostgreSQL; how many steps it took."""
    owner = ("--as-owner", cluster.url(database, OWNER))
    return int(muster(cluster.url(database), "migrate", *owner)["steps"])


def serve(database: Place) -> "subprocess.Popen[str]":
    """`muster serve`, as it comes."""
    where = ["--port", str(free_port()), "--database", url_of(database)]
    return subprocess.Popen(
        [PROGRAM, "serve", *where], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )


def refused_server(database: Place) -> str:
    """The one line with which a server refuses to start."""
    server = serve(database)
    _, errors = server.communicate(timeout=60)
    (line,) = errors.splitlines()
    assert server.returncode == 1
    return line


@pytest.mark.parametrize("number, place", CUTS)
def test_a_file_whose_migration_was_killed(tmp_path: Path, number: int, place: str) -> None:
    """Between steps and within one: what was done stays, what was under way is undone, the next run does the rest."""
    path, fresh = tmp_path / "muster.db", tmp_path / "fresh.db"
    with halted_on_sqlite(path, number, place) as migration:
        migration.kill()
    assert muster(path, "migrate")["steps"] == len(ON_SQLITE) - (number - 1)
    assert muster(path, "migrate")["steps"] == 0
    muster(fresh, "migrate")
    assert sqlite_shape(path) == sqlite_shape(fresh)


@pytest.mark.parametrize("number, place", CUTS)
def test_a_postgresql_whose_migration_was_killed(
    cluster: Cluster, fresh: Shape, number: int, place: str
) -> None:
    """The same."""
    database = cluster.new_database()
    with halted_on_postgres(cluster, database, number, place) as (migration, _):
        migration.kill()
    assert migrate(cluster, database) == len(ON_POSTGRES) - (number - 1)
    assert migrate(cluster, database) == 0
    assert postgres_shape(cluster, database) == fresh


def test_two_migrations_of_a_file_at_once(tmp_path: Path) -> None:
    """One waits for the other; no step is done twice. A server started meanwhile is refused in one line."""
    path = tmp_path / "muster.db"
    with halted_on_sqlite(path, 2, BEGINNING) as first, ThreadPoolExecutor() as pool:
        assert "served or migrated by another process" in refused_server(path)
        second = subprocess.Popen(
            [PROGRAM, "migrate", "--json", "--database", url_of(path)], stdout=subprocess.PIPE, text=True
        )
        finished = pool.submit(first.finish)
        output, _ = second.communicate(timeout=60)
        assert second.returncode == 0
        assert finished.result() == len(ON_SQLITE)
        assert '"steps": 0' in output
    assert sqlite_shape(path)["versions"] == [(step.number, step.compatible) for step in ON_SQLITE]


def test_two_migrations_of_a_postgresql_at_once(cluster: Cluster) -> None:
    """The same."""
    database = cluster.new_database()
    with halted_on_postgres(cluster, database, 1, END) as (first, gate), ThreadPoolExecutor() as pool:
        second = pool.submit(migrate, cluster, database)
        gate.wait_for(2)
        assert "muster migrate`" in refused_server(cluster.url(database))
        gate.open()
        assert (first.finish(), second.result(60)) == (len(ON_POSTGRES), 0)


def broken(steps: "list[Migration]") -> "list[Migration]":
    """Steps of which the last fails after it has done all it does."""
    return [*steps[:-1], steps[-1]._replace(sql=f"{steps[-1].sql}; SELECT nonsense")]


def test_a_step_that_fails_on_a_file_is_undone(tmp_path: Path) -> None:
    """One line that says so; the next run, with the step mended, does it."""
    path = tmp_path / "muster.db"
    connection = connect(path)
    with pytest.raises(StoreError, match="nonsense; nothing of this step was kept") as failed:
        sqlite.migrate(connection, ServerLock(path), locked=False, steps=broken(list(ON_SQLITE)))
    connection.close()
    assert "\n" not in str(failed.value)
    assert muster(path, "migrate")["steps"] == 1


def test_a_step_that_fails_on_postgresql_is_undone(cluster: Cluster) -> None:
    """The same."""
    database = cluster.new_database()
    urls = cluster.url(database, OWNER), cluster.url(database)
    with pytest.raises(StoreError, match="nothing of this step was kept") as failed:
        asyncio.run(postgres.migrate(*urls, broken(list(ON_POSTGRES))))
    assert "\n" not in str(failed.value)
    assert migrate(cluster, database) == 1


def test_a_file_that_somebody_holds(tmp_path: Path) -> None:
    """Another program's transaction: one line, and nothing is done."""
    path = tmp_path / "muster.db"
    connection = connect(path, wait=0)
    sqlite.migrate(connection, ServerLock(path), locked=False, steps=ON_SQLITE[:1])
    with held(path), pytest.raises(StoreError, match="locked by another process; try again") as failed:
        sqlite.migrate(connection, ServerLock(path), locked=False, steps=ON_SQLITE)
    connection.close()
    assert "\n" not in str(failed.value)
    assert muster(path, "migrate")["steps"] == len(ON_SQLITE) - 1


def test_a_postgresql_that_somebody_holds(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another migration that does not end, or a transaction on a table that a step changes: one line, nothing is done."""
    database = cluster.new_database()
    migrate(cluster, database)
    urls = cluster.url(database, OWNER), cluster.url(database)
    step = Migration(ON_POSTGRES[-1].number + 1, 1, "ALTER TABLE organizations ADD COLUMN later bigint")
    monkeypatch.setattr(postgres, "_PATIENCE", "'50ms'")
    before = postgres_shape(cluster, database)
    with held(urls[1]), pytest.raises(StoreError, match="did not end in time; nothing of this step was kept"):
        asyncio.run(postgres.migrate(*urls, [*ON_POSTGRES, step]))
    assert postgres_shape(cluster, database) == before
    other = cluster.new_database()
    with halted_on_postgres(cluster, other, 1, BEGINNING), pytest.raises(CommandFailed) as failed:
        migrate(cluster, other)
    assert "another `muster migrate`" in failed.value.stderr
    assert len(failed.value.stderr.splitlines()) == 1


def test_a_postgresql_that_goes_away(cluster: Cluster) -> None:
    """In the middle of a step: one line that says to run it again, which does the rest."""
    database = cluster.new_database()
    with halted_on_postgres(cluster, database, 2, END) as (_, gate), ThreadPoolExecutor() as pool:
        waiting = pool.submit(migrate, cluster, database)
        gate.wait_for(2)
        asyncio.run(cluster.execute("postgres", _terminated(database)))
        with pytest.raises(CommandFailed, match="run it again") as failed:
            waiting.result(60)
    assert len(failed.value.stderr.splitlines()) == 1
    assert migrate(cluster, database) == len(ON_POSTGRES) - 1


def _terminated(database: str) -> str:
    return (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        f" WHERE datname = '{database}' AND usename = '{OWNER}'"
    )


def test_several_servers_start_at_once_on_an_old_file(tmp_path: Path) -> None:
    """One of them brings it up to date and serves it; each of the others says in one line that it is being served."""
    path = tmp_path / "muster.db"
    connection = connect(path)
    sqlite.migrate(connection, ServerLock(path), locked=False, steps=ON_SQLITE[:1])
    connection.close()
    servers = [serve(path) for _ in range(SERVERS)]
    try:
        with ThreadPoolExecutor(SERVERS) as pool:
            ended = [pool.submit(server.communicate) for server in servers]
            lines = [one.result()[1] for one in islice(as_completed(ended, 60), SERVERS - 1)]
            (left,) = [server for server in servers if server.poll() is None]
            left.terminate()
    finally:
        for server in servers:
            server.kill()
    assert all("is being served or migrated by another process" in line for line in lines)
    assert all(line.count("\n") == 1 for line in lines)
    file = apsw.Connection(str(path))
    assert file.pragma("user_version") == ON_SQLITE[-1].number
    file.close()
