"""Roles and their permissions: given here, never by SCIM, whatever becomes of the group."""

from typing import Any

import pytest

from tests.api.asgi import assert_problem
from tests.api.idp import PATCH, Idp
from tests.api.platform import Platform


def permissions(acme: Platform, role: str) -> list[str]:
    """The permissions of a role."""
    found: list[str] = acme.get(f"/roles/{role}")["permissions"]
    return found


def test_permissions_are_given_and_taken(acme: Platform, idp: Idp) -> None:
    """Added, replaced, removed, each with one change of what it was and is; nothing new is none."""
    role = idp.group("Staff")
    path, before = f"/roles/{role}/permissions", len(acme.changes())
    acme.post(path, {"permissions": ["wiki.read", "app.use"]})
    acme.post(path, {"permissions": ["app.use"]})
    acme.post(path, {"permissions": ["a", "app.use"]}, method="PUT")
    assert acme.post(f"{path}/a", method="DELETE")["permissions"] == ["app.use"]
    assert acme.post(f"{path}/a", method="DELETE")["permissions"] == ["app.use"]
    states = [(one["before"]["permissions"], one["after"]["permissions"]) for one in acme.changes(before)]
    assert states == [
        ([], ["app.use", "wiki.read"]),
        (["app.use", "wiki.read"], ["a", "app.use"]),
        (["a", "app.use"], ["app.use"]),
    ]
    assert {(one["resource_type"], one["resource"]) for one in acme.changes(before)} == {("Role", role)}


def test_permissions_outlive_the_group_s_changes_and_die_with_it(acme: Platform, idp: Idp) -> None:
    """Renamed, emptied, replaced: they stay. Deleted: gone, also from a group of the same name that comes later."""
    user = idp.user()
    role = idp.group("Staff", user)
    acme.post(f"/roles/{role}/permissions", {"permissions": ["billing.read"]})
    idp.patch(f"/Groups/{role}", {"op": "replace", "path": "displayName", "value": "Crew"})
    idp.send("PUT", f"/Groups/{role}", {"displayName": "Crew", "members": []})
    assert acme.get(f"/roles/{role}")["name"] == "Crew"
    assert permissions(acme, role) == ["billing.read"]
    idp.delete(f"/Groups/{role}")
    assert_problem(acme.send("GET", f"/roles/{role}"), 404, "not_found")
    assert acme.items("/permissions") == []
    again = idp.group("Crew", user)
    assert permissions(acme, again) == []
    assert acme.access(user)["permissions"] == []


ATTEMPTS: list[dict[str, Any]] = [
    {"permissions": ["admin"]},
    {"roles": ["admin"]},
    {"owner": 0, "organization": 1, "id": "x"},
]


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_scim_gives_no_permission(acme: Platform, idp: Idp, attempt: dict[str, Any]) -> None:
    """Not by creating, replacing or changing a group or a user, in any way of saying it."""
    user = idp.user("mallory", **attempt)
    role = idp.group("Staff", user)
    for path, body in (
        (f"/Groups/{role}", {"displayName": "Staff"}),
        (f"/Users/{user}", {"userName": "mallory"}),
    ):
        answer = idp.send("PUT", path, {**body, "members": [{"value": user}], **attempt})
        assert answer.status == 200
        for name, value in attempt.items():
            idp.send(
                "PATCH",
                path,
                {"schemas": [PATCH], "Operations": [{"op": "add", "path": name, "value": value}]},
            )
            idp.send(
                "PATCH", path, {"schemas": [PATCH], "Operations": [{"op": "add", "value": {name: value}}]}
            )
    idp.patch(f"/Groups/{role}", {"op": "add", "path": "members", "value": [{"value": user}]})
    assert acme.items("/permissions") == []
    answer = acme.access(user)
    assert ([one["id"] for one in answer["roles"]], answer["permissions"]) == ([role], [])
    assert acme.get(f"/users/{user}")["source"] == idp.connection
    assert {change["resource_type"] for change in acme.changes()} <= {
        "Organization",
        "ApiKey",
        "Connection",
        "Credential",
        "User",
        "Group",
    }


def test_roles_and_members_are_read_in_parts(acme: Platform, idp: Idp) -> None:
    """Each once, in an order of its own; of one source where that is asked for."""
    users = [idp.user(f"user {number}") for number in range(5)]
    nested = idp.group("Nested")
    staff = idp.group("Staff", *users, nested)
    other = Idp(acme.api, acme.organization)
    theirs = other.group("Theirs")
    assert {one["id"] for one in acme.items("/roles", limit=1)} == {nested, staff, theirs}
    assert [one["id"] for one in acme.items(f"/groups?source={other.connection}")] == [theirs]
    members = acme.items(f"/roles/{staff}/members", limit=2)
    assert sorted(one["id"] for one in members) == sorted([*users, nested])
    assert {(one["type"], one["name"]) for one in members} == {("Group", "Nested")} | {
        ("User", f"user {number}") for number in range(5)
    }
    assert acme.get(f"/groups/{staff}")["members"] == 6
    assert acme.get(f"/groups/{staff}")["attributes"]["displayName"] == "Staff"


def test_permissions_are_listed_with_how_many_roles_have_them(acme: Platform, idp: Idp) -> None:
    """By name, in parts."""
    one, two = idp.group("One"), idp.group("Two")
    acme.post(f"/roles/{one}/permissions", {"permissions": ["a.b", "c"]})
    acme.post(f"/roles/{two}/permissions", {"permissions": ["c", "d:e"]})
    assert acme.items("/permissions", limit=1) == [
        {"name": "a.b", "roles": 1}, {"name": "c", "roles": 2}, {"name": "d:e", "roles": 1},
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["", "A", ".a", "a b", "a/b", "ä", "a\n", 101 * "a", "admin*"])
def test_what_is_no_name_of_a_permission_is_refused(acme: Platform, idp: Idp, name: str) -> None:
    """At its place, and nothing is given."""
    role = idp.group("Staff")
    answer = acme.send("POST", f"/roles/{role}/permissions", {"permissions": ["good", name]})
    document = assert_problem(answer, 422, "invalid")
    assert document["errors"][0]["pointer"] == "/permissions/1"
    assert permissions(acme, role) == []


def test_a_role_has_a_bound(acme: Platform, idp: Idp) -> None:
    """Of permissions, however many requests bring them."""
    role = idp.group("Staff")
    path = f"/roles/{role}/permissions"
    acme.post(path, {"permissions": [f"p{number}" for number in range(200)]})
    assert_problem(acme.send("POST", path, {"permissions": ["more"]}), 422, "refused")
    assert len(permissions(acme, role)) == 200
