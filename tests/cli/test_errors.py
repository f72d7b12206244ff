"""What the program says when it cannot: one line on standard error, exit code 2 for usage and 1 otherwise."""

import os
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from click import ClickException

from muster.command_line import settings_of
from muster.settings import Settings
from tests.harness.ports import free_port
from tests.harness.server import PROGRAM, CommandFailed, RunningServer, muster

SECONDS = 60  # a `serve` that should have been refused would stay for ever

WRONG_COMMAND_LINES = [
    ("serve", "--bogus"),
    ("nonsense",),
    ("--bogus",),
    ("connection", "create", "--provider", "okta"),
    ("connection", "create", "--organization", "a", "--provider", "unknown"),
    ("connection", "create", "--organization", "a"),
    ("credential", "rotate"),
    ("schema", "add", "--organization", "a", "no-such-file.json"),
    ("serve", "--port", "eighty"),
]


# Root writes what is read-only, unless the program begins without that right.
AS_ANYBODY = ("setpriv", "--bounding-set=-dac_override,-dac_read_search") if os.geteuid() == 0 else ()


def run(
    folder: Path, *arguments: str, started_by: Sequence[str] = (), **environment: str
) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of one run of the program in a folder of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MUSTER_")}
    done = subprocess.run(
        [*started_by, PROGRAM, *arguments],
        cwd=folder,
        env=kept | {"MUSTER_PORT": str(free_port())} | environment,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def assert_one_line(result: tuple[int, str, str], exit_code: int, *words: str) -> None:
    """The program ended with this code, said nothing on standard output and one line with these words."""
    code, output, complaint = result
    assert (code, output) == (exit_code, ""), complaint
    assert complaint.startswith("Error: ")
    assert complaint.count("\n") == 1, complaint
    assert [word for word in words if word not in complaint] == []


@pytest.mark.parametrize("arguments", WRONG_COMMAND_LINES, ids=" ".join)
def test_a_wrong_command_line_is_one_line_and_exit_code_2(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """Unknown commands and options, missing and impossible values; the line says where help is."""
    assert_one_line(run(tmp_path, *arguments), 2, "--help")
    assert list(tmp_path.iterdir()) == []


def test_wrong_settings_name_their_variable(tmp_path: Path) -> None:
    """A setting that cannot be used stops the start before anything is created."""
    assert_one_line(run(tmp_path, "serve", MUSTER_PORT="70000"), 1, "MUSTER_PORT", "'70000'", "1 to 65535")
    assert_one_line(run(tmp_path, "serve", MUSTER_DATABASE="mysql://x"), 1, "MUSTER_DATABASE", "sqlite:///")
    assert_one_line(run(tmp_path, "serve", "--workers", "2"), 1, "MUSTER_WORKERS", "postgresql://")
    assert_one_line(run(tmp_path, "serve", MUSTER_DATABASE="postgresql://host"), 1, "MUSTER_DATABASE")
    assert_one_line(
        run(tmp_path, "serve", MUSTER_PUBLIC_URL="scim.example.com"), 1, "MUSTER_PUBLIC_URL", "https://"
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "name, value, said",
    [
        ("PORT", "70000", "'70000' is no whole number from 1 to 65535"),
        ("PORT", "eighty", "'eighty' is no whole number from 1 to 65535"),
        ("PORT", "80.5", "'80.5' is no whole number from 1 to 65535"),
        ("WORKERS", "0", "'0' is no whole number from 1 to 256"),
        ("MOST_IN_FLIGHT", "-1", "'-1' is no whole number from 1 on"),
        ("CHORES_SECONDS", "inf", "'inf' is no number from 0 to 86400"),
        ("DRAIN_SECONDS", "nan", "'nan' is no number from 0 to 3600"),
        ("DRAIN_TIMEOUT", "x" * 999, f"'{'x' * 40}' is no whole number from 1 to 3600"),
        ("HOST", "a b", "must be an address of this machine"),
        ("HOST", "a..b", "must be an address of this machine"),
        ("HOST", "\udcff", "must be an address of this machine"),
        (
            "DATABASE",
            "postgresql://u:hunter2@[x/db",
            "must look like postgresql://user:password@host/database",
        ),
        (
            "DATABASE",
            "postgresql://u:hunter2@h:99999/db",
            "must look like postgresql://user:password@host/database",
        ),
        ("DATABASE", "mysql://u:hunter2@h/db", "must look like sqlite:///muster.db"),
        ("MIGRATION_DATABASE", "postgresql://u:hunter2@h:x/db", "must look like postgresql://"),
        ("SECRET_KEY", "hunter2", "must be 32 random bytes in base64"),
        ("PUBLIC_URL", "https://u:hunter2@h", "must be https://, a host"),
        ("TRUSTED_PROXIES", "10.0.0.0/33", "'10.0.0.0/33' is no address or network"),
        ("DNS_SERVERS", "x", "'x' is no address of a DNS server"),
    ],
)
def test_a_wrong_setting_is_told_of_in_our_words(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    """The variable, what it holds unless that may be secret, and what it may hold."""
    monkeypatch.setenv(f"MUSTER_{name}", value)
    with pytest.raises(ClickException) as refused:
        settings_of()
    assert refused.value.message.startswith(f"MUSTER_{name}: {said}")
    assert "hunter2" not in refused.value.message
    assert "\n" not in refused.value.message


NUMBERS = [name for name, field in Settings.model_fields.items() if field.annotation in {int, float}]


@pytest.mark.parametrize("name", NUMBERS)
def test_every_number_is_told_of_when_it_is_none(name: str) -> None:
    """As what it is not, whichever setting it is."""
    for value in ("-1", "nan", "\udcff"):
        with pytest.raises(
            ClickException, match=rf"^MUSTER_{name.upper()}: '.*' is no (whole )?number from \d"
        ):
            settings_of(**{name: value})


@pytest.mark.parametrize(
    "address",
    [
        "https://h/?x=1", "https://h/#x", "https://h?", "https://h#", "https://a b", "https://h:abc", "https://h:",
        "https://h:0", "https://h:70000", "https://u:p@h", "https://u@h", "https://", "https:///x", "https://:80",
        "https://[::1", "https://h\n", "https://h/\u202e", "http://",
    ],
)  # fmt: skip
def test_a_public_address_that_is_none_is_refused(address: str) -> None:
    """Before it stands in each URL that is printed or answered."""
    with pytest.raises(ClickException) as refused:
        settings_of(public_url=address)
    assert refused.value.message.startswith("MUSTER_PUBLIC_URL: must be")
    assert "\n" not in refused.value.message


@pytest.mark.parametrize(
    "address",
    ["https://h", "https://h/", "http://h:8080", "https://h/a/b", "https://[::1]:443/a", "https://ü.de"],
)
def test_a_public_address_is_taken_as_it_is(address: str) -> None:
    """Without a slash at its end."""
    assert settings_of(public_url=address).base == address.rstrip("/")


@pytest.mark.parametrize(
    "command", ["organization list", "api-key create x", "connection list", "chores", "restore --revoke-only"]
)
def test_where_there_is_no_database_none_is_made(tmp_path: Path, command: str) -> None:
    """It is another folder than the server's: an empty one would only hide that."""
    with pytest.raises(
        CommandFailed, match=f"there is no database at {tmp_path}/muster.db; .*--database"
    ) as failed:
        muster(tmp_path / "muster.db", *command.split())
    assert failed.value.exit_code == 1
    assert list(tmp_path.iterdir()) == []


def test_the_first_organization_makes_the_database_and_says_so(tmp_path: Path) -> None:
    """Once."""
    code, _, said = run(tmp_path, "organization", "create", "acme")
    assert (code, said) == (0, f"There was no database at {tmp_path}/muster.db; it is made now.\n")
    code, _, said = run(tmp_path, "organization", "create", "other")
    assert (code, said) == (0, "")


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    """The complaint names the file, and its bytes stay."""
    place = tmp_path / "notes.txt"
    place.write_text("nothing that SQLite ever wrote, but long enough to be read as its header" * 20)
    before = place.read_bytes()
    for command in (("serve",), ("connection", "list")):
        assert_one_line(run(tmp_path, *command, MUSTER_DATABASE=f"sqlite:///{place}"), 1, "notes.txt")
    assert place.read_bytes() == before


@pytest.mark.parametrize("closed", ["file", "folder"])
def test_a_database_that_is_read_only_is_named(tmp_path: Path, closed: str) -> None:
    """What is wrong and what to look at, when something is to be written and when a server starts; nothing is busy."""
    database = tmp_path / "held" / "muster.db"
    database.parent.mkdir()
    muster(database, "organization", "create", "acme")
    before = database.read_bytes()
    (database if closed == "file" else database.parent).chmod(0o500)
    address = f"sqlite:///{database}"
    for command in (("organization", "create", "other"), ("serve",)):
        result = run(tmp_path, *command, started_by=AS_ANYBODY, MUSTER_DATABASE=address)
        told = "cannot be written", f"{database} or its folder is read-only", "check the permissions"
        assert_one_line(result, 1, *told)
        assert "busy" not in result[2]
    database.parent.chmod(0o700)
    assert database.read_bytes() == before


def test_a_place_that_cannot_hold_a_database_is_named(tmp_path: Path) -> None:
    """A missing folder, or a folder in place of the file."""
    missing = f"sqlite:///{tmp_path}/nowhere/muster.db"
    assert_one_line(run(tmp_path, "connection", "list", "--database", missing), 1, "nowhere")
    assert_one_line(
        run(tmp_path, "connection", "list", "--database", f"sqlite:///{tmp_path}"), 1, str(tmp_path)
    )


def test_a_second_server_of_a_file_is_refused(server: RunningServer, tmp_path: Path) -> None:
    """While one serves it, and on its port as well."""
    busy = f"sqlite:///{server.database}"
    assert_one_line(
        run(tmp_path, "serve", "--port", str(free_port()), "--database", busy), 1, str(server.database)
    )
    assert_one_line(run(tmp_path, "serve", "--port", str(server.port)), 1, str(server.port))


def test_unknown_things_are_named(tmp_path: Path) -> None:
    """An organization, connection or credential that is not there, and a name that is taken."""
    database = tmp_path / "muster.db"
    muster(database, "organization", "create", "acme")
    where = ("--database", f"sqlite:///{database}")
    assert_one_line(run(tmp_path, "organization", "create", "acme", *where), 1, "acme")
    create = ("connection", "create", "--organization", "nobody", "--provider", "okta")
    assert_one_line(run(tmp_path, *create, *where), 1, "nobody")
    for command in ("rotate", "revoke"):
        assert_one_line(
            run(tmp_path, "credential", command, "nothing", *where), 1, "no credential with this id"
        )
    assert_one_line(
        run(tmp_path, "credential", "list", "--connection", "nothing", *where),
        1,
        "no connection with this id",
    )


@pytest.mark.parametrize(
    "started, on_path, typed",
    [
        (".venv/bin/muster", False, "`.venv/bin/muster organization create`"),
        ("{folder}/muster", True, "`muster organization create`"),
        ("{folder}/muster", False, "`{folder}/muster organization create`"),
    ],
)
def test_a_hint_is_what_one_types_here(tmp_path: Path, started: str, on_path: bool, typed: str) -> None:
    """The path that the program was started by, unless the shell finds it by its name."""
    muster(tmp_path / "muster.db", "organization", "create", "acme")
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "bin").symlink_to(PROGRAM.parent)
    program = started.format(folder=PROGRAM.parent)
    done = subprocess.run(
        [program, "organization", "show", "nobody"],
        cwd=tmp_path,
        env={"PATH": f"{PROGRAM.parent if on_path else ''}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert typed.format(folder=PROGRAM.parent) in done.stderr


def test_an_address_that_cannot_be_listened_on(tmp_path: Path) -> None:
    """A port that is taken wants another port, an address that is not of this machine another one."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert_one_line(run(tmp_path, "serve", "--port", port), 1, port, "--port (MUSTER_PORT)")
    assert_one_line(run(tmp_path, "serve", "--host", "192.0.2.1"), 1, "192.0.2.1", "--host (MUSTER_HOST)")
    assert list(tmp_path.iterdir()) == []
