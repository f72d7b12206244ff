"""Pitfalls 1 to 19: what is answered to a write, and how loose values and operations may be."""

import re
from typing import Any

import pytest

from tests.conftest import Connect
from tests.harness.client import ScimClient
from tests.idp.setting import (
    ENTERPRISE,
    GROUP,
    LIST_RESPONSE,
    USER,
    assert_error,
    assert_ok,
    found,
    members,
    new_group,
    new_user,
    replaced,
    total,
    user,
)


def test_pitfall_01_empty_filter_is_an_empty_list(client: ScimClient) -> None:
    """A filter that finds nobody is 200 with an empty list, on users and groups; 404 would stop Entra's job."""
    for endpoint, attribute in (("/Users", "userName"), ("/Groups", "displayName")):
        answer = client.get(
            endpoint, query={"filter": f'{attribute} eq "5f2c1f0e-8f5e-4f3b-9f0a-0a7d9b7c1f11"'}
        )

        assert answer.status == 200
        assert answer.body["schemas"] == [LIST_RESPONSE]
        assert answer.body["totalResults"] == 0
        assert answer.body["Resources"] == []


def test_pitfall_02_paging_fields_are_integers(client: ScimClient) -> None:
    """totalResults, startIndex and itemsPerPage are JSON integers, also where nothing was found."""
    new_user(client)

    for query in ({}, {"startIndex": "1", "count": "2"}, {"filter": 'userName eq "nobody"'}):
        body = client.get("/Users", query=query).body
        assert [type(body[name]) for name in ("totalResults", "startIndex", "itemsPerPage")] == [
            int,
            int,
            int,
        ]


def test_pitfall_03_id_is_a_stable_string(client: ScimClient) -> None:
    """The id is a non-empty string without `bulkId`, the one the client asked for is ignored, and writes keep it."""
    answer = client.post(
        "/Users", {"schemas": [USER], "userName": "ada@example.com", "id": "chosen", "externalId": "7"}
    )
    user_id = answer.body["id"]

    assert isinstance(user_id, str)
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", user_id)
    client.put(f"/Users/{user_id}", {"schemas": [USER], "userName": "eve@example.com", "id": "other"})
    client.patch(f"/Users/{user_id}", replaced("externalId", "8"))
    assert user(client, user_id)["id"] == user_id
    assert found(client, 'userName eq "eve@example.com"') == [user_id]


def test_pitfall_04_patch_answers_with_the_resources_own_schemas(client: ScimClient) -> None:
    """The answer to a user PATCH carries the user's schemas, not the PatchOp message's."""
    user_id = new_user(client)

    answer = client.patch(f"/Users/{user_id}", {"op": "replace", "value": {"active": False}})

    assert answer.status == 200
    assert answer.body["schemas"] == [USER]
    assert answer.body["active"] is False
    assert user(client, user_id)["active"] is False


def test_pitfall_05_manager_is_answered_as_an_object(client: ScimClient) -> None:
    """However the manager came in, every answer (POST, PATCH, PUT, GET, list) has an object."""
    boss, path = new_user(client, "boss@example.com"), f"{ENTERPRISE}:manager"
    body = {"schemas": [USER, ENTERPRISE], "userName": "ada@example.com", ENTERPRISE: {"manager": boss}}
    made = client.post("/Users", body).body
    at = f"/Users/{made['id']}"

    answers = [
        made,
        client.patch(at, replaced(path, boss)).body,
        client.put(at, body).body,
        client.get(at).body,
    ]
    answers += client.get("/Users", query={"filter": 'userName eq "ada@example.com"'}).body["Resources"]

    assert [answer[ENTERPRISE]["manager"]["value"] for answer in answers] == [boss] * 5


@pytest.mark.parametrize("add, replace, remove", [("Add", "Replace", "Remove"), ("ADD", "REPLACE", "REMOVE")])
def test_pitfall_06_operation_names_in_any_case(
    client: ScimClient, add: str, replace: str, remove: str
) -> None:
    """Entra writes its operations with a capital letter, and they do what they say."""
    user_id = new_user(client, displayName="Ada")
    at = f"/Users/{user_id}"

    assert_ok(
        client.patch(at, replaced("title", "Analyst", add), replaced("displayName", "Countess", replace))
    )
    after = user(client, user_id)
    assert (after["title"], after["displayName"]) == ("Analyst", "Countess")

    assert_ok(client.patch(at, {"op": remove, "path": "title"}))
    assert "title" not in user(client, user_id)


