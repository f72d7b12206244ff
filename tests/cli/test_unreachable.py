"""A PostgreSQL that cannot be used: each command of the program says so in one line, exit code 1."""

from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from muster.cli import main
from tests.architecture.test_reference import subcommands
from tests.harness.ports import free_port
from tests.harness.postgres import OWNER, Cluster

EXTRA = {
    "settings": ["--log-days", "7"],
    "restore": ["--revoke-only"],
    "migrate": ["--as-owner", "{owner}"],
    "serve": ["--port", "{port}"],
    "log": ["--organization", "something"],
}
PLACES = ["nobody listens", "no such host", "no such database", "no such role"]


def commands(group: click.Group = main, *path: str) -> Iterator[tuple[str, ...]]:
    """Each command that works on a database."""
    for name, command in subcommands(group).items():
        if isinstance(command, click.Group):
            yield from commands(command, *path, name)
        elif any(parameter.name == "database" for parameter in command.params):
            yield (*path, name)


def required(path: tuple[str, ...], folder: Path) -> list[str]:
    """Something for each argument and option that a command wants to have."""
    command: click.Command = main
    for name in path:
        assert isinstance(command, click.Group)
        command = subcommands(command)[name]
    words = []
    for parameter in command.params:
        if parameter.required:
            value = _value(parameter.type, folder, "[]" if path[0] == "mapping" else "{}")
            words += [value] if isinstance(parameter, click.Argument) else [parameter.opts[0], value]
    return words


def _value(wanted: object, folder: Path, document: str) -> str:
    if isinstance(wanted, click.Choice):
        return str(wanted.choices[0])
    if isinstance(wanted, click.Path) and wanted.exists:
        file = folder / "something"
        file.write_text(document)
        return str(file)
    return "something"


@pytest.fixture(params=PLACES)
def nowhere(request: pytest.FixtureRequest, cluster: Cluster) -> str:
    """An address that leads to no database of ours, with a password in it."""
    port = free_port() if request.param == "nobody listens" else cluster.port
    host = "muster.invalid" if request.param == "no such host" else "127.0.0.1"
    user = "stranger" if request.param == "no such role" else "muster"
    return f"postgresql://{user}:hush@{host}:{port}/nowhere"


@pytest.mark.parametrize("path", list(commands()), ids=" ".join)
def test_an_unreachable_database(nowhere: str, path: tuple[str, ...], tmp_path: Path) -> None:
    """No traceback, no password, nothing on standard output."""
    given = {"owner": nowhere.replace("//muster", f"//{OWNER}"), "port": str(free_port())}
    extra = [word.format(**given) for word in EXTRA.get(path[-1], [])]
    arguments = [*path, *required(path, tmp_path), *extra, "--database", nowhere]
    result = CliRunner().invoke(main, arguments)
    assert isinstance(result.exception, SystemExit), result.exception
    assert (result.exit_code, result.stdout) == (1, "")
    (line,) = result.stderr.splitlines()
    assert line.startswith("Error: ")
    assert "hush" not in line
    assert "cannot connect" in line or "pg_dump" in line
