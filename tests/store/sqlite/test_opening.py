"""Opening a file: a new one is made, an old one brought up to date under a lock, anything else refused in one line."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import apsw
import pytest

from muster.directory.failures import StoreError
from muster.store import migrate
from muster.store.connection import write_ahead
from muster.store.lock import ServerLock
from muster.store.migrate import APPLICATION_ID, migrations
from muster.store.sqlite import open_database
from muster.store.steps import Migration
from tests.store.consistency import violations
from tests.store.scene import Scene

NEWEST = migrations()[-1].number
LATER = "CREATE TABLE later (x INTEGER) STRICT"
NEXT = Migration(NEWEST + 1, NEWEST + 1, LATER)
BROKEN = NEXT._replace(sql=f"{LATER}; {LATER}")


def opened(path: Path, *, serving: bool = True) -> None:
    """Open and close a database."""
    database = open_database(path, serving=serving)
    asyncio.run(database.close())


def version(path: Path) -> tuple[int, int]:
    """The application and schema numbers of a file."""
    connection = apsw.Connection(str(path))
    try:
        return int(str(connection.pragma("application_id"))), int(str(connection.pragma("user_version")))
    finally:
        connection.close()


def knowing(monkeypatch: pytest.MonkeyPatch, *steps: Migration) -> None:
    """Be a program that knows more steps of the schema."""
    known: Sequence[Migration] = [*migrations(), *steps]
    monkeypatch.setattr("muster.store.sqlite.migrations", lambda: known)


def one_line(path: Path, *, serving: bool = True) -> str:
    """The line with which opening a file is refused."""
    with pytest.raises(StoreError) as refused:
        open_database(path, serving=serving)
    line = str(refused.value)
    assert "\n" not in line
    return line


def test_a_new_file_gets_the_newest_schema(path: Path) -> None:
    """And says whose it is."""
    opened(path)
    assert version(path) == (APPLICATION_ID, NEWEST)
    assert violations(path) == []


def test_the_steps_are_numbered_from_one(path: Path) -> None:
    """Without a gap, so that the number says what has been applied."""
    assert [step.number for step in migrations()] == list(range(1, NEWEST + 1))


def test_what_was_written_is_there_after_opening_again(path: Path, runner: asyncio.Runner) -> None:
    """Organizations, users, the sequence of changes."""
    first = open_database(path, serving=True)
    scene = Scene(first, runner)
    side = scene.side()
    ada = side.user("ada")
    runner.run(first.close())
    second = open_database(path, serving=True)
    try:
        user = runner.run(second.store(side.scope, nested=False).user(ada))
        assert user is not None
    finally:
        runner.run(second.close())


def test_an_older_schema_is_brought_up_to_date(
    path: Path, runner: asyncio.Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what is in it."""
    database = open_database(path, serving=True)
    Scene(database, runner).side().user("ada")
    runner.run(database.close())
    knowing(monkeypatch, NEXT)
    opened(path)
    assert version(path) == (APPLICATION_ID, NEXT.number)
    assert violations(path) == []


def test_a_newer_schema_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is touched; the line says that a newer program is needed."""
    with monkeypatch.context() as newer:
        knowing(newer, NEXT)
        opened(path)
    before = path.read_bytes()
    for serving in (True, False):
        line = one_line(path, serving=serving)
        assert str(NEXT.number) in line
        assert "newer Muster" in line
    assert path.read_bytes() == before


def test_a_step_that_fails_leaves_the_schema_as_it_was(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of it or nothing, number included; the lock is free again."""
    opened(path)
    with monkeypatch.context() as broken:
        knowing(broken, BROKEN)
        one_line(path)
    assert version(path) == (APPLICATION_ID, NEWEST)
    opened(path)


