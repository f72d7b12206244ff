"""Secrets as canaries: planted where clients really put them, they sing nowhere.

Each is sent in every place that a confused client has sent it to: another header, the address, the query, a body that
is refused, the name of the client. Then it is looked for in the database, the server's log, all answers, the metrics,
and what the management API and the command line show. Whoever adds a kind of secret adds how it is made to `PLANTERS`.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest

from tests.conformance.bodies import operation, user
from tests.conftest import new_connection
from tests.harness.client import Answer, ScimClient
from tests.harness.inside import places_of
from tests.harness.postgres import Cluster
from tests.harness.server import RunningServer, muster

API = "/api/v1"


class Canary(NamedTuple):
    """A secret: the whole of it, and the part that proves anything and must be nowhere.

    `known` by how it looks: then it is looked for wherever it may be sent by mistake.
    """

    whole: str
    part: str
    known: bool = True


Planter = Callable[[RunningServer, ScimClient], Canary]


def api_key(_: RunningServer, client: ScimClient) -> Canary:
    """The API key of a connection, which goes on being used."""
    assert client.api_key is not None
    return Canary(client.api_key, client.api_key.rpartition("_")[2])


def revoked_api_key(server: RunningServer, client: ScimClient) -> Canary:
    """One that is dead."""
    made = muster(server.database, "credential", "create", "--connection", client.connection_id)
    muster(server.database, "credential", "revoke", made["credential_id"])
    return Canary(made["api_key"], made["api_key"].rpartition("_")[2])


def management_key(server: RunningServer, _: ScimClient) -> Canary:
    """A management key, which goes on being used."""
    made = muster(server.database, "api-key", "create", "canary", "--scope", "write")["api_key"]
    return Canary(made, made.rpartition("_")[2])


def service_account_secret(server: RunningServer, client: ScimClient) -> Canary:
    """The secret of a service account's key, sent once as it should be."""
    made = muster(
        server.database, "service-account", "create", "--connection", client.connection_id, "--name", "canary"
    )
    basic = base64.b64encode(f"{made['key_id']}:{made['secret']}".encode()).decode()
    assert client.get("/Users", headers={"Authorization": f"Basic {basic}"}).status == 200
    return Canary(made["secret"], made["secret"].rpartition("_")[2])


def setup_link(server: RunningServer, client: ScimClient) -> Canary:
    """What proves a setup link, as it stands at the end of its address."""
    made = muster(server.database, "setup-link", "create", "--connection", client.connection_id)
    (secret,) = re.findall(r"msl_[0-9a-z_]+", made["url"])
    return Canary(secret, secret.rpartition("_")[2])


def password(_server: RunningServer, client: ScimClient) -> Canary:
    """What an IdP sends where passwords are synchronized: accepted, and thrown away."""
    canary = "tweet-Tweet-4711"
    made = client.post("/Users", user(userName="with-password", password=canary))
    assert made.status == 201
    target = f"/Users/{made.body['id']}"
    assert client.patch(target, operation("replace", "password", canary)).status == 200
    assert client.patch(target, operation("add", None, {"Password": canary})).status == 200
    assert client.put(target, user(userName="with-password", password=canary)).status == 200
    for body in (
        user(userName="with-password", password=canary),
        user(userName=7, password=canary),
        user(password={"x": canary}),
        {"Operations": [{"op": "add", "path": "password", "value": [canary]}]},
    ):
        client.post("/Users", body)
        client.patch(target, body)
    client.request("POST", "/Users", raw=f'{{"password": "{canary}'.encode())
    return Canary(canary, canary, known=False)


PLANTERS: dict[str, Planter] = {
    "API key": api_key,
    "revoked API key": revoked_api_key,
    "management key": management_key,
    "service account secret": service_account_secret,
    "setup link": setup_link,
    "password": password,
}


@dataclass
class Cage:
    """A running server, its secrets, and everything that it has said."""

    server: RunningServer
    client: ScimClient
    canaries: dict[str, Canary]
    heard: list[bytes] = field(default_factory=list)

    def hear(self, answer: Answer) -> Answer:
        """Remember what was said."""
        self.heard.append(answer.raw + repr(sorted(answer.headers.items())).encode())
        return answer


def scatter(cage: Cage, canary: Canary) -> None:
    """Send a secret to wherever it does not belong, over SCIM; nothing of it is accepted as somebody's data."""
    client, secret = cage.client, canary.whole
    basic = base64.b64encode(f"{secret}:{secret}".encode()).decode()
    for headers in (
        {"Authorization": f"Bearer {secret}"}, {"Authorization": f"Bearer Bearer {secret}"},
        {"Authorization": secret}, {"Authorization": f"Bearer {secret}x"}, {"Authorization": f"Basic {basic}"},
        {"Authorization": f"Token {secret}"}, {"Authorization": None, "X-Api-Key": secret},
        {"User-Agent": f"curl {secret}"}, {"If-Match": secret}, {"If-None-Match": f'W/"{secret}"'},
        {"Content-Type": secret}, {"X-Forwarded-For": secret}, {"X-Request-Id": secret},
    ):  # fmt: skip
        cage.hear(client.get("/Users/nobody", headers=headers))
        cage.hear(client.post("/Users", {"userName": 7}, headers=headers))
    for target in (
        f"/Users/{secret}",
        f"/Groups/{secret}",
        f"/{secret}",
        f"/Schemas/{secret}",
        f"/Users/x/{secret}",
    ):
        cage.hear(client.get(target))
        cage.hear(client.delete(target))
    for query in (
        {"access_token": secret}, {"filter": f'userName eq "{secret}"'}, {"filter": secret}, {"sortBy": secret},
        {"cursor": secret}, {"attributes": secret}, {"startIndex": secret}, {"key": quote(secret)},
    ):  # fmt: skip
        cage.hear(client.get("/Users", query=query))
    for base in (f"/scim/{secret}/v2/Users", f"/scim/v2/{secret}", f"/scim/v1/{secret}", f"/{secret}"):
        cage.hear(client.get(base, absolute=True))
    bodies: tuple[dict[str, Any], ...] = (
        {"schemas": [secret], "userName": "x", "active": "no"}, {"userName": "x", "active": secret},
        {"Operations": [{"op": secret}]}, {secret: secret}, user(userName=secret, active="perhaps"),
    )  # fmt: skip
    for body in bodies:
        cage.hear(client.post("/Users", body))
        cage.hear(client.put("/Users/nobody", body))
        cage.hear(client.patch("/Users/nobody", body))
        cage.hear(
            client.post("/Bulk", {"Operations": [{"method": "POST", "path": f"/{secret}", "data": body}]})
        )
    cage.hear(client.request("POST", "/Users", raw=f'{{"userName": "{secret}'.encode()))


