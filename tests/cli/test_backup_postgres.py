"""Backups of a PostgreSQL: dumps of its own tools, and files that `muster backup` makes, restored into either store."""

import itertools
import json
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from muster.store.copy.into_postgres import PostgresTarget
from muster.store.copy.tables import CREDENTIALS, Table
from tests.cli.test_backup import USER, back_up_under_load, people
from tests.conftest import new_connection
from tests.harness.inside import rows
from tests.harness.postgres import SUPERUSER, Cluster, programs
from tests.harness.server import CommandFailed, RunningServer, muster
from tests.store.consistency import violations
from tests.store.postgres.agreement import disagreements
from tests.store.postgres.copying import as_superuser


def test_a_dump_comes_back_with_every_epoch_moved(cluster: Cluster, tmp_path: Path) -> None:
    """pg_dump while it is served, pg_restore elsewhere, `restore --revoke-only`: the same users and keys, older epochs dead."""
    server, address = RunningServer(), cluster.new_store()
    dump = tmp_path / "muster.dump"
    server.start(address, log=tmp_path / "muster.log")
    with new_connection(server) as client:
        for number in range(3):
            assert client.post("/Users", {"schemas": [USER], "userName": f"u{number}"}).status == 201
        before = client.get("/Users").raw
        source = cluster.url(urlsplit(address).path[1:], SUPERUSER)
        subprocess.run([programs() / "pg_dump", "--format=custom", f"--file={dump}", source], check=True)
        server.stop()

        restored = cluster.new_database()
        target = f"--dbname={cluster.url(restored, SUPERUSER)}"
        subprocess.run([programs() / "pg_restore", target, "--exit-on-error", dump], check=True)
        shown = muster(cluster.url(restored), "restore", "--revoke-only")
        assert (shown["organizations"], shown["accounts_revoked"], shown["credentials_revoked"]) == (2, 3, 0)

        server.start(cluster.url(restored), log=tmp_path / "again.log")
        assert client.get("/Users").raw == before
    server.stop()


@pytest.fixture
def served(address: str, tmp_path: Path) -> Iterator[RunningServer]:
    """A server of it, which the test may stop."""
    running = RunningServer().start(address, log=tmp_path / "muster.log")
    yield running
    if running.running:
        running.stop()


def test_a_backup_under_write_load_is_one_moment(served: RunningServer, tmp_path: Path) -> None:
    """Each of several files made in the midst of writes is sound, and no later one has less than an earlier one."""
    files = [tmp_path / f"copy-{number}.db" for number in range(3)]
    back_up_under_load(served, files)

    changes = [rows(file, "SELECT count(*) FROM changes")[0][0] for file in files]
    assert changes == sorted(set(changes))
    for file in files:
        assert violations(file) == []
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert {path.name for path in tmp_path.glob(f"{file.name}*")} == {file.name}


def test_a_backup_of_a_postgresql_never_overwrites(address: str, tmp_path: Path) -> None:
    """A file that is there is left as it was."""
    taken = tmp_path / "taken"
    taken.write_text("something else")
    with pytest.raises(CommandFailed, match="exists already"):
        muster(address, "backup", str(taken))
    assert taken.read_text() == "something else"


def test_a_backup_of_either_store_restores_into_the_other(
    served: RunningServer, cluster: Cluster, tmp_path: Path
) -> None:
    """PostgreSQL to a file and back: the same answers everywhere, and each time everything issued before is dead."""
    file, database, again = tmp_path / "copy.db", tmp_path / "muster.db", cluster.new_store()
    with new_connection(served) as client:
        people(client, 5)
        before = client.get("/Users").raw
        cursor = client.get("/Users", query={"cursor": "", "count": 2}).body["nextCursor"]
        muster(served.database, "backup", str(file))
        served.stop()

        shown = muster(database, "restore", str(file))
        assert (shown["organizations"], shown["accounts_revoked"], shown["credentials_revoked"]) == (2, 5, 0)
        served.start(database)
        assert client.get("/Users").raw == before
        moved = client.get("/Users", query={"cursor": cursor, "count": 2})
        assert moved.body["scimType"] == "invalidCursor"
        muster(database, "backup", str(tmp_path / "second.db"))
        served.stop()

        shown = muster(again, "restore", str(tmp_path / "second.db"))
        assert (shown["organizations"], shown["accounts_revoked"], shown["before"]) == (2, 5, None)
        served.start(again, log=tmp_path / "again.log")
        assert client.get("/Users").raw == before
        served.stop()
    _assert_moved(file, database, as_superuser(cluster, again))


