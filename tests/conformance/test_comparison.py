"""RFC 7644 §5 and RFC 8265: which names are the same (R242 to R246)."""

import pytest

from tests.conformance.bodies import group, user
from tests.conformance.expect import done, found, listed, new_user, read, refused, replace
from tests.conformance.marks import requirement
from tests.harness.client import ScimClient

EQUAL = [
    ("BJensen", "bjensen"),
    ("\uff2a\uff4f\uff48\uff4e", "john"),
    ("A\u030a", "\u00c5"),
    ("\u212b", "\u00e5"),
    ("\u212a", "k"),
    ("\u03a3\u038a\u03a3\u03a5\u03a6\u039f\u03a3", "\u03a3\u03af\u03c3\u03c5\u03c6\u03bf\u03c2"),
    ("\u0130stanbul", "i\u0307stanbul"),
    ("\uff76", "\u30ab"),
    ("\u0415\u041b\u0415\u041d\u0410", "\u0435\u043b\u0435\u043d\u0430"),
]
DIFFERENT = [
    ("Stra\u00dfe", "STRASSE"),
    ("\ufb01sh", "fish"),
    ("\u017fmith", "smith"),
    ("p\u0430ul", "paul"),
    ("o\u2019malley", "o'malley"),
    ("foo bar", "foobar"),
    ("a\u200db", "ab"),
    ("\u0131", "i"),
]
ODD = [
    "foo bar",
    "o\u2019malley",
    "\ufb01sh",
    "\u017fmith",
    "\u200dfoo",
    "foo\u05d0",
    "\u0660user",
    "M\u00fcller-L\u00fcdenscheid",
    "\u4e2d\u6587",
    "\U0001f600",
    "a" * 200,
]


@requirement("R242", "R244")
@pytest.mark.parametrize("first, second", EQUAL)
def test_r242_equal_names(scim: ScimClient, first: str, second: str) -> None:
    """Width, case and normalisation make no difference, to filters and to uniqueness."""
    made = new_user(scim, userName=first)

    assert made["userName"] == first
    assert found(scim, f'userName eq "{second}"') == {made["id"]}
    refused(scim.post("/Users", user(userName=second)), 409, "uniqueness")
    done(scim.post("/Groups", group(displayName=first)), 201)
    refused(scim.post("/Groups", group(displayName=second)), 409, "uniqueness")


@requirement("R244", "R246")
@pytest.mark.parametrize("first, second", DIFFERENT)
def test_r244_different_names(scim: ScimClient, first: str, second: str) -> None:
    """Ligatures, long s, sharp s, dotless i and look-alikes of other scripts are other names."""
    made = new_user(scim, userName=first)
    other = new_user(scim, userName=second)

    assert found(scim, f'userName eq "{first}"') == {made["id"]}
    assert found(scim, f'userName eq "{second}"') == {other["id"]}


@requirement("R243")
@pytest.mark.parametrize("name", ODD)
def test_r243_names_outside_the_profile(scim: ScimClient, name: str) -> None:
    """Names that the profile of usernames would refuse are kept as they were sent."""
    made = new_user(scim, userName=name)

    assert read(scim, f"/Users/{made['id']}")["userName"] == name
    assert found(scim, f'userName eq "{name}"') == {made["id"]}


@requirement("R243")
@pytest.mark.parametrize("name", ["a\\u0000b", "\\ud800"])
def test_r243_what_is_no_text(scim: ScimClient, name: str) -> None:
    """NUL and lone surrogates are refused."""
    raw = b'{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"%s"}' % name.encode()

    refused(scim.post("/Users", raw=raw), 400, "invalidValue", "invalidSyntax")
    assert listed(scim)["totalResults"] == 0


@requirement("R245")
def test_r245_keys_are_made_beyond_ascii(scim: ScimClient) -> None:
    """Comparison, order and parts of strings outside ASCII do not rest on the database."""
    made = {
        name: new_user(scim, userName=name, displayName=name)["id"]
        for name in ("\u00c4RGER", "\u00d6L", "Zorn")
    }

    assert found(scim, 'userName eq "\u00e4rger"') == {made["\u00c4RGER"]}
    assert found(scim, 'displayName sw "\u00e4R"') == {made["\u00c4RGER"]}
    assert found(scim, 'displayName co "rGE"') == {made["\u00c4RGER"]}
    assert found(scim, 'displayName ew "\u00f6l"') == {made["\u00d6L"]}
    assert found(scim, 'displayName gt "zorn"') == {made["\u00c4RGER"], made["\u00d6L"]}
    assert [one["userName"] for one in listed(scim, sortBy="userName")["Resources"]] == [
        "Zorn",
        "\u00c4RGER",
        "\u00d6L",
    ]


@requirement("R245")
def test_r245_changes_move_the_key(scim: ScimClient) -> None:
    """After a change of name the new key counts and the old one is free."""
    made = new_user(scim, userName="\u00c9va")
    done(scim.patch(f"/Users/{made['id']}", replace("userName", "\u00c9LODIE")))

    assert found(scim, 'userName eq "\u00e9lodie"') == {made["id"]}
    new_user(scim, userName="\u00e9va")
    refused(scim.post("/Users", user(userName="e\u0301lodie")), 409, "uniqueness")
