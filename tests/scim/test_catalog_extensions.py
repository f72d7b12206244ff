"""Custom extension schemas: what is read from a document, and what is refused."""

import copy
from typing import Any

import pytest

from muster.scim.catalog import builtin, parse_schema, with_extensions
from muster.scim.characteristics import Mutability, Returned, Type, Uniqueness
from muster.scim.errors import InvalidValue
from muster.scim.schema import ENTERPRISE_USER

URN = "urn:example:scim:schemas:badge:1.0:User"
SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:Schema"


def document(*attributes: dict[str, Any], **members: Any) -> dict[str, Any]:
    """A schema document with these attributes."""
    return {"id": URN, "name": "Badge", "attributes": list(attributes) or [{"name": "number"}], **members}


def complex_(name: str, *subs: dict[str, Any], **characteristics: Any) -> dict[str, Any]:
    """A complex attribute with these sub-attributes."""
    return {"name": name, "type": "complex", "subAttributes": list(subs), **characteristics}


def refusal(given: object) -> str:
    """The detail with which a document is refused."""
    with pytest.raises(InvalidValue) as caught:
        parse_schema(given)
    return caught.value.detail


def test_defaults() -> None:
    """A name is enough: the other characteristics have the RFC's defaults (R004)."""
    number = parse_schema(document()).attributes["number"]
    assert (number.type, number.multi_valued, number.required) == (Type.STRING, False, False)
    assert (number.case_exact, number.canonical_values, number.reference_types) == (False, (), ())
    assert (number.mutability, number.returned) == (Mutability.READ_WRITE, Returned.DEFAULT)
    assert number.uniqueness is Uniqueness.NONE


def test_null_means_absent() -> None:
    """A characteristic that is null has its default."""
    nothing = dict.fromkeys(
        ("type", "multiValued", "required", "canonicalValues", "mutability", "subAttributes")
    )
    assert parse_schema(document({"name": "number", **nothing})).attributes["number"].type is Type.STRING


def test_every_characteristic_is_read() -> None:
    """What the document says is what the attribute is."""
    given = complex_(
        "Doors",
        {"name": "value", "caseExact": True, "canonicalValues": ["north", "south"], "required": True},
        {"name": "$ref", "type": "reference", "referenceTypes": ["external"], "mutability": "immutable"},
        {"name": "since", "type": "dateTime", "returned": "request"},
        multiValued=True,
        description="Which doors open.",
    )
    doors = parse_schema(document(given)).attributes["doors"]
    assert (doors.name, doors.multi_valued, doors.description) == ("Doors", True, "Which doors open.")
    value, ref, since = doors.sub_attributes.values()
    assert (value.case_exact, value.required, value.canonical_values) == (True, True, ("north", "south"))
    assert (ref.mutability, ref.reference_types, ref.case_exact) == (
        Mutability.IMMUTABLE,
        ("external",),
        True,
    )
    assert (since.type, since.returned) == (Type.DATE_TIME, Returned.REQUEST)


def test_paths_carry_the_urn() -> None:
    """An extension's attributes live under its URN (R027)."""
    schema = parse_schema(document(complex_("door", {"name": "value"})))
    door = schema.attributes["door"]
    assert (door.path, door.extension, door.schema) == (f"{URN}:door", URN, URN)
    assert (door.sub_attributes["value"].path, door.sub_attributes["value"].parent) == (
        f"{URN}:door.value",
        door,
    )


def test_write_only_is_never_returned() -> None:
    """What can only be written is not returned, whatever else is said (R047)."""
    hidden = {"name": "hint", "mutability": "writeOnly"}
    assert parse_schema(document(hidden)).attributes["hint"].returned is Returned.NEVER
    assert "hint" in refusal(document(hidden | {"returned": "default"}))


@pytest.mark.parametrize(
    "name", ["1abc", "a.b", "a b", "__proto__", "", "$ref", "é", "a" * 65, "x\n", "a:b", "a[0]"]
)
def test_refuses_bad_names(name: str) -> None:
    """A name is a letter, then letters, digits, $, - and _; `$ref` is a sub-attribute's (R002)."""
    assert "name" in refusal(document({"name": name}))


