"""The server's processes: one server per file, and no worker without its parent."""

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

from bench.usage import tree
from tests.harness.ports import free_port
from tests.harness.server import PROGRAM, RunningServer

DEADLINE_SECONDS = 10


def alive(process: int) -> bool:
    """Whether the process runs; one that waits for its parent's wait() does not."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


def port_is_free(port: int) -> bool:
    """Whether a new server could listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def test_a_worker_dies_with_its_parent(own_server: RunningServer) -> None:
    """SIGKILL for `muster serve` alone: every process of it ends by itself and the port is free."""
    processes = tree([own_server.pid])
    os.kill(own_server.pid, signal.SIGKILL)
    deadline = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < deadline and (
        any(alive(process) for process in processes) or not port_is_free(own_server.port)
    ):
        time.sleep(0.02)  # processes that are not our children: there is nothing to wait on
    assert [process for process in processes if alive(process)] == []
    assert port_is_free(own_server.port)


def test_the_database_is_free_again_after_a_kill(own_server: RunningServer) -> None:
    """The lock dies with the process that held it: the next start needs no one's help."""
    own_server.kill()

    own_server.start(own_server.database)

    assert own_server.running


def test_a_second_server_on_the_same_file_is_refused(own_server: RunningServer) -> None:
    """Exit 1 with one line; the first server goes on."""
    database = f"sqlite:///{own_server.database}"
    second = subprocess.run(
        [PROGRAM, "serve", "--port", str(free_port()), "--database", database],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert second.returncode == 1
    assert len(second.stderr.splitlines()) == 1, second.stderr
    assert own_server.running


def test_a_polite_end_is_an_orderly_one(own_server: RunningServer) -> None:
    """SIGTERM: exit code 0, and nothing is left of the process tree."""
    processes = tree([own_server.pid])

    assert own_server.stop() == 0
    assert not any(alive(process) for process in processes)
