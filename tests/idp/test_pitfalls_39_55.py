"""Pitfalls 39 to 55: loose values, what must always be there, large requests, addresses and names."""

import re
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.conftest import Connect
from tests.harness.client import ScimClient
from tests.harness.server import RunningServer, muster
from tests.idp.setting import (
    ENTERPRISE,
    GROUP,
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


def test_pitfall_39_formats_are_not_validated(client: ScimClient) -> None:
    """Microsoft's validator sends random text as locale, profileUrl, phone, country and zone; it comes back as sent."""
    sent: dict[str, Any] = {
        "locale": "HNULHBRGUHWA",
        "profileUrl": "ROQHEOEENWTS",
        "preferredLanguage": "lu",
        "timezone": "Nowhere/At_All",
        "phoneNumbers": [{"type": "work", "value": "0-351-9540"}],
        "addresses": [{"type": "work", "country": "Gibraltar"}],
    }

    after = user(client, new_user(client, **sent))

    assert {name: after[name] for name in sent} == sent


def test_pitfall_40_a_manager_may_not_be_here_yet(client: ScimClient) -> None:
    """Entra may send a report before its manager; the id is kept and answered, by POST and by PATCH."""
    user_id = new_user(client, enterprise={"manager": {"value": "JXVVQTJMKJKL"}})
    assert user(client, user_id)[ENTERPRISE]["manager"]["value"] == "JXVVQTJMKJKL"

    later = "2819c223-7f76-453a-919d-413861904646"
    assert_ok(client.patch(f"/Users/{user_id}", replaced(f"{ENTERPRISE}:manager", later)))
    assert user(client, user_id)[ENTERPRISE]["manager"]["value"] == later
    assert found(client, f'manager eq "{later}"') == [user_id]


def test_pitfall_41_passwords_are_neither_required_nor_echoed(client: ScimClient) -> None:
    """A user without a password is made; one with a password never shows it, nor lets a filter find it."""
    new_user(client, "without@example.com")
    body = {"schemas": [USER], "userName": "ada@example.com", "password": "hunter2hunter2"}
    made = assert_ok(client.post("/Users", body), 201)
    at = f"/Users/{made.body['id']}"
    answers = [
        made,
        client.put(at, body),
        client.patch(at, replaced("password", "hunter2hunter2")),
        client.get(at),
        client.get(f"{at}?attributes=password"),
        client.get("/Users"),
        client.get("/Users", query={"filter": 'password eq "hunter2hunter2"'}),
    ]

    assert [b"hunter2" in answer.raw for answer in answers] == [False] * len(answers)
    assert answers[-1].status == 400 or answers[-1].body["totalResults"] == 0


def test_pitfall_42_active_is_always_answered(client: ScimClient) -> None:
    """A user made without `active` is active, and says so wherever it is answered."""
    made = client.post("/Users", {"schemas": [USER], "userName": "ada@example.com"})
    at = f"/Users/{made.body['id']}"
    answers = [made, client.get(at), client.patch(at, replaced("title", "T"))]
    answers += [client.put(at, {"schemas": [USER], "userName": "ada@example.com"})]

    assert [answer.body["active"] for answer in answers] == [True] * 4
    assert [resource["active"] for resource in client.get("/Users").body["Resources"]] == [True]


def test_pitfall_43_only_the_user_name_is_required(client: ScimClient) -> None:
    """A user needs no e-mail, and a PUT may take the last one away; without userName it is refused."""
    user_id = new_user(client, emails=[{"value": "a@example.com"}])

    assert_ok(
        client.put(f"/Users/{user_id}", {"schemas": [USER], "userName": "ada@example.com", "emails": None})
    )

    assert "emails" not in user(client, user_id)
    assert_error(
        client.post("/Users", {"schemas": [USER], "emails": [{"value": "b@example.com"}]}),
        400,
        "invalidValue",
    )
    assert total(client) == 1


def test_pitfall_44_put_replaces_faithfully(client: ScimClient) -> None:
    """PUT clears what it leaves out, except `active`, whose absence changes nothing.

    That is right for Okta, JumpCloud and OneLogin. midPoint sends only what changed: a switch that makes PUT merge, for
    one connection, is not there yet.
    """
    sent: dict[str, Any] = {"displayName": "Ada", "title": "T", "emails": [{"value": "a@example.com"}]}
    user_id = new_user(client, active=False, externalId="1", enterprise={"department": "IT"}, **sent)

    assert_ok(
        client.put(f"/Users/{user_id}", {"schemas": [USER], "userName": "ada@example.com", "title": "U"})
    )

    after = user(client, user_id)
    assert (after["title"], after["active"]) == ("U", False)
    assert after.keys() & {"displayName", "emails", "externalId", ENTERPRISE} == set()


def test_pitfall_45_blank_names_are_accepted(client: ScimClient) -> None:
    """A space or nothing is what authentik sends where a person has no second name."""
    name = {"familyName": " ", "formatted": " ", "givenName": ""}

    user_id = new_user(client, "u", name=name, displayName="")

    after = user(client, user_id)
    assert after["userName"] == "u"
    assert after.get("name", {}).get("familyName", " ") == " "
    assert found(client, 'userName eq "u"') == [user_id]


def test_pitfall_46_unknown_attributes_do_not_refuse_a_body(client: ScimClient) -> None:
    """An unknown attribute, an unknown extension or a server's own echo is passed over; the rest is done."""
    extra: dict[str, Any] = {"adreses": [{"country": "X"}], "urn:example:unknown:1.0:User": {"a": 1}}
    user_id = new_user(client, displayName="Ada", **extra)
    echo = client.get(f"/Users/{user_id}").body | {"displayName": "Countess"} | extra

    assert_ok(client.put(f"/Users/{user_id}", echo), 200)

    after = user(client, user_id)
    assert after["displayName"] == "Countess"
    assert after.keys() & extra.keys() == set()


def test_pitfall_47_bulk_size_does_not_shrink_patches(client: ScimClient) -> None:
    """Because authentik cuts its group PATCHes by it, bulk.maxOperations is at least 100."""
    bulk = client.get("/ServiceProviderConfig").body["bulk"]
    users = [new_user(client, f"u{number}@example.com") for number in range(100)]
    group_id = new_group(client)

    assert bulk["supported"] is True
    assert bulk["maxOperations"] >= 100
    adds = [replaced("members", [{"value": one}], "add") for one in users]
    assert_ok(client.patch(f"/Groups/{group_id}", *adds), 204)
    assert members(client, group_id) == set(users)


@pytest.mark.parametrize(
    "query", ["attributes=", "attributes", "excludedAttributes=", "attributes=&excludedAttributes="]
)
def test_pitfall_48_an_empty_projection_is_none(client: ScimClient, query: str) -> None:
    """`attributes=` with nothing behind it is as if it were not there."""
    user_id = new_user(client, displayName="Ada")

    answer = client.get(f"/Users/{user_id}?{query}")

    assert answer.status == 200
    assert answer.body == user(client, user_id)
    assert answer.body["displayName"] == "Ada"


def test_pitfall_49_location_is_absolute_and_the_configured_one(
    client: ScimClient, server: RunningServer
) -> None:
    """Location and meta.location are one absolute URL from the configured base, whatever host a proxy names."""
    forged = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "javascript"}
    made = client.post("/Users", {"schemas": [USER], "userName": "ada@example.com"}, headers=forged)
    location = made.headers["location"]

    assert location == made.body["meta"]["location"]
    assert urlsplit(location).scheme in {"http", "https"}
    assert "evil" not in location
    assert "javascript" not in location
    read = client.get(urlsplit(location).path, absolute=True)
    assert read.status == 200
    assert read.body["meta"]["location"] == location


