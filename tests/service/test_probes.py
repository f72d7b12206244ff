"""`/healthz`, `/readyz` and `/metrics` of a running server."""

import asyncio
import json
import time
from pathlib import Path

import apsw
import pytest

from muster.directory.measure import ChoreMeasures, RequestMeasures
from muster.endpoint.application import UNROUTED
from muster.service.life import Life
from muster.service.probes import Probes
from muster.store.sqlite import open_database
from tests.conftest import new_connection
from tests.harness.inside import rows
from tests.harness.server import RunningServer, muster
from tests.service.scrape import fetch, labels, scrape

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
DAY = 24 * 3600 * 1_000_000


@pytest.mark.parametrize("path, state", [("/healthz", "alive"), ("/readyz", "ready")])
def test_a_running_server_is_alive_and_ready(server: RunningServer, path: str, state: str) -> None:
    """200 and a word, without a credential; HEAD likewise, without a body."""
    status, headers, body = fetch(server, path)
    assert (status, headers["content-type"], json.loads(body)) == (200, "application/json", {"status": state})
    assert fetch(server, path, "HEAD")[::2] == (200, b"")


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_probes_only_tell(server: RunningServer, path: str) -> None:
    """Other methods are 405 and name those that there are."""
    status, headers, _ = fetch(server, path, "POST")
    assert (status, headers["allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize("path", ["/healthz/", "/metrics/x", "/ready", "/Healthz", "/scim/healthz"])
def test_nothing_else_is_a_probe(server: RunningServer, path: str) -> None:
    """Neighbouring paths are not there."""
    assert fetch(server, path)[0] == 404


def test_ready_means_that_the_schema_is_this_programs(own_server: RunningServer) -> None:
    """A file that another version has migrated meanwhile: still alive, not ready."""
    with apsw.Connection(str(own_server.database)) as file:
        file.pragma("user_version", int(str(file.pragma("user_version"))) + 1)
    assert fetch(own_server, "/readyz")[0] == 503
    assert fetch(own_server, "/healthz")[0] == 200


def test_a_draining_server_is_not_ready(tmp_path: Path) -> None:
    """Once the server was asked to end, readyz is 503 and healthz 200."""

    async def run() -> tuple[int, int, int]:
        database = open_database(tmp_path / "muster.db", serving=True)
        life = Life()
        probes = Probes(database, (RequestMeasures(), ChoreMeasures()), life, lambda: 0)
        before = (await probes.readyz()).status
        life.draining = True
        try:
            return before, (await probes.readyz()).status, (await probes.healthz()).status
        finally:
            await database.close()

    assert asyncio.run(run()) == (200, 503, 200)


def test_requests_are_counted_by_operation_and_status(either_server: RunningServer) -> None:
    """Each answer is one more of its operation and status, and one observation of its time."""
    with new_connection(either_server) as client:
        made = [client.post("/Users", {"schemas": [USER], "userName": f"u{n}"}) for n in range(3)]
        client.get("/Users", query={"filter": 'title co "x"'})
        client.get(f"/Users/{made[0].body['id']}")
        client.get("/Users/nobody")
        client.get("/Nowhere")
    samples = scrape(either_server)

    def requests(operation: str, status: str) -> float:
        return samples["muster_requests_total", labels(operation=operation, status=status)]

    assert requests("create_user", "201") == 3
    assert requests("query_users", "200") == 1
    assert requests("retrieve_user", "200") == requests("retrieve_user", "404") == 1
    assert requests(UNROUTED, "404") >= 1
    assert requests(UNROUTED, "401") >= 1  # the harness's first look, without a credential
    assert samples["muster_request_seconds_count", labels(operation="create_user")] == 3
    assert samples["muster_request_seconds_bucket", labels(operation="create_user", le="+Inf")] == 3


def test_the_database_is_measured(either_server: RunningServer) -> None:
    """Statements, times by kind of work, operations per commit, changes, and what there is."""
    with new_connection(either_server) as client:
        for number in range(5):
            client.post("/Users", {"schemas": [USER], "userName": f"u{number}"})
        client.get("/Users", query={"filter": 'userName eq "u1"'})
        client.get("/Users", query={"filter": 'title co "x"'})
    samples = scrape(either_server)

    for work in ("read", "query", "write"):
        assert samples["muster_database_statements_total", labels(work=work)] > 0
    assert samples["muster_database_seconds_count", labels(work="write")] == 5
    assert samples["muster_database_seconds_count", labels(work="read")] >= 1  # on PostgreSQL credentials too
    assert samples["muster_database_seconds_count", labels(work="query")] == 1
    assert samples["muster_commit_operations_count", ()] >= 5
    assert samples["muster_commit_operations_sum", ()] >= 5
    assert samples["muster_users", ()] == 5
    assert samples["muster_organizations", ()] == 2
    ((changes,),) = rows(either_server.database, "SELECT count(*) FROM changes")
    assert samples["muster_changes_total", ()] == changes
    assert samples["muster_database_up", ()] == 1
    assert samples["process_resident_memory_bytes", ()] > 0


def test_credentials_about_to_expire_are_counted(either_server: RunningServer) -> None:
    """Live ones within 1, 7 and 30 days; revoked and expired ones are nobody's worry."""
    with new_connection(either_server) as client:
        ids = [
            muster(either_server.database, "credential", "create", "--connection", client.connection_id)[
                "credential_id"
            ]
            for _ in range(5)
        ]
    now = time.time_ns() // 1000
    ends = [now + DAY // 2, now + 3 * DAY, now + 20 * DAY, now - DAY, now + DAY // 2]
    for id, end in zip(ids, ends, strict=True):
        update = "UPDATE credentials SET expires = ?, created = ? WHERE id = ?"
        rows(either_server.database, update, end, now - 2 * DAY, id)
    muster(either_server.database, "credential", "revoke", ids[4])
    samples = scrape(either_server)

    counts = [samples["muster_credentials_expiring", labels(days=days)] for days in ("1", "7", "30")]
    assert counts == [1, 2, 3]


def test_no_customer_is_told_of(either_server: RunningServer) -> None:
    """Names, ids and numbers of organizations, connections, credentials and users are in no line."""
    with new_connection(either_server) as client:
        made = client.post("/Users", {"schemas": [USER], "userName": "canary-user"}).body
        client.get("/canary-path")
    _, _, body = fetch(either_server, "/metrics")
    text = body.decode()
    found = rows(either_server.database, "SELECT organization FROM organizations")
    numbers = [str(number) for (number,) in found]
    hidden = [client.organization, client.connection_id, client.credential_id, made["id"], "canary", *numbers]
    assert [one for one in hidden if one in text] == []
