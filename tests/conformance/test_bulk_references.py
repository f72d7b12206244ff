"""RFC 7644 §3.7.1, §3.7.2: references between the operations of a bulk request (R251 to R254)."""

from typing import Any

from tests.conformance.bodies import ENTERPRISE, enterprise_user, fresh, group, operation, user
from tests.conformance.bulking import delete, id_of, patch, post, put, rename, request, results, statuses
from tests.conformance.expect import listed, member_ids, new_group, new_user, read, refused
from tests.conformance.marks import requirement
from tests.harness.client import ScimClient


def manager_of(scim: ScimClient, result: dict[str, Any]) -> str:
    """The id of a user's manager."""
    return str(read(scim, f"/Users/{id_of(result)}")[ENTERPRISE]["manager"]["value"])


def led_by(bulk_id: str) -> dict[str, Any]:
    """A user body whose manager is another operation's user."""
    return enterprise_user(manager={"value": f"bulkId:{bulk_id}"})


@requirement("R251")
def test_r251_backward_and_forward(scim: ScimClient) -> None:
    """A group names users that come before and after it."""
    one, team, two = results(
        scim,
        post("one", "/Users", user()),
        post("team", "/Groups", group("bulkId:one", "bulkId:two")),
        post("two", "/Users", user()),
    )

    assert [one["status"], team["status"], two["status"]] == ["201"] * 3
    assert member_ids(read(scim, f"/Groups/{id_of(team)}")) == {id_of(one), id_of(two)}
    assert read(scim, f"/Users/{id_of(two)}")["groups"][0]["value"] == id_of(team)


@requirement("R251")
def test_r251_anywhere_in_data(scim: ScimClient) -> None:
    """In a value, a $ref, a PATCH value, and a filter in a PATCH path."""
    old = new_group(scim)
    team = f"/Groups/{old['id']}"
    listed_ = results(
        scim,
        post("one", "/Users", user()),
        post("two", "/Users", led_by("one")),
        post(
            "three",
            "/Groups",
            group(members=[{"value": "bulkId:one", "$ref": f"{scim.base_url}/Users/bulkId:one"}]),
        ),
        patch(team, operation("add", "members", [{"value": "bulkId:one"}, {"value": "bulkId:two"}])),
        patch(team, operation("remove", 'members[value eq "bulkId:one"]')),
    )

    assert statuses(listed_) == ["201", "201", "201", "204", "204"]
    one, two, three = (id_of(result) for result in listed_[:3])
    assert manager_of(scim, listed_[1]) == one
    assert member_ids(read(scim, f"/Groups/{three}")) == {one}
    assert member_ids(read(scim, team)) == {two}


@requirement("R251")
def test_r251_in_the_path(scim: ScimClient) -> None:
    """A path names what another operation creates, also when that comes later."""
    late, made, replaced, gone, _ = results(
        scim,
        rename("/Users/bulkId:one", "Late"),
        post("one", "/Users", user()),
        put("/Groups/bulkId:team", group("bulkId:one")),
        delete("/Users/bulkId:two"),
        post("two", "/Users", user()),
        post("team", "/Groups", group()),
    )[:5]

    assert [late["status"], made["status"], replaced["status"], gone["status"]] == [
        "200",
        "201",
        "200",
        "204",
    ]
    assert late["location"] == made["location"]
    assert read(scim, f"/Users/{id_of(made)}")["displayName"] == "Late"
    assert member_ids(read(scim, f"/Groups/{id_of(replaced)}")) == {id_of(made)}
    refused(scim.get(f"/Users/{id_of(gone)}"), 404)


@requirement("R252")
def test_r252_circle_of_managers(scim: ScimClient) -> None:
    """Users that are each other's, and their own, manager are created."""
    one, two, own = results(
        scim,
        post("one", "/Users", led_by("two")),
        post("two", "/Users", led_by("one")),
        post("own", "/Users", led_by("own")),
    )

    assert manager_of(scim, one) == id_of(two)
    assert manager_of(scim, two) == id_of(one)
    assert manager_of(scim, own) == id_of(own)


