"""The built-in schemas: what RFC 7643 says of each attribute, errata included."""

from collections.abc import Iterator

import pytest

from muster.scim.catalog import builtin
from muster.scim.characteristics import Mutability, Returned, Type, Uniqueness
from muster.scim.schema import CORE_GROUP, CORE_USER, ENTERPRISE_USER, Attribute, Schema

SETS = builtin()
USER, GROUP = SETS.user, SETS.group
PLURAL = ("emails", "phoneNumbers", "ims", "photos", "entitlements", "roles", "x509Certificates")


def every(schema: Schema) -> Iterator[Attribute]:
    """The attributes of a schema with their sub-attributes, depth first."""
    pending = list(schema.attributes.values())
    while pending:
        attribute = pending.pop()
        yield attribute
        pending.extend(attribute.sub_attributes.values())


def at(path: str) -> Attribute:
    """The User or Group attribute with this dotted path."""
    top, _, sub = path.partition(".")
    attribute = USER.attribute(top) or GROUP.attribute(top)
    assert attribute is not None
    found = attribute.sub(sub) if sub else attribute
    assert found is not None
    return found


def test_the_same_set_every_time() -> None:
    """The built-in set is made once."""
    assert builtin() is builtin()


def test_lists_the_schemas_of_resources_first() -> None:
    """User, Group and EnterpriseUser come before those of the discovery documents (R097)."""
    assert [schema.name for schema in SETS.schemas.values()] == [
        "User", "Group", "EnterpriseUser", "ServiceProviderConfig", "ResourceType", "Schema",
    ]  # fmt: skip


def test_resource_types() -> None:
    """User is extended by EnterpriseUser, Group by nothing."""
    assert (USER.endpoint, USER.schema.id) == ("/Users", CORE_USER)
    assert (GROUP.endpoint, GROUP.schema.id) == ("/Groups", CORE_GROUP)
    assert list(USER.extensions) == [ENTERPRISE_USER.lower()]
    assert not GROUP.extensions


def test_user_has_every_attribute_of_the_rfc() -> None:
    """All attributes of RFC 7643 §4.1, in its order."""
    assert [attribute.name for attribute in USER.schema.attributes.values()] == [
        "userName", "name", "displayName", "nickName", "profileUrl", "title", "userType", "preferredLanguage", "locale",
        "timezone", "active", "password", "emails", "phoneNumbers", "ims", "photos", "addresses", "groups", "entitlements",
        "roles", "x509Certificates",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "path, names",
    [
        *[(path, "value display type primary") for path in PLURAL],
        ("name", "formatted familyName givenName middleName honorificPrefix honorificSuffix"),
        ("addresses", "formatted streetAddress locality region postalCode country type primary"),
        ("groups", "value $ref display type"),
        ("members", "value $ref type display"),
        ("meta", "resourceType created lastModified location version"),
    ],
)
def test_sub_attributes(path: str, names: str) -> None:
    """Each complex attribute has the sub-attributes of the RFC; addresses have `primary` too (R073, R079)."""
    assert [sub.name for sub in at(path).sub_attributes.values()] == names.split()


def test_enterprise_user() -> None:
    """The attributes of RFC 7643 §4.3; the manager's name is derived (R087, R089)."""
    extension = USER.extension(ENTERPRISE_USER.upper())
    assert extension is not None
    assert [attribute.name for attribute in extension.attributes.values()] == [
        "employeeNumber", "costCenter", "organization", "division", "department", "manager",
    ]  # fmt: skip
    manager = extension.attribute("MANAGER")
    assert manager is not None
    assert [sub.name for sub in manager.sub_attributes.values()] == ["value", "$ref", "displayName"]
    assert manager.sub_attributes["displayname"].mutability is Mutability.READ_ONLY


def test_user_name_characteristics() -> None:
    """Required, unique, without regard to case (R056)."""
    name = at("userName")
    assert (name.required, name.case_exact, name.uniqueness) == (True, False, Uniqueness.SERVER)
    assert (name.mutability, name.returned) == (Mutability.READ_WRITE, Returned.DEFAULT)


def test_password_is_write_only() -> None:
    """A password is never returned (R067)."""
    password = at("password")
    assert (password.mutability, password.returned) == (Mutability.WRITE_ONLY, Returned.NEVER)


def test_groups_are_read_only_throughout() -> None:
    """A user's groups change only through the groups (R075)."""
    groups = at("groups")
    assert {groups.mutability, *(s.mutability for s in groups.sub_attributes.values())} == {
        Mutability.READ_ONLY
    }
    assert at("groups.type").canonical_values == ("direct", "indirect")


def test_group_display_name_is_required() -> None:
    """Erratum 5368 (R080), and it is unique as we enforce it (R085)."""
    name = GROUP.attribute("displayName")
    assert name is not None
    assert (name.required, name.uniqueness) == (True, Uniqueness.SERVER)


