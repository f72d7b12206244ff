"""RFC 7644 §3.5.2: what a PATCH looks like, and which paths there are (R203 to R212)."""

from typing import Any

import pytest

from tests.conformance.bodies import (
    ENTERPRISE,
    EXTENSION,
    PATCH_OP,
    USER,
    attribute,
    enterprise_user,
    extended_user,
    operation,
)
from tests.conformance.expect import (
    add,
    by_mode,
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
    uris,
)
from tests.conformance.marks import Extend, requirement
from tests.harness.client import ScimClient

WORK = {"value": "work@a.example", "type": "work"}
HOME = {"value": "home@x.example", "type": "home"}


@requirement("R203")
@pytest.mark.parametrize(
    "message",
    [
        {"schemas": [PATCH_OP]},
        {"schemas": [PATCH_OP], "Operations": []},
        {"schemas": [PATCH_OP], "Operations": None},
        {"schemas": [PATCH_OP], "Operations": {"op": "add"}},
        {"schemas": [PATCH_OP], "Operations": ["add"]},
        {"schemas": [PATCH_OP], "Operations": "add"},
        [{"op": "add", "path": "title", "value": "x"}],
    ],
)
def test_r203_messages_without_operations(scim: ScimClient, message: Any) -> None:
    """A PATCH without a list of operations is a syntax error."""
    made = new_user(scim)

    with unchanged(scim, f"/Users/{made['id']}"):
        refused(scim.request("PATCH", f"/Users/{made['id']}", message), 400, "invalidSyntax")


@requirement("R203")
def test_r203_messages_without_schemas(scim: ScimClient) -> None:
    """A PATCH that does not say that it is one is accepted by default, and refused when strict."""
    made = new_user(scim)
    answer = scim.request("PATCH", f"/Users/{made['id']}", {"Operations": [add("title", "T")]})

    body = by_mode(scim, answer, 200, "invalidSyntax")
    assert scim.strict or body["title"] == "T"


@requirement("R204")
@pytest.mark.parametrize("op", ["Add", "ADD", "Replace", "rEPLACE"])
def test_r204_operations_in_any_case(scim: ScimClient, op: str) -> None:
    """The op may be capitalised."""
    made = new_user(scim)

    assert modified(scim, f"/Users/{made['id']}", operation(op, "title", "T"))["title"] == "T"


@requirement("R204", "R212")
@pytest.mark.parametrize("op", ["move", "copy", "test", "", "delete", None, 5, ["add"]])
def test_r204_other_operations(scim: ScimClient, op: Any) -> None:
    """There are no other operations, and none without op."""
    made = new_user(scim, title="T")

    with unchanged(scim, f"/Users/{made['id']}"):
        for change in ({"op": op, "path": "title", "value": "T"}, {"path": "title", "value": "U"}):
            refused(scim.patch(f"/Users/{made['id']}", change), 400, "invalidSyntax")


@requirement("R205")
def test_r205_in_order(scim: ScimClient) -> None:
    """Each operation sees what the ones before it did."""
    made = new_user(scim, emails=[WORK])
    changed = modified(
        scim,
        f"/Users/{made['id']}",
        add("nickName", "N"),
        replace("nickName", "M"),
        add("title", "T"),
        remove("title"),
        add("emails", [HOME]),
        remove('emails[type eq "work"]'),
    )

    assert changed["nickName"] == "M"
    assert "title" not in changed
    assert changed["emails"] == [HOME]


@requirement("R205")
@pytest.mark.parametrize(
    "bad",
    [
        replace("userName", None),
        replace("id", "x"),
        replace("nosuch", 1),
        replace("active", "perhaps"),
        remove(""),
    ],
)
def test_r205_all_or_nothing_for_users(scim: ScimClient, bad: dict[str, Any]) -> None:
    """When one operation fails, the ones before it have not happened."""
    made = new_user(scim, title="T", emails=[WORK])

    with unchanged(scim, f"/Users/{made['id']}"):
        good = (replace("title", "U"), add("emails", [HOME]), remove("title"))
        answer = scim.patch(f"/Users/{made['id']}", *good, bad)
        refused(answer, 400)


