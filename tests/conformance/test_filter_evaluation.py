"""RFC 7644 §3.4.2.2: what a filter finds (R151 to R167, R170)."""

from typing import Any

import pytest

from tests.conformance.bodies import (
    ENTERPRISE,
    EXTENSION,
    USER,
    attribute,
    enterprise_user,
    extended_user,
    fresh,
    user,
)
from tests.conformance.expect import bad_filter, done, found, modified, new_group, new_user, refused, replace
from tests.conformance.marks import Connect, Extend, requirement
from tests.harness.client import ScimClient

WORK = {"value": "work@a.example", "type": "work"}
HOME = {"value": "home@x.example", "type": "home"}


@requirement("R151")
def test_r151_any_value_may_match(scim: ScimClient) -> None:
    """A term on a multi-valued attribute is true if one of the values satisfies it."""
    made = new_user(scim, emails=[WORK, HOME])

    for value in (WORK["value"], HOME["value"]):
        assert found(scim, f'emails.value eq "{value}"') == {made["id"]}
    assert found(scim, 'emails.value eq "other@a.example"') == set()


@requirement("R152")
def test_r152_brackets_bind_to_one_element(scim: ScimClient) -> None:
    """Terms in brackets speak of one element, terms joined outside may speak of several."""
    made = new_user(scim, emails=[WORK, HOME])

    assert found(scim, 'emails[type eq "work" and value co "@x"]') == set()
    assert found(scim, 'emails[type eq "home" and value co "@x"]') == {made["id"]}
    assert found(scim, 'emails.type eq "work" and emails.value co "@x"') == {made["id"]}
    assert found(scim, 'emails[not (type eq "work")]') == {made["id"]}
    assert found(scim, 'not (emails[type eq "work"])') == set()


@requirement("R153")
def test_r153_not_equal(scim: ScimClient) -> None:
    """Some value differs, with ne; none equals, with not and eq."""
    two = new_user(scim, emails=[WORK, HOME])
    one = new_user(scim, emails=[WORK])

    assert found(scim, f'emails.value ne "{WORK["value"]}"') == {two["id"]}
    assert found(scim, f'not (emails.value eq "{WORK["value"]}")') == set()
    assert found(scim, f'not (emails.value eq "{HOME["value"]}")') == {one["id"]}


@requirement("R154")
@pytest.mark.parametrize(
    "expression, matches",
    [
        ('title eq "x"', False),
        ('title ne "x"', True),
        ("title eq null", True),
        ("title ne null", False),
        ("title pr", False),
        ('title co "x"', False),
        ('title gt "a"', False),
        ('title le "a"', False),
        ('not (title gt "a")', True),
        ('not (title eq "x")', True),
        ("not (title pr)", True),
        ("emails eq null", True),
        ("name.givenName eq null", True),
    ],
)
def test_r154_absent_attributes(scim: ScimClient, expression: str, matches: bool) -> None:
    """What an absent attribute answers to each operator, and its plain negation."""
    made = new_user(scim)

    assert found(scim, expression) == ({made["id"]} if matches else set())


@requirement("R155")
def test_r155_bare_multi_valued_attributes(scim: ScimClient) -> None:
    """A bare multi-valued complex attribute stands for its value."""
    made = new_user(scim, emails=[WORK])

    assert found(scim, 'emails co "@a"') == {made["id"]}
    assert found(scim, f'emails eq "{WORK["value"]}"') == {made["id"]}


@requirement("R156")
@pytest.mark.parametrize(
    "name, exact", [("userName", False), ("externalId", True), ("id", True), ("displayName", False)]
)
def test_r156_case_follows_the_schema(scim: ScimClient, name: str, exact: bool) -> None:
    """Strings compare with or without case, as the attribute says."""
    made = new_user(scim, userName="MiXeD", externalId="MiXeD", displayName="MiXeD")
    swapped = str(made[name]).swapcase()

    assert found(scim, f'{name} eq "{made[name]}"') == {made["id"]}
    if swapped != made[name]:
        assert found(scim, f'{name} eq "{swapped}"') == (set() if exact else {made["id"]})
    assert found(scim, 'meta.resourceType eq "USER"') == set()


@requirement("R157")
@pytest.mark.parametrize("name", ["userName", "displayName", "nickName"])
def test_r157_unicode_is_normalised(scim: ScimClient, name: str) -> None:
    """Composed and decomposed spellings are equal, and the original is answered."""
    made = new_user(scim, **{name: "Ame\u0301lie"})

    assert made[name] == "Ame\u0301lie"
    assert found(scim, f'{name} eq "Am\u00e9lie"') == {made["id"]}
    assert found(scim, f'{name} sw "am\u00c9"') == {made["id"]}


