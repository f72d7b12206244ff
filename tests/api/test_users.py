"""Users over the management API: those of every source are seen, the platform's own are made and changed."""

from typing import Any

import pytest

from tests.api.asgi import assert_problem
from tests.api.idp import ALICE, Idp
from tests.api.platform import Platform


def test_local_users_live_as_an_idps_do(acme: Platform) -> None:
    """Made, replaced, deactivated, reactivated, deleted; each with one change whose actor is the management key."""
    before = len(acme.changes())
    made = acme.post("/users", {"attributes": ALICE})
    id = made["id"]
    assert (made["source"], made["version"], made["attributes"]["active"]) == ("local", 1, True)
    assert acme.account(id)["profile"]["fields"]["email"] == "alice@example.com"
    assert acme.account(id)["id"] == made["account"]
    acme.post(f"/users/{id}/deactivate")
    replaced = acme.post(f"/users/{id}", {"attributes": {"userName": "alice", "title": "Boss"}}, method="PUT")
    assert replaced["attributes"]["title"] == "Boss"
    assert replaced["attributes"]["active"] is False
    assert acme.access(id)["reason"] == "inactive"
    acme.post(f"/users/{id}/reactivate")
    acme.post(f"/users/{id}/reactivate")
    assert acme.access(id)["good"] is True
    assert acme.access(id, made["created"])["reason"] == "revoked"
    acme.post(f"/users/{id}", method="DELETE")
    assert acme.account(id)["status"] == "removed"
    assert_problem(acme.send("GET", f"/users/{id}"), 404, "not_found")
    changes = acme.changes(before)
    assert [one["operation"] for one in changes] == ["create", "modify", "replace", "modify", "delete"]
    (key,) = (one["id"] for one in acme.get("/api-keys")["items"])
    assert {(one["actor"]["connection"], one["actor"]["credential"]) for one in changes} == {(None, key)}


def test_a_local_user_and_an_idps_may_have_the_same_name(acme: Platform, idp: Idp) -> None:
    """Neither sees the other; within one source a name is taken."""
    theirs = idp.user(**ALICE)
    ours = acme.post("/users", {"attributes": ALICE})["id"]
    assert_problem(acme.send("POST", "/users", {"attributes": ALICE}), 409, "conflict")
    assert {one["id"] for one in acme.items("/users?user_name=alice", limit=1)} == {theirs, ours}
    assert acme.items("/users?whole_user_name=alic") == []
    assert [one["id"] for one in acme.items("/users?source=local&email=ALICE@home.example")] == [ours]
    assert idp.send("GET", "/Users").json["totalResults"] == 1
    assert idp.send("GET", f"/Users/{ours}").status == 404


def test_what_an_idp_owns_is_read_only(acme: Platform, idp: Idp) -> None:
    """409 that names the connection, and nothing is changed."""
    id = idp.user()
    before = acme.get(f"/users/{id}"), len(acme.changes())
    for method, path in (
        ("PUT", f"/users/{id}"), ("POST", f"/users/{id}/deactivate"), ("POST", f"/users/{id}/reactivate"),
        ("DELETE", f"/users/{id}"), ("POST", f"/users/{id}/purge"),
    ):  # fmt: skip
        body = {"attributes": {"userName": "mallory"}} if method == "PUT" else None
        document = assert_problem(acme.send(method, path, body), 409, "conflict")
        assert idp.connection in document["detail"]
    assert (acme.get(f"/users/{id}"), len(acme.changes())) == before


@pytest.mark.parametrize(
    "attributes, named",
    [
        ({"userName": "a", "nickname": "x", "shoeSize": 44}, "shoeSize"),
        ({"displayName": "no name"}, "userName"),
        ({"userName": "a", "active": "False"}, "active"),
        ({"userName": "a", "emails": "x"}, "emails"),
        ({"userName": ""}, "userName"),
        ({}, "userName"),
    ],
)
def test_attributes_that_are_none_are_refused(acme: Platform, attributes: dict[str, Any], named: str) -> None:
    """By name, to the letter, and nobody appears."""
    document = assert_problem(acme.send("POST", "/users", {"attributes": attributes}), 422, "refused")
    assert named in document["detail"]
    assert acme.items("/users") == []


def test_where_provisioning_is_enforced_nobody_appears_here(acme: Platform, idp: Idp) -> None:
    """Those who are there stay, and may be changed and deleted."""
    there = acme.post("/users", {"attributes": {"userName": "there"}})["id"]
    acme.api.request("PATCH", f"/organizations/{acme.organization}", {"enforce_provisioning": True})
    assert_problem(acme.send("POST", "/users", {"attributes": {"userName": "new"}}), 422, "refused")
    acme.post(f"/users/{there}/deactivate")
    idp.user("provisioned")
    assert [one["source"] for one in acme.items("/users")] == ["local", idp.connection]
    acme.post(f"/users/{there}", method="DELETE")


def test_users_are_read_in_parts(acme: Platform, idp: Idp) -> None:
    """Over all sources, each once."""
    made = {idp.user(f"user {number}") for number in range(3)}
    made |= {acme.post("/users", {"attributes": {"userName": f"own {number}"}})["id"] for number in range(3)}
    found = [one["id"] for one in acme.items("/users", limit=2)]
    assert len(found) == 6
    assert set(found) == made
