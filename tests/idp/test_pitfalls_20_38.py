"""Pitfalls 20 to 38: what stays visible, letter case, media, addresses, refusals and discovery."""

import re
from collections.abc import Iterator
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


def test_pitfall_20_inactive_users_stay_visible(client: ScimClient) -> None:
    """A deactivated user is still read, listed and found."""
    user_id = new_user(client)

    assert_ok(client.patch(f"/Users/{user_id}", replaced("active", value=False)))

    assert user(client, user_id)["active"] is False
    assert found(client, 'userName eq "ada@example.com"') == [user_id]
    assert found(client, "active eq false") == [user_id]
    assert total(client) == 1


def test_pitfall_21_deactivation_keeps_memberships(client: ScimClient) -> None:
    """Entra does not send memberships again when a user comes back, so they are never dropped."""
    user_id = new_user(client)
    group_id = new_group(client, user_id)

    assert_ok(client.patch(f"/Users/{user_id}", replaced("active", "False", "Replace")))
    assert members(client, group_id) == {user_id}

    assert_ok(client.patch(f"/Users/{user_id}", replaced("active", "True", "Replace")))
    assert members(client, group_id) == {user_id}
    assert [group["value"] for group in user(client, user_id)["groups"]] == [group_id]


def test_pitfall_22_names_compare_without_case_and_ids_with_it(client: ScimClient) -> None:
    """A userName and a group's displayName are found in any case; externalId and id only exactly."""
    user_id = new_user(client, "Ada@Example.com", externalId="Ext-1")
    group_id = new_group(client, name="The Team")

    assert found(client, 'userName eq "ADA@EXAMPLE.COM"') == [user_id]
    assert found(client, 'displayName eq "the team"', "/Groups") == [group_id]
    assert found(client, 'externalId eq "Ext-1"') == [user_id]
    assert found(client, 'externalId eq "ext-1"') == []
    assert found(client, f'id eq "{user_id}"') == [user_id]
    assert_error(client.get(f"/Users/{user_id.upper()}"), 404)


@pytest.mark.parametrize(
    "text",
    [
        'USERNAME Eq "ada@example.com"',
        'DisplayName CO "ountes" AND Active eq true',
        "(ActiVe eq true) And NOT (name.FamilyName PR)",
        'Emails[Type EQ "work"].VALUE eq "a@example.com"',
        'URN:ietf:params:scim:schemas:EXTENSION:enterprise:2.0:user:Department SW "I"',
    ],
)
def test_pitfall_23_attributes_and_operators_in_any_case(client: ScimClient, text: str) -> None:
    """Filters are read in whatever letter case PingOne and Microsoft's collection write them."""
    emails = [{"type": "work", "value": "a@example.com"}]
    user_id = new_user(client, displayName="Countess", emails=emails, enterprise={"department": "IT"})
    new_user(client, "other@example.com", active=False)

    assert found(client, text) == [user_id]


@pytest.mark.parametrize(
    "content_type",
    [
        "application/scim+json",
        "application/scim+json; charset=utf-8",
        "application/scim+json;charset=UTF-8",
        "application/json",
        "application/json;charset=utf-8",
        "APPLICATION/JSON; charset=utf-8",
        None,
    ],
)
def test_pitfall_24_content_types_that_clients_send(client: ScimClient, content_type: str | None) -> None:
    """Either JSON type, with parameters or without, is taken; the answer is application/scim+json."""
    body = {"schemas": [USER], "userName": "ada@example.com"}

    answer = assert_ok(client.post("/Users", body, headers={"Content-Type": content_type}), 201)

    assert answer.headers["content-type"].startswith("application/scim+json")
    assert found(client, 'userName eq "ada@example.com"') == [answer.body["id"]]


@pytest.mark.parametrize(
    "accept",
    [
        "*/*",
        "application/json",
        "application/json, text/plain, */*",
        "text/html",
        "application/scim+json; charset=utf-8",
        None,
    ],
)
def test_pitfall_25_accept_is_never_a_reason_to_refuse(client: ScimClient, accept: str | None) -> None:
    """Whatever a client says it accepts, it gets SCIM."""
    user_id = new_user(client)

    answer = client.get(f"/Users/{user_id}", headers={"Accept": accept})

    assert answer.status == 200
    assert answer.headers["content-type"].startswith("application/scim+json")
    assert answer.body["id"] == user_id


