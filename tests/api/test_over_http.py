"""The management API of the real program: mounted beside SCIM, its first key from the command line."""

import http.client
import json
from typing import Any

from tests.conftest import Connect
from tests.harness.server import RunningServer, muster


def get(server: RunningServer, path: str, key: str | None) -> tuple[int, Any]:
    """Status and JSON of a GET."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request("GET", path, headers={} if key is None else {"authorization": f"Bearer {key}"})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, json.loads(body)


def test_the_first_key_comes_from_the_command_line(server: RunningServer) -> None:
    """Made, listed, rotated and revoked there, each with effect on the next request."""
    made = muster(server.database, "api-key", "create", "first", "--ttl", "1h")
    assert get(server, "/api/v1/organizations?limit=1", made["api_key"])[0] == 200
    listed = [one["id"] for one in muster(server.database, "api-key", "list")]
    assert made["id"] in listed
    rotated = muster(server.database, "api-key", "rotate", made["id"])
    assert get(server, "/api/v1/organizations", made["api_key"])[0] == 401
    assert get(server, "/api/v1/organizations?limit=1", rotated["api_key"])[0] == 200
    muster(server.database, "api-key", "revoke", rotated["id"])
    assert get(server, "/api/v1/organizations", rotated["api_key"])[0] == 401


def test_a_key_of_one_surface_opens_nothing_on_the_other(server: RunningServer, connect: Connect) -> None:
    """A SCIM key is 401 here, a management key 401 there."""
    scim = connect()
    key = muster(server.database, "api-key", "create", "one", "--organization", scim.organization)["api_key"]
    shown = muster(server.database, "organization", "show", scim.organization)
    assert get(server, "/api/v1/organizations", key)[1]["items"][0]["id"] == shown["id"]
    assert get(server, "/api/v1/organizations", scim.api_key)[0] == 401
    assert get(server, f"/scim/{scim.connection_id}/v2/Users", key)[0] == 401
    assert shown in muster(server.database, "organization", "list")


def test_an_organization_is_settled_from_the_command_line(server: RunningServer, connect: Connect) -> None:
    """What is named is changed, the rest stays; disabled, its management keys open nothing until it is enabled."""
    name = connect().organization
    key = muster(server.database, "api-key", "create", "one", "--organization", name)["api_key"]

    def settle(*options: str) -> Any:
        return muster(server.database, "organization", "settings", name, *options)

    settled = settle(
        "--log-days", "7", "--redact", "emails.value", "--redact", "name", "--administrators", "all"
    )
    assert (settled["log_days"], settled["redacted"]) == (7, ["emails.value", "name"])
    assert settle("--redact-nothing") == {**settled, "redacted": []}
    assert settle("--administrators", "")["administrators"] is None
    assert get(server, "/api/v1/api-keys", key)[0] == 200
    assert muster(server.database, "organization", "disable", name)["disabled"] is not None
    assert get(server, "/api/v1/api-keys", key)[0] == 401
    assert muster(server.database, "organization", "enable", name)["disabled"] is None
    assert get(server, "/api/v1/api-keys", key)[0] == 200


def test_an_address_beside_the_api_tells_where_it_is(server: RunningServer) -> None:
    """Without its version, or without anything behind that."""
    for path in ("/api/v1", "/api/accounts", "/accounts"):
        status, body = get(server, path, None)
        assert (status, "under /api/v1" in body["detail"]) == (404, True)
