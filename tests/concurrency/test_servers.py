"""Several servers on one PostgreSQL: what one has done holds for the others' next request."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from muster.scim.schema import CORE_USER
from tests.conformance.bodies import SCHEMA, attribute
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


def elsewhere(client: ScimClient) -> int:
    """What the same key is answered at the address of a connection that is not its own."""
    parts = urlsplit(client.base_url)
    with ScimClient(f"{parts.scheme}://{parts.netloc}/scim/{'x' * 21}/v2", client.api_key) as other:
        return other.get("/Users").status


def test_a_key_that_is_revoked_learns_nothing_more(servers: Servers) -> None:
    """Not by addresses that read no data, nor by what a request has wrong."""
    client = new_connection(servers[0])
    with client, at(servers[1], client) as other:
        asked: list[Callable[[ScimClient], int]] = [
            lambda one: one.get("/ServiceProviderConfig").status,
            lambda one: one.get("/Users?filter=nonsense").status,
            lambda one: one.post("/Users", {"userName": 1}).status,
            lambda one: one.get("/Nothing").status,
            lambda one: one.get("/Me").status,
            elsewhere,
        ]
        assert [ask(other) for ask in asked] == [200, 400, 400, 404, 501, 404]
        muster(servers[0].database, "credential", "revoke", client.credential_id)
        assert [ask(other) for ask in asked] == [401] * len(asked)


def test_a_schema_added_behind_a_server_is_understood_by_the_request_that_brings_it(
    servers: Servers, tmp_path: Path
) -> None:
    """The request is served from its beginning, its body included, with what holds now."""
    client, urn = new_connection(servers[0]), "urn:example:shade"
    document = {"id": urn, "name": "Shade", "description": "A colour.", "schemas": [SCHEMA]} | {
        "resourceType": "User"
    }
    file = tmp_path / "shade.json"
    file.write_text(json.dumps(document | {"attributes": [attribute("shade", type="string")]}))
    body = {"schemas": [CORE_USER, urn], "userName": "ada", urn: {"shade": "red"}}
    with client, at(servers[1], client) as other:
        assert other.get("/Users").status == 200
        muster(servers[0].database, "schema", "add", "--organization", client.organization, str(file))
        made = other.post("/Users", body)
        assert (made.status, made.body[urn]) == (201, {"shade": "red"})


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