def _assert_moved(*databases: Path | str) -> None:
    """Every epoch is later in each database than in the one before; each organization has a change that says so."""
    epochs = [dict(rows(one, "SELECT id, revoked_before FROM accounts")) for one in databases]
    for earlier, later in itertools.pairwise(epochs):
        assert earlier.keys() == later.keys()
        assert all(later[id] > earlier[id] for id in earlier)
    found = "SELECT resource, after FROM changes WHERE operation = 'restore' ORDER BY sequence"
    moved = [len(rows(one, found)) for one in databases]
    assert moved == [0, 2, 4]
    accounts = {json.loads(after)["accounts"] for _, after in rows(databases[-1], found)}
    assert accounts == {0, 5}
    assert disagreements(str(databases[-1])) == []


def test_a_restore_wants_an_empty_database(address: str, tmp_path: Path) -> None:
    """One line that says what to do, and nothing is changed."""
    file = tmp_path / "copy.db"
    muster(address, "organization", "create", "acme")
    muster(address, "backup", str(file))
    for arguments in ([], ["--anew"]):
        with pytest.raises(CommandFailed, match="muster migrate"):
            muster(address, "restore", str(file), *arguments)
    assert rows(address, "SELECT name FROM organizations") == [("acme",)]
    assert rows(address, "SELECT count(*) FROM changes") == [(1,)]
    with pytest.raises(CommandFailed, match="--replace") as failed:
        muster(address, "restore", str(file), "--replace")
    assert failed.value.exit_code == 2


def test_a_restore_that_was_interrupted_still_revokes(
    address: str, cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ended in its last transaction; a copy does not finish it, only a restore does, and no server starts between."""
    file, source = tmp_path / "copy.db", tmp_path / "muster.db"
    muster(source, "organization", "create", "acme")
    muster(source, "connection", "create", "--organization", "acme", "--provider", "okta")
    muster(source, "backup", str(file))
    _end_at_credentials(monkeypatch, address, file)

    with pytest.raises(CommandFailed, match="unfinished restore"):
        muster(None, "copy", "--from", f"sqlite:///{file}", "--to", address)
    with pytest.raises(CommandFailed, match="run `muster restore` again"):
        muster(address, "connection", "list")
    shown = muster(address, "restore", str(file), "--revoke-credentials")
    assert shown["credentials_revoked"] == 1
    assert rows(address, "SELECT count(*) FROM changes WHERE operation = 'restore'") == [(1,)]
    assert disagreements(as_superuser(cluster, address)) == []
    assert len(muster(address, "connection", "list")) == 1


def _end_at_credentials(monkeypatch: pytest.MonkeyPatch, address: str, file: Path) -> None:
    add = PostgresTarget.add

    async def ends(target: PostgresTarget, table: Table, *more: object) -> None:
        if table is CREDENTIALS:
            raise OSError("pulled out")
        await add(target, table, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(PostgresTarget, "add", ends)
    with pytest.raises(CommandFailed, match="goes on where it was"):
        muster(address, "restore", str(file))
    monkeypatch.undo()
    assert rows(address, "SELECT count(*) FROM credentials") == [(0,)]


@pytest.mark.parametrize("kind", ["text", "older"])
def test_a_bad_backup_leaves_the_database_empty(address: str, tmp_path: Path, kind: str) -> None:
    """One line that names the file."""
    file = tmp_path / "copy.db"
    if kind == "text":
        file.write_text("not a database " * 1000)
    else:
        muster(tmp_path / "muster.db", "organization", "create", "acme")
        muster(tmp_path / "muster.db", "backup", str(file))
        rows(file, "PRAGMA user_version = 2")
    with pytest.raises(CommandFailed, match=r"copy\.db") as failed:
        muster(address, "restore", str(file))
    assert len(failed.value.stderr.splitlines()) == 1
    assert rows(address, "SELECT * FROM copies") == rows(address, "SELECT * FROM organization_names") == []
