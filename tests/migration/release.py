"""The release before, taken from this repository's history. Law: what runs under its name says so, in its version."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from tests.architecture.sources import ROOT
from tests.harness.server import PROGRAM, Place, url_of

COMMIT = Path(__file__).with_name("previous.txt").read_text("utf-8").strip()
MARK = "+before"


class HistoryMissing(Exception):
    """The repository does not hold the release before."""


class ReleaseBefore:
    """The program as it was; its code is put into `folder`."""

    def __init__(self, folder: Path, repository: Path = ROOT) -> None:
        extract(repository, COMMIT, folder)
        with (folder / "src" / "muster" / "__init__.py").open("a") as package:
            package.write(f'__version__ += "{MARK}"\n')
        self.environment = {"PYTHONPATH": str(folder / "src")}
        """What makes the installed program run this code."""

    def run(self, *arguments: str) -> str:
        """Run one command; what it printed."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("MUSTER_")}
        done = subprocess.run(
            [PROGRAM, *arguments], env=kept | self.environment, capture_output=True, text=True, check=True
        )
        return done.stdout

    def muster(self, database: Place, *arguments: str) -> Any:
        """Run one command of administration; what it printed, parsed."""
        return json.loads(self.run(*arguments, "--json", "--database", url_of(database)))


def extract(repository: Path, commit: str, folder: Path) -> None:
    """Put the sources of a commit into a folder. Raises HistoryMissing."""
    archived = subprocess.run(
        ["git", "archive", commit, "src"], cwd=repository, capture_output=True, check=False
    )
    if archived.returncode != 0:
        raise HistoryMissing(
            f"the release before, commit {commit[:12]}, is not in this clone: git fetch --unshallow"
        )
    subprocess.run(["tar", "-x", "-C", folder], input=archived.stdout, check=True)
