"""schemathesis against the running program, on both stores: whatever is asked, what comes back is what is described.

It goes through every operation of the description, so that a route that is added is tried too.
"""

from __future__ import annotations

import os
import subprocess
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.hooks import OWN_KEY
from tests.architecture.sources import ROOT
from tests.harness.postgres import Cluster
from tests.harness.server import RunningServer, muster

SCHEMATHESIS = Path(sysconfig.get_path("scripts")) / "schemathesis"
OPTIONS = (
    "--checks", "all", "--exclude-checks", "positive_data_acceptance", "--max-examples", "3", "--generation-deterministic",
    "--continue-on-failure", "--no-color",
)  # fmt: skip
SECONDS = 300
AUTH = '[auth.openapi.managementKey]\nbearer = "{}"\n'


class Tried(RunningServer):
    """The real program with one organization; `phases` are those of schemathesis that are worth their time on a store."""

    phases = "coverage,fuzzing,stateful"


@pytest.fixture(params=["sqlite", "postgres"])
def served(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Tried]:
    """Once on each store; what a parameter may look like is asked on the first."""
    running = Tried()
    if request.param == "postgres":
        cluster: Cluster = request.getfixturevalue("cluster")
        running.start(cluster.new_store(), log=tmp_path / "muster.log")
        running.phases = "fuzzing,stateful"
    else:
        running.start(tmp_path / "muster.db")
    muster(running.database, "organization", "create", "acme")
    yield running
    running.kill()


def tried(server: RunningServer, folder: Path, organization: str | None, *options: str) -> str:
    """What schemathesis prints, and that it found nothing."""
    whose = ["--organization", organization] if organization else []
    made = muster(server.database, "api-key", "create", "tried", "--scope", "write", *whose)
    (folder / "schemathesis.toml").write_text(AUTH.format(made["api_key"]))
    result = subprocess.run(
        [
            SCHEMATHESIS,
            "run",
            f"{server.origin}/api/v1/openapi.json",
            *OPTIONS,
            *options,
        ],
        cwd=folder,
        env={
            **os.environ,
            "SCHEMATHESIS_HOOKS": "tests.api.hooks",
            "PYTHONPATH": str(ROOT),
            OWN_KEY: made["id"],
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=SECONDS,
        check=False,
    )
    printed = result.stdout.decode()
    assert result.returncode == 0, printed + server.log_tail()
    return printed


def test_whatever_is_asked_the_answer_is_as_described(served: Tried, tmp_path: Path) -> None:
    """With an organization's key every operation; with one of the platform what only that may."""
    all_but_one = ("--phases", served.phases, "--exclude-operation-id", "createOrganization")
    assert "Authentication failed" not in tried(served, tmp_path, "acme", *all_but_one)
    tried(served, tmp_path, None, "--phases", served.phases, "--include-path-regex", "^/organizations")
    assert "unexpected error" not in served.log_path.read_text()
