"""The access answer: whether what was issued is still good, what its bearer may do, and why."""

from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import quote

import pytest

from muster.bootstrap import now
from muster.directory.registers.accounts import Account
from muster.directory.standing import AHEAD, verdict
from muster.scim.schema import CORE_USER
from muster.scim.value import moment
from tests.api.asgi import Api, assert_problem
from tests.api.idp import PATCH, Idp
from tests.api.platform import Platform

NOW = 1_800_000_000_000_000
LONG_AGO = "2020-01-01T00:00:00Z"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
LATER = "2100-01-01T00:00:00Z"


def an_account(status: Any, revoked_before: int = 0) -> Account:
    """An account."""
    return Account("a", "u", 1, status, revoked_before, 0, 0, None, None)


@pytest.mark.parametrize(
    "status, revoked_before, issued_at, expected",
    [
        ("active", 0, None, (True, "active")),
        ("active", 0, 0, (True, "active")),
        ("active", NOW, NOW, (True, "active")),
        ("active", NOW, NOW - 1, (False, "revoked")),
        ("active", 0, NOW + AHEAD, (True, "active")),
        ("active", 0, NOW + AHEAD + 1, (False, "ahead")),
        ("held", 0, 0, (True, "held")),
        ("held", NOW, NOW - 1, (False, "revoked")),
        ("inactive", 0, NOW, (False, "inactive")),
        ("inactive", 0, None, (False, "inactive")),
        ("removed", 0, NOW, (False, "removed")),
    ],
)
def test_verdicts(
    status: Any, revoked_before: int, issued_at: int | None, expected: tuple[bool, str]
) -> None:
    """Issued at the very moment of the revocation is good; a microsecond earlier is not."""
    assert verdict(an_account(status, revoked_before), issued_at, NOW) == expected


def test_a_deactivation_ends_what_was_issued_for_good(acme: Platform, idp: Idp) -> None:
    """Inactive: nothing is good, nothing is allowed. Active again: what was issued before stays dead."""
    id = idp.user()
    role = idp.group("Staff", id)
    acme.post(f"/roles/{role}/permissions", {"permissions": ["billing.read"]})
    issued = acme.account(id)["created"]
    assert acme.access(id, issued)["good"] is True
    idp.activate(id, active=False)
    answer = acme.access(id, issued)
    assert (answer["good"], answer["reason"], answer["roles"], answer["permissions"]) == (
        False, "inactive", [], [],
    )  # fmt: skip
    idp.activate(id, active=True)
    answer = acme.access(id, issued)
    assert (answer["good"], answer["reason"]) == (False, "revoked")
    assert [one["name"] for one in answer["permissions"]] == ["billing.read"]
    assert acme.access(id)["good"] is True
    idp.delete(f"/Users/{id}")
    answer = acme.access(id)
    assert (answer["good"], answer["reason"], answer["status"], answer["permissions"]) == (
        False, "removed", "removed", [],
    )  # fmt: skip


def test_a_role_is_explained_by_what_brought_it(acme: Platform, idp: Idp) -> None:
    """Direct, and through groups in groups, each step with its change and request; the shortest way of each."""
    id = idp.user()
    team = idp.group("Team", id)
    staff = idp.group("Staff", team)
    everyone = idp.group("Everyone", staff, team)
    idp.group("Others")
    acme.post(f"/roles/{everyone}/permissions", {"permissions": ["app.use", "wiki.read"]})
    acme.post(f"/roles/{team}/permissions", {"permissions": ["app.use"]})
    answer = acme.access(id)
    assert [role["name"] for role in answer["roles"]] == ["Everyone", "Staff", "Team"]
    ways = {
        role["name"]: [[step["name"] for step in way["path"]] for way in role["why"]]
        for role in answer["roles"]
    }
    assert ways == {"Everyone": [["Team", "Everyone"]], "Staff": [["Team", "Staff"]], "Team": [["Team"]]}
    changes = {change["sequence"]: change for change in acme.changes()}
    for role in answer["roles"]:
        for step in role["why"][0]["path"]:
            change = changes[step["change"]]
            assert (change["resource"], change["actor"]["request"]) == (step["group"], step["request"])
            assert step["since"] == change["time"]
    assert answer["permissions"] == [
        {"name": "app.use", "roles": sorted([everyone, team])},
        {"name": "wiki.read", "roles": [everyone]},
    ]


def test_two_groups_that_lead_to_one_role_are_two_reasons(acme: Platform, idp: Idp) -> None:
    """So that whoever wants to take it away knows all of them."""
    id = idp.user()
    one, two = idp.group("One", id), idp.group("Two", id)
    idp.group("Both", one, two)
    both = acme.access(id)["roles"][0]
    assert both["name"] == "Both"
    assert {way["path"][0]["name"] for way in both["why"]} == {"One", "Two"}


def test_the_answer_is_a_fixed_number_of_statements(acme: Platform, idp: Idp) -> None:
    """For nobody's roles and for fifty alike."""
    alone, busy = idp.user("alone"), idp.user("busy")
    for number in range(50):
        idp.group(f"Group {number}", busy)

    def counted(user: str) -> int:
        return min(once(user) for _ in range(3))  # what was used is written in between

    def once(user: str) -> int:
        before = acme.api.database.measures().statements.total()
        acme.access(user)
        return int(acme.api.database.measures().statements.total() - before)

    counted(busy)
    assert counted(alone) == counted(busy) < 25


