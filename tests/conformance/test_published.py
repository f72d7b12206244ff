"""RFC 7643 §5 to §7: ServiceProviderConfig, ResourceTypes and Schemas say what is so (R090 to R101)."""

import re
from typing import Any

import pytest

from tests.conformance.bodies import (
    CONFIGURATION,
    ENTERPRISE,
    EXTENSION,
    GROUP,
    RESOURCE_TYPE,
    SCHEMA,
    USER,
    attribute,
    extended_user,
    user,
)
from tests.conformance.expect import by_mode, done, found, listed, new_user, read, refused
from tests.conformance.marks import Connect, Extend, requirement
from tests.harness.client import ScimClient

SCHEMES = {"oauth", "oauth2", "oauthbearertoken", "httpbasic", "httpdigest"}
KEYWORDS = {
    "mutability": {"readOnly", "readWrite", "immutable", "writeOnly"},
    "returned": {"always", "never", "default", "request"},
    "uniqueness": {"none", "server", "global"},
}


def configuration(scim: ScimClient) -> dict[str, Any]:
    """The ServiceProviderConfig."""
    return read(scim, "/ServiceProviderConfig")


def published(scim: ScimClient) -> dict[str, dict[str, Any]]:
    """The schemas by URI."""
    return {schema["id"]: schema for schema in listed(scim, "/Schemas")["Resources"]}


