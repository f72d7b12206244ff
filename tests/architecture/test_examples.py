"""The commands that the documents show: they exist, and those of the README work against a running server."""

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from muster.cli import main
from tests.architecture.sources import ROOT, documents, shown
from tests.architecture.test_reference import subcommands
from tests.harness.client import ScimClient

BLOCK = re.compile(r"^```(?:console|bash|sh)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def shell_lines(page: Path) -> Iterator[str]:
    """Each command of a page's shell examples, continued lines joined, the prompt taken off."""
    for block in BLOCK.findall(page.read_text("utf-8")):
        for line in block.replace("\\\n", " ").splitlines():
            if line.strip() and not line.lstrip().startswith("#"):
                yield line.removeprefix("$ ").strip()


def lines_with(program: str) -> list[tuple[str, list[str]]]:
    """The words after `program` in each shell line of every document that begins with it, with the page's name."""
    starts = re.compile(rf"(?:[A-Z_]+=\S+ )*(?:\S*/)?{program}(?: |$)")
    return [
        (shown(page), shlex.split(line[match.end() :], comments=True))
        for page in documents()
        for line in shell_lines(page)
        if (match := starts.match(line))
    ]


def resolve(arguments: list[str]) -> str | None:
    """What is wrong with a command line of the program, if anything: an unknown command or option."""
    command: click.Command = main
    for place, word in enumerate(arguments):
        if not isinstance(command, click.Group):
            return unknown_option(command, arguments[place:])
        known = subcommands(command)
        if word not in known:
            return f"no command {word!r}"
        command = known[word]
    return unknown_option(command, [])


def unknown_option(command: click.Command, arguments: list[str]) -> str | None:
    """The first option that the command does not have."""
    known = {name for parameter in command.params for name in parameter.opts} | {"--help"}
    used = [word.partition("=")[0] for word in arguments if word.startswith("--")]
    return next((f"no option {word!r}" for word in used if word not in known), None)


def test_every_make_target_that_is_shown_exists() -> None:
    """`make X` in a document is a target of the Makefile."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    shown_targets = {(page, words[0]) for page, words in lines_with("make") if words}
    assert [
        f"{page}: make {name}" for page, name in shown_targets if name not in targets and "=" not in name
    ] == []


def test_every_command_line_that_is_shown_is_understood() -> None:
    """`muster ...` in a document names a command and options that are there."""
    problems = [(page, words, resolve(words)) for page, words in lines_with("muster")]
    assert [f"{page}: muster {' '.join(words)}: {why}" for page, words, why in problems if why] == []


def test_the_readme_curl_lines_work(client: ScimClient, tmp_path: Path) -> None:
    """Each curl line of the README, run in order with BASE and KEY set, is answered with success."""
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed; the README's examples need it")
    lines = [line for line in shell_lines(ROOT / "README.md") if "curl" in line]
    assert lines
    environment = os.environ | {"BASE": client.base_url, "KEY": client.api_key or ""}
    script = "\n".join(
        ["set -euo pipefail", "curl() { command curl --fail-with-body --noproxy '*' \"$@\"; }", *lines]
    )
    done = subprocess.run(
        ["bash", "-c", script], env=environment, cwd=tmp_path, capture_output=True, check=False
    )
    assert done.returncode == 0, (done.stdout + done.stderr).decode()
