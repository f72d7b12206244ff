"""Which attribute a name in a filter means, and which no filter may name."""

import pytest

from muster.scim.dialect import DEFAULT, STRICT, Note, Notes
from muster.scim.errors import InvalidFilter
from muster.scim.expression import Compare, Constant, Filter, Not, Or, Present, ValuePath
from muster.scim.filter import parse_filter
from muster.scim.schema import CORE_GROUP, CORE_USER, ENTERPRISE_USER
from tests.scim.sample import GROUP, SECRETS_URN, USER, VECTORS_URN


def parse(text: str) -> Filter:
    """The filter on users, default dialect."""
    return parse_filter(text, USER, DEFAULT)


@pytest.mark.parametrize("name, path", [
    ("USERNAME", "userName"), ("name.FAMILYNAME", "name.familyName"), ("Id", "id"), ("meta.LastModified", "meta.lastModified"),
    (f"{CORE_USER}:userName", "userName"), (f"{CORE_USER.upper()}:NAME.GIVENNAME", "name.givenName"),
    (f"{CORE_USER}:externalId", "externalId"), (f"{ENTERPRISE_USER.title()}:DEPARTMENT", f"{ENTERPRISE_USER}:department"),
    (f"{ENTERPRISE_USER}:manager.VALUE", f"{ENTERPRISE_USER}:manager.value"), ("schemas", "schemas"),
    (f"{ENTERPRISE_USER}:manager.$ref", f"{ENTERPRISE_USER}:manager.$ref"), (f"{VECTORS_URN}:X-LOOSE_1", f"{VECTORS_URN}:x-loose_1"),
    ("groups.value", "groups.value"), ("groups.display", "groups.display"), ("groups.type", "groups.type"),
])  # fmt: skip
def test_names(name: str, path: str) -> None:
    """Bare and with the URN, in any letter case (R149); the node has the attribute."""
    node = parse(f"{name} pr")
    assert isinstance(node, Present)
    assert node.attribute.path == path


@pytest.mark.parametrize("name", [
    "nothing", "name.nothing", "name.", ".name", "name..givenName", "name.givenName.x", "userName.x", "emails.", ":userName",
    "urn:example:unknown:1.0:User:thing", f"{CORE_USER}:", CORE_USER, f"{CORE_USER}::userName", f"{CORE_USER}userName",
    f"{CORE_USER}:{CORE_USER}:userName", f"{ENTERPRISE_USER}:userName", f"{CORE_GROUP}:displayName", f"{CORE_USER}:department",
    f"{ENTERPRISE_USER}:", f"{ENTERPRISE_USER}:manager.", "members", "1", "$ref", "emails.$REF", "eq", "-", "=", "@",
])  # fmt: skip
def test_unknown_names(name: str) -> None:
    """What is no attribute of a user is named in the error."""
    with pytest.raises(InvalidFilter, match="is not an attribute that this resource type has") as caught:
        parse(f"{name} pr")
    assert name[:40] in caught.value.detail


def test_unknown_sub_attribute_between_brackets() -> None:
    """The error says of which attribute it is not a sub-attribute."""
    with pytest.raises(InvalidFilter, match='"nothing" is not a sub-attribute of emails'):
        parse('emails[nothing eq "x"]')


def test_a_bare_extension() -> None:
    """The URN of an extension can be present, and nothing else (F247)."""
    node = parse(f"{ENTERPRISE_USER.upper()} pr")

    assert isinstance(node, Or)
    assert {str(operand) for operand in node.operands} >= {f"{ENTERPRISE_USER}:department pr"}
    with pytest.raises(InvalidFilter, match="can only be present"):
        parse(f'{ENTERPRISE_USER} eq "x"')
    with pytest.raises(InvalidFilter, match="brackets"):
        parse(f"{ENTERPRISE_USER}[department pr]")


@pytest.mark.parametrize("text, same", [
    ('emails co "x"', 'emails.value co "x"'), ('emails gt "x"', 'emails.value gt "x"'), ('groups eq "x"', 'groups.value eq "x"'),
    (f'{ENTERPRISE_USER}:manager eq "x"', f'{ENTERPRISE_USER}:manager.value eq "x"'), ("emails ne null", "emails pr"),
    ("emails eq null", "not (emails pr)"), ("name eq null", "not (name pr)"), ('x509Certificates eq "AQ=="', 'x509Certificates.value eq "AQ=="'),
])  # fmt: skip
def test_bare_complex_attributes(text: str, same: str) -> None:
    """A complex attribute in a comparison stands for its value (R155), and compared with null for its presence."""
    assert parse(text) == parse(same) == parse_filter(text, USER, STRICT)


def test_bare_members() -> None:
    """`members eq` is the membership probe of Entra (R166)."""
    same = parse_filter('members.value eq "x"', GROUP, DEFAULT)

    assert parse_filter('members eq "x"', GROUP, DEFAULT) == same


@pytest.mark.parametrize(
    "text", ['name eq "x"', 'addresses co "x"', "meta gt 1", f'{VECTORS_URN}:badge eq "x"']
)
def test_complex_without_value(text: str) -> None:
    """A complex attribute without a `value` needs a sub-attribute, and the error names one (F269)."""
    with pytest.raises(InvalidFilter, match=r"is complex: compare one of its sub-attributes, such as \w+"):
        parse(text)


@pytest.mark.parametrize("text", [
    'password eq "x"', "password pr", "password eq null", f"{SECRETS_URN}:pin pr", f'{SECRETS_URN}:lines[unseen eq "x"]',
    f'{SECRETS_URN}:lines.unseen sw "x"', f"{CORE_USER}:PASSWORD pr", f'{SECRETS_URN}:lines[note eq "a"].unseen eq "b"',
])  # fmt: skip
def test_never_returned(text: str) -> None:
    """Attributes that are never returned cannot be probed by a filter (R049, R171)."""
    with pytest.raises(InvalidFilter, match="never returned"):
        parse(text)