@pytest.mark.parametrize(
    "name", ["a", "A1", "x-y", "x_y", "x$y", "constructor", "secretary", "hotPink", "keyboard"]
)
def test_accepts_good_names(name: str) -> None:
    """Names of the grammar are accepted, and so is `$ref` as a sub-attribute."""
    assert parse_schema(document({"name": name})).attribute(name)
    assert (
        parse_schema(document(complex_("x", {"name": "$ref", "type": "reference"})))
        .attributes["x"]
        .sub("$REF")
    )


@pytest.mark.parametrize(
    "name", ["password", "userPassword", "clientSecret", "totp_seed", "TOTP", "api-key", "privateKey", "refreshToken",
             "recoveryCodes", "credentialId", "PASSWD"]
)  # fmt: skip
def test_refuses_names_of_credentials(name: str) -> None:
    """A custom schema has no place for credentials, at either level (R356)."""
    assert name in refusal(document({"name": name}))
    assert f"x.{name}" in refusal(document(complex_("x", {"name": name})))


@pytest.mark.parametrize("name", ["id", "ID", "externalId", "meta", "schemas"])
def test_refuses_common_attributes(name: str) -> None:
    """The common attributes cannot be redefined (R040)."""
    assert f"{URN}:{name}" in refusal(document({"name": name}))


@pytest.mark.parametrize(
    "attribute, word",
    [
        ({"type": "text"}, "type must be one of string, boolean"),
        ({"type": "String"}, "type must be one of"),
        ({"type": 1}, "type must be one of"),
        ({"mutability": "readwrite"}, "mutability must be one of"),
        ({"returned": "sometimes"}, "returned must be one of"),
        ({"uniqueness": "local"}, "uniqueness must be one of"),
        ({"uniqueness": "server"}, "uniqueness must be none"),
        ({"multiValued": "true"}, "multiValued must be true or false"),
        ({"required": 1}, "required must be true or false"),
        ({"description": 5}, "description must be a string"),
        ({"canonicalValues": "a"}, "canonicalValues must be a list"),
        ({"canonicalValues": [1]}, "canonicalValues must be a list"),
        ({"referenceTypes": ["User"]}, "referenceTypes is only for type reference"),
        ({"subAttributes": [{"name": "a"}]}, "subAttributes is only for type complex"),
        ({"type": "complex"}, "subAttributes of"),
        ({"type": "complex", "subAttributes": []}, "subAttributes of"),
        ({"mutabilty": "readOnly"}, "mutabilty is none of"),
    ],
)
def test_refuses_bad_characteristics(attribute: dict[str, Any], word: str) -> None:
    """A characteristic that is not understood is refused, naming the attribute; nothing is guessed (R005, R054)."""
    detail = refusal(document({"name": "number", **attribute}))
    assert "number" in detail
    assert word in detail


def test_refuses_nested_complex() -> None:
    """A sub-attribute is never complex (R015)."""
    assert "x.y" in refusal(document(complex_("x", complex_("y", {"name": "z"}))))


def test_refuses_the_same_name_twice() -> None:
    """Names that differ only in letter case are one name."""
    assert "twice" in refusal(document({"name": "a"}, {"name": "A"}))
    assert "x.Value" in refusal(document(complex_("x", {"name": "value"}, {"name": "Value"})))


@pytest.mark.parametrize(
    "given",
    [None, [], "x", 5, {}, {"id": URN}, {"id": URN, "attributes": []}, {"id": URN, "attributes": [1]},
     {"id": URN, "attributes": {"name": "a"}}, {"id": 5, "attributes": [{"name": "a"}]},
     document(schemas=["urn:ietf:params:scim:schemas:core:2.0:User"]), document(extra=1)],
)  # fmt: skip
def test_refuses_what_is_no_schema(given: object) -> None:
    """Any JSON value is read as a schema or refused."""
    assert refusal(given)


