"""The pages about the management API: what is made from the program is as the program is, and the examples work."""

import os
import shutil
import subprocess
import uuid
from pathlib import Path

import pytest

from tests.api.asgi import Api
from tests.api.reference import PAGE, page
from tests.architecture.sources import ROOT
from tests.architecture.test_examples import shell_lines
from tests.harness.server import PROGRAM, RunningServer, muster, url_of

GUIDES = ROOT / "docs" / "how-to"
EXAMPLES = GUIDES / "use-the-management-api.md"
ENFORCING = GUIDES / "enforce-access.md"
CURL = "curl() { command curl --fail-with-body --noproxy '*' \"$@\"; }"


def test_the_reference_lists_every_problem_and_every_route(api_on_sqlite: Api) -> None:
    """`python -m tests.api.reference` writes what is missing."""
    assert page(api_on_sqlite) == PAGE.read_text("utf-8")


def test_the_examples_work(server: RunningServer, tmp_path: Path) -> None:
    """Each line of the how-to, run in order with a fresh key of the platform, is answered with success."""
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed; the examples need it")
    key = muster(server.database, "api-key", "create", "examples", "--scope", "write", "--ttl", "30d")
    lines = [line for line in shell_lines(EXAMPLES) if not line.startswith((".venv/bin/muster ", "export "))]
    assert sum("curl" in line for line in lines) > 5
    environment = os.environ | {"MUSTER_API": f"{server.origin}/api/v1", "MUSTER_API_KEY": key["api_key"]}
    script = ["set -euo pipefail", CURL, *lines]
    done = subprocess.run(
        ["bash", "-c", "\n".join(script)], env=environment, cwd=tmp_path, capture_output=True, check=False
    )
    assert done.returncode == 0, (done.stdout + done.stderr).decode()


def test_the_examples_of_enforcing_access_work(server: RunningServer, tmp_path: Path) -> None:
    """From making somebody to giving permissions, with a key of the organization as the page has it made."""
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed; the examples need it")
    name = f"acme-{uuid.uuid4().hex}"
    muster(server.database, "organization", "create", name)
    key = muster(server.database, "api-key", "create", "platform", "--organization", name, "--scope", "write")
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "bin").symlink_to(PROGRAM.parent)
    lines = [line.replace("--organization acme", f"--organization {name}") for line in shell_lines(ENFORCING)]
    kept = [line for line in lines if not line.startswith(("export ", "EARLIER=")) and "$EARLIER" not in line]
    environment = os.environ | {
        "MUSTER_API": f"{server.origin}/api/v1",
        "MUSTER_API_KEY": key["api_key"],
        "MUSTER_DATABASE": url_of(server.database),
    }
    script = "\n".join(["set -euo pipefail", CURL, *kept, 'echo; echo "last: $ROLE"'])
    done = subprocess.run(
        ["bash", "-c", script], env=environment, cwd=tmp_path, capture_output=True, check=False
    )
    assert done.returncode == 0, (done.stdout + done.stderr).decode()
    said = done.stdout.decode()
    assert '"good":true' in said
    assert "billing.read" in said