@requirement("R158")
def test_r158_order_by_type(scim: ScimClient, extend: Extend) -> None:
    """Numbers compare as numbers, dateTimes as instants, strings by their characters."""
    extend(
        attribute("level", type="integer"),
        attribute("score", type="decimal"),
        attribute("since", type="dateTime"),
    )
    low = new_user(
        scim, extended_user(level=9, score=1.5, since="2020-01-01T01:00:00+02:00") | {"title": "9"}
    )
    high = new_user(scim, extended_user(level=10, score=10, since="2020-01-01T00:30:00Z") | {"title": "10"})

    assert found(scim, f"{EXTENSION}:level gt 9") == {high["id"]}
    assert found(scim, f"{EXTENSION}:level lt 10") == {low["id"]}
    assert found(scim, f"{EXTENSION}:score ge 1.50") == {low["id"], high["id"]}
    assert found(scim, f"{EXTENSION}:score lt 10.0") == {low["id"]}
    assert found(scim, f'{EXTENSION}:since lt "2020-01-01T00:00:00Z"') == {low["id"]}
    assert found(scim, 'title gt "10"') == {low["id"]}


@requirement("R158", "R159")
@pytest.mark.parametrize(
    "expression",
    [
        "active gt false",
        "active le true",
        'x509Certificates.value gt "AAAA"',
        "emails[primary lt true]",
        'active co "t"',
        'active sw "t"',
        'meta.created co "2020"',
        'meta.created ew "Z"',
        "active co true",
    ],
)
def test_r158_types_without_order_or_parts(scim: ScimClient, expression: str) -> None:
    """Booleans and binaries have no order; co, sw and ew are not for booleans and dateTimes."""
    bad_filter(scim, expression)


@requirement("R159")
def test_r159_parts_of_numbers_and_references(scim: ScimClient, extend: Extend) -> None:
    """Numbers have no parts; references do."""
    extend(attribute("level", type="integer"))
    made = new_user(scim, extended_user(level=12) | {"profileUrl": "https://example.com/a"})

    bad_filter(scim, f'{EXTENSION}:level co "1"')
    bad_filter(scim, f"{EXTENSION}:level sw 1")
    assert found(scim, 'profileUrl sw "https://example"') == {made["id"]}


@requirement("R160")
@pytest.mark.parametrize(
    "expression", ["userName eq true", "userName eq 5", "active eq 1", 'active eq "perhaps"']
)
def test_r160_literals_of_wrong_types(scim: ScimClient, expression: str) -> None:
    """A literal of another type than the attribute's is refused."""
    bad_filter(scim, expression)


@requirement("R160")
@pytest.mark.parametrize("literal", ['"true"', '"True"'])
def test_r160_booleans_as_strings(scim: ScimClient, literal: str) -> None:
    """A boolean written as a string is refused when strict; by default it is refused or means the boolean."""
    made = new_user(scim)
    answer = scim.get("/Users", query={"filter": f"active eq {literal}"})

    if scim.strict or answer.status != 200:
        refused(answer, 400, "invalidFilter")
    else:
        assert [one["id"] for one in answer.body["Resources"]] == [made["id"]]


@requirement("R161")
def test_r161_present(scim: ScimClient) -> None:
    """An attribute is present with a value, false included; a complex one with any part."""
    full = new_user(scim, emails=[WORK], name={"givenName": "A"}, active=False, title="T")
    bare = new_user(scim, emails=[], name={}, title=None)

    for expression in (
        "emails pr",
        "emails.value pr",
        "name pr",
        "name.givenName pr",
        "title pr",
        "emails[type pr]",
    ):
        assert found(scim, expression) == {full["id"]}, expression
    assert found(scim, "active pr") == {full["id"], bare["id"]}


@requirement("R162")
def test_r162_defaults_compare_as_returned(scim: ScimClient) -> None:
    """A user that was created without active is found as active."""
    made = new_user(scim)
    assert made["active"] is True

    assert found(scim, "active eq true") == {made["id"]}
    assert found(scim, "active ne true") == set()


@requirement("R163")
def test_r163_schemas(scim: ScimClient) -> None:
    """Users with an extension are found by its URI, and lose it with the last value."""
    plain = new_user(scim)
    extended = new_user(scim, enterprise_user(department="D"))

    assert found(scim, f'schemas eq "{ENTERPRISE}"') == {extended["id"]}
    assert found(scim, f'schemas eq "{USER}"') == {plain["id"], extended["id"]}
    modified(scim, f"/Users/{extended['id']}", replace(f"{ENTERPRISE}:department", None))
    assert found(scim, f'schemas eq "{ENTERPRISE}"') == set()