def test_pitfall_50_nothing_hangs(client: ScimClient) -> None:
    """A client that gives up after seconds gets every answer: forty in a row, a large group and a scan among them."""
    users = [new_user(client, f"u{number}@example.com") for number in range(20)]
    group_id = new_group(client, *users)
    targets = ["/Users", f"/Groups/{group_id}", "/Groups", '/Users?filter=userName+co+"9"', "/Schemas"]

    answers = [client.get(target.replace('"', "%22")) for target in targets * 8]

    assert [answer.status for answer in answers] == [200] * 40
    assert members(client, group_id) == set(users)


def test_pitfall_51_large_group_changes(client: ScimClient) -> None:
    """A thousand operations, and a PATCH of more than a MiB, are done; beyond the limit it is 413 and nothing happens."""
    users = [new_user(client, f"u{number}@example.com") for number in range(110)]
    group_id = new_group(client)
    at = f"/Groups/{group_id}"

    assert_ok(
        client.patch(at, *(replaced("members", [{"value": one}], "add") for one in (users * 10)[:1000])), 204
    )
    assert members(client, group_id) == set(users)

    wide = [{"value": one, "display": "x" * 10_000} for one in users]
    assert_ok(client.patch(at, replaced("members", wide)), 204)
    assert members(client, group_id) == set(users)

    many = [{"op": "remove", "path": f'members[value eq "{users[0]}"]'}] * 1001
    assert_error(client.patch(at, *many), 413)
    assert_error(
        client.patch(at, {"op": "remove", "path": "members", "value": None, "x": "y" * (17 << 20)}), 413
    )
    assert members(client, group_id) == set(users)