@pytest.mark.parametrize(
    "issued_at",
    [
        "yesterday",
        "2026-11-26",
        "2026-13-01T00:00:00Z",
        "%00",
        "1764151200",
        "",
        "2026-11-26T10:00:00",
        "2026-11-26T10:00:00.5",
        "2026-11-26T10:00:00%2B0200",
        "2026-11-26T10:00:00%2B99:00",
    ],
)
def test_a_time_that_is_none_is_refused(api_on_sqlite: Api, issued_at: str) -> None:
    """By the parameter's name, whoever is asked about."""
    acme = Platform(api_on_sqlite, api_on_sqlite.new_organization("acme"))
    document = assert_problem(acme.send("GET", f"/accounts/x/access?issued_at={issued_at}"), 422, "invalid")
    assert document["errors"][0]["parameter"] == "issued_at"


def test_issued_before_anything_and_after_everything(acme: Platform, idp: Idp) -> None:
    """Never revoked: the oldest is good. A time far ahead is not: it would outlive each revocation until then."""
    id = idp.user()
    assert acme.access(id, LONG_AGO)["good"] is True
    assert acme.access(id, LATER)["reason"] == "ahead"


ACTIVE = {"schemas": [CORE_USER], "userName": "alice", "externalId": "a1", "active": True}


def let_in(id: str, way: str) -> tuple[str, str, Any]:
    """The request that lets a user in again: of one who was deactivated, or by POST of one who was deleted."""
    activation = {"schemas": [PATCH], "Operations": [{"op": "replace", "path": "active", "value": True}]}
    match way.removeprefix("bulk "):
        case "PATCH":
            method, path, body = "PATCH", f"/Users/{id}", activation
        case "PUT":
            method, path, body = "PUT", f"/Users/{id}", ACTIVE
        case _:
            method, path, body = "POST", "/Users", ACTIVE
    if way.startswith("bulk "):
        operations = [{"method": method, "path": path, "data": body, "bulkId": "1"}]
        return "POST", "/Bulk", {"schemas": [BULK], "Operations": operations}
    return method, path, body


@pytest.mark.parametrize("way", ["PATCH", "PUT", "bulk PUT"])
def test_what_was_issued_while_an_account_ended_does_not_live_again(
    acme: Platform, idp: Idp, way: str
) -> None:
    """The end counts from the moment its request began; what was issued until it was committed is dead for good too."""
    id = idp.user()
    idp.activate(id, active=False)
    issued = moment(now())
    assert acme.access(id, issued)["reason"] == "inactive"
    assert idp.send(*let_in(id, way)).status == 200
    assert (acme.access(id, issued)["reason"], acme.access(id)["good"]) == ("revoked", True)


@pytest.mark.parametrize("way", ["PATCH", "PUT", "bulk PATCH", "bulk PUT", "POST", "bulk POST"])
def test_nor_where_the_request_that_lets_in_again_began_before_the_end(
    acme: Platform, idp: Idp, way: str
) -> None:
    """It is overtaken by the end while its body comes: what was issued until that was committed is dead all the same."""
    acme.post(f"/connections/{idp.connection}", {"switches": {"external_id_immutable": True}}, method="PATCH")
    id = idp.user(externalId="a1")
    issued: list[str] = []

    async def end() -> None:
        if way.endswith("POST"):
            answer = await idp.sent("DELETE", f"/Users/{id}")
        else:
            answer = await idp.sent("PUT", f"/Users/{id}", ACTIVE | {"active": False})
        assert answer.status in (200, 204)
        issued.append(moment(now()))

    assert idp.send(*let_in(id, way), meanwhile=end).status in (200, 201)
    assert (acme.access(id, issued[0])["reason"], acme.access(id)["good"]) == ("revoked", True)


def test_what_never_ended_is_not_revoked_by_a_reactivation(acme: Platform, idp: Idp) -> None:
    """A held account whose IdP thinks better of it, one kept by a decision, and one that is said to be active anew."""
    held = {"guard": {"users": 1, "percent": 0, "minutes": 10, "hold": True}}
    acme.post(f"/connections/{idp.connection}", {"switches": held}, method="PATCH")
    users = [idp.user(name) for name in ("spent", "held", "kept")]
    issued = moment(now())
    for user in users:
        idp.activate(user, active=False)
    (alert,) = acme.items("/alerts?open=true")
    acme.post(f"/alerts/{alert['id']}/reject", {"accounts": [acme.account(users[2])["id"]]})
    for user in users:
        idp.activate(user, active=True)
    assert [acme.access(user, issued)["reason"] for user in users] == ["revoked", "active", "active"]
    idp.patch(f"/Users/{users[1]}", {"op": "remove", "path": "active"})
    idp.activate(users[1], active=True)
    assert acme.access(users[1], issued)["good"] is True


def test_an_offset_counts(acme: Platform, idp: Idp) -> None:
    """A local time with its offset is the instant that it says: revoked an hour later, it is dead in every notation."""
    id = idp.user()
    acme.post(f"/accounts/{acme.account(id)['id']}/revoke")
    revoked = datetime.fromisoformat(acme.account(id)["revoked_before"])
    local = (revoked - timedelta(hours=1)).astimezone(timezone(timedelta(hours=5)))
    assert acme.access(id, quote(local.isoformat()))["reason"] == "revoked"
    for path in (f"/users/{id}/access", f"/accounts/{acme.account(id)['id']}/access"):
        answer = acme.send("GET", f"{path}?issued_at={local.replace(tzinfo=None).isoformat()}")
        assert_problem(answer, 422, "invalid")