@requirement("R205")
def test_r205_all_or_nothing_for_groups(scim: ScimClient) -> None:
    """A failing operation leaves members, and the users' groups, as they were."""
    one, other = new_user(scim)["id"], new_user(scim)["id"]
    crowd = new_group(scim, one)

    with unchanged(scim, f"/Groups/{crowd['id']}"), unchanged(scim, f"/Users/{other}"):
        good = (
            add("members", [{"value": other}]),
            remove(f'members[value eq "{one}"]'),
            replace("displayName", "X"),
        )
        refused(scim.patch(f"/Groups/{crowd['id']}", *good, replace("displayName", "")), 400, "invalidValue")


@requirement("R206")
def test_r206_answers(scim: ScimClient) -> None:
    """A user's PATCH answers 200 with the resource, a group's 204 with the new ETag."""
    made = new_user(scim)
    answer = scim.patch(f"/Users/{made['id']}", replace("title", "T"))
    assert done(answer) == read(scim, f"/Users/{made['id']}")
    assert answer.headers["etag"] == answer.body["meta"]["version"]

    crowd = new_group(scim)
    silent = scim.patch(f"/Groups/{crowd['id']}", add("members", [{"value": made["id"]}]))
    assert (silent.status, silent.raw) == (204, b"")
    assert silent.headers["etag"] == read(scim, f"/Groups/{crowd['id']}")["meta"]["version"]
    assert silent.headers["etag"] != crowd["meta"]["version"]


@requirement("R207")
@pytest.mark.parametrize(
    "path, where, what",
    [
        (f"{USER}:title", "title", "x"),
        (f"{USER.upper()}:TITLE", "title", "x"),
        (f"{USER}:name.givenName", "name", {"givenName": "x"}),
        (f"{ENTERPRISE}:department", ENTERPRISE, {"department": "x"}),
        (f"{ENTERPRISE.upper()}:DEPARTMENT", ENTERPRISE, {"department": "x"}),
        (f'{USER}:emails[type eq "work"].value', "emails", [{"type": "work", "value": "x"}]),
    ],
)
def test_r207_qualified_paths(scim: ScimClient, path: str, where: str, what: Any) -> None:
    """Paths may carry their schema's URI, in any case."""
    made = new_user(scim, emails=[WORK])

    assert modified(scim, f"/Users/{made['id']}", replace(path, "x"))[where] == what


@requirement("R208")
def test_r208_schemas_follow(scim: ScimClient) -> None:
    """The first extension attribute brings its URI, the last one takes it away."""
    made = new_user(scim)
    target = f"/Users/{made['id']}"

    filled = modified(scim, target, add(f"{ENTERPRISE}:department", "D"), add(f"{ENTERPRISE}:division", "V"))
    assert uris(filled) == {USER, ENTERPRISE}
    assert uris(modified(scim, target, remove(f"{ENTERPRISE}:department"))) == {USER, ENTERPRISE}
    emptied = modified(scim, target, remove(f"{ENTERPRISE}:division"))
    assert emptied["schemas"] == [USER]
    assert ENTERPRISE not in emptied


@requirement("R209")
@pytest.mark.parametrize(
    "change",
    [replace("id", "x"), remove("id"), replace("meta", {}), add("groups", []), remove("meta.version")],
)
def test_r209_read_only(scim: ScimClient, change: dict[str, Any]) -> None:
    """A PATCH of a readOnly attribute is refused."""
    made = new_user(scim)

    with unchanged(scim, f"/Users/{made['id']}"):
        refused(scim.patch(f"/Users/{made['id']}", change), 400, "mutability")


@requirement("R209")
def test_r209_immutable(scim: ScimClient, extend: Extend) -> None:
    """An immutable attribute is set while it is unset, and stays."""
    extend(attribute("fixed", mutability="immutable"))
    made = new_user(scim)
    target = f"/Users/{made['id']}"

    assert modified(scim, target, add(f"{EXTENSION}:fixed", "A"))[EXTENSION] == {"fixed": "A"}
    with unchanged(scim, target):
        for change in (
            add(f"{EXTENSION}:fixed", "B"),
            replace(f"{EXTENSION}:fixed", "B"),
            remove(f"{EXTENSION}:fixed"),
        ):
            refused(scim.patch(target, change), 400, "mutability")
        done(scim.patch(target, replace(f"{EXTENSION}:fixed", "A")))


