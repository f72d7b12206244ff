"""The harness keeps its law: no server outlives the test process."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.architecture.sources import ROOT

SCRIPT = """
import os, sys
from pathlib import Path
from tests.harness.server import RunningServer
server = RunningServer().start(Path(sys.argv[1]))
print(server.pid, flush=True)
sys.stdin.read()
"""
DEADLINE_SECONDS = 20


def group_is_alive(group: int) -> bool:
    """Whether any process of the group is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_server_is_gone_when_its_test_process_is_killed(tmp_path: Path) -> None:
    """SIGKILL for the process that started it: the server and its workers end without anyone's help."""
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(tmp_path / "muster.db")],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as starter:
        assert starter.stdout is not None
        group = int(starter.stdout.readline())
        assert group_is_alive(group)
        starter.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + DEADLINE_SECONDS
    while group_is_alive(group) and time.monotonic() < deadline:
        time.sleep(0.02)  # a process that is not our child: there is nothing to wait on
    assert not group_is_alive(group)
