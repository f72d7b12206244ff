"""The request log over HTTP: every request of a connection is in it once, with the tolerances it needed."""

import json
from pathlib import Path

import apsw
import pytest

from tests.conftest import new_connection
from tests.harness.client import ScimClient
from tests.harness.server import RunningServer

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"


def talk(client: ScimClient) -> list[int]:
    """Send one request of each kind that the log treats differently; the statuses."""
    user = client.post("/Users", {"schemas": [USER], "userName": "alice", "active": "False"})
    same = {"op": "replace", "path": "active", "value": False}
    tolerated = 'emails[type eq "work"].value eq "x"'
    return [
        user.status,
        client.patch(f"/Users/{user.body['id']}", same).status,
        client.get("/Users", query={"filter": tolerated}).status,
        client.post("/.search", {"schemas": [SEARCH], "filter": 'userName eq "alice"'}).status,
        client.post("/Users", {"schemas": [USER], "userName": "ALICE"}).status,
        client.get("/Users/nobody").status,
        client.get("/ServiceProviderConfig").status,
    ]


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[int, str, str, list[list[str]]]]:
    """(status, method, target, notes) of each entry in the order of the requests, after the server has ended."""
    database: Path = tmp_path_factory.mktemp("log") / "muster.db"
    server = RunningServer().start(database)
    try:
        with new_connection(server) as client:
            statuses = talk(client)
    finally:
        server.stop()
    assert statuses == [201, 200, 200, 200, 409, 404, 200]
    rows = apsw.Connection(str(database)).execute(
        "SELECT status, method, target, notes FROM request_log WHERE connection = ? ORDER BY time",
        (client.connection_id,),
    )
    return [
        (status, method, target.removeprefix(client.base_path), json.loads(notes) if notes else [])
        for status, method, target, notes in rows
    ]


def test_each_request_is_logged_once_in_order(log: list[tuple[int, str, str, list[list[str]]]]) -> None:
    """Writes, writes that change nothing, reads by GET and by POST, refusals: one entry each."""
    assert [(status, method) for status, method, _, _ in log] == [
        (201, "POST"),
        (200, "PATCH"),
        (200, "GET"),
        (200, "POST"),
        (409, "POST"),
        (404, "GET"),
        (200, "GET"),
    ]


def test_a_tolerance_is_named_where_it_was_needed(log: list[tuple[int, str, str, list[list[str]]]]) -> None:
    """A string for a boolean in a body, and a path form in a filter, are both in the notes."""
    assert ["string_booleans", "active"] in log[0][3]
    assert [rule for rule, _ in log[2][3]] == ["value_path_sub_filter"]
