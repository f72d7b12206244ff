"""Local users whom a connection may adopt: found by it, and its own from the first write on, as the same person."""

import json
from typing import Any

import pytest

from tests.connections.switched import GROUP, PATCH_OP, USER, Switched


def account(its: Switched, user: str) -> tuple[Any, ...]:
    """The account of a user: its id, owner and status."""
    ((id, owner, status),) = its.ask('SELECT id, owner, status FROM accounts WHERE "user" = ?', user)
    return id, owner, status


def test_without_adoption_a_local_user_does_not_exist(its: Switched) -> None:
    """Neither found nor changed nor in the way of one with its name."""
    ada = its.local.user("ada", externalId="7")
    assert its.look_up("ada") == []
    assert its.send("GET", f"/Users/{ada}").status == 404
    assert its.patch(f"/Users/{ada}", active=False).status == 404
    assert its.send("DELETE", f"/Users/{ada}").status == 404
    assert its.group("Team", ada).status == 400
    made = its.create("ada", externalId="7")
    assert made.status == 201
    assert made.json["id"] != ada


@pytest.mark.parametrize(
    "filter",
    [
        'userName eq "ADA@example.com"',
        'externalId eq "7"',
        'emails[type eq "work"].value eq "ada@example.com"',
        'emails.value eq "ada@example.com"',
        'userName eq "ada@example.com" and active eq true',
    ],
)
def test_a_local_user_is_found_as_idps_look_for_it(its: Switched, filter: str) -> None:
    """By what says who it is; by id too."""
    mail = [{"value": "ada@example.com", "type": "work"}]
    ada = its.local.user("ada@example.com", externalId="7", emails=mail, active=True)
    its.switch(adopt=True)
    found = its.send("GET", f"/Users?filter={filter}").json
    assert (found["totalResults"], [one["id"] for one in found["Resources"]]) == (1, [ada])
    assert its.send("GET", f"/Users/{ada}").json["userName"] == "ada@example.com"
    search = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": filter}
    assert its.send("POST", "/Users/.search", search).json["totalResults"] == 1


def test_local_users_are_not_listed(its: Switched) -> None:
    """Only who is looked for is found: neither a list nor a filter that says nothing of a person shows them."""
    its.local.user("ada", active=True, title="Engineer")
    its.switch(adopt=True)
    for path in (
        "/Users",
        "/",
        "/Users?filter=active eq true",
        '/Users?filter=userName sw "a"',
        "/Users?filter=id pr",
    ):
        assert its.send("GET", path).json["totalResults"] == 0, path
    assert its.send("GET", '/Users?filter=title eq "Engineer"').json["totalResults"] == 0


def put(its: Switched, id: str) -> int:
    """Replace the user."""
    return its.send("PUT", f"/Users/{id}", {"schemas": [USER], "userName": "ada", "title": "Engineer"}).status


def patch(its: Switched, id: str) -> int:
    """Modify the user."""
    return its.patch(f"/Users/{id}", title="Engineer").status


def nothing(its: Switched, id: str) -> int:
    """Modify nothing of the user."""
    return its.patch(f"/Users/{id}", userName="ada").status


def member(its: Switched, id: str) -> int:
    """Make the user a member of a new group, as an IdP does that had nothing to change of the user."""
    return its.group("Team", id).status - 1


@pytest.mark.parametrize("write", [put, patch, nothing, member])
def test_the_first_write_takes_ownership(its: Switched, write: Any) -> None:
    """Id and account stay, and it is found, listed and filtered like any other; one change tells of it."""
    ada = its.local.user("ada", nickName="Countess")
    before = account(its, ada)
    its.switch(adopt=True)
    assert write(its, ada) == 200
    its.switch(adopt=False)
    assert its.look_up("ada") == [ada]
    assert its.send("GET", "/Users").json["totalResults"] == 1
    kept = its.send("GET", '/Users?filter=nickName eq "Countess"').json["totalResults"]
    assert kept == (0 if write is put else 1)
    id, owner, status = account(its, ada)
    assert (id, status, before[1], owner != 0) == (before[0], "active", 0, True)
    assert its.local.found("User") == []
    changes = its.ask("SELECT before, after FROM changes WHERE operation = 'adopt'")
    assert [(json.loads(was), json.loads(now)) for was, now in changes] == [
        ({"connection": None}, {"connection": its.connection_id})
    ]


def test_who_is_adopted_leaves_the_local_groups(its: Switched) -> None:
    """From then on the IdP says which groups they are in; the change says which they were in."""
    ada = its.local.user("ada")
    team = its.local.group("Team", {ada: "User"})
    its.switch(adopt=True)
    assert its.patch(f"/Users/{ada}", title="Engineer").status == 200
    assert its.ask("SELECT members, version FROM groups WHERE id = ?", team) == [(0, 2)]
    assert its.ask("SELECT 1 FROM members") == []
    ((before,),) = its.ask("SELECT before FROM changes WHERE operation = 'adopt'")
    assert json.loads(before) == {"connection": None, "groups": [team]}


def test_a_deactivation_reaches_a_local_user(its: Switched) -> None:
    """In the same transaction as the adoption."""
    ada = its.local.user("ada")
    its.switch(adopt=True)
    assert its.patch(f"/Users/{ada}", active=False).status == 200
    assert account(its, ada)[2] == "inactive"
    bob = its.local.user("bob")
    assert its.send("DELETE", f"/Users/{bob}").status == 204
    assert account(its, bob)[2] == "removed"


