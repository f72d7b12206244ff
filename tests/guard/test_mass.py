"""Too many deactivations: an alert by default, held where holding is switched on; a single one is never delayed."""

from tests.guard.scene import Guarded


def test_the_line_is_more_than_both(scene: Guarded) -> None:
    """Ten of thirty are not more than ten; of a hundred, twenty are not more than a fifth. Then one alert, with a count."""
    people = scene.people(30)
    assert set(scene.deactivate(*people[:10])) == {"inactive"}
    assert scene.alerts() == []
    assert set(scene.deactivate(*people[10:13])) == {"inactive"}
    (alert,) = scene.alerts(open_only=True)
    assert (alert.kind, alert.connection, alert.count) == (
        "mass_deactivation",
        scene.endpoint.connection_id,
        13,
    )
    ((operation, resource, after),) = scene.changes("alert")
    assert (operation, resource, after["count"]) == ("alert", alert.id, 11)


def test_a_fifth_of_many(scene: Guarded) -> None:
    """The percentage is of the users that there were when they began to go, deleted or not."""
    people = scene.people(100)
    scene.delete(*people[:10])
    scene.deactivate(*people[10:20])
    assert scene.alerts() == []
    scene.delete(people[20])
    assert [alert.count for alert in scene.alerts()] == [21]


def test_only_what_ends_an_active_account_counts(scene: Guarded) -> None:
    """Not the same user twice, nor the deletion of one who is inactive, nor what changes nothing."""
    scene.guard(users=3, percent=0)
    people = scene.people(8)
    scene.deactivate(*people[:3])
    scene.deactivate(*people[:3])
    for _ in range(4):
        scene.set_active(people[0], active=True)
        scene.deactivate(people[0])
    scene.delete(*people[:3])
    assert scene.alerts() == []
    scene.deactivate(people[3])
    assert [alert.count for alert in scene.alerts()] == [4]


def test_what_is_long_ago_does_not_count(scene: Guarded) -> None:
    """Within the minutes only."""
    scene.guard(users=3, percent=0, minutes=1)
    people = scene.people(8)
    scene.deactivate(*people[:3])
    scene.sql("UPDATE deactivations SET time = time - 60000000 WHERE organization = ? RETURNING time")
    scene.deactivate(*people[3:6])
    assert scene.alerts() == []
    scene.deactivate(people[6])
    assert [alert.count for alert in scene.alerts()] == [4]


def test_held_from_the_one_that_crosses_the_line_on(scene: Guarded) -> None:
    """The user follows the IdP and is answered so; the account keeps its access, and nothing of it is revoked."""
    scene.guard(users=3, percent=0, hold=True)
    people = scene.people(8)
    assert scene.deactivate(*people[:3]) == ["inactive"] * 3
    assert scene.deactivate(*people[3:5]) == ["held"] * 2
    assert scene.delete(people[5]) == ["held"]
    assert {scene.account(one).revoked_before for one in people[3:6]} == {0}
    (alert,) = scene.alerts()
    assert {(one.user, one.gone) for one in scene.held(alert.id)} == {
        (people[3], False),
        (people[4], False),
        (people[5], True),
    }
    assert [after["user"] for _, _, after in scene.changes("hold")] == people[3:6]


def test_approved_they_end_at_once(scene: Guarded) -> None:
    """Inactive or removed as the IdP said, sessions dead, a change for each, the alert closed, the count begun anew."""
    scene.guard(users=2, percent=0, hold=True)
    people = scene.people(8)
    scene.deactivate(*people[:4])
    scene.delete(people[3], people[4])
    (alert,) = scene.alerts()
    closed = scene.decide(alert.id, "approved")
    assert (closed.outcome, closed.closed_by) == ("approved", "command line")
    assert [scene.status(one) for one in people[2:5]] == ["inactive", "removed", "removed"]
    assert all(scene.account(one).revoked_before > alert.opened for one in people[2:5])
    told = scene.changes("approve")
    assert sorted(after["status"] for _, _, after in told[:-1]) == ["inactive", "removed", "removed"]
    assert told[-1][1:] == (alert.id, {"outcome": "approved", "connection": alert.connection})
    assert scene.deactivate(*people[5:7]) == ["inactive"] * 2
    assert scene.deactivate(people[7]) == ["held"]
    assert len(scene.alerts()) == 2


