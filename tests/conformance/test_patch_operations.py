"""RFC 7644 §3.5.2.1 to §3.5.2.3: what add, remove and replace do (R213 to R233)."""

from typing import Any

import pytest

from tests.conformance.bodies import ENTERPRISE, enterprise_user, operation
from tests.conformance.expect import (
    add,
    done,
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

WORK = {"value": "work@a.example", "type": "work"}
HOME = {"value": "home@x.example", "type": "home"}
OTHER = {"value": "other@y.example", "type": "other"}
NOBODY = "00000000-0000-4000-8000-000000000000"


def sample(scim: ScimClient, **attributes: Any) -> tuple[dict[str, Any], str]:
    """A user with a name, two addresses and a title, and its target."""
    name = {"givenName": "A", "familyName": "B"}
    made = new_user(scim, **({"name": name, "emails": [WORK, HOME], "title": "T"} | attributes))
    return made, f"/Users/{made['id']}"


@requirement("R213")
@pytest.mark.parametrize("op", ["add", "replace"])
def test_r213_without_path(scim: ScimClient, op: str) -> None:
    """Without a path the value is an object of attributes, which are merged in."""
    made, target = sample(scim)
    value = {"nickname": "N", "name": {"middleName": "M"}, ENTERPRISE: {"department": "D"}}
    changed = modified(scim, target, operation(op, value=value))

    assert (changed["nickName"], changed["title"], changed["emails"]) == ("N", "T", made["emails"])
    assert changed["name"] == {"givenName": "A", "familyName": "B", "middleName": "M"}
    assert changed[ENTERPRISE] == {"department": "D"}


@requirement("R213")
@pytest.mark.parametrize(
    "change",
    [
        operation("add", "title"),
        operation("add"),
        operation("add", value=["title"]),
        operation("add", value="x"),
    ],
)
def test_r213_add_needs_a_value(scim: ScimClient, change: dict[str, Any]) -> None:
    """An add without value, or without path and with something that is no object, is refused."""
    _, target = sample(scim)

    with unchanged(scim, target):
        refused(scim.patch(target, change), 400, "invalidValue", "invalidSyntax")


@requirement("R214")
def test_r214_add(scim: ScimClient) -> None:
    """Add replaces a single value, appends to several, and sets the given parts of a complex one."""
    _, target = sample(scim)
    changed = modified(
        scim, target, add("title", "U"), add("emails", [OTHER]), add("name", {"givenName": "C"})
    )

    assert changed["title"] == "U"
    assert changed["emails"] == [WORK, HOME, OTHER]
    assert changed["name"] == {"givenName": "C", "familyName": "B"}
    assert modified(scim, target, add("name.middleName", "M"))["name"]["middleName"] == "M"


@requirement("R215")
@pytest.mark.parametrize(
    "change",
    [
        add("title", "T"),
        add("emails", [HOME]),
        add("name", {"givenName": "A"}),
        replace("title", "T"),
        add("active", True),
    ],
)
def test_r215_what_is_there_already(scim: ScimClient, change: dict[str, Any]) -> None:
    """Adding what is there succeeds and changes neither version nor lastModified."""
    made, target = sample(scim)

    with unchanged(scim, target):
        assert done(scim.patch(target, change)) == made


@requirement("R215")
def test_r215_members_that_are_there_already(scim: ScimClient) -> None:
    """Adding who is a member changes nothing either."""
    made = new_user(scim)
    crowd = new_group(scim, made["id"])

    with unchanged(scim, f"/Groups/{crowd['id']}"):
        answer = scim.patch(f"/Groups/{crowd['id']}", add("members", [{"value": made["id"], "type": "User"}]))
        assert (answer.status, answer.headers["etag"]) == (204, crowd["meta"]["version"])


@requirement("R216")
@pytest.mark.parametrize("value", [OTHER, [OTHER]])
def test_r216_array_or_object(scim: ScimClient, value: Any) -> None:
    """One value of several may be added bare or in an array."""
    _, target = sample(scim)

    assert modified(scim, target, add("emails", value))["emails"] == [WORK, HOME, OTHER]


@requirement("R217", "R227")
@pytest.mark.parametrize("op", ["add", "replace"])
def test_r217_filters_without_match(scim: ScimClient, op: str) -> None:
    """A filter that finds nothing makes the element by default; strict finds no target."""
    _, target = sample(scim)
    answer = scim.patch(target, operation(op, 'emails[type eq "other"].value', OTHER["value"]))

    if scim.strict:
        refused(answer, 400, "noTarget")
    else:
        assert done(answer)["emails"] == [WORK, HOME, OTHER]


@requirement("R217")
def test_r217_filters_that_cannot_make_an_element(scim: ScimClient) -> None:
    """A filter that is no plain equality makes nothing."""
    _, target = sample(scim)

    with unchanged(scim, target):
        refused(scim.patch(target, replace('emails[type sw "x"].value', "x")), 400, "noTarget")
        refused(scim.patch(target, replace("emails[not (type pr)].value", "x")), 400, "noTarget")


@requirement("R218")
@pytest.mark.parametrize(
    "change", [{"op": "remove"}, {"op": "remove", "value": {"title": "T"}}, {"op": "remove", "path": None}]
)
def test_r218_remove_needs_a_path(scim: ScimClient, change: dict[str, Any]) -> None:
    """A remove without a path has no target."""
    _, target = sample(scim)

    with unchanged(scim, target):
        refused(scim.patch(target, change), 400, "noTarget")


@requirement("R219")
def test_r219_remove(scim: ScimClient) -> None:
    """Remove takes a value, all values, those found, or a part of them."""
    made, target = sample(scim, externalId="x")

    assert "title" not in modified(scim, target, remove("title"))
    assert "externalId" not in modified(scim, target, remove("externalId"))
    assert modified(scim, target, remove("name.givenName"))["name"] == {"familyName": "B"}
    assert "name" not in modified(scim, target, remove("name.familyName"))
    assert modified(scim, target, remove('emails[type eq "work"].type'))["emails"] == [
        {"value": WORK["value"]},
        HOME,
    ]
    assert modified(scim, target, remove('emails[type eq "home"]'))["emails"] == [{"value": WORK["value"]}]
    assert "emails" not in modified(scim, target, remove("emails"))
    assert set(read(scim, target)) == {"schemas", "id", "userName", "active", "meta"} <= set(made)


@requirement("R219")
def test_r219_removing_the_last_value(scim: ScimClient) -> None:
    """An attribute whose last value is removed is unassigned."""
    _, target = sample(scim)

    assert "emails" not in modified(scim, target, remove('emails[type eq "home" or type eq "work"]'))


@requirement("R220")
@pytest.mark.parametrize("name", ["userName", "id", "meta", "groups"])
def test_r220_remove_required_or_read_only(scim: ScimClient, name: str) -> None:
    """What is required or readOnly cannot be removed."""
    _, target = sample(scim)

    with unchanged(scim, target):
        refused(scim.patch(target, remove(name)), 400, "mutability")


@requirement("R221", "R222")
def test_r221_remove_what_is_not_there(scim: ScimClient) -> None:
    """Removing who is no member, or what a filter does not find, succeeds and changes nothing."""
    made, target = sample(scim)
    crowd = new_group(scim, made["id"])
    stranger = new_user(scim)["id"]

    with unchanged(scim, f"/Groups/{crowd['id']}"):
        for missing in (stranger, NOBODY):
            answer = scim.patch(f"/Groups/{crowd['id']}", remove(f'members[value eq "{missing}"]'))
            assert answer.status == 204
    with unchanged(scim, target):
        for path in (
            'emails[type eq "other"]',
            'emails[type eq "other"].value',
            "nickName",
            "name.middleName",
        ):
            done(scim.patch(target, remove(path)))


@requirement("R223")
@pytest.mark.parametrize("op", ["remove", "Remove"])
def test_r223_remove_members_by_value(scim: ScimClient, op: str) -> None:
    """A remove of members with a list takes away those on the list and nobody else; strict refuses the list."""
    one, two, three, four = (new_user(scim)["id"] for _ in range(4))
    target = f"/Groups/{new_group(scim, one, two, three, four)['id']}"
    values: list[Any] = [[{"$ref": None, "value": one}, {"value": two}, {"value": NOBODY}], {"value": three}]

    if scim.strict:
        with unchanged(scim, target):
            for value in values:
                refused(
                    scim.patch(target, operation(op, "members", value)), 400, "invalidSyntax", "invalidValue"
                )
    else:
        assert member_ids(modified(scim, target, operation(op, "members", values[0]))) == {three, four}
        assert member_ids(modified(scim, target, operation(op, "members", values[1]))) == {four}
    assert member_ids(modified(scim, target, operation(op, "members"))) == set()


@requirement("R224")
def test_r224_replace_without_path(scim: ScimClient) -> None:
    """The attributes given are replaced, the others untouched."""
    made, target = sample(scim)
    changed = modified(scim, target, operation("replace", value={"emails": [OTHER], "active": False}))

    assert (changed["emails"], changed["active"]) == ([OTHER], False)
    assert (changed["title"], changed["name"]) == (made["title"], made["name"])


@requirement("R225")
def test_r225_replace_of_several(scim: ScimClient) -> None:
    """Replace sets all values, none, or the first."""
    _, target = sample(scim)

    assert modified(scim, target, replace("emails", [OTHER]))["emails"] == [OTHER]
    assert "emails" not in modified(scim, target, replace("emails", []))
    assert modified(scim, target, replace("emails", [WORK, HOME]))["emails"] == [WORK, HOME]
    assert modified(scim, target, replace("nickName", "N"))["nickName"] == "N"


@requirement("R225")
def test_r225_replace_of_members(scim: ScimClient) -> None:
    """Replace of members sets exactly those."""
    one, two, three = (new_user(scim)["id"] for _ in range(3))
    crowd = new_group(scim, one, two)
    target = f"/Groups/{crowd['id']}"

    assert member_ids(modified(scim, target, replace("members", [{"value": two}, {"value": three}]))) == {
        two,
        three,
    }
    assert member_ids(modified(scim, target, replace("members", []))) == set()


@requirement("R226")
def test_r226_replace_of_a_complex_attribute(scim: ScimClient) -> None:
    """Parts that are not given stay."""
    _, target = sample(scim)
    new_name = modified(scim, target, replace("name", {"familyName": "C"}))["name"]
    assert new_name == {"givenName": "A", "familyName": "C"}

    extended = new_user(scim, enterprise_user(department="D", division="V"))
    changed = modified(scim, f"/Users/{extended['id']}", replace(ENTERPRISE, {"department": "E"}))
    assert changed[ENTERPRISE] == {"department": "E", "division": "V"}


@requirement("R227")
def test_r227_replace_of_every_match(scim: ScimClient) -> None:
    """All values that the filter finds are replaced, or their part."""
    _, target = sample(scim, emails=[WORK, HOME, OTHER])
    path = 'emails[type eq "work" or type eq "home"].display'
    changed = modified(scim, target, replace(path, "D"))
    assert changed["emails"] == [WORK | {"display": "D"}, HOME | {"display": "D"}, OTHER]

    whole = modified(
        scim, target, replace('emails[type eq "other"]', {"value": "new@y.example", "type": "other"})
    )
    assert whole["emails"][2] == {"value": "new@y.example", "type": "other"}


@requirement("R228")
def test_r228_keys_are_paths(scim: ScimClient) -> None:
    """Dotted and qualified keys of a path-less value are paths."""
    _, target = sample(scim)
    value = {
        "name.givenName": "C",
        f"{ENTERPRISE}:department": "D",
        f"{ENTERPRISE}:manager.value": "boss",
        "active": False,
    }
    changed = modified(scim, target, operation("replace", value=value))

    assert changed["name"] == {"givenName": "C", "familyName": "B"}
    assert (changed[ENTERPRISE]["department"], changed[ENTERPRISE]["manager"]["value"]) == ("D", "boss")
    assert changed["active"] is False


@requirement("R228")
@pytest.mark.parametrize("key", ["__proto__", "constructor", "__class__", "__init__.x", "__dict__"])
def test_r228_odd_keys_are_unknown_names(scim: ScimClient, key: str) -> None:
    """Names that mean something to a programming language mean nothing here."""
    made, target = sample(scim)
    answer = scim.patch(target, operation("replace", value={key: {"admin": True}}))

    if scim.strict or answer.status != 200:
        refused(answer, 400, "invalidSyntax", "invalidPath", "noTarget")
    assert read(scim, target) == made


@requirement("R229")
def test_r229_own_id_in_a_value(scim: ScimClient) -> None:
    """The id in a path-less value is fine when it is the resource's own, and refused otherwise."""
    crowd = new_group(scim)
    target = f"/Groups/{crowd['id']}"
    own = operation("replace", value={"id": crowd["id"], "displayName": "Renamed"})

    assert modified(scim, target, own)["displayName"] == "Renamed"
    with unchanged(scim, target):
        other = operation("replace", value={"id": NOBODY, "displayName": "X"})
        refused(scim.patch(target, other), 400, "mutability")


@requirement("R230")
def test_r230_many_member_operations(scim: ScimClient) -> None:
    """Sixty operations on members, in and out, are one PATCH."""
    ids = [new_user(scim)["id"] for _ in range(30)]
    crowd = new_group(scim)
    target = f"/Groups/{crowd['id']}"
    changes = [add("members", [{"value": one}]) for one in ids]
    changes += [remove(f'members[value eq "{one}"]') for one in ids[:20]]
    changes += [replace("externalId", f"{number}") for number in range(10)]

    changed = modified(scim, target, *changes)
    assert member_ids(changed) == set(ids[20:])
    assert changed["externalId"] == "9"


@requirement("R231")
def test_r231_too_many_operations(scim: ScimClient) -> None:
    """A thousand operations are done, one more is refused and nothing is done."""
    _, target = sample(scim)
    assert (
        modified(scim, target, *[replace("title", f"{number}") for number in range(1000)])["title"] == "999"
    )

    with unchanged(scim, target):
        refused(scim.patch(target, *[replace("title", f"{number}") for number in range(1001)]), 413)


@requirement("R231")
def test_r231_too_many_members(scim: ScimClient) -> None:
    """A hundred thousand member values are the most that one PATCH may have."""
    crowd = new_group(scim)
    values = [{"value": f"{number:08x}"} for number in range(100_001)]

    with unchanged(scim, f"/Groups/{crowd['id']}"):
        refused(scim.patch(f"/Groups/{crowd['id']}", add("members", values)), 413)


@requirement("R232")
def test_r232_uniqueness_of_the_final_state(scim: ScimClient) -> None:
    """A name that is taken on the way does not matter, one at the end is 409."""
    taken = new_user(scim)["userName"]
    _, target = sample(scim)

    assert (
        modified(scim, target, replace("userName", taken), replace("userName", "free"))["userName"] == "free"
    )
    with unchanged(scim, target):
        refused(scim.patch(target, replace("title", "U"), replace("userName", taken)), 409, "uniqueness")


@requirement("R233")
def test_r233_patch_never_deletes(scim: ScimClient) -> None:
    """Neither deactivation, nor removing all there is, deletes a resource."""
    _, target = sample(scim)
    modified(scim, target, replace("active", False), remove("emails"), remove("name"), remove("title"))
    crowd = new_group(scim, new_user(scim)["id"])

    assert read(scim, target)["active"] is False
    assert modified(scim, f"/Groups/{crowd['id']}", remove("members"))["displayName"] == crowd["displayName"]
