"""RFC 7644 §3.6, §3.11 and §3.14: DELETE, ETags and /Me (R234 to R241)."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.conformance.bodies import SEARCH, fresh, group, user
from tests.conformance.expect import (
    add,
    done,
    found,
    listed,
    member_ids,
    modified,
    new_group,
    new_user,
    read,
    refused,
    replace,
    unchanged,
)
from tests.conformance.marks import Body, requirement
from tests.harness.client import ScimClient

STALE = 'W/"999"'


@requirement("R234")
@pytest.mark.parametrize("endpoint, body", [("/Users", user), ("/Groups", group)])
def test_r234_gone(scim: ScimClient, endpoint: str, body: Body) -> None:
    """DELETE is 204 without body; afterwards every operation is 404 and no list has it."""
    first = body()
    made = done(scim.post(endpoint, first), 201)
    target = f"{endpoint}/{made['id']}"
    deleted = scim.delete(target)
    assert (deleted.status, deleted.raw) == (204, b"")

    for answer in (
        scim.get(target),
        scim.put(target, first),
        scim.patch(target, add("externalId", "x")),
        scim.delete(target),
    ):
        refused(answer, 404)
    assert listed(scim, endpoint)["totalResults"] == listed(scim, "/")["totalResults"] == 0
    assert done(scim.post(f"{endpoint}/.search", {"schemas": [SEARCH]}))["totalResults"] == 0
    assert found(scim, f'id eq "{made["id"]}"', endpoint) == set()


@requirement("R235")
def test_r235_names_are_free_again(scim: ScimClient) -> None:
    """After a delete the same userName, externalId and displayName make a new resource."""
    body = user(externalId=fresh())
    first = new_user(scim, body)
    done(scim.delete(f"/Users/{first['id']}"), 204)
    crowd = new_group(scim, externalId="crowd", displayName="Crowd")
    done(scim.delete(f"/Groups/{crowd['id']}"), 204)

    assert new_user(scim, body)["id"] != first["id"]
    assert new_group(scim, externalId="crowd", displayName="Crowd")["id"] != crowd["id"]


@requirement("R236")
def test_r236_nothing_is_inherited(scim: ScimClient) -> None:
    """A new user of an old name has none of the old one's groups, attributes or reports."""
    first = new_user(scim, title="Boss")
    crowd = new_group(scim, first["id"])
    done(scim.delete(f"/Users/{first['id']}"), 204)
    second = new_user(scim, userName=first["userName"])

    assert set(second) == {"schemas", "id", "userName", "active", "meta"}
    assert member_ids(read(scim, f"/Groups/{crowd['id']}")) == set()
    assert read(scim, f"/Users/{second['id']}") == second


@requirement("R237")
def test_r237_deleted_users_leave_their_groups(scim: ScimClient) -> None:
    """Groups lose a deleted member, and their versions move; other groups stay as they are."""
    goes, stays = new_user(scim)["id"], new_user(scim)["id"]
    crowd, other = new_group(scim, goes, stays), new_group(scim, stays)

    with unchanged(scim, f"/Groups/{other['id']}"):
        done(scim.delete(f"/Users/{goes}"), 204)
    after = read(scim, f"/Groups/{crowd['id']}")
    assert member_ids(after) == {stays}
    assert after["meta"]["version"] != crowd["meta"]["version"]
    assert found(scim, f'members.value eq "{goes}"', "/Groups") == set()


@requirement("R237")
def test_r237_deleted_groups_leave_users_and_groups(scim: ScimClient) -> None:
    """A deleted group is in no user's groups and no group's members."""
    made = new_user(scim)
    inner = new_group(scim, made["id"])
    outer = new_group(scim, inner["id"])
    done(scim.delete(f"/Groups/{inner['id']}"), 204)

    assert "groups" not in read(scim, f"/Users/{made['id']}")
    assert member_ids(read(scim, f"/Groups/{outer['id']}")) == set()


