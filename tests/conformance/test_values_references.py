"""RFC 7643 §2: references, multi-valued and unassigned values (R013 to R022)."""

from typing import Any

import pytest

from tests.conformance.bodies import ENTERPRISE, USER, attribute, enterprise_user, fresh, group, user
from tests.conformance.expect import (
    add,
    done,
    found,
    member_ids,
    modified,
    new_group,
    new_user,
    read,
    refused,
    replace,
    unchanged,
)
from tests.conformance.marks import Connect, Extend, requirement
from tests.harness.client import ScimClient
from tests.harness.server import CommandFailed

UNKNOWN = "00000000-0000-4000-8000-000000000000"


def references(value: Any) -> set[str]:
    """Every $ref in a document."""
    if isinstance(value, list):
        return {reference for item in value for reference in references(item)}
    if not isinstance(value, dict):
        return set()
    own = {value["$ref"]} if "$ref" in value else set()
    return own | {reference for item in value.values() for reference in references(item)}


@requirement("R013")
def test_r013_references_lead_to_resources(scim: ScimClient) -> None:
    """Each $ref of a member, a group of a user and a manager is a URL that answers with the resource."""
    boss = new_user(scim)
    worker = new_user(scim, enterprise_user(manager={"value": boss["id"]}))
    inner = new_group(scim, worker["id"])
    outer = new_group(scim, inner["id"])
    documents = [read(scim, f"/Users/{worker['id']}"), inner, outer]

    found_references = references(documents)
    assert len(found_references) >= 4
    for reference in found_references:
        prefix, _, path = reference.partition(scim.base_path)
        assert scim.base_url == prefix + scim.base_path
        assert done(scim.get(path))["meta"]["location"] == reference


@requirement("R014")
def test_r014_member_ids_must_exist(scim: ScimClient, connect: Connect) -> None:
    """A made-up member id and another organization's get the same error, which names the id."""
    stranger = new_user(connect(strict=scim.strict))["id"]
    details = []
    for unknown in (UNKNOWN, stranger):
        error = refused(scim.post("/Groups", group(unknown)), 400, "invalidValue")
        assert unknown in error["detail"]
        details.append(error["detail"].replace(unknown, "ID"))

    assert details[0] == details[1]


@requirement("R014")
def test_r014_managers_may_dangle(scim: ScimClient) -> None:
    """A manager's id is kept as sent, whoever has it."""
    made = new_user(scim, enterprise_user(manager={"value": UNKNOWN}))

    assert made[ENTERPRISE]["manager"]["value"] == UNKNOWN


@requirement("R015")
def test_r015_order_of_members_is_free(scim: ScimClient) -> None:
    """Two bodies that differ in the order of their members only make equal resources."""
    first = user(name={"givenName": "A", "familyName": "B"}, title="T")
    second = {
        "title": "T",
        "name": {"familyName": "B", "givenName": "A"},
        "userName": fresh(),
        "schemas": [USER],
    }
    made = [new_user(scim, first), new_user(scim, second)]

    stripped = [
        {key: value for key, value in one.items() if key not in {"id", "userName", "meta"}} for one in made
    ]
    assert stripped[0] == stripped[1]


@requirement("R015")
def test_r015_complex_attributes_do_not_nest(scim: ScimClient, extend: Extend) -> None:
    """A schema with a complex sub-attribute is refused."""
    inner = attribute("inner", type="complex", subAttributes=[attribute("leaf")])

    with pytest.raises(CommandFailed):
        extend(attribute("outer", type="complex", subAttributes=[inner]))


@requirement("R016")
def test_r016_two_primaries_are_refused(scim: ScimClient) -> None:
    """POST and PUT with two primary values of one attribute change nothing."""
    emails = [{"value": f"{name}@example.com", "primary": True} for name in "ab"]
    made = new_user(scim)

    refused(scim.post("/Users", user(emails=emails)), 400, "invalidValue")
    with unchanged(scim, f"/Users/{made['id']}"):
        refused(scim.put(f"/Users/{made['id']}", user(emails=emails)), 400, "invalidValue")


