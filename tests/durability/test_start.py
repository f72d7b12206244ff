"""A start that cannot work: one line on standard error that says what to do, exit code 1, no traceback, nothing made."""

import os
import socket
import sqlite3
import subprocess
from pathlib import Path

import apsw
import pytest

from tests.harness.ports import free_port
from tests.harness.server import PROGRAM, muster

COMMANDS = {"serve": ["serve"], "command": ["organization", "create", "acme"]}


def run(arguments: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the program to its end."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MUSTER_")}
    defaults = {"MUSTER_PORT": str(free_port())}
    return subprocess.run(
        [PROGRAM, *arguments],
        env=kept | defaults | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def assert_one_line(done: subprocess.CompletedProcess[str], *words: str, code: int = 1) -> None:
    """The program ended with this code and one line that has these words in it."""
    assert done.returncode == code, done
    (line,) = done.stderr.splitlines()
    assert "Traceback" not in done.stderr
    assert all(word in line for word in words), line


@pytest.fixture(params=sorted(COMMANDS))
def command(request: pytest.FixtureRequest) -> list[str]:
    """The arguments of `serve`, and of a command of administration."""
    return COMMANDS[request.param]


def test_a_directory_that_does_not_exist(command: list[str], tmp_path: Path) -> None:
    """The line names the directory that is to be created."""
    missing = tmp_path / "missing"
    done = run(command, MUSTER_DATABASE=f"sqlite:///{missing / 'muster.db'}")
    assert_one_line(done, str(missing), "create it")
    assert not missing.exists()


def test_a_directory_in_place_of_the_file(command: list[str], tmp_path: Path) -> None:
    """The line says that it is a directory."""
    assert_one_line(run(command, MUSTER_DATABASE=f"sqlite:///{tmp_path}"), str(tmp_path), "directory")


def test_a_file_that_is_no_database(command: list[str], tmp_path: Path) -> None:
    """The file is left exactly as it was."""
    file = tmp_path / "notes.txt"
    file.write_bytes(b"not a database, but longer than a header of a hundred bytes would be. " * 20)
    before = file.read_bytes()

    assert_one_line(run(command, MUSTER_DATABASE=f"sqlite:///{file}"), str(file), "not an SQLite database")
    assert file.read_bytes() == before


def test_a_database_of_another_program(command: list[str], tmp_path: Path) -> None:
    """An SQLite file that is not ours is refused and gets no tables of ours."""
    file = tmp_path / "other.db"
    with sqlite3.connect(file) as other:
        other.execute("CREATE TABLE theirs (a)")
    other.close()

    assert_one_line(run(command, MUSTER_DATABASE=f"sqlite:///{file}"), str(file), "not one of Muster")
    connection = apsw.Connection(str(file))
    assert connection.execute("SELECT name FROM sqlite_schema").fetchall() == [("theirs",)]
    connection.close()


def test_a_database_of_a_newer_program(command: list[str], tmp_path: Path) -> None:
    """A schema newer than this program knows is refused and left as it is."""
    file = tmp_path / "newer.db"
    muster(file, "organization", "create", "first")
    connection = apsw.Connection(str(file))
    newer = int(str(connection.pragma("user_version"))) + 1
    connection.pragma("user_version", newer)

    assert_one_line(run(command, MUSTER_DATABASE=f"sqlite:///{file}"), str(file), "newer")
    assert connection.pragma("user_version") == newer
    assert connection.execute("SELECT name FROM organizations").fetchall() == [("first",)]
    connection.close()


def test_a_damaged_database(command: list[str], tmp_path: Path) -> None:
    """A header that is SQLite's and pages that are nobody's."""
    file = tmp_path / "damaged.db"
    muster(file, "organization", "create", "first")
    connection = apsw.Connection(str(file))
    connection.pragma("journal_mode", "delete")
    connection.close()
    size = file.stat().st_size
    with file.open("r+b") as damaged:
        damaged.seek(100)
        damaged.write(b"\xff" * (size - 100))

    assert_one_line(run(command, MUSTER_DATABASE=f"sqlite:///{file}"), str(file))


SETTINGS = [
    ("MUSTER_PORT", "eighty"),
    ("MUSTER_PORT", "70000"),
    ("MUSTER_DATABASE", "mysql://root@localhost/muster"),
    ("MUSTER_DATABASE", "muster.db"),
    ("MUSTER_PUBLIC_URL", "muster.example.com"),
    ("MUSTER_TRUSTED_PROXIES", "10.0.0.0/8, proxy.example.com"),
]


@pytest.mark.parametrize("name, value", SETTINGS, ids=["=".join(setting) for setting in SETTINGS])
def test_a_wrong_setting(name: str, value: str, tmp_path: Path) -> None:
    """The line names the setting."""
    environment = {"MUSTER_DATABASE": f"sqlite:///{tmp_path / 'muster.db'}", name: value}
    assert_one_line(run(["serve"], **environment), name)
    assert list(tmp_path.iterdir()) == []


def test_an_address_that_is_taken(tmp_path: Path) -> None:
    """The line names the address; no server is left behind."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = run(["serve"], MUSTER_DATABASE=f"sqlite:///{tmp_path / 'muster.db'}", MUSTER_PORT=port)
    assert_one_line(done, port)


def test_a_wrong_option_is_a_usage_error(tmp_path: Path) -> None:
    """What is wrong on the command line is exit code 2."""
    done = run(["serve", "--port", "eighty", "--database", f"sqlite:///{tmp_path / 'muster.db'}"])
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []
