"""RFC 7644 §3.5.1: replacing resources (R193 to R202)."""

from typing import Any

import pytest

from tests.conformance.bodies import (
    ENTERPRISE,
    EXTENSION,
    attribute,
    enterprise_user,
    extended_user,
    fresh,
    group,
    user,
)
from tests.conformance.expect import (
    done,
    member_ids,
    modified,
    new_group,
    new_user,
    read,
    refused,
    replace,
    unchanged,
)
from tests.conformance.marks import Body, Extend, requirement
from tests.harness.client import ScimClient

RICH: dict[str, Any] = {
    "title": "T",
    "name": {"givenName": "A", "familyName": "B"},
    "emails": [{"value": "a@example.com", "type": "work"}],
}


@requirement("R193")
@pytest.mark.parametrize(
    "endpoint, name, body", [("/Users", "userName", user), ("/Groups", "displayName", group)]
)
def test_r193_replaced(scim: ScimClient, endpoint: str, name: str, body: Body) -> None:
    """PUT gives a user or group another name."""
    made = done(scim.post(endpoint, body()), 201)
    other = body()
    replaced = done(scim.put(f"{endpoint}/{made['id']}", other))

    assert (replaced["id"], replaced[name]) == (made["id"], other[name])
    assert read(scim, f"{endpoint}/{made['id']}") == replaced


@requirement("R194")
def test_r194_what_is_left_out_is_cleared(scim: ScimClient) -> None:
    """Attributes that the body lacks are gone, parts and extensions too; active stays."""
    made = new_user(scim, enterprise_user(department="D", division="V") | RICH | {"active": False})
    target = f"/Users/{made['id']}"
    name = {"userName": made["userName"]}

    partly = done(scim.put(target, enterprise_user(department="E") | name | {"name": {"givenName": "C"}}))
    assert (partly["name"], partly[ENTERPRISE]) == ({"givenName": "C"}, {"department": "E"})
    assert set(partly) == {"schemas", "id", "userName", "name", "active", "meta", ENTERPRISE}
    bare = done(scim.put(target, user(**name)))
    assert set(bare) == {"schemas", "id", "userName", "active", "meta"}
    assert bare["active"] is False


@requirement("R195")
def test_r195_read_only_values_are_ignored(scim: ScimClient) -> None:
    """Another id, meta or groups in the body has no effect."""
    made = new_user(scim, title="T")
    lies: dict[str, Any] = {
        "id": "x",
        "groups": [{"value": "x"}],
        "meta": {"created": "1999-01-01T00:00:00Z", "version": "x"},
    }

    with unchanged(scim, f"/Users/{made['id']}"):
        assert done(scim.put(f"/Users/{made['id']}", made | lies)) == made


@requirement("R196")
def test_r196_immutable_values(scim: ScimClient, extend: Extend) -> None:
    """An immutable attribute is set by a PUT when it was unset, and then keeps its value."""
    extend(attribute("fixed", mutability="immutable"))
    made = new_user(scim)
    target = f"/Users/{made['id']}"
    name = {"userName": made["userName"]}
    assert done(scim.put(target, extended_user(fixed="A") | name))[EXTENSION] == {"fixed": "A"}

    with unchanged(scim, target):
        refused(scim.put(target, extended_user(fixed="B") | name), 400, "mutability")
        done(scim.put(target, extended_user(fixed="A") | name))


@requirement("R197")
@pytest.mark.parametrize(
    "endpoint, name, body", [("/Users", "userName", user), ("/Groups", "displayName", group)]
)
def test_r197_required_attributes(scim: ScimClient, endpoint: str, name: str, body: Body) -> None:
    """A PUT without a required attribute is refused and names it."""
    made = done(scim.post(endpoint, body()), 201)

    with unchanged(scim, f"{endpoint}/{made['id']}"):
        for value in (None, ""):
            error = refused(scim.put(f"{endpoint}/{made['id']}", body(**{name: value})), 400, "invalidValue")
            assert name in error["detail"]