def test_rejected_they_stay(scene: Guarded) -> None:
    """Active though the user is inactive or gone; reactivated and deactivated again, a user counts as any other."""
    scene.guard(users=2, percent=0, hold=True)
    people = scene.people(8)
    scene.deactivate(*people[:3])
    scene.delete(people[3])
    (alert,) = scene.alerts()
    assert scene.decide(alert.id, "rejected").outcome == "rejected"
    assert [scene.account(one) for one in people[2:4]] == [("active", 0)] * 2
    scene.deactivate(people[2])  # the IdP says what it has said
    assert scene.status(people[2]) == "active"
    scene.set_active(people[2], active=True)
    assert scene.deactivate(people[2]) == ["inactive"]


def test_the_deletion_of_one_that_was_kept_counts_again(scene: Guarded) -> None:
    """It is more than was rejected."""
    scene.guard(users=2, percent=0, hold=True)
    people = scene.people(5)
    scene.deactivate(*people[:3])
    scene.decide(scene.alerts()[0].id, "rejected")
    assert scene.delete(people[2]) == ["removed"]


def test_some_approved_some_rejected(scene: Guarded) -> None:
    """By account; the alert is closed with the last, and says that it was both. What was kept may still be approved."""
    scene.guard(users=1, percent=0, hold=True)
    people = scene.people(6)
    scene.deactivate(*people[:5])
    (alert,) = scene.alerts()
    assert scene.decide(alert.id, "approved", people[1], people[2]).closed is None
    assert scene.decide(alert.id, "rejected", people[3]).closed is None
    assert scene.decide(alert.id, "approved", people[3]).closed is None
    assert scene.decide(alert.id, "rejected", people[4]).outcome == "mixed"
    assert [scene.status(one) for one in people[:5]] == ["inactive"] * 4 + ["active"]


def test_the_idp_takes_it_back(scene: Guarded) -> None:
    """Reactivated, an account is held no more and not asked about; the alert stays until somebody has looked."""
    scene.guard(users=1, percent=0, hold=True)
    people = scene.people(4)
    scene.deactivate(*people[:3])
    for one in people[:3]:
        scene.set_active(one, active=True)
    assert [scene.account(one)[0] for one in people[:3]] == ["active"] * 3
    (alert,) = scene.alerts()
    assert scene.held(alert.id) == []
    assert scene.decide(alert.id, "approved").closed is not None
    assert scene.status(people[2]) == "active"


def test_a_bulk_request_counts_each(scene: Guarded) -> None:
    """Those before the line end, those behind it are held, in one request."""
    scene.guard(users=3, percent=0, hold=True)
    people = scene.people(6)
    operations = [
        {"method": "DELETE", "path": f"/Users/{one}"}
        if place % 2
        else {
            "method": "PATCH",
            "path": f"/Users/{one}",
            "data": {"Operations": [{"op": "replace", "path": "active", "value": False}]},
        }
        for place, one in enumerate(people)
    ]
    bulk = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations}
    assert scene.send("POST", "/Bulk", bulk).status == 200
    assert [scene.status(one) for one in people] == [
        "inactive",
        "removed",
        "inactive",
        "held",
        "held",
        "held",
    ]
    assert [alert.count for alert in scene.alerts()] == [6]


def test_connections_count_by_themselves(scene: Guarded) -> None:
    """What another connection of the organization does is no part of it."""
    scene.guard(users=2, percent=0, hold=True)
    scene.deactivate(*scene.people(2))
    first = scene.endpoint.connection_id, scene.endpoint.api_key
    scene.endpoint.connection_id, scene.endpoint.api_key = scene.endpoint.connection(strict=False)
    scene.guard(users=2, percent=0, hold=True)
    assert scene.deactivate(*scene.people(2)) == ["inactive"] * 2
    assert scene.alerts() == []
    scene.endpoint.connection_id, scene.endpoint.api_key = first
    assert scene.deactivate(*scene.people(1)) == ["held"]
