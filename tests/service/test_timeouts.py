"""PostgreSQL does not get to it: 503, never a hang, and everything else goes on."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from tests.conftest import new_connection
from tests.harness.client import Answer
from tests.harness.postgres import OWNER, SUPERUSER, Cluster
from tests.harness.server import RunningServer
from tests.service.test_drain import DEADLINE_SECONDS

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
SLEEPY = """CREATE OR REPLACE FUNCTION muster.user_by(bigint, bigint, text, bytea, bytea, integer)
  RETURNS SETOF record LANGUAGE plpgsql STABLE AS $$ BEGIN PERFORM pg_sleep(600); END $$"""


@contextmanager
def locked(cluster: Cluster, database: str) -> Iterator[None]:
    """While inside, nobody else can read or write a user."""
    with asyncio.Runner() as runner:
        connection = runner.run(asyncpg.connect(cluster.url(database, SUPERUSER)))
        try:
            runner.run(connection.execute("BEGIN; LOCK TABLE muster.users"))
            yield
        finally:
            runner.run(connection.close())


@pytest.fixture
def stuck(cluster: Cluster, tmp_path: Path) -> Iterator[RunningServer]:
    """A server on a database in which retrieving a user by its id takes ten minutes."""
    address = cluster.new_store()
    asyncio.run(cluster.execute(urlsplit(address).path[1:], SLEEPY, user=OWNER))
    running = RunningServer().start(address, log=tmp_path / "muster.log")
    yield running
    running.stop()


def test_a_lock_or_a_statement_that_takes_too_long(cluster: Cluster, stuck: RunningServer) -> None:
    """A write and a query behind a lock, and a slow statement: 503 with Retry-After, named in the log; nothing was done."""
    ada = {"schemas": [USER], "userName": "ada"}
    requests = [
        ("POST", "/Users", ada),
        ("GET", "/Users?filter=title%20co%20%22x%22", None),
        ("GET", "/Users/x", None),
    ]

    def apart(method: str, target: str, body: object) -> Answer:
        with client.twin() as twin:
            return twin.request(method, target, body)

    with new_connection(stuck) as client, ThreadPoolExecutor(len(requests)) as pool:
        with locked(cluster, urlsplit(stuck.database).path[1:]):
            running = [pool.submit(apart, *request) for request in requests]
            assert (
                client.get("/ServiceProviderConfig").status == 200
            )  # asks for the key, and waits for nobody
            answers = [one.result(DEADLINE_SECONDS) for one in running]
        assert client.post("/Users", ada).status == 201
    for answer in answers:
        assert (answer.status, answer.headers["retry-after"]) == (503, "1")
        assert "nothing was done" in answer.body["detail"]
        assert f'"request": "{answer.headers["x-request-id"]}"' in stuck.log_tail()