@requirement("R238")
def test_r238_versions_move_with_changes(scim: ScimClient) -> None:
    """Each change gives a new ETag, no change keeps it, and a derived value moves nothing."""
    made = new_user(scim)
    target = f"/Users/{made['id']}"
    versions = [made["meta"]["version"]]
    for title in "AB":
        versions.append(modified(scim, target, replace("title", title))["meta"]["version"])
    assert len(set(versions)) == 3

    new_group(scim, made["id"])
    assert read(scim, target)["meta"]["version"] == versions[-1]
    assert modified(scim, target, replace("title", "B"))["meta"]["version"] == versions[-1]


@requirement("R239")
def test_r239_stale_versions(scim: ScimClient) -> None:
    """PUT, PATCH and DELETE with another version than the current one are 412 and do nothing."""
    made = new_user(scim)
    target = f"/Users/{made['id']}"
    stale = {"If-Match": STALE}

    with unchanged(scim, target):
        refused(scim.put(target, user(title="T"), headers=stale), 412)
        refused(scim.patch(target, replace("title", "T"), headers=stale), 412)
        refused(scim.delete(target, headers=stale), 412)
    crowd = new_group(scim)
    with unchanged(scim, f"/Groups/{crowd['id']}"):
        change = add("members", [{"value": made["id"]}])
        refused(scim.patch(f"/Groups/{crowd['id']}", change, headers=stale), 412)


@requirement("R239")
def test_r239_current_versions(scim: ScimClient) -> None:
    """The current version, weak or not, in a list or as a star, passes."""
    made = new_user(scim)
    target = f"/Users/{made['id']}"

    for number in range(4):
        version = read(scim, target)["meta"]["version"]
        tag = [version, version.removeprefix("W/"), f"{STALE}, {version}", "*"][number]
        done(scim.patch(target, replace("title", f"{number}"), headers={"If-Match": tag}))
    missing = {"If-Match": "*"}
    refused(
        scim.patch("/Users/00000000-0000-4000-8000-000000000000", add("title", "T"), headers=missing), 404
    )
    done(scim.delete(target, headers={"If-Match": read(scim, target)["meta"]["version"]}), 204)


@requirement("R240")
def test_r240_concurrent_member_changes(scim: ScimClient) -> None:
    """Forty members that are added at once, one by each PATCH, are all there."""
    ids = [new_user(scim)["id"] for _ in range(40)]
    crowd = new_group(scim)
    twins = [scim.twin() for _ in range(8)]

    def enter(lane: int) -> list[int]:
        share = ids[lane :: len(twins)]
        return [
            twins[lane].patch(f"/Groups/{crowd['id']}", add("members", [{"value": one}])).status
            for one in share
        ]

    with ThreadPoolExecutor(len(twins)) as threads:
        statuses = {status for lane in threads.map(enter, range(len(twins))) for status in lane}
    for twin in twins:
        twin.close()
    assert statuses == {204}
    assert member_ids(read(scim, f"/Groups/{crowd['id']}")) == set(ids)


@requirement("R240")
def test_r240_concurrent_attribute_changes(scim: ScimClient) -> None:
    """Changes of different attributes at once are all kept."""
    made = new_user(scim)
    names = ["title", "nickName", "userType", "displayName", "locale", "timezone"]
    twins = {name: scim.twin() for name in names}
    with ThreadPoolExecutor(len(names)) as threads:
        answers = list(
            threads.map(lambda name: twins[name].patch(f"/Users/{made['id']}", add(name, "en")), names)
        )
    for twin in twins.values():
        twin.close()

    assert [answer.status for answer in answers] == [200] * len(names)
    assert all(read(scim, f"/Users/{made['id']}")[name] == "en" for name in names)


@requirement("R241")
@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "POST"])
def test_r241_me(scim: ScimClient, method: str) -> None:
    """A connection is nobody, so /Me is not implemented."""
    refused(scim.request(method, "/Me", user() if method in {"PUT", "POST", "PATCH"} else None), 501)
