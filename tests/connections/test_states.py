"""What each state of a connection, and of its organization, does to requests."""

import pytest

from muster.bootstrap import world
from muster.directory.connections import state_of, used_connection
from muster.directory.organizations import Settling, settle_organization
from tests.connections.switched import Switched
from tests.endpoint.asgi import Response, assert_scim

REQUESTS = [
    ("GET", "/Users"),
    ("GET", "/Users/x"),
    ("GET", "/ServiceProviderConfig"),
    ("GET", "/nowhere"),
    ("POST", "/Users"),
    ("PATCH", "/Users/x"),
    ("DELETE", "/Users/x"),
    ("POST", "/Bulk"),
]


def refused(its: Switched, status: int, said: str) -> list[Response]:
    """Every kind of request is refused so, and says why."""
    answers = [its.send(method, path, {} if method == "POST" else None) for method, path in REQUESTS]
    for answer in answers:
        assert_scim(answer)
        assert (answer.status, said in answer.json["detail"]) == (status, True), answer.body
    return answers


def test_paused_tells_the_idp_to_come_back(its: Switched) -> None:
    """429 with Retry-After in whole seconds; nothing is changed, and after the pause everything is as before."""
    ada = its.create("ada").json["id"]
    its.settle(state="paused")
    for answer in refused(its, 429, "paused in Muster"):
        assert answer.headers["retry-after"] == "300"
    assert its.patch(f"/Users/{ada}", active=False).status == 429
    its.settle(state="active")
    assert its.send("GET", f"/Users/{ada}").json.get("active") is not False
    assert its.look_up("ada") == [ada]


def test_disabled_refuses_everything(its: Switched) -> None:
    """403 with the reason, until it is enabled again."""
    ada = its.create("ada").json["id"]
    its.settle(state="disabled")
    refused(its, 403, "connection is disabled in Muster")
    its.settle(state="active")
    assert its.look_up("ada") == [ada]


def test_a_disabled_organization_refuses_everything(its: Switched) -> None:
    """Whatever the state of the connection."""
    for disabled in (True, False):
        settling = Settling(disabled=disabled)
        its.run(settle_organization(its.database, world(), its.organization, settling))
        if disabled:
            refused(its, 403, "organization is disabled in Muster")
    assert its.send("GET", "/Users").status == 200


def test_a_wrong_key_is_told_nothing_of_the_state(its: Switched) -> None:
    """401 as ever."""
    its.settle(state="paused")
    assert its.send("GET", "/Users", api_key=its.api_key[:-1] + "x").status == 401


def test_other_connections_go_on(its: Switched) -> None:
    """A state is one connection's."""
    other, key = its.connection(strict=False)
    its.settle(state="disabled")
    assert its.send("GET", "/Users", api_key=key, connection_id=other).status == 200


def test_refusals_are_in_the_request_log(its: Switched) -> None:
    """With the reason, so that whoever looks finds it."""
    its.settle(state="disabled")
    its.send("GET", "/Users")
    its.close()  # which writes what waits
    ((status, detail),) = its.ask("SELECT status, detail FROM request_log")
    assert (status, "connection is disabled" in detail) == (403, True)


def test_waiting_is_active_without_a_request(its: Switched) -> None:
    """What is told of it follows from how it has been used."""
    its.ask("DELETE FROM connection_activity")
    assert state_of(its.run(used_connection(its.database, its.connection_id))) == "waiting"
    its.ask(
        "INSERT INTO connection_activity (organization, connection, first_request, last_request, requests, refused)"
        " VALUES (?, ?, 1, 2, 3, 1)",
        its.organization,
        its.connection_id,
    )
    used = its.run(used_connection(its.database, its.connection_id))
    assert state_of(used) == "active"
    assert used.activity is not None
    assert (used.activity.requests, used.activity.last_success) == (3, None)
    its.settle(state="paused")
    assert state_of(its.run(used_connection(its.database, its.connection_id))) == "paused"


@pytest.mark.parametrize("state", ["paused", "disabled"])
def test_a_key_that_was_never_used_is_refused_as_well(its: Switched, state: str) -> None:
    """Nothing has to be known of the connection before."""
    id, key = its.connection(strict=False)
    its.settle(connection=id, state=state)
    assert its.send("GET", "/Users", api_key=key, connection_id=id).status in (403, 429)
