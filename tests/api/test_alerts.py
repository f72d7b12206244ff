"""Alerts over the management API and at the command line: listed, shown, decided on, and nobody else's."""

from pathlib import Path
from typing import Any

import pytest

from muster.bootstrap import world
from muster.directory.pruning import prune_deactivations
from muster.directory.world import World
from tests.api.asgi import Api, assert_problem
from tests.guard.scene import Guarded
from tests.harness.postgres import Cluster
from tests.harness.server import CommandFailed, Place, muster

DAY = 86_400_000_000


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Where the database is, on each store."""
    if request.param == "sqlite":
        return tmp_path / "muster.db"
    cluster: Cluster = request.getfixturevalue("cluster")
    return cluster.empty_store()


def held(place: Place, folder: Path) -> tuple[list[str], str]:
    """An IdP deactivates five, four of whom are held; the users, and the organization's id."""
    scene = Guarded(folder, place)
    scene.guard(users=1, percent=0, hold=True)
    people = scene.people(6)
    scene.deactivate(*people[:4])
    scene.delete(people[4])
    id = scene.endpoint.connection_id[:8]
    scene.close()
    return people, id


def open_alerts(api: Api, organization: str) -> list[Any]:
    """The open alerts."""
    return list(api.request("GET", f"/alerts?organization={organization}&open=true").json["items"])


def test_decided_over_the_api(place: Place, tmp_path: Path) -> None:
    """Listed, its accounts in parts; one approved, the rest rejected; closed then."""
    people, organization = held(place, tmp_path)
    api = Api(place)
    key = api.new_key(organization)
    (alert,) = api.request("GET", "/alerts?open=true", key=key).json["items"]
    assert (alert["kind"], alert["count"], alert["closed"]) == ("mass_deactivation", 5, None)
    assert api.request("GET", f"/alerts?connection={alert['connection']}", key=key).json["items"] == [alert]
    path = f"/alerts/{alert['id']}"
    assert api.request("GET", path, key=key).json == alert
    connection = f"/connections/{alert['connection']}"
    assert api.request("GET", connection, key=key).json["alerts"] == [alert["id"]]
    accounts: list[Any] = []
    part = f"{path}/accounts?limit=3&waiting=true"
    while part:
        page = api.request("GET", part, key=key).json
        accounts += page["items"]
        part = f"{path}/accounts?limit=3&waiting=true&cursor={page['next']}" if page["next"] else ""
    assert {one["user"]: (one["status"], one["deleted"]) for one in accounts} == {
        people[1]: ("held", False), people[2]: ("held", False), people[3]: ("held", False), people[4]: ("held", True),
    }  # fmt: skip
    assert all(one["user_name"] for one in accounts)
    one = {"accounts": [accounts[0]["account"]]}
    done = api.request("POST", f"{path}/approve", one, key=key).json
    assert (done["decided"], done["closed"]) == (1, None)
    assert_problem(api.request("POST", f"{path}/approve", one, key=key), 409, "conflict")
    done = api.request("POST", f"{path}/reject", {}, key=key).json
    assert (done["decided"], done["outcome"]) == (3, "mixed")
    assert open_alerts(api, organization) == []
    assert api.request("GET", connection, key=key).json["alerts"] == []
    assert_problem(api.request("POST", f"{path}/reject", {}, key=key), 409, "conflict")
    statuses = api.request("GET", f"{path}/accounts", key=key).json["items"]
    assert sorted(one["status"] for one in statuses) == sorted(
        ["active"] * 3 + ["removed" if accounts[0]["deleted"] else "inactive"]
    )
    api.close()


def test_nobody_elses(place: Place, tmp_path: Path) -> None:
    """Another organization's alert and its accounts are 404 like none; so is an account that is not of the alert."""
    _, organization = held(place, tmp_path)
    api = Api(place)
    (alert,) = open_alerts(api, organization)
    other = api.new_key(api.new_organization("other"))
    for id in (alert["id"], "0" * 21, "x"):
        assert_problem(api.request("GET", f"/alerts/{id}", key=other), 404, "not_found")
        assert_problem(api.request("GET", f"/alerts/{id}/accounts", key=other), 404, "not_found")
        assert_problem(api.request("POST", f"/alerts/{id}/approve", {}, key=other), 404, "not_found")
    assert api.request("GET", "/alerts", key=other).json["items"] == []
    path = f"/alerts/{alert['id']}/approve?organization={organization}"
    assert_problem(api.request("POST", path, {"accounts": ["x"]}), 404, "not_found")
    assert_problem(api.request("POST", path, {"accounts": []}), 422, "invalid")
    assert_problem(api.request("POST", path, {"users": ["x"]}), 422, "invalid")
    assert open_alerts(api, organization) == [alert]
    api.close()


def test_decided_at_the_command_line(place: Place, tmp_path: Path) -> None:
    """Listed, shown, rejected by account, the rest approved."""
    people, _ = held(place, tmp_path)
    (alert,) = muster(place, "alert", "list", "--open", "--organization", "tested")
    assert muster(place, "alert", "list", "--connection", alert["connection"]) == [alert]
    assert muster(place, "connection", "show", alert["connection"])["alerts"] == [alert["id"]]
    shown = muster(place, "alert", "show", alert["id"])
    first = next(one for one in shown["accounts"] if one["user"] == people[1])
    muster(place, "alert", "reject", alert["id"], "--account", first["account"])
    done = muster(place, "alert", "approve", alert["id"])
    assert (done["decided"], done["outcome"], done["closed_by"]) == (3, "mixed", "command line")
    assert muster(place, "alert", "list", "--open") == []
    for arguments in (("show", "x"), ("approve", alert["id"][:8] + "0" * 13), ("reject", alert["id"])):
        with pytest.raises(CommandFailed):
            muster(place, "alert", *arguments)


def test_open_alerts_are_counted_and_old_deactivations_forgotten(place: Place, tmp_path: Path) -> None:
    """The census has the open ones of all organizations; the chore forgets what no guard looks back at, once."""
    held(place, tmp_path)
    api = Api(place)
    assert api.run(api.database.census(0)).alerts == 1
    now = world()
    later = World(lambda: now.clock() + DAY + 1, now.random, now.new_request_id)
    assert api.run(prune_deactivations(api.database, now)) == 0
    assert api.run(prune_deactivations(api.database, later)) == 5
    assert api.run(prune_deactivations(api.database, later)) == 0
    api.close()
