"""PostgreSQL goes away and comes back under traffic: every answer is right, or a 503; nothing is taken for absent or refused."""

import json
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import count as numbers
from itertools import dropwhile
from pathlib import Path

import pytest

from tests.conftest import new_connection
from tests.harness.client import Answer, ScimClient
from tests.harness.inside import rows
from tests.harness.postgres import Cluster
from tests.harness.server import RunningServer
from tests.service.scrape import fetch
from tests.service.test_drain import DEADLINE_SECONDS, until

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
WRITERS, READERS, STRANGERS = 4, 2, 2
ROUNDS_AFTER = 3


@pytest.fixture
def exposed(fragile: Cluster, tmp_path: Path) -> Iterator[RunningServer]:
    """A server with two workers on it."""
    running = RunningServer()
    running.start(fragile.new_store(), log=tmp_path / "muster.log", MUSTER_WORKERS="2")
    yield running
    running.stop()


@dataclass
class Caller:
    """Sends requests one after the other; keeps what they were, what was allowed, and how they were answered."""

    client: ScimClient
    number: int
    stop: threading.Event
    begun: threading.Barrier
    wrong: list[tuple[str, Answer]] = field(default_factory=list)
    lost: list[Answer] = field(default_factory=list)
    created: dict[str, str] = field(default_factory=dict)
    undone: set[str] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)

    def expect(self, status: int, what: str, answer: Answer) -> bool:
        """Whether it was done; anything but that and an unavailable database is wrong."""
        if answer.status == 503:
            self.lost.append(answer)
            if not (answer.headers.get("retry-after") == "1" and answer.body["schemas"] == [ERROR]):
                self.wrong.append((what, answer))
        elif answer.status != status:
            self.wrong.append((what, answer))
        return answer.status == status

    def run(self, act: Callable[["Caller", int], None]) -> None:
        """Act until told to stop, and some rounds more."""
        left = ROUNDS_AFTER
        for count in numbers():
            act(self, count)
            if count == 0:
                self.begun.wait()
            left -= self.stop.is_set()
            if not left:
                return


def write(caller: Caller, count: int) -> None:
    """Create, read, change and delete one's own users; what was acknowledged is there, and what was not is not."""
    name = f"w{caller.number}-{count}"
    answer = caller.client.post("/Users", {"schemas": [USER], "userName": name})
    if not caller.expect(201, "create", answer):
        (caller.unknown if "is not known" in answer.body["detail"] else caller.undone).add(name)
        return
    id = answer.body["id"]
    caller.created[name] = id
    caller.expect(200, "retrieve", caller.client.get(f"/Users/{id}"))
    change = {"op": "replace", "path": "title", "value": name}
    caller.expect(200, "modify", caller.client.patch(f"/Users/{id}", change))
    if count % 3 == 0:
        del caller.created[name]
        if not caller.expect(204, "delete", caller.client.delete(f"/Users/{id}")):
            caller.unknown.add(name)


def read(caller: Caller, count: int) -> None:
    """Queries of each kind."""
    query = {"filter": 'userName eq "steady"'} if count % 2 else {"filter": 'userName co "tead"'}
    answer = caller.client.get("/Users", query=query)
    if caller.expect(200, "query", answer) and answer.body["totalResults"] != 1:
        caller.wrong.append(("total", answer))


def trespass(caller: Caller, count: int) -> None:
    """A key that is not valid is never let in."""
    caller.expect(
        401, "bad key", caller.client.get("/Users") if count % 2 else caller.client.post("/Users", {})
    )


def gone_and_back(fragile: Cluster, exposed: RunningServer, how: signal.Signals) -> None:
    """Stop PostgreSQL, see that the server is alive and not ready, start it again, and wait until it is ready."""
    fragile.stop(how)
    assert fetch(exposed, "/readyz")[0] == 503
    assert fetch(exposed, "/healthz")[0] == 200
    fragile.start()
    for _ in until():
        if fetch(exposed, "/readyz")[0] == 200:
            return


def test_every_answer_is_right_while_postgresql_restarts(fragile: Cluster, exposed: RunningServer) -> None:
    """In good order, then at once, under writes, reads and bad keys: judged one by one, and against what is in the database."""
    stop = threading.Event()
    acts = [write] * WRITERS + [read] * READERS + [trespass] * STRANGERS
    begun = threading.Barrier(len(acts) + 1, timeout=DEADLINE_SECONDS)
    with ExitStack() as opened:
        client = opened.enter_context(new_connection(exposed))
        pool = opened.enter_context(ThreadPoolExecutor(len(acts)))
        assert client.post("/Users", {"schemas": [USER], "userName": "steady"}).status == 201
        bad = f"{(client.api_key or '')[:-4]}0000"
        callers = [
            Caller(client.twin(bad if act is trespass else None), number, stop, begun)
            for number, act in enumerate(acts)
        ]
        for caller in callers:
            opened.callback(caller.client.close)
        running = [pool.submit(caller.run, act) for caller, act in zip(callers, acts, strict=True)]
        begun.wait()
        try:
            for how in (signal.SIGINT, signal.SIGQUIT):
                gone_and_back(fragile, exposed, how)
        finally:
            stop.set()
        for one in running:
            one.result(DEADLINE_SECONDS)
    judge(exposed, callers)


def judge(exposed: RunningServer, callers: list[Caller]) -> None:
    """Compare what was answered with what is there, and with the log."""
    assert [caller.wrong for caller in callers if caller.wrong] == []
    lost = [answer for caller in callers for answer in caller.lost]
    assert lost
    there = {
        str(name)
        for (name,) in rows(
            exposed.database, "SELECT convert_from(document, 'UTF8')::jsonb ->> 'userName' FROM users"
        )
    }
    created = {name for caller in callers for name in caller.created} | {"steady"}
    unknown = {name for caller in callers for name in caller.unknown}
    assert created <= there <= created | unknown
    assert there.isdisjoint({name for caller in callers for name in caller.undone})
    written = exposed.log_path.read_text().splitlines()
    lines = [json.loads(line) for line in dropwhile(lambda line: not line.startswith("{"), written)]
    told = {line["request"] for line in lines if line["event"] in {"database unavailable", "outcome unknown"}}
    assert {answer.headers["x-request-id"] for answer in lost} <= told