@pytest.mark.parametrize(
    "text", ["meta.location pr", f'{ENTERPRISE_USER}:manager.displayName eq "x"', "groups.$ref pr"]
)
def test_composed_attributes(text: str) -> None:
    """What is composed for the answer is stored nowhere and cannot be filtered by."""
    with pytest.raises(InvalidFilter, match=r"can(not)? be filtered by"):
        parse(text)


@pytest.mark.parametrize("text", ["members.display pr", 'members.$ref eq "x"', 'members[display eq "x"]'])
def test_of_members(text: str) -> None:
    """Of members value and type can be filtered by."""
    with pytest.raises(InvalidFilter, match="of members, only value and type"):
        parse_filter(text, GROUP, DEFAULT)


# --- tolerances --------------------------------------------------------------------------------------------------------------


def noted(text: str) -> tuple[Filter, list[Note]]:
    """The filter on users with the notes it left."""
    notes = Notes()
    return parse_filter(text, USER, DEFAULT, notes=notes), notes.items


@pytest.mark.parametrize("text, same, rule", [
    ('manager eq "x"', f'{ENTERPRISE_USER}:manager.value eq "x"', "unqualified_names"),
    ('manager.value eq "x"', f'{ENTERPRISE_USER}:manager.value eq "x"', "unqualified_names"),
    ("department pr", f"{ENTERPRISE_USER}:department pr", "unqualified_names"),
    (f"{ENTERPRISE_USER}.manager pr", f"{ENTERPRISE_USER}:manager pr", "dot_after_urn"),
    (f"{CORE_USER}.name.givenName pr", f"{CORE_USER}:name.givenName pr", "dot_after_urn"),
    ('emails[type eq "work"].value eq "x"', 'emails[type eq "work" and value eq "x"]', "value_path_sub_filter"),
    ('emails[type eq "work" or type eq "home"].VALUE PR', 'emails[(type eq "work" or type eq "home") and value pr]', "value_path_sub_filter"),
    ('emails[type eq "work" and primary eq true].value sw "x"', 'emails[type eq "work" and primary eq true and value sw "x"]', "value_path_sub_filter"),
    ('active eq "True"', "active eq true", "string_booleans"), ('emails[primary ne "FALSE"]', "emails[primary ne false]", "string_booleans"),
])  # fmt: skip
def test_a_tolerance_leaves_its_note(text: str, same: str, rule: str) -> None:
    """The default dialect understands what Entra and others send, and says so; the strict one refuses it."""
    node, notes = noted(text)

    assert node == parse_filter(same, USER, STRICT)
    assert [note.rule for note in notes] == [rule]
    assert parse(str(node)) == node
    with pytest.raises(InvalidFilter):
        parse_filter(text, USER, STRICT)


def test_what_follows_the_rfc_leaves_no_note() -> None:
    """No note without a tolerance."""
    assert (
        noted(f'{ENTERPRISE_USER}:manager.value eq "x" and emails[primary eq true] and active eq true')[1]
        == []
    )


@pytest.mark.parametrize(
    "text", ['active eq "yes"', 'active eq "1"', 'active eq ""', "active eq 1", "userName eq true"]
)
def test_other_spellings_are_no_booleans(text: str) -> None:
    """Only true and false are spelled."""
    with pytest.raises(InvalidFilter):
        parse(text)


# --- over all resource types (R140) ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text, value", [
    ('members eq "x"', False), ('nothing eq "x"', False), ('nothing ne "x"', True), ("nothing pr", False), ("nothing eq null", True),
    ("nothing ne null", False), ("nothing gt 1", False), ('nothing co "x"', False), ('nothing[a eq "x" and b pr]', False),
    (f'{CORE_GROUP}:displayName eq "x"', False), ('members[value eq "x"].display eq "y"', False), ("name.nothing pr", False),
])  # fmt: skip
def test_an_attribute_of_another_type(text: str, value: object) -> None:
    """It has no value here: its comparison is constant (R140, R154)."""
    assert parse_filter(text, USER, DEFAULT, all_types=True) == Constant(bool(value))


def test_all_types_mixed() -> None:
    """What this type has is bound as ever."""
    node = parse_filter('not (members pr) or displayName eq "x"', USER, DEFAULT, all_types=True)

    assert node == Or((Not(Constant(value=False)), parse('displayName eq "x"')))


def test_all_types_between_brackets() -> None:
    """An unknown sub-attribute of a known attribute has no value in any element."""
    node = parse_filter('emails[nothing eq "x" or type pr]', USER, DEFAULT, all_types=True)

    assert isinstance(node, ValuePath)
    assert isinstance(node.filter, Or)
    assert node.filter.operands[0] == Constant(value=False)


@pytest.mark.parametrize(
    "text", ["password pr", "userName gt 1", "nothing zz 1", "nothing eq x", "nothing[a pr", 'name eq "x"']
)
def test_all_types_still_refuse(text: str) -> None:
    """What cannot be right for any type stays an error."""
    with pytest.raises(InvalidFilter):
        parse_filter(text, USER, DEFAULT, all_types=True)


def test_compare_is_bound() -> None:
    """A leaf holds the attribute of the schema and the key of the literal."""
    node = parse('userName eq "BJensen"')

    assert isinstance(node, Compare)
    assert node.attribute is USER.attribute("username")
    assert (node.literal, node.key) == ("BJensen", "bjensen")
