"""`muster backup` of a running server, and `muster restore` of what it made."""

import json
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import apsw
import pytest

from muster.directory.identifiers import routing_part
from muster.store.connection import connect
from muster.store.lock import ServerLock
from muster.store.migrate import migrate, migrations
from tests.conftest import new_connection
from tests.durability.reading import assert_sound
from tests.harness.client import ScimClient
from tests.harness.server import CommandFailed, RunningServer, muster
from tests.store.consistency import violations

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
WRITERS = 4
DEADLINE_SECONDS = 60


def rows(database: Path, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    """What a statement finds in a file."""
    file = apsw.Connection(str(database))
    found: list[tuple[Any, ...]] = file.execute(sql, values).fetchall()
    file.close()
    return found


def people(client: ScimClient, count: int) -> list[str]:
    """The ids of new users, all in a new group; the first of them inactive."""
    ids = [
        str(
            client.post("/Users", {"schemas": [USER], "userName": f"u{number}", "active": number > 0}).body[
                "id"
            ]
        )
        for number in range(count)
    ]
    members = [{"value": id} for id in ids]
    assert (
        client.post("/Groups", {"schemas": [GROUP], "displayName": "all", "members": members}).status == 201
    )
    return ids


def write_until(stop: threading.Event, client: ScimClient, begun: threading.Barrier) -> int:
    """Create, join and delete users without a pause; how many were created."""
    count = 0
    crowd = client.post("/Groups", {"schemas": [GROUP], "displayName": f"g{threading.get_ident()}"}).body[
        "id"
    ]
    while not stop.is_set():
        name = f"w{threading.get_ident()}-{count}"
        id = client.post("/Users", {"schemas": [USER], "userName": name}).body["id"]
        add = {"op": "add", "path": "members", "value": [{"value": id}]}
        assert client.patch(f"/Groups/{crowd}", add).status == 204
        if count % 3 == 0:
            assert client.delete(f"/Users/{id}").status == 204
        if count == 0:
            begun.wait()
        count += 1
    return count


def back_up_under_load(server: RunningServer, files: list[Path]) -> None:
    """Make these copies, one after the other, while several clients write without a pause."""
    stop, begun = threading.Event(), threading.Barrier(WRITERS + 1, timeout=DEADLINE_SECONDS)
    with new_connection(server) as client, ThreadPoolExecutor(WRITERS) as pool:
        people(client, 200)
        twins = [client.twin() for _ in range(WRITERS)]
        running = [pool.submit(write_until, stop, twin, begun) for twin in twins]
        begun.wait()
        try:
            for file in files:
                assert muster(server.database, "backup", str(file))["bytes"] == file.stat().st_size
        finally:
            stop.set()
        assert all(one.result(DEADLINE_SECONDS) > 0 for one in running)
        for twin in twins:
            twin.close()


def test_a_backup_under_write_load_is_one_moment_of_the_database(
    own_server: RunningServer, tmp_path: Path
) -> None:
    """Each of several copies made in the midst of writes is sound, and no later one has less than an earlier one."""
    copies = [tmp_path / f"copy-{number}.db" for number in range(3)]
    back_up_under_load(own_server, copies)

    changes = [rows(copy, "SELECT count(*) FROM changes")[0][0] for copy in copies]
    assert changes == sorted(changes)
    for copy in copies:
        assert_sound(copy)
        assert violations(copy) == []
        assert stat.S_IMODE(copy.stat().st_mode) == 0o600
        assert {path.name for path in tmp_path.glob(f"{copy.name}*")} == {copy.name}


def test_a_backup_never_overwrites(tmp_path: Path) -> None:
    """A file that is there is left as it was."""
    muster(tmp_path / "muster.db", "organization", "create", "acme")
    taken = tmp_path / "taken"
    taken.write_text("something else")
    with pytest.raises(CommandFailed, match="exists already"):
        muster(tmp_path / "muster.db", "backup", str(taken))
    assert taken.read_text() == "something else"


def test_what_is_no_database_has_no_backup(tmp_path: Path) -> None:
    """One line; and neither the database nor the copy comes into being."""
    with pytest.raises(CommandFailed, match="there is no database"):
        muster(tmp_path / "muster.db", "backup", str(tmp_path / "copy.db"))
    assert list(tmp_path.iterdir()) == []


def test_a_restore_brings_back_everything_and_revokes_what_was_issued(
    own_server: RunningServer, tmp_path: Path
) -> None:
    """Users, groups, ids, versions and keys are as in the backup; every epoch is now; each organization has its change."""
    copy, database = tmp_path / "copy.db", own_server.database
    with new_connection(own_server) as client, new_connection(own_server) as other:
        ids = people(client, 5)
        people(other, 2)
        before = client.get("/Users").raw
        epochs = dict(rows(database, "SELECT id, revoked_before FROM accounts"))
        muster(database, "backup", str(copy))
        client.delete(f"/Users/{ids[2]}")
        with pytest.raises(CommandFailed, match="being served"):
            muster(database, "restore", str(copy), "--replace")
        own_server.stop()

        with pytest.raises(CommandFailed, match="--replace"):
            muster(database, "restore", str(copy))
        shown = muster(database, "restore", str(copy), "--replace")
        own_server.start(database)
        assert client.get("/Users").raw == before

    own_server.stop()
    assert (shown["organizations"], shown["accounts_revoked"], shown["credentials_revoked"]) == (3, 7, 0)
    after = dict(rows(database, "SELECT id, revoked_before FROM accounts"))
    assert after.keys() == epochs.keys()
    assert all(after[id] > epochs[id] for id in epochs)
    _assert_recorded(database)
    assert_sound(database)
    assert rows(Path(shown["before"]), "SELECT count(*) FROM users") == [(6,)]


def _assert_recorded(database: Path) -> None:
    """Every organization's latest change is the restore."""
    latest = rows(
        database,
        """SELECT c.operation, c.resource_type, c.resource, c.after FROM organizations o
           JOIN changes c ON c.organization = o.organization AND c.sequence = o.sequence ORDER BY o.organization""",
    )
    numbers = [
        routing_part(number)
        for (number,) in rows(database, "SELECT organization FROM organizations ORDER BY 1")
    ]
    assert [row[:3] for row in latest] == [("restore", "Organization", number) for number in numbers]
    assert {json.loads(after)["accounts"] for *_, after in latest} == {0, 2, 5}


def test_revoke_only_works_on_a_running_server(own_server: RunningServer) -> None:
    """Epochs move, with --revoke-credentials the keys die with the next request; nothing is replaced."""
    with new_connection(own_server) as client:
        people(client, 2)
        muster(own_server.database, "console-user", "invite", "--organization", str(client.organization))
        shown = muster(own_server.database, "restore", "--revoke-only")
        assert (shown["accounts_revoked"], shown["credentials_revoked"]) == (2, 0)
        assert (shown["sessions_ended"], shown["invitations_revoked"]) == (0, 2)  # the first operator's, too
        assert client.get("/Users").status == 200
        shown = muster(own_server.database, "restore", "--revoke-only", "--revoke-credentials")
        assert shown["credentials_revoked"] == 2  # the example's, too
        assert (shown["sessions_ended"], shown["invitations_revoked"]) == (0, 0)
        assert client.get("/Users").status == 401


@pytest.mark.parametrize("arguments", [[], ["copy.db", "--revoke-only"]])
def test_restore_wants_a_file_or_nothing(tmp_path: Path, arguments: list[str]) -> None:
    """Neither and both are usage errors."""
    with pytest.raises(CommandFailed) as failed:
        muster(tmp_path / "muster.db", "restore", *arguments)
    assert failed.value.exit_code == 2
    assert list(tmp_path.iterdir()) == []


def test_what_is_not_there_is_named_before_anything_else(tmp_path: Path) -> None:
    """The file to restore before the database that it would replace; the folder that a backup is to be written to."""
    database = tmp_path / "muster.db"
    muster(database, "organization", "create", "acme")
    with pytest.raises(CommandFailed, match="there is no file"):
        muster(database, "restore", str(tmp_path / "none.db"))
    with pytest.raises(CommandFailed, match=f"the directory {tmp_path}/none does not exist; create it"):
        muster(database, "backup", str(tmp_path / "none" / "copy.db"))
    assert not (tmp_path / "none").exists()


def damage(file: Path) -> None:
    """Overwrite the second half of a file."""
    size = file.stat().st_size
    with file.open("r+b") as damaged:
        damaged.seek(size // 2)
        damaged.write(b"\xff" * (size - size // 2))


@pytest.mark.parametrize("kind", ["missing", "empty", "text", "damaged", "newer", "another program's"])
def test_a_bad_backup_changes_nothing(tmp_path: Path, kind: str) -> None:
    """One line that names the file; the database is as it was, and nothing is left lying about."""
    database, copy = tmp_path / "muster.db", tmp_path / "copy.db"
    muster(database, "organization", "create", "acme")
    _make_bad(kind, database, copy)
    names = {path.name for path in tmp_path.iterdir()} | {"muster.db.lock"}

    with pytest.raises(CommandFailed, match=r"copy\.db") as failed:
        muster(database, "restore", str(copy), "--replace")
    assert len(failed.value.stderr.splitlines()) == 1
    assert {path.name for path in tmp_path.iterdir()} - names == set()
    assert [one["organization"] for one in rows_of_names(database)] == ["acme"]


def rows_of_names(database: Path) -> list[dict[str, str]]:
    """The organizations of a file."""
    return [{"organization": name} for (name,) in rows(database, "SELECT name FROM organizations")]


def _make_bad(kind: str, database: Path, copy: Path) -> None:
    match kind:
        case "empty":
            copy.touch()
        case "text":
            copy.write_text("not a database " * 1000)
        case "damaged":
            muster(database, "backup", str(copy))
            damage(copy)
        case "newer":
            muster(database, "backup", str(copy))
            rows(copy, "PRAGMA user_version=9999")
        case "another program's":
            rows(copy, "CREATE TABLE theirs (a)")


def test_a_restore_to_a_new_place(tmp_path: Path) -> None:
    """Where nothing is, nothing needs replacing; the backup itself is left as it was."""
    muster(tmp_path / "muster.db", "organization", "create", "acme")
    copy = tmp_path / "copy.db"
    muster(tmp_path / "muster.db", "backup", str(copy))
    content = copy.read_bytes()

    shown = muster(tmp_path / "new.db", "restore", str(copy))
    assert shown["before"] is None
    assert rows_of_names(tmp_path / "new.db") == [{"organization": "acme"}]
    assert copy.read_bytes() == content


def first_version(file: Path) -> None:
    """Make a database as the first release left it, with one organization."""
    connection = connect(file)
    lock = ServerLock(file)
    migrate(connection, lock, locked=True, steps=migrations()[:1])
    connection.execute("INSERT INTO organizations (organization, name, created) VALUES (1, 'acme', 0)")
    settle_and_close(connection)


def settle_and_close(connection: apsw.Connection) -> None:
    """Leave no write-ahead log."""
    connection.execute("PRAGMA journal_mode=DELETE").fetchall()
    connection.close()


def test_an_older_backup_is_brought_up_to_date(tmp_path: Path) -> None:
    """A backup with the first schema has the newest one after the restore, and what was in it."""
    database, copy = tmp_path / "muster.db", tmp_path / "copy.db"
    first_version(copy)
    assert rows(copy, "PRAGMA user_version") == [(1,)]

    muster(database, "restore", str(copy))
    assert rows(database, "PRAGMA user_version") == [(migrations()[-1].number,)]
    assert rows_of_names(database) == [{"organization": "acme"}]
    assert rows(copy, "PRAGMA user_version") == [(1,)]