@requirement("R198")
def test_r198_null_and_empty_clear(scim: ScimClient) -> None:
    """Null, [] and {} clear an attribute."""
    made = new_user(scim, **RICH)
    body = {"userName": made["userName"], "title": None, "emails": [], "name": {}}
    replaced = done(scim.put(f"/Users/{made['id']}", user(**body)))

    assert not {"title", "emails", "name"} & set(replaced)


@requirement("R199")
def test_r199_answer_and_version(scim: ScimClient) -> None:
    """200 with the whole resource and a new ETag; a PUT of the same changes nothing at all."""
    made = new_user(scim, **RICH)
    target = f"/Users/{made['id']}"
    body = user(userName=made["userName"], title="U")
    changed = scim.put(target, body)
    assert changed.headers["etag"] == done(changed)["meta"]["version"] != made["meta"]["version"]

    again = scim.put(target, body)
    assert (again.body, again.headers["etag"]) == (changed.body, changed.headers["etag"])
    assert done(scim.put(target, read(scim, target))) == changed.body


@requirement("R199", "R202")
def test_r199_groups_too(scim: ScimClient) -> None:
    """A PUT of a group with the members that it has changes nothing, in whatever order they come."""
    ids = [new_user(scim)["id"] for _ in range(3)]
    crowd = new_group(scim, *ids)

    with unchanged(scim, f"/Groups/{crowd['id']}"):
        done(scim.put(f"/Groups/{crowd['id']}", group(*reversed(ids), displayName=crowd["displayName"])))


@requirement("R200")
def test_r200_another_id_in_the_body(scim: ScimClient) -> None:
    """The id of another user in the body neither moves nor touches anybody."""
    one, other = new_user(scim), new_user(scim)

    with unchanged(scim, f"/Users/{other['id']}"):
        replaced = done(scim.put(f"/Users/{one['id']}", user(id=other["id"], title="T")))
    assert (replaced["id"], replaced["title"]) == (one["id"], "T")


@requirement("R201")
@pytest.mark.parametrize("name", ["userName", "externalId"])
def test_r201_conflicts(scim: ScimClient, name: str) -> None:
    """A name that is taken is 409, and nothing has changed; one's own is fine."""
    taken = new_user(scim, externalId=fresh())
    made = new_user(scim, externalId=fresh())
    target = f"/Users/{made['id']}"

    with unchanged(scim, target):
        refused(scim.put(target, user(title="T") | {name: taken[name]}), 409, "uniqueness")
    done(scim.put(target, user(userName=made["userName"].upper(), externalId=made["externalId"])))


@requirement("R202")
def test_r202_members_are_replaced(scim: ScimClient) -> None:
    """After a PUT the group has exactly the members of the body, and the users know."""
    stays, goes, comes = (new_user(scim)["id"] for _ in range(3))
    crowd = new_group(scim, stays, goes)
    target = f"/Groups/{crowd['id']}"
    done(scim.put(target, group(stays, comes, comes, displayName=crowd["displayName"])))

    assert member_ids(read(scim, target)) == {stays, comes}
    assert len(read(scim, target)["members"]) == 2
    assert "groups" not in read(scim, f"/Users/{goes}")
    assert read(scim, f"/Users/{comes}")["groups"][0]["value"] == crowd["id"]
    done(scim.put(target, group(displayName=crowd["displayName"], members=[])))
    assert member_ids(read(scim, target)) == set()


@requirement("R202")
def test_r202_unknown_members(scim: ScimClient) -> None:
    """A PUT with a member that does not exist changes nothing."""
    crowd = new_group(scim, new_user(scim)["id"])
    nobody = "00000000-0000-4000-8000-000000000000"

    with unchanged(scim, f"/Groups/{crowd['id']}"):
        refused(scim.put(f"/Groups/{crowd['id']}", group(nobody, displayName="X")), 400, "invalidValue")
    assert (
        modified(scim, f"/Groups/{crowd['id']}", replace("displayName", "Y"))["members"] == crowd["members"]
    )