@pytest.mark.parametrize("text, value", [("False", False), ("false", False), ("True", True), ("true", True)])
def test_pitfall_07_booleans_as_strings(client: ScimClient, text: str, value: bool) -> None:
    """A string stands for a boolean in a body, in a PATCH with and without path, and in a filter of a path."""
    roles = [{"value": "admin", "primary": text}]
    made = client.post(
        "/Users", {"schemas": [USER], "userName": "a@example.com", "active": text, "roles": roles}
    ).body
    other = new_user(client, "b@example.com", active=not value)
    third = new_user(client, "c@example.com", active=not value, roles=[{"value": "x", "primary": True}])

    assert_ok(client.patch(f"/Users/{other}", replaced("active", text, "Replace")))
    assert_ok(client.patch(f"/Users/{third}", {"op": "replace", "value": {"active": text}}))
    assert_ok(client.patch(f"/Users/{third}", replaced('roles[primary eq "True"].value', "found", "add")))

    assert [user(client, one)["active"] for one in (made["id"], other, third)] == [value] * 3
    assert user(client, made["id"])["roles"][0].get("primary", False) is value
    assert user(client, third)["roles"] == [{"value": "found", "primary": True}]


def test_pitfall_08_keys_of_a_pathless_value_are_paths(client: ScimClient) -> None:
    """`name.givenName` and `urn:…:department` inside a value land where a path would put them."""
    user_id = new_user(
        client, name={"familyName": "L"}, emails=[{"type": "work", "value": "old@example.com"}]
    )
    value = {
        "name.givenName": "Ada",
        f"{ENTERPRISE}:department": "IT",
        'emails[type eq "work"].value': "new@example.com",
    }

    assert_ok(client.patch(f"/Users/{user_id}", {"op": "replace", "value": value}))

    after = user(client, user_id)
    assert after["name"] == {"familyName": "L", "givenName": "Ada"}
    assert after[ENTERPRISE] == {"department": "IT"}
    assert after["emails"] == [{"type": "work", "value": "new@example.com"}]
    assert not [key for key in after if "." in key and not key.startswith("urn:")]


@pytest.mark.parametrize("op", ["add", "replace"])
def test_pitfall_09_a_filter_that_matches_nothing_makes_the_element(client: ScimClient, op: str) -> None:
    """Entra adds and replaces into elements that are not there yet; they are made from the filter's terms."""
    user_id = new_user(client)

    assert_ok(
        client.patch(f"/Users/{user_id}", replaced('emails[type eq "work"].value', "a@example.com", op))
    )

    assert user(client, user_id)["emails"] == [{"type": "work", "value": "a@example.com"}]


def test_pitfall_10_remove_with_a_value_removes_only_what_it_lists(client: ScimClient) -> None:
    """A remove with a value array takes out the listed members, passes over those that are none, and keeps the rest."""
    ada, eve, kim, guest = (
        new_user(client, f"{name}@example.com") for name in ("ada", "eve", "kim", "guest")
    )
    group_id = new_group(client, ada, eve, kim)

    assert_ok(
        client.patch(f"/Groups/{group_id}", replaced("members", [{"$ref": None, "value": eve}], "Remove"))
    )
    assert members(client, group_id) == {ada, kim}

    assert_ok(client.patch(f"/Groups/{group_id}", replaced("members", [{"value": guest}], "Remove")))
    assert members(client, group_id) == {ada, kim}


def test_pitfall_11_a_filtered_remove_takes_effect(client: ScimClient) -> None:
    """After a remove by filter path the member is gone, seen from the group, from the user and from a filter."""
    ada, eve = new_user(client, "ada@example.com"), new_user(client, "eve@example.com")
    group_id = new_group(client, ada, eve)

    assert_ok(client.patch(f"/Groups/{group_id}", {"op": "remove", "path": f'members[value eq "{ada}"]'}))

    assert members(client, group_id) == {eve}
    assert "groups" not in user(client, ada)
    assert found(client, f'members.value eq "{ada}"', "/Groups") == []
    assert found(client, f'members.value eq "{eve}"', "/Groups") == [group_id]


def test_pitfall_12_id_and_schemas_inside_a_value(client: ScimClient) -> None:
    """The resource's own id and schemas inside a value change nothing; another id is refused, with all it came with."""
    group_id = new_group(client, name="Before")
    at = f"/Groups/{group_id}"

    assert_ok(
        client.patch(
            at, {"op": "replace", "value": {"schemas": [GROUP], "id": group_id, "displayName": "After"}}
        )
    )
    assert client.get(at).body["displayName"] == "After"

    other = {"op": "replace", "value": {"id": "another", "displayName": "Never"}}
    assert_error(client.patch(at, other), 400, "mutability")
    assert client.get(at).body["displayName"] == "After"


def test_pitfall_13_a_foreign_urn_in_schemas(client: ScimClient) -> None:
    """Entra lists a URN of its own with each group; the group is made and shows only what it has."""
    foreign = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"

    answer = assert_ok(client.post("/Groups", {"schemas": [GROUP, foreign], "displayName": "G"}), 201)

    assert client.get(f"/Groups/{answer.body['id']}").body["schemas"] == [GROUP]


