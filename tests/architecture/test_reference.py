"""The reference pages against the program: each command, option and setting is described, and nothing else is."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from pydantic_settings import BaseSettings

import muster.settings
from muster.cli import main
from muster.directory.chores import CHORES
from tests.architecture.sources import ROOT

REFERENCE = ROOT / "docs" / "reference"
EVERY_COMMAND = "Options of every command"


def commands(group: click.Command = main, path: str = "muster") -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, with its full name, as "muster credential rotate"."""
    if not isinstance(group, click.Group):
        yield path, group
        return
    for name, command in subcommands(group).items():
        if not command.hidden:
            yield from commands(command, f"{path} {name}")


def subcommands(group: click.Group) -> dict[str, click.Command]:
    """What a group has, by name, imported where need be."""
    context = click.Context(group)
    found = {name: group.get_command(context, name) for name in group.list_commands(context)}
    return {name: command for name, command in found.items() if command is not None}


def options_of(command: click.Command) -> set[str]:
    """The long options of a command."""
    options = (parameter for parameter in command.params if isinstance(parameter, click.Option))
    shown = (option for option in options if not option.hidden)
    return {
        name for option in shown for name in (*option.opts, *option.secondary_opts) if name.startswith("--")
    }


def sections(page: Path) -> dict[str, str]:
    """A page's text by heading, backticks taken off the heading."""
    parts = re.split(r"^#+ +(.+)$", page.read_text("utf-8"), flags=re.MULTILINE)
    return {
        heading.replace("`", "").strip(): text for heading, text in zip(parts[1::2], parts[2::2], strict=True)
    }


def documented_options(name: str) -> set[str]:
    """The options that docs/reference/cli.md gives a command, the common ones included."""
    page = sections(REFERENCE / "cli.md")
    return set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", page.get(name, "") + page.get(EVERY_COMMAND, "")))


def environment_names() -> set[str]:
    """The environment variable of each setting."""
    classes = [
        value
        for value in vars(muster.settings).values()
        if isinstance(value, type) and issubclass(value, BaseSettings) and value is not BaseSettings
    ]
    assert classes, "muster.settings defines no settings class"
    return {
        f"{one.model_config.get('env_prefix', '')}{field}".upper()
        for one in classes
        for field in one.model_fields
    }


@pytest.mark.parametrize(
    "name, command", list(commands()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_command_and_its_options_are_described(name: str, command: click.Command) -> None:
    """docs/reference/cli.md has a heading for the command, and its section names each option."""
    assert name in sections(REFERENCE / "cli.md")
    assert options_of(command) - documented_options(name) == set()


def test_no_command_is_described_that_is_not_there() -> None:
    """A heading that begins with `muster` is a command."""
    described = {heading for heading in sections(REFERENCE / "cli.md") if heading.startswith("muster ")}
    assert described == {name for name, _ in commands()}


def test_settings_and_their_page_agree() -> None:
    """docs/reference/settings.md has a row for each MUSTER_ variable that is read, and for no other."""
    described = set(
        re.findall(r"^\| `(MUSTER_[A-Z_]+)`", (REFERENCE / "settings.md").read_text("utf-8"), re.MULTILINE)
    )
    assert described == environment_names()


def test_each_chore_is_described() -> None:
    """The table of `muster chores` has a row for each, and for no other."""
    described = re.findall(
        r"^\| `([a-z_]+)` \|", sections(REFERENCE / "cli.md")["muster chores"], re.MULTILINE
    )
    assert sorted(described) == sorted(CHORES)
