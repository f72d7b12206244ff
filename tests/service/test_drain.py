"""What a SIGTERM does to requests: each is answered after its commit, or was never accepted."""

import contextlib
import http.client
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import apsw
import pytest

from tests.conftest import new_connection
from tests.durability.reading import assert_sound
from tests.harness.client import ScimClient
from tests.harness.server import RunningServer
from tests.service.scrape import fetch

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
WRITERS = 8
DEADLINE_SECONDS = 30
HUNG_UP = (OSError, http.client.HTTPException)


def until() -> Iterator[None]:
    """Yield again and again until the deadline: for things that no handle tells of."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < deadline:
        yield
        time.sleep(0.01)  # nothing to wait on: another process's port or state
    pytest.fail("it did not happen in time")


def names_in(database: Path) -> set[str]:
    """The userNames that are in the file."""
    file = apsw.Connection(str(database))
    rows = file.execute("SELECT document ->> '$.userName' FROM users").fetchall()
    file.close()
    return {str(name) for (name,) in rows}


class Writer:
    """Creates users, each under a new name, until the server has hung up; knows what became of every request."""

    def __init__(self, client: ScimClient, number: int, busy: threading.Barrier) -> None:
        self._client = client
        self._number = number
        self._busy = busy
        self.acknowledged: set[str] = set()
        self.refused: set[str] = set()
        self.unanswered: set[str] = set()

    def run(self) -> None:
        """Write; take part in the barrier after the first answer."""
        count = 0
        while True:
            name = f"writer-{self._number}-{count}"
            try:
                answer = self._client.post("/Users", {"schemas": [USER], "userName": name})
            except HUNG_UP:
                self.unanswered.add(name)
                return
            (self.acknowledged if answer.status == 201 else self.refused).add(name)
            if count == 0:
                self._busy.wait()
            count += 1


def write_through_the_end(server: RunningServer) -> list[Writer]:
    """Writers without a pause, SIGTERM in their midst, and the server's end."""
    busy = threading.Barrier(WRITERS + 1, timeout=DEADLINE_SECONDS)
    with new_connection(server) as client:
        writers = [Writer(client.twin(), number, busy) for number in range(WRITERS)]
        with ThreadPoolExecutor(WRITERS) as pool:
            running = [pool.submit(writer.run) for writer in writers]
            busy.wait()
            assert server.stop() == 0
            for one in running:
                one.result(DEADLINE_SECONDS)
    return writers


@pytest.mark.parametrize("round_number", range(3))
def test_no_request_is_lost(own_server: RunningServer, round_number: int) -> None:
    """Every 201 is in the file, nothing else is, and nobody was told of a failure."""
    writers = write_through_the_end(own_server)

    acknowledged = set[str]().union(*(writer.acknowledged for writer in writers))
    assert len(acknowledged) >= WRITERS
    assert [writer.refused for writer in writers if writer.refused] == []
    assert names_in(own_server.database) == acknowledged
    assert_sound(own_server.database)


def half_sent(server: RunningServer, client: ScimClient, name: str) -> tuple[socket.socket, bytes]:
    """A POST whose body has begun to arrive: the socket, and the rest of the body."""
    body = b'{"schemas":["%s"],"userName":"%s"}' % (USER.encode(), name.encode())
    head = (
        f"POST {client.base_path}/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {client.api_key}\r\n"
        f"Content-Type: application/scim+json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    wire = socket.create_connection(("127.0.0.1", server.port), timeout=DEADLINE_SECONDS)
    wire.sendall(head.encode() + body[:10])
    return wire, body[10:]


def wait_for_refusal(server: RunningServer) -> None:
    """Return when the port takes no connections any more."""
    for _ in until():
        try:
            socket.create_connection(("127.0.0.1", server.port), timeout=5).close()
        except ConnectionRefusedError:
            return


def test_what_is_under_way_is_answered_while_new_connections_are_refused(own_server: RunningServer) -> None:
    """A request that was accepted before SIGTERM is answered 201 after the port has closed, and is in the file."""
    with new_connection(own_server) as client:
        wire, rest = half_sent(own_server, client, "late")
        with contextlib.closing(wire):
            assert client.get("/Users").status == 200  # whatever was sent before has been accepted by now
            os.kill(own_server.pid, signal.SIGTERM)
            wait_for_refusal(own_server)
            wire.sendall(rest)
            answer = wire.recv(65536)
    assert answer.startswith(b"HTTP/1.1 201 ")
    assert own_server.stop() == 0
    assert "late" in names_in(own_server.database)


@pytest.fixture
def patient_server(tmp_path: Path) -> Iterator[RunningServer]:
    """A server that gives notice of its end for longer than any test takes."""
    running = RunningServer().start(tmp_path / "muster.db", MUSTER_DRAIN_SECONDS="600")
    yield running
    running.kill()


def test_readyz_turns_first_and_a_second_signal_ends_the_notice(patient_server: RunningServer) -> None:
    """With MUSTER_DRAIN_SECONDS, SIGTERM makes readyz 503 while requests are served; a second one closes the port.

    Each answer is the last one of its connection, so that its client goes elsewhere.
    """
    with new_connection(patient_server) as client:
        os.kill(patient_server.pid, signal.SIGTERM)
        for _ in until():
            if fetch(patient_server, "/readyz")[0] == 503:
                break
        assert fetch(patient_server, "/healthz")[0] == 200
        with client.twin() as newcomer:
            answer = newcomer.post("/Users", {"schemas": [USER], "userName": "served"})
            assert (answer.status, answer.headers["connection"]) == (201, "close")
    assert patient_server.stop() == 0
    assert "served" in names_in(patient_server.database)


def test_a_request_that_never_ends_does_not_keep_the_server(tmp_path: Path) -> None:
    """After MUSTER_DRAIN_TIMEOUT what is unfinished is cut off; it was never acknowledged and is not in the file."""
    server = RunningServer().start(tmp_path / "muster.db", MUSTER_DRAIN_TIMEOUT="1")
    with new_connection(server) as client:
        wire, _ = half_sent(server, client, "never")
        with contextlib.closing(wire):
            assert client.get("/Users").status == 200
            os.kill(server.pid, signal.SIGTERM)
            assert server.stop() == 0
    assert names_in(server.database) == set()
    assert_sound(server.database)


def test_start_and_end_are_in_the_log(own_server: RunningServer) -> None:
    """One line each."""
    own_server.stop()
    lines = own_server.log_path.read_text().splitlines()
    assert [word for line in lines for word in ("started", "stopped") if f'"event": "{word}"' in line] == [
        "started",
        "stopped",
    ]
