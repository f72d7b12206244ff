"""One server with several workers on PostgreSQL: what it counts, and what its end does to requests."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from tests.conftest import new_connection
from tests.harness.ports import free_port
from tests.harness.postgres import SUPERUSER, Cluster
from tests.harness.server import PROGRAM, STOP_SECONDS, RunningServer
from tests.service.scrape import fetch, labels, scrape
from tests.service.test_drain import DEADLINE_SECONDS, WRITERS, Writer, until

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
WORKERS = 2


@pytest.fixture
def scaled(cluster: Cluster, tmp_path: Path) -> Iterator[RunningServer]:
    """A server with two workers on a database of its own."""
    running = RunningServer()
    running.start(cluster.new_store(), log=tmp_path / "muster.log", MUSTER_WORKERS=str(WORKERS))
    for _ in (
        until()
    ):  # one answers before the other is there, and who is told to end before that does not hear it
        if running.log_tail().count('"started"') == WORKERS:
            break
    yield running
    if running.running:
        running.stop()


def test_workers_that_are_still_starting_hear_that_they_are_to_end(cluster: Cluster, tmp_path: Path) -> None:
    """The server ends at once, and need not end them by force."""
    where = ["--port", str(free_port()), "--database", cluster.new_store(), "--workers", str(WORKERS)]
    with (
        (tmp_path / "log").open("wb") as log,
        subprocess.Popen([PROGRAM, "serve", *where], stdout=log, stderr=log) as server,
        contextlib.ExitStack() as at_end,
    ):
        at_end.callback(server.kill)
        children = Path(f"/proc/{server.pid}/task/{server.pid}/children")
        for _ in until():
            if len(children.read_text().split()) == WORKERS:
                break
        server.terminate()
        assert server.wait(STOP_SECONDS) == 0


def names(cluster: Cluster, address: str) -> set[str]:
    """The userNames that are in a database."""

    async def read() -> set[str]:
        connection = await asyncpg.connect(cluster.url(urlsplit(address).path[1:], SUPERUSER))
        try:
            found = await connection.fetch(
                "SELECT convert_from(document, 'UTF8')::jsonb ->> 'userName' FROM muster.users"
            )
            return {row[0] for row in found}
        finally:
            await connection.close()

    return asyncio.run(read())


def test_any_worker_answers_for_all(scaled: RunningServer) -> None:
    """Requests on many connections, spread over the workers: every scrape tells of all of them, and none falls back."""
    with new_connection(scaled) as client:
        for number in range(20):
            with client.twin() as twin:
                assert twin.post("/Users", {"schemas": [USER], "userName": f"u{number}"}).status == 201
    created = ("muster_requests_total", labels(operation="create_user", status="201"))
    seen = [scrape(scaled).get(created, 0)]
    for _ in until():
        seen.append(scrape(scaled).get(created, 0))
        if seen[-1] == 20:
            break
    samples = [scrape(scaled) for _ in range(10)]
    assert {sample[created] for sample in samples} == {20}
    assert seen == sorted(seen)
    assert all(sample["muster_database_seconds_count", labels(work="write")] >= 20 for sample in samples)
    assert {sample["muster_users", ()] for sample in samples} == {20}
    assert not any(name.startswith("process_") for sample in samples for name, _ in sample)


def test_all_workers_are_ready(scaled: RunningServer) -> None:
    """Alive and ready on PostgreSQL too."""
    assert {fetch(scaled, path)[0] for path in ("/healthz", "/readyz") for _ in range(6)} == {200}


def test_no_request_is_lost_by_any_worker(scaled: RunningServer, cluster: Cluster) -> None:
    """SIGTERM in the midst of writes: every 201 is in the database, and nothing else is."""
    busy = threading.Barrier(WRITERS + 1, timeout=DEADLINE_SECONDS)
    with new_connection(scaled) as client:
        writers = [Writer(client.twin(), number, busy) for number in range(WRITERS)]
        with ThreadPoolExecutor(WRITERS) as pool:
            running = [pool.submit(writer.run) for writer in writers]
            busy.wait()
            assert scaled.stop() == 0
            for one in running:
                one.result(DEADLINE_SECONDS)

    acknowledged = set[str]().union(*(writer.acknowledged for writer in writers))
    assert [writer.refused for writer in writers if writer.refused] == []
    assert names(cluster, scaled.database) == acknowledged


def test_one_worker_that_dies_ends_all(scaled: RunningServer) -> None:
    """Whoever watches over the server is told by its exit code, and starts it anew as a whole."""
    children = Path(f"/proc/{scaled.pid}/task/{scaled.pid}/children").read_text().split()
    os.kill(int(children[0]), signal.SIGKILL)
    for _ in until():
        if not scaled.running:
            break
    assert scaled.stop() == 1
    assert '"a worker ended untold"' in scaled.log_tail()
    for child in children:
        assert not Path(f"/proc/{child}").exists()


def test_connections_are_spread_over_the_workers(scaled: RunningServer) -> None:
    """Of many connections at once each worker has its share."""
    children = Path(f"/proc/{scaled.pid}/task/{scaled.pid}/children").read_text().split()
    with contextlib.ExitStack() as held:
        for _ in range(40):
            held.enter_context(socket.create_connection(("127.0.0.1", scaled.port), timeout=DEADLINE_SECONDS))
        for _ in until():
            taken = {child: _connections(child, scaled.port) for child in children}
            if sum(taken.values()) >= 40:
                break
    assert min(taken.values()) > 5, taken  # by chance it would be fewer once in half a million


def test_a_worker_has_no_modules_of_the_directory_it_is_started_in(cluster: Cluster, tmp_path: Path) -> None:
    """Where others may write there, they would have its secrets."""
    (tmp_path / "orjson.py").write_text("import os; os._exit(9)\n")
    log = tmp_path / "log"
    where = ["--port", str(free_port()), "--database", cluster.new_store(), "--workers", str(WORKERS)]
    with (
        log.open("wb") as file,
        subprocess.Popen([PROGRAM, "serve", *where], stdout=file, stderr=file, cwd=tmp_path) as server,
        contextlib.ExitStack() as at_end,
    ):
        at_end.callback(server.kill)
        for _ in until():
            if log.read_text().count('"started"') == WORKERS:
                break
        server.terminate()
        assert server.wait(STOP_SECONDS) == 0


def test_a_worker_whose_parent_is_gone_does_not_begin() -> None:
    """Nobody would end it."""
    gone = subprocess.Popen(["true"])
    gone.wait()
    started = subprocess.run(
        [sys.executable, "-m", "muster.worker", str(gone.pid)], check=False, timeout=STOP_SECONDS
    )
    assert started.returncode == 1


def _connections(process: str, port: int) -> int:
    """How many connections to this port a process holds."""
    lines = (line.split() for line in Path(f"/proc/{process}/net/tcp").read_text().splitlines()[1:])
    at_port = {
        f"socket:[{line[9]}]" for line in lines if line[1].endswith(f":{port:04X}") and line[3] == "01"
    }
    return sum(str(each.readlink()) in at_port for each in Path(f"/proc/{process}/fd").iterdir())