def test_members_can_be_replaced_but_not_changed() -> None:
    """The sub-attributes of a member are immutable, its display is ours (R081, R082)."""
    assert at("members").mutability is Mutability.READ_WRITE
    assert [at(f"members.{name}").mutability.value for name in ("value", "$ref", "type", "display")] == [
        "immutable", "immutable", "immutable", "readOnly",
    ]  # fmt: skip
    assert at("members.$ref").reference_types == ("User", "Group")


@pytest.mark.parametrize(
    "path, values",
    [
        ("emails.type", "work home other"),
        ("phoneNumbers.type", "work home mobile fax pager other"),
        ("ims.type", "aim gtalk icq xmpp msn skype qq yahoo"),
        ("photos.type", "photo thumbnail"),
        ("addresses.type", "work home other"),
        ("members.type", "User Group"),
    ],
)
def test_suggested_values(path: str, values: str) -> None:
    """The canonical values of `type` are published (R042, R069 to R073)."""
    assert list(at(path).canonical_values) == values.split()


def test_references_and_binaries_are_case_exact() -> None:
    """Errata 6001 and RFC 7643 §2.3.6 (R289, R292), in every schema."""
    values = [a for s in SETS.schemas.values() for a in every(s) if a.type in {Type.REFERENCE, Type.BINARY}]
    assert {"profileUrl", "photos.value", "groups.$ref", "members.$ref", "x509Certificates.value"} <= {
        value.path for value in values
    }
    assert all(value.case_exact for value in values)
    assert all(value.reference_types for value in values if value.type is Type.REFERENCE)


def test_discovery_schemas_follow_the_errata() -> None:
    """`type` includes binary, referenceTypes is a list, the schemes have all their parts (R285, R286, R291)."""
    schema = SETS.schema("urn:ietf:params:scim:schemas:core:2.0:Schema")
    config = SETS.schema("urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig")
    assert schema is not None
    assert config is not None
    definitions = schema.attributes["attributes"]
    for level in (definitions, definitions.sub_attributes["subattributes"]):
        assert level.sub_attributes["type"].canonical_values == tuple(Type)
        assert level.sub_attributes["referencetypes"].multi_valued
    schemes = config.attributes["authenticationschemes"].sub_attributes.values()
    assert [s.name for s in schemes] == [
        "type", "name", "description", "specUri", "documentationUri", "primary",
    ]  # fmt: skip
    assert {attribute.mutability for attribute in every(config)} == {Mutability.READ_ONLY}


def test_common_attributes() -> None:
    """The characteristics of RFC 7643 §3.1, on both resource types."""
    for resource_type in (USER, GROUP):
        schemas, id_, external, meta = (
            resource_type.attributes[name] for name in ("schemas", "id", "externalid", "meta")
        )
        assert (schemas.multi_valued, schemas.required, schemas.returned) == (True, True, Returned.ALWAYS)
        assert (id_.case_exact, id_.mutability, id_.returned) == (True, Mutability.READ_ONLY, Returned.ALWAYS)
        assert (external.case_exact, external.mutability) == (True, Mutability.READ_WRITE)
        assert {meta.mutability, *(sub.mutability for sub in meta.sub_attributes.values())} == {
            Mutability.READ_ONLY
        }
        assert meta.sub_attributes["resourcetype"].case_exact
        assert meta.sub_attributes["lastmodified"].type is Type.DATE_TIME
        assert {attribute.schema for attribute in (schemas, id_, external, meta)} == {""}


def test_every_attribute_knows_where_it_is() -> None:
    """Path, schema, extension and parent are right on every attribute."""
    for resource_type in SETS.resource_types:
        for attribute in resource_type.every_attribute():
            prefix = f"{attribute.extension}:" if attribute.extension else ""
            assert attribute.path == prefix + attribute.name
            assert attribute.parent is None
            assert attribute.extension in {None, ENTERPRISE_USER}
            for sub in attribute.sub_attributes.values():
                assert sub.path == f"{attribute.path}.{sub.name}"
                assert (sub.parent, sub.schema, sub.extension) == (
                    attribute,
                    attribute.schema,
                    attribute.extension,
                )
    assert at("emails").schema == CORE_USER


def test_every_attribute_is_described() -> None:
    """Nobody has to guess what an attribute is for."""
    assert [a.path for s in SETS.schemas.values() for a in every(s) if not a.description] == []


def test_nothing_can_be_changed() -> None:
    """The mappings of a schema refuse writing."""
    with pytest.raises(TypeError):
        USER.attributes["userName"] = at("title")  # type: ignore[index]
    with pytest.raises(TypeError):
        at("emails").sub_attributes["value"] = at("title")  # type: ignore[index]