def definitions(attributes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Attributes with their sub-attributes, at any depth."""
    return [one for top in attributes for one in (top, *definitions(top.get("subAttributes", [])))]


def nulls(value: Any) -> bool:
    """Whether there is a null anywhere."""
    if isinstance(value, dict):
        return any(nulls(inner) for inner in value.values())
    return any(nulls(inner) for inner in value) if isinstance(value, list) else value is None


@requirement("R090")
def test_r090_configuration_is_complete(scim: ScimClient) -> None:
    """The required blocks are there, and the schema says that all of them are readOnly."""
    body = configuration(scim)
    assert body["schemas"] == [CONFIGURATION]
    for block in ("patch", "bulk", "filter", "changePassword", "sort", "etag"):
        assert isinstance(body[block]["supported"], bool), block
    assert body["authenticationSchemes"]

    attributes = definitions(published(scim)[CONFIGURATION]["attributes"])
    assert {one["mutability"] for one in attributes} == {"readOnly"}


@requirement("R091")
def test_r091_numbers_are_present(scim: ScimClient) -> None:
    """The limits are whole numbers, whether or not the feature is on."""
    body = configuration(scim)

    for number in (
        body["bulk"]["maxOperations"],
        body["bulk"]["maxPayloadSize"],
        body["filter"]["maxResults"],
    ):
        assert isinstance(number, int)
        assert not isinstance(number, bool)
        assert number >= 0


@requirement("R092", "R291")
def test_r092_authentication_schemes(scim: ScimClient) -> None:
    """Each scheme has a known type, a name and a description; the schema publishes all their attributes."""
    schemes = configuration(scim)["authenticationSchemes"]
    assert all(scheme["type"] in SCHEMES and scheme["name"] and scheme["description"] for scheme in schemes)
    assert sum(scheme.get("primary", False) for scheme in schemes) <= 1

    attributes = published(scim)[CONFIGURATION]["attributes"]
    (definition,) = (one for one in attributes if one["name"] == "authenticationSchemes")
    names = {sub["name"] for sub in definition["subAttributes"]}
    assert names >= {"type", "name", "description", "specUri", "documentationUri", "primary"}


@requirement("R093")
@pytest.mark.parametrize("endpoint", ["/ServiceProviderConfig", "/ResourceTypes", "/Schemas"])
def test_r093_discovery_asks_for_a_credential(scim: ScimClient, endpoint: str) -> None:
    """Without a credential discovery is 401, for a connection that exists and one that does not alike."""
    anonymous = {"Authorization": None}
    here = scim.get(endpoint, headers=anonymous)
    elsewhere = scim.base_path.replace(scim.connection_id, "0" * len(scim.connection_id)) + endpoint
    nowhere = scim.get(elsewhere, headers=anonymous, absolute=True)

    refused(here, 401)
    assert (here.status, here.body) == (nowhere.status, nowhere.body)
    assert here.headers["www-authenticate"] == nowhere.headers["www-authenticate"]


@requirement("R094")
def test_r094_filter_flag(scim: ScimClient) -> None:
    """The filter flag: filters work, and no page is larger than maxResults."""
    flag = configuration(scim)["filter"]
    made = new_user(scim)

    assert flag["supported"] is True
    assert found(scim, f'id eq "{made["id"]}"') == {made["id"]}
    assert listed(scim, count=flag["maxResults"] + 1)["itemsPerPage"] <= flag["maxResults"]


@requirement("R094")
def test_r094_other_flags(scim: ScimClient) -> None:
    """The flags of patch, sort, etag, changePassword and bulk are what the server does."""
    flags = {name: block["supported"] for name, block in configuration(scim).items() if "supported" in block}
    first, second = (new_user(scim, title=title) for title in "ba")
    target = f"/Users/{first['id']}"
    by_title = [one["id"] for one in listed(scim, sortBy="title")["Resources"]]
    patched = scim.patch(target, {"op": "replace", "path": "password", "value": "x"})

    assert flags["patch"] is (patched.status == 200)
    assert flags["sort"] is (by_title == [second["id"], first["id"]])
    assert flags["etag"] is ("etag" in scim.get(target).headers)
    assert flags["bulk"] is (scim.post("/Bulk", {}).status != 501)
    assert flags["changePassword"] is False


@requirement("R095")
def test_r095_resource_types(scim: ScimClient) -> None:
    """Each type has name, relative endpoint, schema and extensions; its id is its name."""
    types = {one["id"]: one for one in listed(scim, "/ResourceTypes")["Resources"]}

    assert set(types) == {"User", "Group"}
    for name, endpoint, schema in (("User", "/Users", USER), ("Group", "/Groups", GROUP)):
        one = types[name]
        assert (one["name"], one["endpoint"], one["schema"]) == (name, endpoint, schema)
        assert one["schemas"] == [RESOURCE_TYPE]
        assert one["description"]
        assert read(scim, f"/ResourceTypes/{name}") == one


@requirement("R096")
def test_r096_extensions_are_optional(scim: ScimClient) -> None:
    """The enterprise extension is published as not required, and a user without it is fine."""
    extensions = read(scim, "/ResourceTypes/User")["schemaExtensions"]

    assert {one["schema"]: one["required"] for one in extensions}[ENTERPRISE] is False
    assert ENTERPRISE not in new_user(scim)


@requirement("R097")
def test_r097_schemas_in_use_are_published(scim: ScimClient) -> None:
    """Every schema URI that is answered anywhere has its Schema, complete to the last sub-attribute."""
    schemas = published(scim)
    types = listed(scim, "/ResourceTypes")["Resources"]
    used = {one["schema"] for one in types} | {
        ext["schema"] for one in types for ext in one.get("schemaExtensions", [])
    }

    assert used | {CONFIGURATION, RESOURCE_TYPE, SCHEMA} <= set(schemas)
    for urn, schema in schemas.items():
        assert schema["name"], urn
        assert schema["description"], urn
        for one in definitions(schema["attributes"]):
            assert {"name", "type", "multiValued", "required", "mutability", "returned"} <= set(one), (
                urn,
                one,
            )
            assert (one["type"] == "complex") == bool(one.get("subAttributes")), (urn, one)


@requirement("R098", "R288")
def test_r098_schemas_are_resources(scim: ScimClient) -> None:
    """A Schema has schemas and a meta with resourceType and location, where it can be read."""
    for urn, schema in published(scim).items():
        assert schema["schemas"] == [SCHEMA]
        assert schema["meta"]["resourceType"] == "Schema"
        assert schema["meta"]["location"] == f"{scim.base_url}/Schemas/{urn}"
        assert read(scim, f"/Schemas/{urn}") == schema


@requirement("R099")
def test_r099_messages_are_no_schemas(scim: ScimClient) -> None:
    """No URI of a message is among the schemas."""
    assert not [urn for urn in published(scim) if ":api:messages:" in urn.lower()]


@requirement("R100")
def test_r100_schemas_as_clients_read_them(scim: ScimClient) -> None:
    """A ListResponse with the keywords spelled as in the RFC, and not a single null."""
    body = listed(scim, "/Schemas")

    assert body["totalResults"] == len(body["Resources"]) == body["itemsPerPage"]
    assert not nulls(body)
    for schema in body["Resources"]:
        for one in definitions(schema["attributes"]):
            assert all(one[key] in values for key, values in KEYWORDS.items() if key in one), one
            assert re.fullmatch(r"\$?[A-Za-z][\w$-]*", one["name"])


@requirement("R101")
def test_r101_custom_schemas_are_one_organizations(
    scim: ScimClient, connect: Connect, extend: Extend
) -> None:
    """Another organization neither sees a custom schema nor can use it."""
    extend(attribute("floor"))
    other = connect(strict=scim.strict)

    assert EXTENSION in published(scim)
    assert new_user(scim, extended_user(floor="1"))[EXTENSION] == {"floor": "1"}
    assert EXTENSION not in published(other)
    refused(other.get(f"/Schemas/{EXTENSION}"), 404)
    foreign = by_mode(other, other.post("/Users", extended_user(floor="1")), 201, "invalidSyntax")
    assert scim.strict or EXTENSION not in foreign
    assert EXTENSION not in str(listed(other, "/ResourceTypes"))


@requirement("R289", "R292")
def test_r289_references_and_binaries_are_case_exact(scim: ScimClient) -> None:
    """Every published reference and binary has caseExact true."""
    for schema in published(scim).values():
        for one in definitions(schema["attributes"]):
            assert one["type"] not in {"reference", "binary"} or one["caseExact"] is True, one


@requirement("R096")
def test_r096_users_without_extension_list_one_schema(scim: ScimClient) -> None:
    """A user without extension data lists the base schema only."""
    assert done(scim.post("/Users", user()), 201)["schemas"] == [USER]
