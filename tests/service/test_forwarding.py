"""Who a client is and where a resource lives: decided by the settings and the socket, not by what a request claims."""

from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import apsw
import pytest

from muster.endpoint.client_address import Proxies
from tests.conftest import new_connection
from tests.harness.client import Answer, ScimClient
from tests.harness.server import RunningServer

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
EVIL = "evil.example.net"
FORGED: dict[str, dict[str, str | None]] = {
    "Host": {"Host": EVIL},
    "Host with a port": {"Host": f"{EVIL}:8443"},
    "X-Forwarded-Host": {"X-Forwarded-Host": EVIL},
    "X-Forwarded-Server": {"X-Forwarded-Server": EVIL},
    "X-Forwarded-Proto": {"X-Forwarded-Proto": "gopher"},
    "X-Forwarded-Port": {"X-Forwarded-Port": "6666"},
    "X-Forwarded-Prefix": {"X-Forwarded-Prefix": f"/{EVIL}"},
    "X-Forwarded-For": {"X-Forwarded-For": f"{EVIL}, 203.0.113.66"},
    "X-Real-IP": {"X-Real-IP": "203.0.113.66"},
    "X-Original-URL": {"X-Original-URL": f"/{EVIL}"},
    "X-Rewrite-URL": {"X-Rewrite-URL": f"/{EVIL}"},
    "Forwarded": {"Forwarded": f"for=203.0.113.66;host={EVIL};proto=gopher"},
    "True-Client-IP": {"True-Client-IP": "203.0.113.66", "CF-Connecting-IP": "203.0.113.66"},
}
PUBLIC = {"configured": "https://scim.example.com/base", "not configured": ""}
TRUSTED = {"no proxy": "", "a trusted proxy": "127.0.0.0/8"}


@pytest.fixture(
    scope="module",
    params=[(url, proxy) for url in PUBLIC for proxy in TRUSTED],
    ids=", ".join,
)
def public(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[RunningServer, str]]:
    """A server, and the address that it is to name itself by, for each combination of the settings."""
    url, proxy = request.param
    settings = {"MUSTER_PUBLIC_URL": PUBLIC[url], "MUSTER_TRUSTED_PROXIES": TRUSTED[proxy]}
    running = RunningServer().start(tmp_path_factory.mktemp("forwarding") / "muster.db", log=None, **settings)
    yield running, PUBLIC[url] or running.origin
    running.stop()


def conversation(client: ScimClient, name: str, headers: dict[str, str | None]) -> list[Answer]:
    """One request of each kind that answers with addresses or refuses."""
    made = client.post("/Users", {"schemas": [USER], "userName": name}, headers=headers)
    target = f"/Users/{made.body['id']}"
    return [
        made,
        client.get(target, headers=headers),
        client.get("/Users", query={"filter": f'userName eq "{name}"'}, headers=headers),
        client.get("/ServiceProviderConfig", headers=headers),
        client.get("/Users/nobody", headers=headers),
        client.request("DELETE", "/ServiceProviderConfig", headers=headers),
    ]


def locations(value: Any) -> list[str]:
    """Every address in an answer's body."""
    match value:
        case dict():
            own = [
                text for key, text in value.items() if key in {"location", "$ref"} and isinstance(text, str)
            ]
            return own + [found for item in value.values() for found in locations(item)]
        case list():
            return [found for item in value for found in locations(item)]
    return []


@pytest.mark.parametrize("header", FORGED)
def test_forged_headers_change_nothing(public: tuple[RunningServer, str], header: str) -> None:
    """Status, Location, every location in a body: as the settings say, and the forged value is nowhere."""
    server, origin = public
    with new_connection(server) as client:
        plain = conversation(client, "plain", {})
        forged = conversation(client, "forged", FORGED[header])
        base = origin + client.base_path
    assert (
        [answer.status for answer in forged]
        == [answer.status for answer in plain]
        == [201, 200, 200, 200, 404, 405]
    )
    for answer in forged:
        claimed = [
            answer.headers.get("location"),
            answer.headers.get("content-location"),
            *locations(answer.body),
        ]
        assert all(address.startswith(base) for address in claimed if address)
        assert EVIL.encode() not in answer.raw
        assert EVIL not in str(answer.headers)
        assert b"gopher" not in answer.raw


def addresses(database: Path, connection: str) -> set[Any]:
    """The address column of a connection's entries."""
    file = apsw.Connection(str(database))
    rows = file.execute("SELECT address FROM request_log WHERE connection = ?", (connection,)).fetchall()
    file.close()
    return {address for (address,) in rows}


@pytest.mark.parametrize(
    "trusted, address",
    [
        ("", "127.0.0.1"),
        ("10.0.0.0/8", "127.0.0.1"),
        ("127.0.0.1", "10.1.1.1"),
        ("127.0.0.1,10.0.0.0/8", "198.51.100.7"),
    ],
)
def test_the_log_has_the_clients_address(tmp_path: Path, trusted: str, address: str) -> None:
    """Writes, reads and refusals alike: the socket's address, or the last hop that is no trusted proxy."""
    server = RunningServer().start(tmp_path / "muster.db", MUSTER_TRUSTED_PROXIES=trusted)
    try:
        with new_connection(server) as client:
            headers: dict[str, str | None] = {"X-Forwarded-For": "203.0.113.66, 198.51.100.7, 10.1.1.1"}
            conversation(client, "logged", headers)
    finally:
        server.stop()
    assert addresses(server.database, client.connection_id) == {address}


@pytest.mark.parametrize(
    "peer, forwarded, address",
    [
        ("192.0.2.1", ["203.0.113.66"], "192.0.2.1"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.7"], "198.51.100.7"),
        ("10.0.0.1", ["203.0.113.66, 198.51.100.7, 10.0.0.2"], "198.51.100.7"),
        ("10.0.0.1", ["203.0.113.66", "198.51.100.7"], "198.51.100.7"),
        ("10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        ("10.0.0.1", ["198.51.100.7:4711"], "198.51.100.7"),
        ("10.0.0.1", ["[2001:db8::7]:4711"], "2001:db8::7"),
        ("10.0.0.1", ["2001:db8::7"], "2001:db8::7"),
        ("10.0.0.1", ["198.51.100.7, unknown"], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.7, unknown, 10.0.0.2"], "10.0.0.2"),
        ("10.0.0.1", [""], "10.0.0.1"),
        ("10.0.0.1", ["_hidden, '; DROP TABLE users"], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.7, " + "10.0.0.2, " * 500 + "10.0.0.2"], "10.0.0.2"),
        ("::ffff:10.0.0.1", ["198.51.100.7"], "198.51.100.7"),
        ("::1", ["198.51.100.7"], "::1"),
    ],
)
def test_only_trusted_hops_are_believed(peer: str, forwarded: list[str], address: str) -> None:
    """From the socket backward, for as long as the hop is a trusted proxy; what is no address ends the walk."""
    proxies = Proxies([ip_network("10.0.0.0/8")])
    headers = [(b"x-forwarded-for", line.encode()) for line in forwarded]
    assert proxies.client({"client": (peer, 1), "headers": headers}) == address
    assert Proxies().client({"client": (peer, 1), "headers": headers}) == peer


def test_a_socket_without_an_address_has_none() -> None:
    """A Unix socket."""
    assert Proxies([ip_network("10.0.0.0/8")]).client({"client": None, "headers": []}) is None