def test_pitfall_14_an_extension_that_schemas_does_not_list(client: ScimClient) -> None:
    """An extension's object is taken by its URN key, and the answer lists the URN."""
    body = {"schemas": [USER], "userName": "ada@example.com", ENTERPRISE: {"department": "IT"}}

    answer = assert_ok(client.post("/Users", body), 201)

    after = user(client, answer.body["id"])
    assert after[ENTERPRISE] == {"department": "IT"}
    assert set(after["schemas"]) == {USER, ENTERPRISE}


def test_pitfall_15_bodies_without_schemas(client: ScimClient) -> None:
    """The endpoint says what a body is: POST, PATCH and PUT work without `schemas`."""
    user_id = assert_ok(client.post("/Users", {"userName": "ada@example.com"}), 201).body["id"]
    group_id = assert_ok(client.post("/Groups", {"displayName": "Admins"}), 201).body["id"]
    add = {"Operations": [replaced("members", [{"value": user_id}], "add")]}

    assert_ok(client.request("PATCH", f"/Groups/{group_id}", add), 204)
    assert_ok(client.put(f"/Users/{user_id}", {"userName": "eve@example.com"}), 200)

    assert members(client, group_id) == {user_id}
    assert user(client, user_id)["userName"] == "eve@example.com"
    assert user(client, user_id)["schemas"] == [USER]


def test_pitfall_16_null_is_unassigned(client: ScimClient) -> None:
    """A null in a POST is as if absent; in a PUT and a PATCH it clears, a list as well as a text."""
    emails = [{"type": "work", "value": "a@example.com", "display": None}]
    nothing: dict[str, Any] = {
        "title": None,
        "addresses": None,
        ENTERPRISE: {"department": None, "manager": None},
    }
    user_id = new_user(client, nickName="A", displayName="Ada", emails=emails, **nothing)
    assert user(client, user_id)["emails"] == [{"type": "work", "value": "a@example.com"}]

    assert_ok(client.patch(f"/Users/{user_id}", replaced("nickName", None)))
    body = {"schemas": [USER], "userName": "ada@example.com", "displayName": None, "emails": None}
    assert_ok(client.put(f"/Users/{user_id}", body))

    after = user(client, user_id)
    assert after.keys() & {"title", "addresses", "nickName", "displayName", "emails", ENTERPRISE} == set()


def test_pitfall_17_an_empty_string_unassigns(client: ScimClient) -> None:
    """Replacing an attribute that is not required by "" clears it; clearing a required one is refused."""
    boss = new_user(client, "boss@example.com")
    enterprise = {"department": "IT", "manager": {"value": boss}}
    user_id = new_user(client, displayName="Ada", title="Analyst", enterprise=enterprise)
    paths = ("displayName", "title", f"{ENTERPRISE}:department", f"{ENTERPRISE}:manager")

    assert_ok(client.patch(f"/Users/{user_id}", *(replaced(path, "") for path in paths)))

    after = user(client, user_id)
    assert [after.get(name) or None for name in ("displayName", "title")] == [None, None]
    assert not after.get(ENTERPRISE, {}).get("department")
    assert "manager" not in after.get(ENTERPRISE, {})
    assert_error(client.patch(f"/Users/{user_id}", replaced("userName", "")), 400)
    assert user(client, user_id)["userName"] == "ada@example.com"


def test_pitfall_18_members_are_not_sent_unasked(client: ScimClient) -> None:
    """A group PATCH is 204 without a body, and excludedAttributes=members keeps them out of reads and lists."""
    user_id = new_user(client)
    group_id = new_group(client)

    answer = client.patch(f"/Groups/{group_id}", replaced("members", [{"value": user_id}], "Add"))

    assert (answer.status, answer.raw) == (204, b"")
    assert "members" not in client.get(f"/Groups/{group_id}?excludedAttributes=members").body
    listed = client.get("/Groups?excludedAttributes=members&filter=displayName+eq+%22Team%22").body[
        "Resources"
    ]
    assert [group["id"] for group in listed] == [group_id]
    assert "members" not in listed[0]
    assert members(client, group_id) == {user_id}


def test_pitfall_19_members_are_sent_on_a_plain_read(connect: Connect) -> None:
    """A plain read and a plain list return members: authentik compares them after each write."""
    client = connect("generic")
    user_id = new_user(client)
    group_id = new_group(client, user_id)

    assert members(client, group_id) == {user_id}
    assert [member["value"] for member in client.get("/Groups").body["Resources"][0]["members"]] == [user_id]
    assert total(client, "/Groups") == 1