@requirement("R164")
def test_r164_common_and_derived_attributes(scim: ScimClient) -> None:
    """The meta, id, groups, members and manager are filterable."""
    boss = new_user(scim)
    made = new_user(scim, enterprise_user(manager={"value": boss["id"]}))
    crowd = new_group(scim, made["id"])
    version = made["meta"]["version"].replace('"', '\\"')

    for expression in (
        f'{ENTERPRISE}:manager.value eq "{boss["id"]}"',
        f'groups.value eq "{crowd["id"]}"',
        f'groups[value eq "{crowd["id"]}"]',
        f'meta.version eq "{version}" and id eq "{made["id"]}"',
        f'id eq "{made["id"]}" and meta.created eq "{made["meta"]["created"]}"',
        f'id eq "{made["id"]}" and meta.lastModified gt "2020-01-01T00:00:00Z"',
    ):
        assert found(scim, expression) == {made["id"]}, expression
    for expression in (
        f'members.value eq "{made["id"]}"',
        f'members[value eq "{made["id"]}"]',
        'members[type eq "User"]',
    ):
        assert found(scim, expression, "/Groups") == {crowd["id"]}, expression
    assert found(scim, 'meta.lastModified gt "2999-01-01T00:00:00Z"') == set()


@requirement("R165")
def test_r165_filters_of_the_profile(scim: ScimClient) -> None:
    """The filters that IPSIE asks for, on users and on groups."""
    name = fresh("Who")
    made = new_user(scim, userName=name, externalId=name, emails=[WORK, HOME])
    crowd = new_group(scim, made["id"], displayName=name, externalId=name)

    for expression in (
        f'username eq "{name}"',
        f'externalId eq "{name}"',
        f'emails[value eq "{WORK["value"]}"]',
        f'emails[type eq "work" and value eq "{WORK["value"]}"]',
    ):
        assert found(scim, expression) == {made["id"]}, expression
    for expression in (
        f'displayName eq "{name}"',
        f'externalId eq "{name}"',
        f'members[value eq "{made["id"]}"]',
    ):
        assert found(scim, expression, "/Groups") == {crowd["id"]}, expression


@requirement("R166")
def test_r166_membership_probe(scim: ScimClient) -> None:
    """A group is probed for one member by `id eq` and `members eq`."""
    made, other = new_user(scim), new_user(scim)
    crowd = new_group(scim, made["id"])

    assert found(scim, f'id eq "{crowd["id"]}" and members eq "{made["id"]}"', "/Groups") == {crowd["id"]}
    assert found(scim, f'id eq "{crowd["id"]}" and members eq "{other["id"]}"', "/Groups") == set()


@requirement("R166")
def test_r166_part_after_a_bracket(scim: ScimClient) -> None:
    """A sub-attribute after a bracket means that part of the elements found; strict may refuse it."""
    made = new_user(scim, emails=[WORK, HOME])
    right = f'emails[type eq "work"].value eq "{WORK["value"]}"'
    wrong = f'emails[type eq "home"].value eq "{WORK["value"]}"'

    if scim.strict and scim.get("/Users", query={"filter": right}).status == 400:
        bad_filter(scim, right)
    else:
        assert found(scim, right) == {made["id"]}
        assert found(scim, wrong) == set()


@requirement("R167")
def test_r167_filters_see_writes_at_once(scim: ScimClient) -> None:
    """A create, a change and a delete are seen by the next filter."""
    made = new_user(scim, title="A")
    by_name = f'userName eq "{made["userName"]}"'

    assert found(scim, by_name) == {made["id"]}
    modified(scim, f"/Users/{made['id']}", replace("title", "B"))
    assert (found(scim, 'title eq "A"'), found(scim, 'title eq "B"')) == (set(), {made["id"]})
    done(scim.delete(f"/Users/{made['id']}"), 204)
    assert found(scim, by_name) == set()


@requirement("R170")
@pytest.mark.parametrize("target", ["/Users", "/Groups", "/"])
def test_r170_filters_stay_at_home(scim: ScimClient, connect: Connect, target: str) -> None:
    """No filter finds another organization's resources, or another connection's."""
    own: dict[str, Any] = {"/Users": [new_user(scim)["id"]], "/Groups": [new_group(scim)["id"]]}
    own["/"] = own["/Users"] + own["/Groups"]
    foreign = connect(strict=scim.strict)
    neighbour = connect(strict=scim.strict, organization=scim.organization)
    for stranger in (foreign, neighbour):
        member = done(stranger.post("/Users", user(displayName="x")), 201)
        new_group(stranger, member["id"], displayName="x")

    assert found(scim, 'not (displayName eq "y")', target) == set(own[target])
    assert found(scim, 'displayName eq "x" or id pr', target) == set(own[target])
    assert found(scim, 'displayName eq "x"', target) == set()