@requirement("R252")
def test_r252_circle_with_a_refusal(scim: ScimClient) -> None:
    """Where one of a circle is refused the others are not done either: nobody is led by nobody."""
    taken = new_user(scim)["userName"]
    one, two, apart = results(
        scim,
        post("one", "/Users", led_by("two")),
        post("two", "/Users", led_by("one") | {"userName": taken}),
        post("apart", "/Users", user()),
    )

    assert [one["status"], two["status"], apart["status"]] == ["409", "409", "201"]
    assert two["response"]["scimType"] == "uniqueness"
    assert "scimType" not in one["response"]
    assert listed(scim)["totalResults"] == 2


@requirement("R252")
def test_r252_circle_of_groups(scim: ScimClient) -> None:
    """Groups cannot be inside each other: 409 for those, while the rest is done."""
    listed_ = results(
        scim,
        post("a", "/Groups", group("bulkId:b")),
        post("b", "/Groups", group("bulkId:a")),
        post("self", "/Groups", group("bulkId:self")),
        post("c", "/Groups", group("bulkId:d")),
        post("d", "/Groups", group()),
    )

    assert statuses(listed_) == ["409", "409", "409", "201", "201"]
    assert member_ids(read(scim, f"/Groups/{id_of(listed_[3])}")) == {id_of(listed_[4])}
    assert listed(scim, "/Groups")["totalResults"] == 2


@requirement("R253")
def test_r253_bulk_id_twice(scim: ScimClient) -> None:
    """The request is refused, and nothing is done."""
    twice = request(post("one", "/Users", user()), post("one", "/Users", user()))
    refused(scim.post("/Bulk", twice), 400, "invalidSyntax")
    assert listed(scim)["totalResults"] == 0


@requirement("R253")
def test_r253_unresolved(scim: ScimClient) -> None:
    """An operation that names a bulkId which nobody has, or whose operation failed, fails with 400 invalidValue."""
    taken = new_user(scim)["userName"]
    listed_ = results(
        scim,
        post("one", "/Users", user(userName=taken)),
        post("a", "/Groups", group("bulkId:nobody")),
        post("b", "/Groups", group("bulkId:one")),
        rename("/Users/bulkId:nobody", "x"),
        rename("/Users/bulkId:one", "x"),
        post("c", "/Users", led_by("one")),
        post("d", "/Users", user(displayName="c")),
    )

    assert statuses(listed_) == ["409", "400", "400", "400", "400", "400", "201"]
    assert {one["response"]["scimType"] for one in listed_[1:6]} == {"invalidValue"}
    assert "bulkId:nobody" in listed_[1]["response"]["detail"]


@requirement("R254")
def test_r254_order_is_kept(scim: ScimClient) -> None:
    """What is reordered for its references ends as the order given would: names are freed before they are taken."""
    name, label = fresh(), fresh()
    old, team = new_user(scim, userName=name), new_group(scim, displayName=label)
    listed_ = results(
        scim,
        patch(f"/Groups/{team['id']}", operation("add", "members", [{"value": "bulkId:new"}])),
        post("twin", "/Groups", group("bulkId:new", displayName=label)),
        delete(f"/Users/{old['id']}"),
        delete(f"/Groups/{team['id']}"),
        post("new", "/Users", user(userName=name)),
        post("after", "/Groups", group("bulkId:new", displayName=label)),
    )

    assert statuses(listed_) == ["204", "409", "204", "204", "201", "201"]
    assert [one["displayName"] for one in listed(scim, "/Groups")["Resources"]] == [label]
    assert member_ids(read(scim, f"/Groups/{id_of(listed_[5])}")) == {id_of(listed_[4])}


@requirement("R254")
def test_r254_later_operations_see_earlier_ones(scim: ScimClient) -> None:
    """Several operations on one resource are carried out in their order."""
    target = f"/Users/{new_user(scim)['id']}"
    listed_ = results(
        scim, *(rename(target, f"{number}") for number in range(5)), delete(target), rename(target, "x")
    )

    assert statuses(listed_) == ["200"] * 5 + ["204", "404"]
    assert [one["version"] for one in listed_[:5]] == [f'W/"{number}"' for number in range(2, 7)]