def test_only_the_holder_of_the_lock_moves_the_schema(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command line does not change the schema under a running server, but says what to do."""
    opened(path)
    monkeypatch.setattr(migrate, "_PATIENCE", 0.05)
    lock = ServerLock(path)
    assert lock.take()
    with monkeypatch.context() as newer:
        knowing(newer, NEXT)
        assert "stop that server" in one_line(path, serving=False)
    opened(path, serving=False)
    lock.release()
    with monkeypatch.context() as newer:
        knowing(newer, NEXT)
        opened(path, serving=False)
    assert version(path) == (APPLICATION_ID, NEXT.number)


def test_one_server_serves_a_file(path: Path) -> None:
    """A second one is refused while the first has it; the command line is not."""
    first = open_database(path, serving=True)
    assert "being served" in one_line(path)
    opened(path, serving=False)
    asyncio.run(first.close())
    opened(path)


OPEN = """
import asyncio, sys
from pathlib import Path
from muster.store.sqlite import open_database
database = open_database(Path(sys.argv[1]), serving=False)
asyncio.run(database.close())
"""


def test_several_processes_make_one_database(path: Path) -> None:
    """All at once on a file that is not there: each finds it made, none breaks it."""
    processes = [
        subprocess.Popen([sys.executable, "-c", OPEN, str(path)], stderr=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    for process in processes:
        _, errors = process.communicate(timeout=60)
        assert (process.returncode, errors) == (0, "")
    assert version(path) == (APPLICATION_ID, NEWEST)
    assert violations(path) == []


def test_a_file_that_is_no_database_is_refused(path: Path) -> None:
    """And left as it is."""
    path.write_text("not a database, but long enough to be taken for one" * 100)
    before = path.read_bytes()
    assert "is not an SQLite database" in one_line(path)
    assert path.read_bytes() == before


def test_a_database_of_another_program_is_refused(path: Path) -> None:
    """And gets none of our tables."""
    other = apsw.Connection(str(path))
    other.execute("CREATE TABLE theirs (x)")
    other.close()
    assert "not one of Muster" in one_line(path)
    other = apsw.Connection(str(path))
    assert other.execute("SELECT name FROM sqlite_schema").fetchall() == [("theirs",)]
    other.close()


def test_a_damaged_file_is_refused(path: Path) -> None:
    """When its schema cannot be read."""
    opened(path)
    data = bytearray(path.read_bytes())
    data[100:4096] = os.urandom(3996)
    path.write_bytes(data)
    assert str(path) in one_line(path)


def test_a_place_that_is_no_place_for_a_file_is_refused(tmp_path: Path) -> None:
    """A directory, or a file in a directory that is not there."""
    assert "is a directory" in one_line(tmp_path)
    assert "does not exist" in one_line(tmp_path / "nowhere" / "muster.db")


@pytest.mark.parametrize("closed", ["file", "directory"])
def test_a_file_without_permission_is_refused(path: Path, closed: str) -> None:
    """For reading or for writing, also when not even its directory may be looked into."""
    opened(path)
    (path if closed == "file" else path.parent).chmod(0o000)
    with an_ordinary_user():
        assert "may read and write" in one_line(path)
    path.parent.chmod(0o700)


@contextmanager
def an_ordinary_user() -> Iterator[None]:
    """Lay down root's rights for a while, since root may read and write everything."""
    mine = os.geteuid()
    os.seteuid(mine or 65534)
    try:
        yield
    finally:
        os.seteuid(mine)


def test_a_new_file_is_its_owners_alone(path: Path) -> None:
    """People's data and the hashes of keys: nobody else on the machine may read the file or its companions."""
    database = open_database(path, serving=True)
    modes = {
        file.name: file.stat().st_mode & 0o777 for file in path.parent.iterdir() if file.suffix != ".lock"
    }
    assert modes == {"muster.db": 0o600, "muster.db-wal": 0o600, "muster.db-shm": 0o600}
    asyncio.run(database.close())


def test_every_commit_is_synced(path: Path) -> None:
    """Write-ahead mode with full synchronisation, and nothing mapped into memory, on every connection that writes."""
    database = open_database(path, serving=True)
    assert database.writing.pragma("journal_mode") == "wal"
    for connection in (database.writing, database.reader):
        assert connection.pragma("synchronous") == 2
        assert connection.pragma("mmap_size") == 0
        assert connection.pragma("foreign_keys") == 1
        assert connection.pragma("trusted_schema") == 0
    with pytest.raises(apsw.ReadOnlyError):
        database.reader.execute("DELETE FROM users")
    asyncio.run(database.close())


def test_a_file_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    """Such as a backup, which has no write-ahead log yet and may be kept read-only."""
    path = tmp_path / "copy.db"
    made = apsw.Connection(str(path))
    made.execute(LATER)
    made.close()
    reading = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    with pytest.raises(StoreError, match=f"cannot be written: {path} or its folder is read-only"):
        write_ahead(reading)
    reading.close()
