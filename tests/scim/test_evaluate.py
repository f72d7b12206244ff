"""What a filter finds: the rules for several values, for none, for letter case and for each type."""

from decimal import Decimal
from typing import Any

import pytest

from muster.scim.dialect import DEFAULT
from muster.scim.evaluate import element_matches, matches
from muster.scim.expression import Constant, ValuePath
from muster.scim.filter import parse_filter
from muster.scim.path import parse_path
from muster.scim.schema import CORE_USER, ENTERPRISE_USER
from tests.scim.sample import GROUP, SECRETS_URN, USER, VECTORS_URN, found

TWO = {"emails": [{"value": "a@x", "type": "work", "primary": True}, {"value": "b@y", "type": "home"}]}


@pytest.mark.parametrize("text, result", [
    ('emails.value eq "b@y"', True), ('emails.value co "@x"', True), ('emails.type eq "work" and emails.value co "@y"', True),
    ('emails[type eq "work" and value co "@y"]', False), ('emails[type eq "work" and value co "@x"]', True),
    ('emails.value ne "a@x"', True), ('not (emails.value eq "a@x")', False), ('emails[value ne "a@x"]', True),
    ('not (emails[value ne "a@x"])', False), ('emails[not (type eq "work" or type eq "home")]', False), ('emails.value gt "b"', True),
    ("emails.primary eq true", True), ("emails.primary eq false", False), ("emails.primary ne true", False), ("emails.primary pr", True),
    ("emails[primary eq null]", True), ("emails[primary ne null]", True), ('emails[primary pr and type eq "home"]', False),
    ('emails[type eq "home" and primary ne true]', True), ("emails pr", True), ("emails eq null", False), ("emails ne null", True),
])  # fmt: skip
def test_several_values(text: str, result: object) -> None:
    """Any value may satisfy a comparison, ne too; brackets bind to one element (R151, R152, R153)."""
    assert found(text, TWO) is result


ABSENT = pytest.mark.parametrize("operator, result", [
    ("eq", False), ("ne", True), ("co", False), ("sw", False), ("ew", False), ("gt", False), ("ge", False), ("lt", False), ("le", False),
])  # fmt: skip


@ABSENT
@pytest.mark.parametrize("resource", [
    {}, {"title": None}, {"title": ""}, {"name": {}, "emails": []}, {"emails": [{}], "name": {"givenName": ""}}, {"emails": [{"type": "x"}]},
])  # fmt: skip
def test_no_value(operator: str, result: object, resource: dict[str, Any]) -> None:
    """Without a value only ne holds, and `not` is its plain negation (R154); an empty one is none (R161)."""
    for name in (
        "title",
        "name.givenName",
        "emails.value",
        "emails",
        f"{ENTERPRISE_USER}:manager",
        f"{VECTORS_URN}:tags",
    ):
        text = f'{name} {operator} "x"'
        assert found(text, resource) is result, text
        assert found(f"not ({text})", resource) is not result, text


@ABSENT
def test_no_value_between_brackets(operator: str, result: object) -> None:
    """The same holds for a sub-attribute that an element does not have; without an element nothing holds."""
    text = f'emails[display {operator} "x"]'

    assert found(text, TWO) is result
    assert found(text, {}) is False


@pytest.mark.parametrize("text, absent, present", [
    ("title pr", False, True), ("title eq null", True, False), ("title ne null", False, True), ("not (title pr)", True, False),
    ("emails pr", False, True), ("emails eq null", True, False), ("emails ne null", False, True), ("name pr", False, True),
    (f"{ENTERPRISE_USER} pr", False, True), ("emails[value pr]", False, True), ("emails[display eq null]", False, True),
    (f"{VECTORS_URN}:flag pr", False, True), (f"{VECTORS_URN}:level pr", False, True), (f"{VECTORS_URN}:tags[value pr]", False, True),
    (f"{SECRETS_URN} pr", False, True), (f"{SECRETS_URN}:lines pr", False, True),
])  # fmt: skip
def test_presence_and_null(text: str, absent: object, present: object) -> None:
    """`eq null` is true exactly without a value, `pr` and `ne null` exactly with one (R154, R161)."""
    nothing: list[dict[str, Any]] = [{}, {
        "title": "", "emails": [], "name": {}, ENTERPRISE_USER: {}, VECTORS_URN: {"flag": None, "tags": [""]}, SECRETS_URN: {"lines": [{}]},
    }, {"title": None, "emails": [{"value": ""}], "name": {"givenName": None}, SECRETS_URN: {"pin": "1", "lines": [{"unseen": "x"}]}}]  # fmt: skip
    something = {
        "title": "x", "emails": [{"value": "a"}], "name": {"givenName": "x"}, ENTERPRISE_USER: {"manager": {"value": "x"}},
        VECTORS_URN: {"flag": False, "level": 0, "tags": ["x"]}, SECRETS_URN: {"lines": [{"numbers": [1]}]},
    }  # fmt: skip

    assert [found(text, resource) for resource in nothing] == [absent] * 3
    assert found(text, something) is present


