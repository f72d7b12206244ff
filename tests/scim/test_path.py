"""Paths of PATCH operations: what they mean, and which are refused how."""

import pytest

from muster.scim.dialect import DEFAULT, STRICT, Dialect, Note, Notes
from muster.scim.errors import InvalidFilter, InvalidPath
from muster.scim.expression import ValuePath
from muster.scim.filter import parse_filter
from muster.scim.path import parse_path
from muster.scim.schema import CORE_USER, ENTERPRISE_USER
from tests.scim.sample import GROUP, USER, VECTORS_URN

BOTH = pytest.mark.parametrize("dialect", [DEFAULT, STRICT], ids=lambda dialect: dialect.name)


@BOTH
@pytest.mark.parametrize("text, attribute, sub", [
    ("displayName", "displayName", None), ("DISPLAYNAME", "displayName", None), ("name.GIVENname", "name", "name.givenName"),
    ("emails.value", "emails", "emails.value"), (f"{CORE_USER}:displayName", "displayName", None), ("password", "password", None),
    (f"{CORE_USER.upper()}:NAME.FAMILYNAME", "name", "name.familyName"), ("id", "id", None), ("meta", "meta", None),
    (f"{ENTERPRISE_USER}:manager", f"{ENTERPRISE_USER}:manager", None), (f"{VECTORS_URN}:x-loose_1", f"{VECTORS_URN}:x-loose_1", None),
    (f"{ENTERPRISE_USER}:manager.$REF", f"{ENTERPRISE_USER}:manager", f"{ENTERPRISE_USER}:manager.$ref"),
    (f"{ENTERPRISE_USER}:manager.displayName", f"{ENTERPRISE_USER}:manager", f"{ENTERPRISE_USER}:manager.displayName"),
])  # fmt: skip
def test_attribute_paths(text: str, attribute: str, sub: str | None, dialect: Dialect) -> None:
    """An attribute or sub-attribute, bare or with its URN, in any letter case; what may be written is decided later."""
    path = parse_path(text, USER, dialect)

    assert path.attribute is not None
    assert path.attribute.path == attribute
    assert (path.sub.path if path.sub else None) == sub
    assert path.filter is None
    assert path.extension is None


@BOTH
@pytest.mark.parametrize("text, inner, sub", [
    ('emails[type eq "work"]', 'emails[type eq "work"]', None), ('emails[type eq "work"].VALUE', 'emails[type eq "work"]', "emails.value"),
    ('emails[ type  eq "work" ].value', 'emails[type eq "work"]', "emails.value"), (f"{CORE_USER}:emails[value pr].type", "emails[value pr]", "emails.type"),
    ('addresses[not (type eq "work") and country sw "D"].postalCode', 'addresses[not (type eq "work") and country sw "D"]', "addresses.postalCode"),
    (f'{VECTORS_URN}:tags[value eq "RED"]', f'{VECTORS_URN}:tags[value eq "RED"]', None), ('emails[value eq "a]b.c[\\"d"].type', 'emails[value eq "a]b.c[\\"d"]', "emails.type"),
])  # fmt: skip
def test_value_paths(text: str, inner: str, sub: str | None, dialect: Dialect) -> None:
    """The filter between the brackets is the one of a filter, and a sub-attribute may follow."""
    path = parse_path(text, USER, dialect)

    node = parse_filter(inner, USER, dialect)
    assert isinstance(node, ValuePath)
    assert (path.attribute, path.filter) == (node.attribute, node.filter)
    assert (path.sub.path if path.sub else None) == sub


@BOTH
def test_members(dialect: Dialect) -> None:
    """The path of Okta and Entra for one member."""
    path = parse_path('members[value eq "f648f8d5"]', GROUP, dialect)

    assert path.attribute is GROUP.attribute("members")
    assert str(path.filter) == 'members.value eq "f648f8d5"'


@BOTH
def test_a_whole_extension(dialect: Dialect) -> None:
    """The URN of an extension alone, in any letter case, is its canonical URN."""
    path = parse_path(ENTERPRISE_USER.upper(), USER, dialect)

    assert (path.attribute, path.filter, path.sub, path.extension) == (None, None, None, ENTERPRISE_USER)


@pytest.mark.parametrize("text, same, rules", [
    ("manager", f"{ENTERPRISE_USER}:manager", ["unqualified_names"]), ("manager.value", f"{ENTERPRISE_USER}:manager.value", ["unqualified_names"]),
    (f"{CORE_USER}.displayName", f"{CORE_USER}:displayName", ["dot_after_urn"]),
    (f"{ENTERPRISE_USER}.manager", f"{ENTERPRISE_USER}:manager", ["dot_after_urn"]),
    ('roles[primary eq "True"].value', "roles[primary eq true].value", ["string_booleans"]), ("emails.value", "emails.value", []),
])  # fmt: skip
def test_tolerances(text: str, same: str, rules: list[str]) -> None:
    """What Entra and Microsoft's collection send is understood and noted by default, and refused when strict."""
    notes = Notes()

    assert parse_path(text, USER, DEFAULT, notes) == parse_path(same, USER, STRICT)
    assert [note.rule for note in notes.items] == rules
    assert all(isinstance(note, Note) for note in notes.items)
    if rules:
        with pytest.raises((InvalidPath, InvalidFilter)):
            parse_path(text, USER, STRICT)


@BOTH
@pytest.mark.parametrize("text", [
    "", " ", "emails[0]", "emails[ 12 ].value", "emails[-1]", "emails.0", "/emails/0", "/displayName", "#/displayName", "a.b.c", "name.givenName.first",
    "name.", ".name", "emails.", "emails..value", "nothing", "name.nothing", 'emails[type eq "work"]value', 'emails[type eq "work"] .value',
    'emails[type eq "work"].', 'emails[type eq "work"].nothing', 'emails[type eq "work"][value pr]', 'emails[type eq "work"].value.x',
    'emails[type eq "work"]]', 'emails [type eq "work"]', 'displayName eq "x"', "displayName pr", " displayName", "displayName ", "display Name",
    'displayName[value eq "x"]', 'name[givenName eq "x"]', 'emails.value[value eq "x"]', f'{VECTORS_URN}:tags[value eq "x"].value', "$", "$.displayName",
    "urn:example:unknown:2.0:User:thing", CORE_USER, f"{CORE_USER}:", f"{ENTERPRISE_USER}:", f"{ENTERPRISE_USER}[value pr]", "(displayName)", '"displayName"',
    "displayName\n", "displayName,title", "members", 'emails[type eq "work"].value\t',
])  # fmt: skip
def test_invalid_paths(text: str, dialect: Dialect) -> None:
    """Malformed, of another notation, or no attribute: invalidPath (R211, R212)."""
    with pytest.raises(InvalidPath, match=r"Character \d+:"):
        parse_path(text, USER, dialect)


@BOTH
@pytest.mark.parametrize("text", [
    "emails[]", "emails[", "emails[type eq", "emails[type eq]", 'emails[type zz "work"]', 'emails[type eq "work"', 'emails[nothing eq "x"]',
    "emails[type eq work]", "emails[primary gt true]", 'emails[type eq "a" and ims[type eq "b"]]', "emails[type eq 1]", "emails[(type pr]",
    "emails[value]", 'emails["a"]', "emails[*]", "emails[@]", "emails[?]",
])  # fmt: skip
def test_invalid_filters_in_paths(text: str, dialect: Dialect) -> None:
    """What is wrong between the brackets is invalidFilter."""
    with pytest.raises(InvalidFilter, match=r"filter in the path cannot be used. Character \d+:"):
        parse_path(text, USER, dialect)
