"""Several servers on one PostgreSQL: what one has done holds for the others' next request."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.conftest import new_connection
from tests.harness.client import ScimClient
from tests.harness.postgres import Cluster
from tests.harness.server import RunningServer, muster

Servers = tuple[RunningServer, RunningServer]


@pytest.fixture(scope="module")
def servers(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Two servers, one of them with two processes."""
    database, folder = cluster.new_store(), tmp_path_factory.mktemp("servers")
    first = RunningServer().start(database, log=Path(folder / "1.log"), MUSTER_WORKERS="2")
    second = RunningServer().start(database, log=Path(folder / "2.log"))
    yield first, second
    first.stop()
    second.stop()


def at(server: RunningServer, client: ScimClient) -> ScimClient:
    """The same client, at another server."""
    return ScimClient(server.origin + urlsplit(client.base_url).path, client.api_key)


def test_a_revoked_key_is_refused_everywhere_at_once(servers: Servers) -> None:
    """On every process, though each has just answered with it; also a key that was replaced."""
    for command in ("revoke", "rotate"):
        client = new_connection(servers[0])
        with client, at(servers[0], client) as same, at(servers[1], client) as other:
            assert [one.get("/Users").status for one in (client, same, other)] == [200, 200, 200]
            muster(servers[0].database, "credential", command, client.credential_id)
            assert [one.get("/Users").status for one in (client, same, other)] == [401, 401, 401]


def test_what_one_server_writes_the_other_reads_and_refuses_twice(servers: Servers) -> None:
    """Resources, uniqueness and versions are the database's."""
    client = new_connection(servers[0])
    body = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ada"}
    with client, at(servers[1], client) as other:
        made = client.post("/Users", body).body
        assert other.get(f"/Users/{made['id']}").body["userName"] == "ada"
        assert other.post("/Users", body).status == 409
        assert other.delete(f"/Users/{made['id']}").status == 204
        assert client.get(f"/Users/{made['id']}").status == 404