def scatter_over_management(cage: Cage, canary: Canary, key: str) -> None:
    """The same over the management API."""
    own, secret = {"Authorization": f"Bearer {key}"}, canary.whole
    client = cage.client
    for headers in ({"Authorization": f"Bearer {secret}x"}, {"Authorization": secret}, {"X-Api-Key": secret}):
        cage.hear(
            client.get(f"{API}/organizations", absolute=True, headers={"Authorization": None} | headers)
        )
    for target in (
        f"/{secret}",
        f"/api-keys/{secret}",
        f"/requests?organization={secret}",
        f"/organizations?cursor={secret}",
    ):
        cage.hear(client.get(API + target, absolute=True, headers=own))
    for body in (
        {"name": [secret]},
        {secret: 1},
        {"name": "x", "ttl": secret},
        {"name": "x", "scopes": [secret]},
    ):
        headers = own | {"Content-Type": "application/json"}
        cage.hear(client.request("POST", f"{API}/api-keys", body, absolute=True, headers=headers))


def read_everything(cage: Cage, key: str) -> None:
    """Read what management shows of it, and what is counted; then the same from the command line."""
    client, organization = cage.client, cage.client.connection_id[:8]
    own = {"Authorization": f"Bearer {key}"}
    for path in (
        "/organizations", "/api-keys", "/openapi.json", "/docs",
        *(f"/requests?organization={organization}&limit=200{more}" for more in ("", "&refused=true", "&user=nobody")),
    ):  # fmt: skip
        answer = cage.hear(client.get(API + path, absolute=True, headers=own))
        assert answer.status == 200, answer.raw
    found = json.loads(cage.heard[-3].partition(b"[('")[0])["items"]
    for id in {one["id"] for one in found}:
        path = f"{API}/requests/{id}?organization={organization}"
        assert cage.hear(client.get(path, absolute=True, headers=own)).status == 200
    for path in ("/metrics", "/healthz", "/readyz"):
        cage.hear(client.get(path, absolute=True))
    for command in (
        ("log", "--connection", client.connection_id, "--limit", "1000"),
        ("credential", "list", "--connection", client.connection_id),
        ("connection", "list"), ("api-key", "list"), ("organization", "list"),
    ):  # fmt: skip
        cage.heard.append(json.dumps(muster(cage.server.database, *command)).encode())


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def cage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cage]:
    """A server to which each secret was sent in each place, and which has told all that it tells; it has ended."""
    folder: Path = tmp_path_factory.mktemp("canary")
    if request.param == "sqlite":
        server = RunningServer().start(folder / "muster.db")
    else:
        cluster: Cluster = request.getfixturevalue("cluster")
        server = RunningServer().start(cluster.new_store(), log=folder / "muster.log")
    try:
        with new_connection(server) as client:
            made = Cage(server, client, {name: plant(server, client) for name, plant in PLANTERS.items()})
            key = made.canaries["management key"].whole
            for canary in (one for one in made.canaries.values() if one.known):
                scatter(made, canary)
                scatter_over_management(made, canary, key)
            read_everything(made, key)
            server.stop()
            yield made
    finally:
        if server.running:
            server.kill()


@pytest.mark.parametrize("name", PLANTERS)
def test_no_answer_and_no_command_has_it(cage: Cage, name: str) -> None:
    """Errors, lists, the log as it is searched, metrics: none repeats what was sent."""
    part = cage.canaries[name].part.encode()
    assert len(cage.heard) > 200
    assert [said for said in cage.heard if part in said][:3] == []


@pytest.mark.parametrize("name", PLANTERS)
def test_the_database_and_the_servers_log_have_it_nowhere(cage: Cage, name: str) -> None:
    """In no table, no file and no line; nor as an IdP would have encoded it."""
    part = cage.canaries[name].part
    encoded = base64.b64encode(f"{cage.canaries[name].whole}:".encode()).decode()[:-4]
    assert places_of(cage.server, [part, part.upper(), encoded]) == {}


def test_it_would_be_found(cage: Cage) -> None:
    """Something that is no secret, and was sent in the same way, is in the database and in answers."""
    assert places_of(cage.server, ["with-password"]) != {}
    assert any(b"nobody" in said for said in cage.heard)
