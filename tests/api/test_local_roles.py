"""Local roles through the management API: made, filled, renamed, emptied and deleted; an IdP's are only read."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.asgi import assert_problem
from tests.api.idp import ALICE, Idp
from tests.api.platform import Platform


def person(acme: Platform, name: str) -> str:
    """The id of a new local user."""
    id: str = acme.post("/users", {"attributes": {"userName": name}})["id"]
    return id


def test_a_local_role_s_life(acme: Platform) -> None:
    """Each step is one change of the group, by the key that asked."""
    ada, bo = person(acme, "ada"), person(acme, "bo")
    before = acme.changes()
    made = acme.post("/roles", {"name": " Support "})
    assert (made["name"], made["source"], made["members"]) == ("Support", "local", 0)
    path = f"/roles/{made['id']}"
    acme.post(f"{path}/permissions", {"permissions": ["desk.use"]})
    assert acme.post(f"{path}/members", {"users": [ada, bo]})["members"] == 2
    assert acme.post(f"{path}/members", {"users": [bo]})["members"] == 2
    assert [one["name"] for one in acme.access(ada)["permissions"]] == ["desk.use"]
    renamed = acme.post(path, {"name": "Desk"}, method="PATCH")
    assert (renamed["name"], renamed["permissions"], renamed["members"]) == ("Desk", ["desk.use"], 2)
    assert acme.post(f"{path}/members/{ada}", method="DELETE")["members"] == 1
    assert acme.post(f"{path}/members/{ada}", method="DELETE")["members"] == 1
    assert [one["id"] for one in acme.items(f"{path}/members")] == [bo]
    acme.post(path, method="DELETE")
    assert acme.send("GET", path).status == 404
    assert acme.access(bo)["permissions"] == []
    changes = acme.changes()[len(before) :]
    assert [(one["operation"], one["resource_type"]) for one in changes] == [
        ("create", "Group"), ("modify", "Role"), ("modify", "Group"), ("modify", "Group"), ("modify", "Group"),
        ("delete", "Group"),
    ]  # fmt: skip
    assert {one["resource"] for one in changes} == {made["id"]}
    assert len({one["actor"]["credential"] for one in changes} - {None}) == 1


def test_whom_a_local_role_does_not_take(acme: Platform, idp: Idp) -> None:
    """An IdP's user, one who is gone, a role, nobody: all or none of those that are named."""
    ada, gone = person(acme, "ada"), person(acme, "gone")
    acme.send("DELETE", f"/users/{gone}")
    role, other = (acme.post("/roles", {"name": name})["id"] for name in ("Support", "Other"))
    before = acme.changes()
    for wrong in (idp.user(**ALICE), gone, other, "nobody"):
        answer = acme.send("POST", f"/roles/{role}/members", {"users": [ada, wrong]})
        assert wrong in assert_problem(answer, 422, "refused")["detail"]
    assert acme.items(f"/roles/{role}/members") == []
    assert len(acme.changes()) == len(before) + 1  # the IdP's user


@pytest.mark.parametrize(
    "method, path, body",
    [
        ("PATCH", "", {"name": "Mine"}),
        ("DELETE", "", None),
        ("POST", "/members", {"users": ["{local}"]}),
        ("DELETE", "/members/{member}", None),
    ],
)
def test_an_idp_s_role_is_read_only(acme: Platform, idp: Idp, method: str, path: str, body: Any) -> None:
    """409, and nothing moved; a role that is not there is 404."""
    member, local = idp.user(**ALICE), person(acme, "local")
    role = idp.group("Staff", member)
    before = acme.changes()
    if body and "users" in body:
        body = {"users": [local]}
    answer = acme.send(method, f"/roles/{role}{path.format(member=member)}", body)
    assert idp.connection in assert_problem(answer, 409, "conflict")["detail"]
    assert acme.changes() == before
    assert acme.send(method, f"/roles/nobody{path.format(member=member)}", body).status == 404


def test_what_cannot_be_made(acme: Platform) -> None:
    """A name that is taken, or none; a second one where provisioning is enforced."""
    role = acme.post("/roles", {"name": "Support"})["id"]
    other = acme.post("/roles", {"name": "Other"})["id"]
    assert_problem(acme.send("POST", "/roles", {"name": "support"}), 409, "conflict")
    assert_problem(acme.send("PATCH", f"/roles/{other}", {"name": "SUPPORT"}), 409, "conflict")
    assert_problem(acme.send("POST", "/roles", {"name": " "}), 422, "invalid")
    assert_problem(acme.send("POST", f"/roles/{role}/members", {"users": []}), 422, "invalid")
    acme.post(f"/organizations/{acme.organization}", {"enforce_provisioning": True}, method="PATCH")
    assert_problem(acme.send("POST", "/roles", {"name": "New"}), 422, "refused")
    assert acme.post(f"/roles/{role}", {"name": "Desk"}, method="PATCH")["name"] == "Desk"


def test_local_roles_are_the_organization_s_own(acme: Platform) -> None:
    """Another organization's role and person are not there."""
    other = Platform(acme.api, acme.api.new_organization("other"))
    role, ada = acme.post("/roles", {"name": "Support"})["id"], person(acme, "ada")
    theirs = other.post("/roles", {"name": "Support"})["id"]
    assert other.send("DELETE", f"/roles/{role}").status == 404
    assert other.send("POST", f"/roles/{theirs}/members", {"users": [ada]}).status == 422
    assert other.items(f"/roles/{theirs}/members") == []
