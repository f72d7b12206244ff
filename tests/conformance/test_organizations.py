"""RFC 7644 §6: organizations, and connections, are kept apart (R279 to R283)."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.conformance.bodies import SEARCH, enterprise_user, fresh, group, user
from tests.conformance.expect import (
    add,
    done,
    found,
    listed,
    member_ids,
    new_group,
    new_user,
    read,
    refused,
    remove,
    replace,
    unchanged,
)
from tests.conformance.marks import Connect, requirement
from tests.harness.client import Answer, ScimClient

NOBODY = "00000000-0000-4000-8000-000000000000"
Attempt = Callable[[ScimClient, str, str], Answer]


def crowd_of(scim: ScimClient) -> str:
    """The target of a new group with one member."""
    return f"/Groups/{new_group(scim, new_user(scim)['id'])['id']}"


ATTEMPTS: dict[str, Attempt] = {
    "get a user": lambda scim, one, _: scim.get(f"/Users/{one}"),
    "put a user": lambda scim, one, _: scim.put(f"/Users/{one}", user()),
    "patch a user": lambda scim, one, _: scim.patch(f"/Users/{one}", replace("active", False)),
    "delete a user": lambda scim, one, _: scim.delete(f"/Users/{one}"),
    "get a group": lambda scim, _, crowd: scim.get(f"/Groups/{crowd}"),
    "put a group": lambda scim, _, crowd: scim.put(f"/Groups/{crowd}", group()),
    "patch a group": lambda scim, _, crowd: scim.patch(f"/Groups/{crowd}", remove("members")),
    "delete a group": lambda scim, _, crowd: scim.delete(f"/Groups/{crowd}"),
    "make it a member by POST": lambda scim, one, _: scim.post("/Groups", group(one)),
    "make a group a member by POST": lambda scim, _, crowd: scim.post("/Groups", group(crowd)),
    "make it a member by PUT": lambda scim, one, _: scim.put(crowd_of(scim), group(one)),
    "make it a member by PATCH": lambda scim, one, _: scim.patch(
        crowd_of(scim), add("members", [{"value": one}])
    ),
    "make it the only member": lambda scim, one, _: scim.patch(
        crowd_of(scim), replace("members", [{"value": one}])
    ),
    "remove it from members": lambda scim, one, _: scim.patch(
        crowd_of(scim), remove(f'members[value eq "{one}"]')
    ),
    "name it by $ref": lambda scim, one, _: scim.post(
        "/Groups", group(members=[{"$ref": f"../Users/{one}"}])
    ),
    "filter by id": lambda scim, one, _: scim.get("/Users", query={"filter": f'id eq "{one}"'}),
    "filter by member": lambda scim, one, _: scim.get(
        "/Groups", query={"filter": f'members.value eq "{one}"'}
    ),
    "filter by group": lambda scim, _, crowd: scim.get(
        "/Users", query={"filter": f'groups.value eq "{crowd}"'}
    ),
    "search": lambda scim, one, _: scim.post("/.search", {"schemas": [SEARCH], "filter": f'id eq "{one}"'}),
}


@requirement("R279")
def test_r279_credential_and_url_agree(scim: ScimClient, connect: Connect) -> None:
    """A key works at its own connection's URL and at the common one, and is 404 at any other."""
    other = connect(strict=scim.strict)
    made = new_user(scim)

    assert [one["id"] for one in done(scim.get("/scim/v2/Users", absolute=True))["Resources"]] == [made["id"]]
    for target in ("/Users", f"/Users/{made['id']}", "/ServiceProviderConfig"):
        refused(scim.get(other.base_path + target, absolute=True), 404)
    refused(scim.post(f"{other.base_path}/Users", user(), absolute=True), 404)
    assert listed(other)["totalResults"] == 0


@requirement("R279")
@pytest.mark.parametrize(
    "name", ["X-Organization", "X-Tenant-ID", "X-Org-Id", "X-Connection", "X-Original-URL", "X-Rewrite-URL"]
)
def test_r279_headers_name_nobody(scim: ScimClient, connect: Connect, name: str) -> None:
    """Headers that name another organization or path are ignored."""
    made = new_user(scim)
    other = connect(strict=scim.strict)

    for value in (other.organization, other.connection_id, f"{other.base_path}/Users"):
        body = done(scim.get("/Users", headers={name: value}))
        assert [one["id"] for one in body["Resources"]] == [made["id"]]


@requirement("R280", "R283")
@pytest.mark.parametrize("attempt", ATTEMPTS)
@pytest.mark.parametrize("neighbour", [False, True])
def test_r280_foreign_ids_are_nobodys(
    scim: ScimClient, connect: Connect, attempt: str, neighbour: bool
) -> None:
    """Another organization's or connection's id, wherever it is given, is treated as one that does not exist."""
    victim = connect(strict=scim.strict, organization=scim.organization if neighbour else None)
    person = new_user(victim)
    crowd = new_group(victim, person["id"])
    perform = ATTEMPTS[attempt]

    with unchanged(victim, f"/Users/{person['id']}"), unchanged(victim, f"/Groups/{crowd['id']}"):
        foreign = perform(scim, person["id"], crowd["id"])
    unknown = perform(scim, NOBODY, NOBODY)
    assert foreign.status == unknown.status
    assert neutral(foreign, person["id"], crowd["id"]) == neutral(unknown, NOBODY, NOBODY)


def neutral(answer: Answer, *ids: str) -> Any:
    """The body of an answer with certain ids blanked."""
    text = answer.raw.decode()
    for one in ids:
        text = text.replace(one, "ID")
    return text


@requirement("R280")
def test_r280_managers_reveal_nothing(scim: ScimClient, connect: Connect) -> None:
    """A manager of another organization is kept as an id, without a name."""
    boss = new_user(connect(strict=scim.strict), displayName="The Foreign Boss")
    made = new_user(scim, enterprise_user(manager={"value": boss["id"]}))

    assert "The Foreign Boss" not in str(read(scim, f"/Users/{made['id']}"))


@requirement("R281")
def test_r281_names_belong_to_an_organization(scim: ScimClient, connect: Connect) -> None:
    """Two organizations have users and groups of one name."""
    name = fresh()

    for one in (scim, connect(strict=scim.strict)):
        made = new_user(one, userName=name, externalId=name)
        crowd = new_group(one, made["id"], displayName=name, externalId=name)
        assert found(one, f'userName eq "{name}"') == {made["id"]}
        assert found(one, f'displayName eq "{name}"', "/Groups") == {crowd["id"]}
        assert member_ids(crowd) == {made["id"]}


@requirement("R282")
def test_r282_ids_do_not_correlate(scim: ScimClient, connect: Connect) -> None:
    """One person in two organizations has ids, locations and versions that have nothing in common."""
    body = user(externalId=fresh(), emails=[{"value": "a@example.com"}])
    one, other = new_user(scim, body), new_user(connect(strict=scim.strict), body)

    assert one["id"] != other["id"]
    assert one["id"][:8] != other["id"][:8]
    assert one["meta"]["location"] != other["meta"]["location"]
