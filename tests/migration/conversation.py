"""A run through what clients do, divided between two servers of one database, which may be one and the same."""

from tests.conformance.bodies import operation, user
from tests.conformance.bulking import id_of, post, results, statuses
from tests.conformance.expect import done, listed, new_group, new_user
from tests.harness.client import ScimClient


def converse(one: ScimClient, other: ScimClient) -> None:
    """What one of them has done, the other answers, and goes on with. The connection is new."""
    ada = people(one, other)
    groups(one, other, ada)
    bulk(one, other)
    cursors(one, other)
    end(one, other, ada)


def people(one: ScimClient, other: ScimClient) -> str:
    """Create, retrieve, query, modify, replace, versions and uniqueness; the id of a user."""
    made = new_user(one, userName="ada", externalId="a1", emails=[{"value": "ada@x", "type": "work"}])
    target = f"/Users/{made['id']}"
    assert done(other.get(target)) == made
    assert other.post("/Users", user(userName="ADA")).status == 409
    for condition in ('userName eq "Ada"', 'externalId eq "a1"', 'emails[value sw "ada"]', 'userName co "d"'):
        assert listed(other, filter=condition)["Resources"] == [made]
    changed = done(other.patch(target, operation("replace", "title", "Countess")))
    assert done(one.get(target)) == changed
    stale = {"If-Match": made["meta"]["version"]}
    assert one.patch(target, operation("replace", "title", "x"), headers=stale).status == 412
    replaced = done(one.put(target, user(userName="ada", title="Lady", externalId="a1")))
    assert (replaced["title"], replaced.get("emails")) == ("Lady", None)
    assert done(other.get(target)) == replaced
    return str(made["id"])


def groups(one: ScimClient, other: ScimClient, ada: str) -> None:
    """Members come and go on either side."""
    grace = new_user(other, userName="grace")["id"]
    crowd = new_group(one, displayName="crowd", members=[{"value": ada}])["id"]
    added = other.patch(f"/Groups/{crowd}", operation("add", "members", [{"value": grace}]))
    assert added.status == 204
    assert members(one, crowd) == {ada, grace}
    assert [group["value"] for group in done(one.get(f"/Users/{grace}"))["groups"]] == [crowd]
    assert listed(other, "/Groups", filter=f'members[value eq "{grace}"]')["totalResults"] == 1
    assert one.patch(f"/Groups/{crowd}", operation("remove", f'members[value eq "{ada}"]')).status == 204
    assert members(other, crowd) == {grace}


def members(client: ScimClient, group: str) -> set[str]:
    """The ids of a group's members."""
    return {member["value"] for member in done(client.get(f"/Groups/{group}"))["members"]}


def bulk(one: ScimClient, other: ScimClient) -> None:
    """A user and a group that names it, in one request."""
    group = {"displayName": "bulk", "members": [{"value": "bulkId:u"}]}
    made = results(one, post("g", "/Groups", group), post("u", "/Users", user(userName="bulked")))
    assert statuses(made) == ["201", "201"]
    assert members(other, id_of(made[0])) == {id_of(made[1])}


def cursors(one: ScimClient, other: ScimClient) -> None:
    """Pages in turn from the one and the other: everybody once."""
    for number in range(4):
        new_user(one, userName=f"paged-{number}")
    found, cursor, turn = [], "", 0
    while True:
        page = listed((one, other)[turn % 2], cursor=cursor, count=2)
        found += [resource["userName"] for resource in page["Resources"]]
        if "nextCursor" not in page:
            break
        cursor, turn = page["nextCursor"], turn + 1
    assert sorted(found) == sorted({"ada", "grace", "bulked", *(f"paged-{number}" for number in range(4))})


def end(one: ScimClient, other: ScimClient, ada: str) -> None:
    """Deactivation and deletion."""
    gone = done(one.patch(f"/Users/{ada}", operation("replace", "active", False)))
    assert gone["active"] is False
    assert listed(other, filter='active eq false and userName eq "ada"')["totalResults"] == 1
    assert other.delete(f"/Users/{ada}").status == 204
    assert one.get(f"/Users/{ada}").status == 404
    new_user(one, userName="ada")