@pytest.mark.parametrize(
    "target",
    [
        "/Users?",
        "/Users/",
        "//Users",
        "/Users/?filter=userName+eq+%22ada%40example.com%22",
        "/Users?filter=userName+eq+%22ada%40example.com%22&",
        "//Users/?filter=userName+eq+%22ada%40example.com%22&",
    ],
)
def test_pitfall_26_stray_characters_in_addresses(client: ScimClient, target: str) -> None:
    """A trailing slash, question mark or ampersand and a double slash lead to the same place."""
    user_id = new_user(client)

    answer = client.get(target)

    assert answer.status == 200
    assert [resource["id"] for resource in answer.body["Resources"]] == [user_id]
    put = client.put(f"/Users/{user_id}/?", {"schemas": [USER], "userName": "ada@example.com", "title": "T"})
    assert put.status == 200
    assert user(client, user_id)["title"] == "T"


def test_pitfall_27_duplicates_are_conflicts(client: ScimClient) -> None:
    """A taken userName, displayName or externalId is 409 uniqueness in POST, PUT and PATCH, and changes nothing."""
    new_user(client, "ada@example.com", externalId="1")
    eve = new_user(client, "eve@example.com", externalId="2")
    new_group(client, name="A")
    other = new_group(client, name="B")
    refused = [
        client.post("/Users", {"schemas": [USER], "userName": "ADA@example.com"}),
        client.post("/Users", {"schemas": [USER], "userName": "kim@example.com", "externalId": "1"}),
        client.put(f"/Users/{eve}", {"schemas": [USER], "userName": "ada@example.com"}),
        client.patch(f"/Users/{eve}", replaced("userName", "ada@example.com")),
        client.patch(f"/Users/{eve}", replaced("externalId", "1")),
        client.post("/Groups", {"schemas": [GROUP], "displayName": "a"}),
        client.put(f"/Groups/{other}", {"schemas": [GROUP], "displayName": "A"}),
        client.patch(f"/Groups/{other}", replaced("displayName", "A")),
    ]

    for answer in refused:
        assert_error(answer, 409, "uniqueness")
    assert (total(client), total(client, "/Groups")) == (2, 2)
    assert (user(client, eve)["userName"], user(client, eve)["externalId"]) == ("eve@example.com", "2")
    assert client.get(f"/Groups/{other}").body["displayName"] == "B"


def test_pitfall_28_created_resources_come_back_whole(client: ScimClient) -> None:
    """201 and the 200 of a PUT carry the full resource, equal to what a read gives."""
    made = client.post("/Users", {"schemas": [USER], "userName": "ada@example.com", "title": "T"})
    at = f"/Users/{made.body['id']}"
    assert made.status == 201
    assert made.body == client.get(at).body

    put = client.put(at, {"schemas": [USER], "userName": "ada@example.com", "title": "U"})
    assert put.status == 200
    assert put.body == client.get(at).body
    group = client.post("/Groups", {"schemas": [GROUP], "displayName": "G"})
    assert group.body == client.get(f"/Groups/{group.body['id']}").body


def test_pitfall_29_every_refusal_is_a_scim_error(client: ScimClient) -> None:
    """401, 404, 405, 413, 415 and 400 are all SCIM Errors in JSON; none is a page or a plain text."""
    large = b'{"userName":"' + b"x" * (3 << 20) + b'"}'
    body = {"schemas": [USER], "userName": "ada@example.com"}
    refusals = [
        (401, client.get("/Users", headers={"Authorization": None})),
        (404, client.get("/Users/nobody")),
        (404, client.get("/Nothing")),
        (404, client.get("/scim/nothing-here", absolute=True)),
        (405, client.delete("/Users")),
        (405, client.request("PROPFIND", "/Users")),
        (413, client.post("/Users", raw=large)),
        (415, client.post("/Users", body, headers={"Content-Type": "text/xml"})),
        (400, client.post("/Users", raw=b"<user/>")),
        (501, client.get("/Me")),
    ]

    for status, answer in refusals:
        assert_error(answer, status)
    assert total(client) == 0


@pytest.mark.parametrize(
    "value", ["non-token", "{key}", "Bearer", "Bearer ", "Bearer Bearer {key}", "Basic {key}", "null"]
)
def test_pitfall_30_odd_authorization_is_401(client: ScimClient, value: str) -> None:
    """An Authorization without a scheme, an empty or a doubled one is 401 with a SCIM Error, and does nothing."""
    headers = {"Authorization": value.format(key=client.api_key)}

    answer = client.post("/Users", {"schemas": [USER], "userName": "ada@example.com"}, headers=headers)

    assert_error(answer, 401)
    assert "Bearer" in answer.headers["www-authenticate"]
    assert total(client) == 0