@pytest.mark.parametrize(
    "urn",
    ["badge", "urn:", "urn:x:y", "urn:example:", "urn:example:a b", "urn:example:a[0]", "http://example.com/User",
     "urn:example:é", "urn:example:" + "a" * 256, "urn:ietf:params:scim:api:messages:2.0:PatchOp",
     "URN:IETF:params:scim:API:messages:2.0:Mine"],
)  # fmt: skip
def test_refuses_bad_urns(urn: str) -> None:
    """A schema has a URN that is not a message's."""
    assert "URN" in refusal(document(id=urn))


def test_a_document_may_be_a_whole_resource() -> None:
    """What /Schemas answers can be given back."""
    assert (
        parse_schema(document(schemas=[SCHEMA], meta={"resourceType": "Schema"}, description="d")).description
        == "d"
    )


def test_extends_the_user() -> None:
    """An extension is found in the type and in the set, before the discovery schemas; the base stays as it was."""
    extended = with_extensions(builtin(), [document()])
    assert list(extended.user.extensions) == [ENTERPRISE_USER.lower(), URN.lower()]
    assert [schema.name for schema in extended.schemas.values()] == [
        "User", "Group", "EnterpriseUser", "Badge", "ServiceProviderConfig", "ResourceType", "Schema",
    ]  # fmt: skip
    assert extended.schema(URN.upper()) is extended.user.extension(URN)
    assert not extended.group.extensions
    assert builtin().schema(URN) is None
    assert builtin().user.extension(URN) is None


@pytest.mark.parametrize(
    "members, of_group",
    [
        ({"id": "urn:example:team:1.0:Group"}, True),
        ({"id": "urn:example:team:1.0:group"}, True),
        ({"id": "urn:example:team:1.0"}, False),
        ({"resourceType": "Group"}, True),
        ({"resourceType": "urn:ietf:params:scim:schemas:core:2.0:Group"}, True),
        ({"id": "urn:example:team:1.0:Group", "resourceType": "User"}, False),
    ],
)
def test_which_type_is_extended(members: dict[str, Any], of_group: bool) -> None:
    """`resourceType` says it, else the end of the URN, else it is the user."""
    extended = with_extensions(builtin(), [document(**members)])
    assert bool(extended.group.extensions) is of_group
    assert (len(extended.user.extensions) == 1) is of_group


def test_refuses_an_unknown_resource_type() -> None:
    """Only users and groups can be extended."""
    with pytest.raises(InvalidValue, match="resourceType"):
        with_extensions(builtin(), [document(resourceType="Device")])


@pytest.mark.parametrize("urn", [ENTERPRISE_USER, ENTERPRISE_USER.upper(), SCHEMA, URN])
def test_refuses_a_urn_that_is_taken(urn: str) -> None:
    """No schema takes another's place."""
    with pytest.raises(InvalidValue, match="already"):
        with_extensions(builtin(), [document(), document(id=urn)])


@pytest.mark.parametrize(
    "first, second",
    [
        (URN, f"{URN}:number"),
        (f"{URN}:number", URN),
        (URN, f"{URN}:Number.2"),
        (URN, f"{ENTERPRISE_USER}:manager"),
    ],
)
def test_refuses_a_urn_that_is_an_attributes_path(first: str, second: str) -> None:
    """A qualified name has one reading."""
    with pytest.raises(InvalidValue, match="path of an attribute"):
        with_extensions(builtin(), [document(id=first), document(id=second)])


def test_reads_without_changing_the_document() -> None:
    """The document stays as it was given."""
    given = document(complex_("x", {"name": "y", "type": None}))
    before = copy.deepcopy(given)
    with_extensions(builtin(), [given])
    assert given == before


def test_no_documents_add_nothing() -> None:
    """The set without extensions has the built-in schemas."""
    assert list(with_extensions(builtin(), []).schemas) == list(builtin().schemas)