@requirement("R210")
@pytest.mark.parametrize(
    "change",
    [
        add("emails", [HOME | {"primary": True}]),
        add("emails", [{"value": "new@x.example", "primary": True}]),
        add('emails[type eq "home"].primary', True),
        replace('emails[type eq "home"].primary', True),
        replace('emails[type eq "home"]', HOME | {"primary": True}),
        operation("add", value={"emails": [{"value": "new@x.example", "primary": True}]}),
    ],
)
def test_r210_one_primary(scim: ScimClient, change: dict[str, Any]) -> None:
    """A value that becomes primary takes that from the one before."""
    made = new_user(scim, emails=[WORK | {"primary": True}, HOME])
    changed = modified(scim, f"/Users/{made['id']}", change)

    primaries = [email["value"] for email in changed["emails"] if email.get("primary")]
    assert len(primaries) == 1
    assert primaries != [WORK["value"]]


@requirement("R211", "R212")
@pytest.mark.parametrize(
    "path",
    [
        "emails[type eq",
        "emails[]",
        "emails.",
        ".title",
        "/title",
        "/emails/0",
        "emails[0]",
        "emails[0].value",
        "name.givenName.first",
        'emails[type eq "work"]value',
        'emails[type eq "work"][value pr]',
        'emails[type zz "work"]',
        'title eq "x"',
        "emails[*].value",
        "$.title",
        "title,nickName",
        "a b",
        " ",
        'title[value eq "x"]',
    ],
)
def test_r211_malformed_paths(scim: ScimClient, path: str) -> None:
    """Indexes, pointers, filters and broken paths are no paths."""
    made = new_user(scim, emails=[WORK], title="T")

    with unchanged(scim, f"/Users/{made['id']}"):
        for change in (add(path, "x"), replace(path, "x"), remove(path)):
            refused(
                scim.patch(f"/Users/{made['id']}", change), 400, "invalidPath", "invalidFilter", "noTarget"
            )


@requirement("R211")
@pytest.mark.parametrize(
    "path",
    ["nosuch", "name.nosuch", "urn:example:x:y", f"{ENTERPRISE}:nosuch", 'emails[nosuch eq "x"]', "members"],
)
def test_r211_unknown_attributes(scim: ScimClient, path: str) -> None:
    """A path to an attribute that the resource does not have is refused."""
    made = new_user(scim, enterprise_user(department="D") | {"emails": [WORK]})

    with unchanged(scim, f"/Users/{made['id']}"):
        for change in (add(path, "x"), replace(path, "x"), remove(path)):
            refused(
                scim.patch(f"/Users/{made['id']}", change), 400, "invalidPath", "invalidFilter", "noTarget"
            )


@requirement("R212")
@pytest.mark.parametrize(
    "path",
    [
        "title",
        "name.givenName",
        'emails[type eq "work"]',
        'emails[type eq "work" and not (value sw "x")].value',
    ],
)
def test_r212_the_grammar(scim: ScimClient, extend: Extend, path: str) -> None:
    """Attributes, parts, value filters and parts of filtered values are paths."""
    extend(attribute("tags", multiValued=True))
    made = new_user(
        scim,
        extended_user(tags=["red", "blue"]) | {"emails": [WORK], "title": "T", "name": {"givenName": "A"}},
    )
    target = f"/Users/{made['id']}"

    assert modified(scim, target, remove(path)) != made
    changed = modified(scim, target, remove(f'{EXTENSION}:tags[value eq "RED"]'))
    assert changed[EXTENSION] == {"tags": ["blue"]}


@requirement("R205")
def test_r205_members_in_order(scim: ScimClient) -> None:
    """Operations on members see each other as well."""
    one, other = new_user(scim)["id"], new_user(scim)["id"]
    crowd = new_group(scim, one)
    changes = (
        remove("members"),
        add("members", [{"value": other}, {"value": one}]),
        remove(f'members[value eq "{one}"]'),
    )

    assert member_ids(modified(scim, f"/Groups/{crowd['id']}", *changes)) == {other}
