"""RFC 7643 §4.2 and §4.3: Group and EnterpriseUser (R080 to R089)."""

from typing import Any

import pytest

from tests.conformance.bodies import ENTERPRISE, GROUP, enterprise_user, fresh, group
from tests.conformance.expect import (
    add,
    by_mode,
    done,
    found,
    listed,
    member_ids,
    modified,
    new_group,
    new_user,
    read,
    refused,
    remove,
    replace,
    unchanged,
)
from tests.conformance.marks import requirement
from tests.harness.client import ScimClient


def definition(scim: ScimClient, urn: str, name: str) -> dict[str, Any]:
    """The published definition of an attribute."""
    (one,) = (one for one in read(scim, f"/Schemas/{urn}")["attributes"] if one["name"] == name)
    return dict(one)


@requirement("R080", "R284")
def test_r080_display_name_is_required(scim: ScimClient) -> None:
    """A group's displayName is published as required, and is."""
    assert definition(scim, GROUP, "displayName")["required"] is True
    for body in ({"schemas": [GROUP]}, group(displayName=None), group(displayName="")):
        refused(scim.post("/Groups", body), 400, "invalidValue")
    assert listed(scim, "/Groups")["totalResults"] == 0


@requirement("R081")
def test_r081_parts_of_members_are_immutable(scim: ScimClient) -> None:
    """A member's value, type and $ref are published as immutable, and PATCH cannot change a value."""
    one, other = new_user(scim), new_user(scim)
    crowd = new_group(scim, one["id"])
    target = f"/Groups/{crowd['id']}"
    published = {
        sub["name"]: sub["mutability"] for sub in definition(scim, GROUP, "members")["subAttributes"]
    }
    assert {published["value"], published["$ref"], published["type"]} == {"immutable"}

    with unchanged(scim, target):
        change = replace(f'members[value eq "{one["id"]}"].value', other["id"])
        refused(scim.patch(target, change), 400, "mutability")
    added = modified(scim, target, add("members", [{"value": other["id"]}]))
    assert member_ids(added) == {one["id"], other["id"]}
    assert member_ids(modified(scim, target, remove(f'members[value eq "{one["id"]}"]'))) == {other["id"]}


@requirement("R082")
def test_r082_members_are_filled_in(scim: ScimClient) -> None:
    """The server says what a member is; the client's display does not count."""
    made = new_user(scim, displayName="Anna")
    inner = new_group(scim)
    members = [{"value": made["id"], "display": "Eve", "type": "User"}, {"value": inner["id"]}]
    crowd = done(scim.post("/Groups", group(members=members)), 201)

    by_id = {member["value"]: member for member in read(scim, f"/Groups/{crowd['id']}")["members"]}
    person, nested = by_id[made["id"]], by_id[inner["id"]]
    assert (person["type"], person["$ref"], person["display"]) == ("User", made["meta"]["location"], "Anna")
    assert (nested["type"], nested["$ref"]) == ("Group", inner["meta"]["location"])
    assert nested["display"] == inner["displayName"]


@requirement("R083")
def test_r083_null_reference_of_a_member(scim: ScimClient) -> None:
    """A member whose $ref is null is accepted, in POST and in PATCH."""
    one, other = new_user(scim), new_user(scim)
    crowd = done(scim.post("/Groups", group(members=[{"value": one["id"], "$ref": None}])), 201)
    changed = modified(scim, f"/Groups/{crowd['id']}", add("members", [{"$ref": None, "value": other["id"]}]))

    assert member_ids(changed) == {one["id"], other["id"]}


@requirement("R084")
def test_r084_groups_nest_without_cycles(scim: ScimClient) -> None:
    """A group may hold a group; one that would come to hold itself is refused."""
    inner = new_group(scim)
    middle = new_group(scim, inner["id"])
    outer = new_group(scim, middle["id"])

    with unchanged(scim, f"/Groups/{inner['id']}"):
        for looping in (inner, middle, outer):
            change = add("members", [{"value": looping["id"]}])
            refused(scim.patch(f"/Groups/{inner['id']}", change), 400, "invalidValue")
        body = group(outer["id"], displayName=inner["displayName"])
        refused(scim.put(f"/Groups/{inner['id']}", body), 400, "invalidValue")


@requirement("R085")
def test_r085_display_name_is_unique(scim: ScimClient) -> None:
    """A second group of the same name conflicts, whatever its case, in POST, PUT and PATCH."""
    name = fresh("Tour Guides")
    new_group(scim, displayName=name)
    other = new_group(scim)
    target = f"/Groups/{other['id']}"

    refused(scim.post("/Groups", group(displayName=name.upper())), 409, "uniqueness")
    with unchanged(scim, target):
        refused(scim.put(target, group(displayName=name)), 409, "uniqueness")
        refused(scim.patch(target, replace("displayName", name)), 409, "uniqueness")


@requirement("R086")
@pytest.mark.parametrize("members", [None, []])
def test_r086_groups_without_members(scim: ScimClient, members: Any) -> None:
    """A group is created without members and can be found by externalId."""
    external = fresh()
    made = done(scim.post("/Groups", group(members=members, externalId=external)), 201)

    assert member_ids(made) == set()
    assert found(scim, f'externalId eq "{external}"', "/Groups") == {made["id"]}
    assert found(scim, "not (members pr)", "/Groups") == {made["id"]}


@requirement("R087")
def test_r087_enterprise_attributes(scim: ScimClient) -> None:
    """The attributes of the enterprise extension are published and kept."""
    plain = {
        name: f"the {name}"
        for name in ("employeeNumber", "costCenter", "organization", "division", "department")
    }
    made = new_user(scim, enterprise_user(**plain))

    assert read(scim, f"/Users/{made['id']}")[ENTERPRISE] == plain
    assert all(definition(scim, ENTERPRISE, name)["type"] == "string" for name in plain)
    manager = {sub["name"] for sub in definition(scim, ENTERPRISE, "manager")["subAttributes"]}
    assert manager == {"value", "$ref", "displayName"}


@requirement("R088")
def test_r088_manager_as_string(scim: ScimClient) -> None:
    """A bare string for manager is its value by default, and refused when strict."""
    boss = new_user(scim)
    made = by_mode(scim, scim.post("/Users", enterprise_user(manager=boss["id"])), 201, "invalidValue")

    assert scim.strict or made[ENTERPRISE]["manager"]["value"] == boss["id"]


@requirement("R089")
def test_r089_manager_display_name_is_derived(scim: ScimClient) -> None:
    """The displayName of a manager is the manager's own; a client's is ignored, or refused in PATCH."""
    boss = new_user(scim, displayName="The Boss")
    made = new_user(scim, enterprise_user(manager={"value": boss["id"], "displayName": "Nobody"}))
    target = f"/Users/{made['id']}"
    assert read(scim, target)[ENTERPRISE]["manager"]["displayName"] == "The Boss"

    with unchanged(scim, target):
        refused(scim.patch(target, replace(f"{ENTERPRISE}:manager.displayName", "X")), 400, "mutability")
    modified(scim, f"/Users/{boss['id']}", replace("displayName", "The New Boss"))
    assert read(scim, target)[ENTERPRISE]["manager"]["displayName"] == "The New Boss"