def test_a_write_that_is_refused_adopts_nobody(its: Switched) -> None:
    """Nothing is done by half."""
    ada = its.local.user("ada")
    its.switch(adopt=True)
    headers = ((b"if-match", b'W/"9"'),)
    body = {"schemas": [PATCH_OP], "Operations": [{"op": "replace", "path": "title", "value": "x"}]}
    assert its.send("PATCH", f"/Users/{ada}", body, headers=headers).status == 412
    assert its.group("Team", ada, "nobody").status == 400
    assert account(its, ada)[1] == 0
    assert its.ask("SELECT 1 FROM changes WHERE operation = 'adopt'") == []


def test_a_name_that_the_filter_finds_is_taken(its: Switched) -> None:
    """409 for a new user and for a renamed one, in a bulk request too; the answer says what to do."""
    its.local.user("ada")
    its.switch(adopt=True)
    bob = its.create("bob").json["id"]
    for answer in (its.create("ADA"), its.patch(f"/Users/{bob}", userName="Ada")):
        assert (answer.status, answer.json["scimType"]) == (409, "uniqueness")
        assert "look it up by userName" in answer.json["detail"]
    operation = {
        "method": "POST",
        "path": "/Users",
        "bulkId": "a",
        "data": {"schemas": [USER], "userName": "ada"},
    }
    bulk = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": [operation]}
    assert its.send("POST", "/Bulk", bulk).json["Operations"][0]["status"] == "409"


def test_who_has_the_name_of_an_own_user_cannot_be_adopted(its: Switched) -> None:
    """The own one is found; to write the other is 409."""
    own = its.create("ada").json["id"]
    ada = its.local.user("ada")
    its.switch(adopt=True)
    assert its.look_up("ada") == [own]
    assert its.patch(f"/Users/{ada}", title="x").status == 409
    assert account(its, ada)[1] == 0


def test_another_connections_users_are_nobodys_to_adopt(its: Switched) -> None:
    """Adoption is of local users alone; who is adopted is out of every other connection's sight."""
    other, key = its.connection(strict=False)
    ada = its.create("ada").json["id"]
    bob = its.local.user("bob")
    for id in (its.connection_id, other):
        its.settle(connection=id, switches={"adopt": True})
    assert its.send("GET", f"/Users/{ada}", api_key=key, connection_id=other).status == 404
    assert its.patch(f"/Users/{bob}", title="x").status == 200
    assert its.send("GET", f"/Users/{bob}", api_key=key, connection_id=other).status == 404
    team = {"schemas": [GROUP], "displayName": "Team", "members": [{"value": ada}]}
    assert its.send("POST", "/Groups", team, api_key=key, connection_id=other).status == 400


MAIL = {"value": "ada@example.com", "type": "work", "primary": True}
HOME = {"value": "ada@home.example", "type": "home"}


@pytest.mark.parametrize(
    "attributes, named",
    [
        ({"userName": "eve"}, "userName"),
        ({"emails": [{**MAIL, "value": "eve@example.org"}]}, "emails"),
        ({"emails": [MAIL, {"value": "eve@example.org"}]}, "emails"),
        (
            {"emails": [HOME, {**MAIL, "primary": False}, {"value": "eve@example.org", "primary": True}]},
            "emails",
        ),
        ({"emails": [{**HOME, "type": "WORK"}]}, "emails"),
    ],
)
@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_who_is_adopted_stays_who_it_is(
    its: Switched, method: str, attributes: dict[str, Any], named: str
) -> None:
    """The request that takes over a user gives it no other name or e-mail; nothing of it is done."""
    ada = its.local.user("ada", emails=[MAIL, HOME])
    its.switch(adopt=True)

    def write(**changed: Any) -> Any:
        """Send the attributes as the method has them."""
        if method == "PATCH":
            return its.patch(f"/Users/{ada}", **changed)
        body = {"schemas": [USER], "userName": "ada", "emails": [MAIL, HOME], **changed}
        return its.send("PUT", f"/Users/{ada}", body)

    refused = write(**attributes)
    assert (refused.status, refused.json["scimType"]) == (400, "mutability")
    assert refused.json["detail"].startswith(f"{named}: ")
    assert refused.json["detail"].endswith("[adopted-as-another]")
    assert account(its, ada)[1] == 0
    assert its.ask("SELECT 1 FROM changes WHERE operation = 'adopt'") == []
    assert its.look_up("ada") == [ada]
    assert write().status == 200
    assert account(its, ada)[1] != 0
    assert write(**attributes).status == 200


@pytest.mark.parametrize(
    "had, attributes",
    [
        ([MAIL], {"userName": "ADA", "emails": [{**MAIL, "value": "Ada@Example.com"}]}),
        ([MAIL], {"emails": [MAIL, {**HOME, "value": "new@home.example"}]}),
        ([MAIL], {"emails": []}),
        ([HOME], {"emails": [HOME, MAIL]}),
        ([], {"emails": [MAIL]}),
    ],
)
def test_what_says_nothing_else_is_taken(
    its: Switched, had: list[dict[str, Any]], attributes: dict[str, Any]
) -> None:
    """Another letter case, another private address, and an address for who has none to be reached by."""
    ada = its.local.user("ada", emails=had)
    its.switch(adopt=True)
    assert its.patch(f"/Users/{ada}", **attributes).status == 200
    assert account(its, ada)[1] != 0
