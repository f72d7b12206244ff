"""What the platform is answered of an account that is held, or keeps a role that its user is in no more."""

from typing import Any

import pytest

from tests.api.idp import ALICE, Idp
from tests.api.platform import Platform

PERMISSION = "platform.administer"


@pytest.fixture
def okta(acme: Platform) -> Idp:
    """An IdP whose externalIds are never given to somebody else; nobody is left without an administrator."""
    acme.post(f"/organizations/{acme.organization}", {"administrators": PERMISSION}, method="PATCH")
    return Idp(acme.api, acme.organization, "okta")


def administrator(acme: Platform, okta: Idp) -> tuple[str, str]:
    """The only administrator, by a group in a role; the user's and the group's id."""
    id = okta.user(**ALICE)
    team = okta.group("Team", id)
    role = okta.group("Administrators")
    okta.patch(f"/Groups/{role}", {"op": "add", "path": "members", "value": [{"value": team}]})
    acme.post(f"/roles/{role}/permissions", {"permissions": [PERMISSION]})
    return id, team


def permissions(answer: Any) -> list[str]:
    """The permissions of an access answer."""
    return [one["name"] for one in answer["permissions"]]


def test_held_it_has_what_it_had(acme: Platform, okta: Idp) -> None:
    """Deactivated, then deleted: good, with roles and permissions and why; nothing once it is approved."""
    id, team = administrator(acme, okta)
    before = acme.access(id)
    issued = acme.account(id)["created"]
    okta.activate(id, active=False)
    held = acme.access(id, issued)
    assert (held["good"], held["reason"], held["status"]) == (True, "held", "held")
    assert (held["roles"], held["permissions"]) == (before["roles"], before["permissions"])
    okta.delete(f"/Users/{id}")
    (alert,) = acme.items("/alerts?open=true")
    deleted = acme.access(id, issued)
    assert (deleted["good"], permissions(deleted)) == (True, [PERMISSION])
    direct = next(role for role in deleted["roles"] if role["id"] == team)
    assert [step["request"] for way in direct["why"] for step in way["path"]] == [alert["id"]]
    acme.post(f"/alerts/{alert['id']}/approve", {})
    ended = acme.access(id, issued)
    assert (ended["good"], ended["status"], ended["roles"], permissions(ended)) == (False, "removed", [], [])


def test_who_comes_back_keeps_nothing(acme: Platform, okta: Idp) -> None:
    """The same person again has no role of before, and is asked about no more."""
    id, _ = administrator(acme, okta)
    okta.delete(f"/Users/{id}")
    (alert,) = acme.items("/alerts?open=true")
    assert permissions(acme.access(id)) == [PERMISSION]
    assert okta.user(**ALICE) == id
    again = acme.access(id)
    assert (again["good"], again["status"], again["roles"], permissions(again)) == (True, "active", [], [])
    assert acme.items(f"/alerts/{alert['id']}/accounts") == []
    assert acme.post(f"/alerts/{alert['id']}/reject", {})["outcome"] == "rejected"


def test_a_role_that_is_kept_is_in_the_answer(acme: Platform, okta: Idp) -> None:
    """The last administrator left the group: the account keeps what the group gave, until that is approved."""
    id, team = administrator(acme, okta)
    okta.patch(f"/Groups/{team}", {"op": "remove", "path": f'members[value eq "{id}"]'})
    assert permissions(acme.access(id)) == [PERMISSION]
    (alert,) = acme.items("/alerts?open=true")
    (kept,) = acme.items(f"/alerts/{alert['id']}/accounts")
    assert (kept["status"], kept["roles_kept"], kept["waiting"]) == ("active", [team], True)
    acme.post(f"/alerts/{alert['id']}/approve", {"accounts": [kept["account"]]})
    answer = acme.access(id)
    assert (answer["good"], answer["roles"], permissions(answer)) == (True, [], [])