def test_pitfall_52_deleting_what_is_gone(client: ScimClient) -> None:
    """The second DELETE of a user or a group is 404, as is one of an id that never was."""
    user_id, group_id = new_user(client), new_group(client)

    for at in (f"/Users/{user_id}", f"/Groups/{group_id}"):
        assert client.delete(at).status == 204
        assert_error(client.delete(at), 404)
    assert_error(client.delete("/Users/00919288221112222"), 404)
    assert (total(client), total(client, "/Groups")) == (0, 0)


def test_pitfall_53_several_values_of_one_type(client: ScimClient) -> None:
    """Two e-mails, roles or numbers of the same type are kept side by side."""
    emails = [
        {"type": "work", "value": "one@example.com", "primary": True},
        {"type": "work", "value": "two@example.com"},
    ]
    roles = [{"type": "R", "value": "Admin"}, {"type": "R", "value": "User"}]

    after = user(client, new_user(client, emails=emails, roles=roles))

    assert sorted(email["value"] for email in after["emails"]) == ["one@example.com", "two@example.com"]
    assert sorted(role["value"] for role in after["roles"]) == ["Admin", "User"]


def test_pitfall_54_no_underscore_in_addresses(connect: Connect, server: RunningServer) -> None:
    """Okta refuses a host with an underscore: no address that is made here has one, and the base ends in /scim/…/v2."""
    arguments = ["connection", "create", "--organization", connect("okta").organization, "--provider", "okta"]
    made = muster(server.database, *arguments)
    parts = urlsplit(made["base_url"])

    assert parts.hostname is not None
    assert "_" not in parts.hostname
    assert re.fullmatch(r"/scim/[A-Za-z0-9-]+/v2", parts.path)


@pytest.mark.parametrize(
    "query",
    [
        "aadOptscim062020",
        "aadOptscim062020=true",
        "aadOptscim062020&startIndex=1",
        "AzureAdScimPatch2017",
        "unknown=1&aadOptscim062020=",
    ],
)
def test_pitfall_55_unknown_query_keys_are_ignored(client: ScimClient, query: str) -> None:
    """Entra's flag rides along on every path and method, in whatever form it was pasted."""
    made = assert_ok(client.post(f"/Users?{query}", {"schemas": [USER], "userName": "ada@example.com"}), 201)
    user_id = made.body["id"]
    group_id = assert_ok(
        client.post(f"/Groups/?{query}", {"schemas": [GROUP], "displayName": "G"}), 201
    ).body["id"]
    lookup = "filter=userName+eq+%22ada%40example.com%22"

    for target in (f"/Users?{query}&{lookup}", f"/Users?{lookup}&{query}", f"/Users/?{query}&{lookup}"):
        assert [resource["id"] for resource in client.get(target).body["Resources"]] == [user_id]
    assert_ok(client.patch(f"/Users/{user_id}?{query}", replaced("title", "T")), 200)
    assert client.get(f"/Users/{user_id}?{query}").body["title"] == "T"
    assert_ok(
        client.patch(f"/Groups/{group_id}?{query}", replaced("members", [{"value": user_id}], "add")), 204
    )
    assert members(client, group_id) == {user_id}
    assert client.get(f"/Schemas?{query}").status == 200
    assert client.delete(f"/Users/{user_id}?{query}").status == 204
    assert total(client) == 0