@pytest.mark.parametrize("text, value, result", [
    ('userName eq "ALICE"', {"userName": "alice"}, True), ('id eq "ABC"', {"id": "abc"}, False), ('id eq "abc"', {"id": "abc"}, True),
    ('externalId eq "A"', {"externalId": "a"}, False), ('externalId sw "A"', {"externalId": "Ab"}, True),
    ('meta.resourceType eq "user"', {"meta": {"resourceType": "User"}}, False), ('meta.resourceType eq "User"', {"meta": {"resourceType": "User"}}, True),
    (r'meta.version eq "W/\"3\""', {"meta": {"version": 'W/"3"'}}, True), (r'meta.version eq "\"3\""', {"meta": {"version": 'W/"3"'}}, False),
    (r'meta.version ne "W/\"30\""', {"meta": {"version": 'W/"3"'}}, True), (r'meta.version eq "w/\"3\""', {"meta": {"version": 'W/"3"'}}, False),
    (f'schemas eq "{CORE_USER.lower()}"', {"schemas": [CORE_USER]}, True), ('schemas co "enterprise"', {"schemas": [CORE_USER, ENTERPRISE_USER]}, True),
    (f'schemas[value eq "{ENTERPRISE_USER}"]', {"schemas": [CORE_USER]}, False), ('groups eq "g"', {"groups": [{"value": "g"}]}, True),
    ('groups[type eq "indirect" and value eq "g"]', {"groups": [{"value": "g", "type": "direct"}]}, False),
])  # fmt: skip
def test_letter_case_and_common_attributes(text: str, value: dict[str, Any], result: object) -> None:
    """Letter case counts where the attribute says so (R156); id, meta, schemas and groups can be asked for (R163, R164)."""
    assert found(text, value) is result


@pytest.mark.parametrize("text, result", [
    ("level eq 2", True), ("level eq 2.0", True), ("level eq 2.5", False), ("level gt 1", True), ("level gt 10", False), ("level ge 2", True),
    ("level lt 2", False), ("level le 2", True), ("level ne 2", False), ("level lt 1e3", True), ("level lt 99999999999999999999", True),
    ("score eq 1.50", True), ("score eq 1.5", True), ("score eq 15e-1", True), ("score gt 1", True), ("score lt -0.5", False),
    ("nums gt 5", True), ("nums eq 1", True), ("nums ne 1", True), ("nums[value gt 1 and value lt 7]", False), ("flag eq false", True),
    ("flag ne true", True), ("flag ne false", False), ('startDate eq "2020-06-15T10:30:00Z"', True), ('startDate gt "2020-06-15T11:00:00Z"', False),
    ('startDate le "2020-06-15T10:30:00.0000009Z"', True), ('blob eq "AQ=="', True), ('blob eq "AQ"', True),
    ('blob eq "aq"', False), ('site eq "https://example.com/a"', False), ('site sw "https://example.com/"', True), ('site gt "https"', True),
    ('tags eq "RED"', True), ('codes eq "x1"', False), ('codes sw "X"', True), ("badge.floor ge 3", True),
])  # fmt: skip
def test_each_type(text: str, result: object) -> None:
    """Numbers by value, instants across offsets, binaries with and without padding, references exactly."""
    resource = {VECTORS_URN: {
        "level": 2, "score": Decimal("1.5"), "nums": [1, 7], "flag": False, "startDate": "2020-06-15T12:30:00+02:00", "blob": "AQ==",
        "site": "https://example.com/A", "tags": ["red", "Blue"], "codes": ["X1"], "badge": {"floor": 3},
    }}  # fmt: skip
    assert found(f"{VECTORS_URN}:{text}", resource) is result


