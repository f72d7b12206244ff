"""An IdP does not leave an organization without anybody who has its administrators' permission."""

import pytest

from tests.conformance.bodies import group, operation
from tests.guard.scene import Guarded


def leave(scene: Guarded, team: str, member: str) -> None:
    """Take a member out of a group."""
    scene.patch(f"/Groups/{team}", operation("remove", f'members[value eq "{member}"]'))


def members(scene: Guarded, team: str) -> list[str]:
    """The members of a group as SCIM has them."""
    return [one["value"] for one in scene.send("GET", f"/Groups/{team}").json.get("members", [])]


@pytest.mark.parametrize("nested", [False, True])
def test_the_last_one_is_held(scene: Guarded, *, nested: bool) -> None:
    """Of two administrators the first ends, the second is held; whether by the role or by a group inside of it."""
    ada, grace, other = scene.people(3)
    team = scene.team(ada, grace)
    scene.give(scene.team(team) if nested else team)
    scene.protect()
    assert scene.deactivate(other, ada, grace) == ["inactive", "inactive", "held"]
    (alert,) = scene.alerts()
    assert (alert.kind, alert.count) == ("last_administrator", 1)
    assert [one.user for one in scene.held(alert.id)] == [grace]
    scene.decide(alert.id, "approved")
    assert scene.status(grace) == "inactive"


def test_without_a_permission_nobody_is_watched(scene: Guarded) -> None:
    """The organization has to say which one it is."""
    (ada,) = scene.people(1)
    scene.give(scene.team(ada))
    assert scene.deactivate(ada) == ["inactive"]
    assert scene.alerts() == []


def test_who_is_held_or_inactive_is_nobody_else(scene: Guarded) -> None:
    """With all others held for another reason, the last active one is held as the last."""
    scene.guard(users=1, percent=0, hold=True)
    people = scene.people(5)
    scene.give(scene.team(*people))
    scene.protect()
    assert scene.deactivate(*people) == ["inactive", *["held"] * 4]
    mass, last = scene.alerts()
    assert [one.user for one in scene.held(last.id)] == [people[4]]
    scene.decide(mass.id, "approved")
    assert [scene.status(one) for one in people] == [*["inactive"] * 4, "held"]


def test_deleted_the_last_one_keeps_the_role(scene: Guarded) -> None:
    """Gone for SCIM, also out of the group; the account keeps it, and so the next one is not the last."""
    ada, grace = scene.people(2)
    team = scene.team(ada)
    scene.give(team)
    scene.protect()
    assert scene.delete(ada) == ["held"]
    assert members(scene, team) == []
    (alert,) = scene.alerts()
    (held,) = scene.held(alert.id)
    assert (held.user, held.gone, held.roles) == (ada, True, (team,))
    scene.decide(alert.id, "rejected")
    assert scene.status(ada) == "active"
    scene.patch(f"/Groups/{team}", operation("add", "members", [{"value": grace}]))
    assert scene.deactivate(grace) == ["inactive"]


def test_who_leaves_the_role_as_the_last_keeps_it(scene: Guarded) -> None:
    """The group follows the IdP. Approved, the role is gone; the account goes on."""
    (ada,) = scene.people(1)
    team = scene.team(ada)
    scene.give(team)
    scene.protect()
    leave(scene, team, ada)
    assert members(scene, team) == []
    (alert,) = scene.alerts()
    (held,) = scene.held(alert.id)
    assert (held.user, held.status, held.roles) == (ada, "active", (team,))
    assert scene.deactivate(ada) == ["held"]
    scene.set_active(ada, active=True)
    scene.decide(alert.id, "approved")
    assert scene.status(ada) == "active"
    assert scene.deactivate(ada) == ["inactive"]


def test_a_role_kept_by_a_decision_goes_when_it_is_left_again(scene: Guarded) -> None:
    """What was rejected is that it be left once."""
    ada, grace = scene.people(2)
    team = scene.team(ada)
    scene.give(team)
    scene.protect()
    leave(scene, team, ada)
    scene.decide(scene.alerts()[0].id, "rejected")
    scene.patch(f"/Groups/{team}", operation("add", "members", [{"value": ada}, {"value": grace}]))
    leave(scene, team, ada)
    assert scene.deactivate(grace) == ["held"]


@pytest.mark.parametrize("inner", [False, True])
def test_all_leave_at_once(scene: Guarded, *, inner: bool) -> None:
    """By a PUT of the group without them, or of the outer group without the inner one: all of them keep the role."""
    people = scene.people(3)
    team = scene.team(*people)
    role = scene.team(team) if inner else team
    scene.give(role)
    scene.protect()
    name = scene.send("GET", f"/Groups/{role}").json["displayName"]
    assert scene.send("PUT", f"/Groups/{role}", group(displayName=name)).status == 200
    (alert,) = scene.alerts()
    assert {one.user for one in scene.held(alert.id)} == set(people)
    assert {one.roles for one in scene.held(alert.id)} == {(role,)}


def test_a_role_that_is_deleted_opens_an_alert(scene: Guarded) -> None:
    """There is nothing left to keep; a group that gives nothing opens none."""
    (ada,) = scene.people(1)
    team = scene.team(ada)
    scene.give(team)
    scene.protect()
    assert scene.send("DELETE", f"/Groups/{scene.team(ada)}").status == 204
    assert scene.alerts() == []
    assert scene.send("DELETE", f"/Groups/{team}").status == 204
    assert [alert.kind for alert in scene.alerts()] == ["last_administrator"]


def test_who_never_had_an_administrator_has_no_alerts(scene: Guarded) -> None:
    """Deactivating, leaving and deleting are what they are."""
    ada, grace = scene.people(2)
    team = scene.team(ada, grace)
    scene.protect()
    leave(scene, team, ada)
    scene.deactivate(ada)
    assert scene.delete(grace) == ["removed"]
    assert scene.send("DELETE", f"/Groups/{team}").status == 204
    assert scene.alerts() == []


def test_an_alert_of_before_does_not_end_who_is_held_for_another(scene: Guarded) -> None:
    """Held with many, taken back by the IdP, then held as the last administrator: only that alert decides."""
    scene.guard(users=1, percent=0, hold=True)
    people = scene.people(4)
    ada = people[3]
    scene.deactivate(*people)
    (mass,) = scene.alerts()
    scene.set_active(ada, active=True)
    scene.give(scene.team(ada))
    scene.protect()
    assert scene.deactivate(ada) == ["held"]
    last = scene.alerts()[1]
    assert ada not in {one.user for one in scene.held(mass.id)}
    scene.decide(mass.id, "approved")
    assert [scene.status(one) for one in people] == [*["inactive"] * 3, "held"]
    scene.decide(last.id, "approved")
    assert scene.status(ada) == "inactive"