@requirement("R017")
def test_r017_primary_left_out_is_false(scim: ScimClient) -> None:
    """A value without primary does not count as the primary one."""
    made = new_user(scim, emails=[{"value": "a@example.com"}, {"value": "b@example.com", "primary": False}])

    assert not any(email.get("primary", False) for email in made["emails"])
    assert found(scim, "emails.primary eq true") == set()


@requirement("R018")
def test_r018_equal_values_are_not_repeated(scim: ScimClient) -> None:
    """Adding a value that is there does not make it appear twice."""
    email = {"value": "a@example.com", "type": "work"}
    made = new_user(scim, emails=[email])

    assert modified(scim, f"/Users/{made['id']}", add("emails", [email]))["emails"] == [email]


@requirement("R019")
def test_r019_version_segment_does_not_matter(scim: ScimClient) -> None:
    """A member given again with a $ref that lacks the version segment is the same member."""
    made = new_user(scim)
    crowd = new_group(scim, made["id"])
    bare = scim.base_url.removesuffix("/v2")

    with unchanged(scim, f"/Groups/{crowd['id']}"):
        member = {"value": made["id"], "$ref": f"{bare}/Users/{made['id']}"}
        assert scim.patch(f"/Groups/{crowd['id']}", add("members", [member])).status == 204
    assert member_ids(crowd) == {made["id"]}


@requirement("R020")
@pytest.mark.parametrize("absent", [None, []])
def test_r020_null_and_empty_are_unassigned(scim: ScimClient, absent: Any) -> None:
    """The values null and [] in a POST leave an attribute unassigned, in a PUT they clear it."""
    made = new_user(scim, emails=absent)
    target = f"/Users/{made['id']}"
    assert "emails" not in made
    assert found(scim, "emails pr") == set()

    filled = modified(scim, target, add("emails", [{"value": "a@example.com"}]))
    assert found(scim, "emails pr") == {filled["id"]}
    cleared = done(scim.put(target, user(userName=made["userName"], emails=absent)))
    assert "emails" not in cleared
    assert found(scim, "emails pr") == set()


@requirement("R020")
def test_r020_null_clears_single_values(scim: ScimClient) -> None:
    """A null in POST, PUT and PATCH leaves a single-valued attribute unassigned."""
    made = new_user(scim, title=None, nickName="N", displayName="D")
    target = f"/Users/{made['id']}"
    assert "title" not in made
    assert "displayName" not in modified(scim, target, replace("displayName", None))

    done(scim.put(target, user(userName=made["userName"], nickName=None)))
    assert "nickName" not in read(scim, target)


@requirement("R021")
def test_r021_empty_strings(scim: ScimClient) -> None:
    """An empty optional string is unassigned by default and kept when strict."""
    made = new_user(scim, nickName="")

    assert made.get("nickName") == ("" if scim.strict else None)
    assert found(scim, "nickName pr") == set()


@requirement("R021")
def test_r021_identifiers_are_not_empty(scim: ScimClient) -> None:
    """The userName and a group's displayName cannot be empty; externalId is unassigned by default."""
    refused(scim.post("/Users", user(userName="")), 400, "invalidValue")
    refused(scim.post("/Groups", group(displayName="")), 400, "invalidValue")
    answer = scim.post("/Users", user(externalId=""))

    if scim.strict:
        refused(answer, 400, "invalidValue")
    else:
        assert "externalId" not in done(answer, 201)


@requirement("R022")
def test_r022_empty_objects_are_unassigned(scim: ScimClient) -> None:
    """{} for a complex attribute leaves it unassigned."""
    made = new_user(scim, name={})

    assert "name" not in made
    assert found(scim, "name pr") == set()
