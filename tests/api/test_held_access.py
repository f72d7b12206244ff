"""What is held back from an IdP, in the access answer: access stays, with the roles of before, until it is decided."""

import orjson
import pytest

from muster.directory.ports import Administration
from tests.api.asgi import assert_problem
from tests.api.idp import ALICE, Idp
from tests.api.platform import Platform

SWITCHES = {"external_id_immutable": True, "guard": {"users": 1, "percent": 0, "minutes": 10, "hold": True}}


@pytest.fixture
def guarded(acme: Platform, idp: Idp) -> Idp:
    """An IdP that may deactivate one person in ten minutes; the next ones are held."""

    async def operation(administration: Administration) -> None:
        switches = orjson.dumps(SWITCHES).decode()
        session = administration.registers.accounts._session  # type: ignore[attr-defined]
        sql = "UPDATE connections SET switches = ? WHERE organization = ? AND id = ?"
        await session.execute(sql, switches, idp.number, idp.connection)

    acme.api.run(acme.api.database.administer(idp.number, operation))
    first = idp.user("first")
    idp.activate(first, active=False)
    return idp


def test_who_is_deleted_and_held_keeps_roles_and_permissions(acme: Platform, guarded: Idp) -> None:
    """With the alert as the reason, groups above included; after the approval nothing is left."""
    id = guarded.user(**ALICE)
    team = guarded.group("Team", id)
    staff = guarded.group("Staff", team)
    acme.post(f"/roles/{staff}/permissions", {"permissions": ["app.use"]})
    issued = acme.account(id)["created"]
    guarded.delete(f"/Users/{id}")
    (alert,) = acme.items("/alerts?open=true")
    answer = acme.access(id, issued)
    assert (answer["good"], answer["reason"], answer["status"]) == (True, "held", "held")
    assert answer["permissions"] == [{"name": "app.use", "roles": [staff]}]
    ways = {role["name"]: role["why"][0]["path"] for role in answer["roles"]}
    assert [(step["name"], step["alert"]) for step in ways["Staff"]] == [
        ("Team", alert["id"]),
        ("Staff", None),
    ]
    assert [(step["request"], step["change"]) for step in ways["Team"]] == [(None, None)]
    assert acme.account(id)["profile"]["fields"]["last_name"] == "Smith"
    assert_problem(acme.send("POST", f"/users/{id}/purge"), 409, "conflict")
    acme.post(f"/alerts/{alert['id']}/approve", {})
    answer = acme.access(id, issued)
    assert (answer["reason"], answer["roles"], answer["permissions"]) == ("removed", [], [])
    acme.post(f"/users/{id}/purge")


def test_who_comes_back_has_what_the_idp_gives_them_then(acme: Platform, guarded: Idp) -> None:
    """Active, nothing of before: neither what was issued nor what the alert had kept."""
    id = guarded.user(**ALICE)
    guarded.group("Team", id)
    issued = acme.account(id)["created"]
    guarded.delete(f"/Users/{id}")
    assert [role["name"] for role in acme.access(id)["roles"]] == ["Team"]
    assert guarded.user(**ALICE) == id
    answer = acme.access(id, issued)
    assert (answer["status"], answer["reason"], answer["roles"]) == ("active", "revoked", [])


def test_who_was_rejected_stays_and_is_not_purged(acme: Platform, guarded: Idp) -> None:
    """The platform has decided that they keep their access though the user is gone."""
    id = guarded.user(**ALICE)
    guarded.group("Team", id)
    guarded.delete(f"/Users/{id}")
    (alert,) = acme.items("/alerts?open=true")
    acme.post(f"/alerts/{alert['id']}/reject", {})
    answer = acme.access(id)
    assert (answer["good"], answer["status"], [role["name"] for role in answer["roles"]]) == (
        True,
        "active",
        ["Team"],
    )
    assert_problem(acme.send("POST", f"/users/{id}/purge"), 409, "conflict")