def test_a_decimal_read_back_as_a_float() -> None:
    """A store may give a decimal back as a float; it stays the same number."""
    assert found(f"{VECTORS_URN}:score eq 0.1", {VECTORS_URN: {"score": 0.1}})
    assert found(f"{VECTORS_URN}:score le 2", {VECTORS_URN: {"score": 2.0}})


@pytest.mark.parametrize("text, other", [
    ("BJensen", "bjensen"), ("\uff2a\uff4f\uff48\uff4e", "john"), ("A\u030a", "\u00e5"), ("\u212b", "A\u030a"), ("\u212a", "k"),
    ("\u03a3\u038a\u03a3\u03a5\u03a6\u039f\u03a3", "\u03a3\u03af\u03c3\u03c5\u03c6\u03bf\u03c2"), ("\u0130stanbul", "i\u0307stanbul"),
    ("e\u0301", "\u00c9"),
])  # fmt: skip
def test_equal_texts(text: str, other: str) -> None:
    """The same text for UsernameCaseMapped, whichever side is stored (R157, R244)."""
    assert found(f'userName eq "{text}"', {"userName": other})
    assert found(f'userName eq "{other}"', {"userName": text})


@pytest.mark.parametrize(
    "text, other",
    [("Stra\u00dfe", "STRASSE"), ("a", "\u0430"), ("\u0131", "i"), ("\ufb01sh", "fish"), ("e", "\u00e9")],
)
def test_different_texts(text: str, other: str) -> None:
    """Case mapping is no case folding and no search for look-alikes (R244)."""
    assert not found(f'userName eq "{text}"', {"userName": other})


@pytest.mark.parametrize("literal, value, result", [
    ("%", "50% off", True), ("%", "off", False), ("_", "a_b", True), ("_", "ab", False), (r"\\", "a\\b", True), (r"\\", "ab", False),
    ("a.*", "abc", False), ("[a-z]", "abc", False), ("^a", "abc", False), ("'", "o'malley", True), ("*", "abc", False), ("", "abc", True),
])  # fmt: skip
def test_nothing_is_a_pattern(literal: str, value: str, result: object) -> None:
    """Wildcards of SQL, glob and regular expressions are ordinary characters (R169)."""
    assert found(f'displayName co "{literal}"', {"displayName": value}) is result


def test_prefix_and_suffix() -> None:
    """Sw and ew look at one end only, and a prefix is one in any letter case."""
    sisyphus = {"userName": "\u03a3\u03af\u03c3\u03c5\u03c6\u03bf\u03c2"}

    assert found('userName sw "\u03a3\u038a\u03a3"', sisyphus)
    assert found('userName ew "\u039f\u03a3"', sisyphus)
    assert not found('userName sw "\u03c6"', sisyphus)
    assert not found('userName ew "\u03c6"', sisyphus)


def test_members() -> None:
    """A group is found by a member, and by a member of one type (R164, R165)."""
    group = {"members": [{"value": "u", "type": "User"}, {"value": "g", "type": "Group"}]}
    for text, result in (
        ('members eq "u"', True), ('members[value eq "u"]', True), ('members[value eq "u" and type eq "Group"]', False),
        ('not (members.value eq "u")', False), ('members.type eq "group"', True), ('members[type eq "x"]', False),
    ):  # fmt: skip
        assert found(text, group, of=GROUP) is result, text


def test_element_matches() -> None:
    """The filter between the brackets of a path, on one element."""
    path = parse_path('emails[type eq "work" and not (primary eq true)]', USER, DEFAULT)
    simple = parse_path(f"{VECTORS_URN}:nums[value gt 1]", USER, DEFAULT)
    assert path.filter is not None
    assert simple.filter is not None

    assert element_matches(path.filter, {"type": "WORK"})
    assert not element_matches(path.filter, {"type": "work", "primary": True})
    assert [number for number in (0, 1, 2, 5) if element_matches(simple.filter, number)] == [2, 5]


def test_constants() -> None:
    """A comparison with an attribute of another type is the same for every resource, inside brackets too (R140)."""
    for text in ('nothing ne "x"', "emails[nothing eq null]"):
        node = parse_filter(text, USER, DEFAULT, all_types=True)
        assert isinstance(node, Constant | ValuePath)
        assert matches(node, TWO)
