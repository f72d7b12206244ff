"""`muster log` on a server's database: what was refused, why, and what mends it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from muster.cli import main
from tests.conformance.bodies import user
from tests.conftest import new_connection
from tests.harness.client import ScimClient
from tests.harness.server import PROGRAM, CommandFailed, RunningServer, muster, url_of


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, ScimClient, str]]:
    """A database, a connection that has asked for things, and the id of its refused request; the server has ended."""
    server = RunningServer().start(tmp_path_factory.mktemp("log") / "muster.db")
    with new_connection(server, "entra") as client:
        client.get("/Nothing")
        client.post("/Users", user(userName="ada"))
        refused = client.post("/Users", user(userName="Ada", password="hunter2"))
        client.get("/Users")
        client.get("/Users", headers={"Authorization": "Bearer mst_none"})
        server.stop()
        yield server.database, client, refused.headers["x-request-id"]


def test_a_person_is_found_with_what_mends_it(asked: tuple[Path, ScimClient, str]) -> None:
    """By userName, only what was refused; the way to mend it is that of the connection's provider."""
    database, client, id = asked
    (found,) = muster(database, "log", "--connection", client.connection_id, "--user", "ADA", "--refused")
    assert (found["request"], found["status"], found["code"]) == (id, 409, "user-name-taken")
    assert "In Entra ID: **Entra ID**" in found["fix"]
    assert found["documentation"] == "docs/reference/errors.md#user-name-taken"
    assert "body" not in found


def test_a_request_is_shown_with_what_was_sent(asked: tuple[Path, ScimClient, str]) -> None:
    """By its id, for people: one line for each that there is; never the password."""
    database, client, id = asked
    arguments = ["log", "--connection", client.connection_id, "--request", id, "--database", url_of(database)]
    shown = CliRunner().invoke(main, arguments).stdout
    assert "user-name-taken" in shown
    assert '"userName": "Ada"' in shown
    assert "hunter2" not in shown


def test_what_mends_it_is_what_one_types_here(asked: tuple[Path, ScimClient, str]) -> None:
    """A command in an explanation is named as this program was started, as in every other line that it prints."""
    database, client, _ = asked
    done = subprocess.run(
        [PROGRAM, "log", "--connection", client.connection_id, "--code", "address-unknown"],
        env={"PATH": "/usr/bin:/bin", "MUSTER_DATABASE": url_of(database)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"(`{PROGRAM} connection list`)" in done.stdout
    assert "`muster " not in done.stdout


def test_the_log_is_narrowed(asked: tuple[Path, ScimClient, str]) -> None:
    """By status, method, code, time and number; newest first."""
    database, client, _ = asked

    def statuses(*arguments: str) -> list[int]:
        found = muster(database, "log", "--connection", client.connection_id, *arguments)
        return [one["status"] for one in found]

    assert statuses() == [401, 200, 409, 201, 404]
    assert statuses("--limit", "1") == [401]
    assert statuses("--status", "2xx") == [200, 201]
    assert statuses("--method", "post", "--since", "1h") == [409, 201]
    assert statuses("--code", "key-malformed") == [401]
    assert statuses("--until", "2020-01-01T00:00:00Z") == []


@pytest.mark.parametrize(
    ("arguments", "code"),
    [((), 2), (("--organization", "nobody"), 1), (("--connection", "x"), 1), (("--organization", "a", "--connection", "x"), 2)],
)  # fmt: skip
def test_whose_log_has_to_be_said(
    asked: tuple[Path, ScimClient, str], arguments: tuple[str, ...], code: int
) -> None:
    """One of connection and organization, and one that there is."""
    with pytest.raises(CommandFailed) as caught:
        muster(asked[0], "log", *arguments)
    assert caught.value.exit_code == code
    assert len(caught.value.stderr.splitlines()) <= 2


@pytest.mark.parametrize(
    "option",
    [
        ("--status", "40"),
        ("--since", "yesterday"),
        ("--request", "none"),
        ("--code", "foo"),
        ("--method", "X"),
    ],
)
def test_what_is_written_wrong_is_refused_in_one_line(
    asked: tuple[Path, ScimClient, str], option: tuple[str, str]
) -> None:
    """It says how it is written."""
    with pytest.raises(CommandFailed) as caught:
        muster(asked[0], "log", "--connection", asked[1].connection_id, *option)
    assert caught.value.exit_code == 1