def test_pitfall_31_retry_after_is_in_whole_seconds(connect: Connect) -> None:
    """Under a burst of refused and served requests every 429, should there be one, says when in whole seconds."""
    client = connect()
    answers = [
        client.get("/Users", headers={"Authorization": f"Bearer wrong-{number}"}) for number in range(60)
    ]
    answers += [client.get("/Users?count=0") for _ in range(60)]

    for answer in answers:
        assert answer.status in {200, 401, 429}
        if answer.status == 429:
            assert_error(answer, 429)
            assert re.fullmatch(r"[0-9]+", answer.headers["retry-after"])
    assert client.get("/Users?count=0").status == 200, (
        "wrong keys from elsewhere must not lock the right one out"
    )


def test_pitfall_32_twenty_five_requests_a_second_are_served(client: ScimClient) -> None:
    """Sixty writes and sixty reads in a row on one connection are all served; none is throttled."""
    made = [
        client.post("/Users", {"schemas": [USER], "userName": f"u{number}"}).status for number in range(60)
    ]
    read = [client.get("/Users", query={"filter": f'userName eq "u{number}"'}) for number in range(60)]

    assert made == [201] * 60
    assert [answer.status for answer in read] == [200] * 60
    assert [answer.body["totalResults"] for answer in read] == [1] * 60


def test_pitfall_33_start_index_comes_back_and_order_stays(client: ScimClient) -> None:
    """Pages echo their startIndex; together they are every user once, in the same order as one page of all."""
    for number in range(11):
        new_user(client, f"u{number}@example.com")
    pages = [client.get(f"/Users?startIndex={start}&count=5").body for start in (1, 6, 11)]

    assert [page["startIndex"] for page in pages] == [1, 6, 11]
    assert [page["itemsPerPage"] for page in pages] == [5, 5, 1]
    paged = [resource["id"] for page in pages for resource in page["Resources"]]
    client.patch(f"/Users/{paged[0]}", replaced("displayName", "Changed"))
    assert [resource["id"] for resource in client.get("/Users").body["Resources"]] == paged


@pytest.mark.parametrize("start", ["0", "-1", "-100"])
def test_pitfall_34_a_start_index_below_one_is_one(client: ScimClient, start: str) -> None:
    """A startIndex of 0 or less is the first page, not an error."""
    user_id = new_user(client)

    answer = client.get(f"/Users?startIndex={start}&count=1")

    assert answer.status == 200
    assert answer.body["startIndex"] == 1
    assert [resource["id"] for resource in answer.body["Resources"]] == [user_id]


def schemas(client: ScimClient) -> dict[str, Any]:
    """Return the published schemas by id."""
    return {schema["id"]: schema for schema in client.get("/Schemas").body["Resources"]}


def test_pitfall_35_schemas_has_groups_and_canonical_values(client: ScimClient) -> None:
    """/Schemas has User, Group and the enterprise extension, and what values `type` usually has."""
    published = schemas(client)
    attributes = {attribute["name"]: attribute for attribute in published[USER]["attributes"]}

    def kinds(name: str) -> set[str]:
        parts = {part["name"]: part for part in attributes[name]["subAttributes"]}
        return set(parts["type"]["canonicalValues"])

    assert published.keys() >= {USER, GROUP, ENTERPRISE}
    assert kinds("emails") >= {"work", "home", "other"}
    assert kinds("addresses") >= {"work", "home", "other"}
    assert kinds("phoneNumbers") >= {"work", "home", "mobile", "fax", "pager", "other"}


def nulls(value: Any, at: str = "") -> Iterator[str]:
    """Yield the place of each null."""
    if value is None:
        yield at
    elif isinstance(value, dict | list):
        for key, element in value.items() if isinstance(value, dict) else enumerate(value):
            yield from nulls(element, f"{at}/{key}")


def test_pitfall_36_schemas_has_no_nulls(client: ScimClient) -> None:
    """Nothing that discovery publishes is null."""
    for endpoint in ("/Schemas", "/ResourceTypes", "/ServiceProviderConfig"):
        assert list(nulls(client.get(endpoint).body)) == []


def test_pitfall_37_discovery_answers_lists(client: ScimClient) -> None:
    """/Schemas and /ResourceTypes are ListResponses whose totals are right; each entry can be read by its id."""
    for endpoint in ("/Schemas", "/ResourceTypes"):
        body = client.get(endpoint).body
        assert body["schemas"] == [LIST_RESPONSE]
        assert body["totalResults"] == len(body["Resources"]) > 0
        for resource in body["Resources"]:
            assert client.get(f"{endpoint}/{resource['id']}").body == resource


def test_pitfall_38_resource_types_name_relative_endpoints(client: ScimClient) -> None:
    """Users come first, endpoints are relative to the base, and both lead somewhere."""
    resource_types = client.get("/ResourceTypes").body["Resources"]

    assert [resource_type["endpoint"] for resource_type in resource_types][:2] == ["/Users", "/Groups"]
    assert [client.get(resource_type["endpoint"]).status for resource_type in resource_types] == [200] * len(
        resource_types
    )
