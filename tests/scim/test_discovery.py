"""The discovery documents: complete, without nulls, and what the code does."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import scim2_models

from muster.scim import discovery, limits
from muster.scim.catalog import builtin, parse_schema, with_extensions
from muster.scim.page import list_response
from muster.scim.schema import ENTERPRISE_USER, SchemaSet

BASE = "https://muster.example/scim/c1/v2"
# Ours against the RFC's text: §4.3 only recommends a manager's value and $ref; a member's display is derived; names of
# groups are kept unique.
DECIDED_OTHERWISE = {
    "manager.value required",
    "manager.$ref required",
    "members.display mutability",
    "displayName uniqueness",
}
CHARACTERISTICS = {
    "name",
    "type",
    "multiValued",
    "required",
    "caseExact",
    "mutability",
    "returned",
    "uniqueness",
}
EXTENSION: dict[str, Any] = {
    "id": "urn:example:badge:1.0:User",
    "attributes": [
        {"name": "number"},
        {"name": "doors", "type": "complex", "multiValued": True, "subAttributes": [{"name": "value"}]},
    ],
}


def extended() -> SchemaSet:
    """The built-in schemas and one extension."""
    return with_extensions(builtin(), [EXTENSION])


def documents(schema_set: SchemaSet) -> list[dict[str, Any]]:
    """Every document."""
    config = discovery.service_provider_config(BASE)
    return [config, *discovery.resource_types(schema_set, BASE), *discovery.schemas(schema_set, BASE)]


def nodes(value: Any) -> Iterator[Any]:
    """A JSON value with everything in it."""
    yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else []:
        yield from nodes(part)


def definitions(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The attribute definitions of a Schema document, at all levels."""
    return (node for node in nodes(document["attributes"]) if isinstance(node, dict))


def test_no_nulls_and_nothing_empty() -> None:
    """A member is there only when it has a value (R100)."""
    for document in documents(extended()):
        assert [node for node in nodes(document) if node is None or node in ([], {}, "")] == []


def test_every_document_says_what_and_where_it_is() -> None:
    """`schemas` and `meta` with the address that finds the document (R098)."""
    for document in documents(extended()):
        meta = document["meta"]
        assert document["schemas"] == [f"urn:ietf:params:scim:schemas:core:2.0:{meta['resourceType']}"]
        path = {"Schema": "Schemas/", "ResourceType": "ResourceTypes/"}.get(
            meta["resourceType"], meta["resourceType"]
        )
        assert meta["location"] == f"{BASE}/{path}{document.get('id', '')}"


def test_a_trailing_slash_of_the_base_does_no_harm() -> None:
    """The addresses are the same with and without it."""
    assert discovery.schemas(builtin(), BASE + "/") == discovery.schemas(builtin(), BASE)


def test_service_provider_config() -> None:
    """What is offered, with the limits that are enforced (R090, R091, R094, R308)."""
    config = discovery.service_provider_config(BASE)
    flags = {
        name: config[name]["supported"]
        for name in ("patch", "bulk", "filter", "changePassword", "sort", "etag")
    }
    assert flags == {
        "patch": True,
        "bulk": True,
        "filter": True,
        "changePassword": False,
        "sort": True,
        "etag": True,
    }
    assert config["bulk"] == {
        "supported": True,
        "maxOperations": limits.MAX_BULK_OPERATIONS,
        "maxPayloadSize": limits.MAX_BULK_BYTES,
    }
    assert config["filter"]["maxResults"] == limits.MAX_PAGE == 1000
    assert config["pagination"] == {
        "cursor": True, "index": True, "defaultPaginationMethod": "index",
        "defaultPageSize": limits.DEFAULT_PAGE, "maxPageSize": limits.MAX_PAGE,
        "cursorTimeout": limits.CURSOR_SECONDS,
    }  # fmt: skip


def test_authentication_schemes() -> None:
    """The API key first, and the pair of a service account, with the parts that the RFC asks for (R092)."""
    schemes = discovery.service_provider_config(BASE)["authenticationSchemes"]
    assert [scheme["type"] for scheme in schemes] == ["oauthbearertoken", "httpbasic"]
    assert all({"name", "description", "specUri"} <= set(scheme) for scheme in schemes)
    assert [scheme.get("primary", False) for scheme in schemes] == [True, False]


def test_an_answer_can_be_changed_by_its_reader() -> None:
    """Documents share nothing: who changes one changes no other."""
    discovery.service_provider_config(BASE)["authenticationSchemes"][0]["name"] = "x"
    assert discovery.service_provider_config(BASE)["authenticationSchemes"][0]["name"] == "API key"


def test_resource_types() -> None:
    """User first, id like name, extensions never required (R095, R096)."""
    user, group = discovery.resource_types(extended(), BASE)
    assert [(d["id"], d["name"], d["endpoint"]) for d in (user, group)] == [
        ("User", "User", "/Users"), ("Group", "Group", "/Groups"),
    ]  # fmt: skip
    assert user["schemaExtensions"] == [
        {"schema": ENTERPRISE_USER, "required": False}, {"schema": EXTENSION["id"], "required": False},
    ]  # fmt: skip
    assert "schemaExtensions" not in group


def test_schemas_are_exactly_those_in_use() -> None:
    """Resources, extensions and discovery documents; no messages (R097, R099)."""
    ids = [document["id"].rpartition(":scim:")[2] for document in discovery.schemas(extended(), BASE)]
    assert ids == [
        "schemas:core:2.0:User", "schemas:core:2.0:Group", "schemas:extension:enterprise:2.0:User",
        "urn:example:badge:1.0:User", "schemas:core:2.0:ServiceProviderConfig", "schemas:core:2.0:ResourceType",
        "schemas:core:2.0:Schema",
    ]  # fmt: skip


def test_one_organization_does_not_see_anothers_extension() -> None:
    """The built-in documents stay without it (R101)."""
    extended()
    assert EXTENSION["id"] not in json.dumps(documents(builtin()))


def test_every_attribute_has_every_characteristic() -> None:
    """No reader has to know the defaults (R004)."""
    for document in discovery.schemas(extended(), BASE):
        assert [d["name"] for d in definitions(document) if not set(d) >= CHARACTERISTICS] == []
        assert [
            d["name"] for d in definitions(document) if ("subAttributes" in d) != (d["type"] == "complex")
        ] == []


@pytest.mark.parametrize("extra", [[], [EXTENSION]])
def test_what_is_published_can_be_registered_elsewhere(extra: list[dict[str, Any]]) -> None:
    """An extension's document is read back to the same definitions."""
    for document in discovery.schemas(with_extensions(builtin(), extra), BASE):
        if document["id"] == EXTENSION["id"]:
            again = discovery.schema_document(parse_schema(document), BASE)
            assert again == document


def test_every_document_follows_its_own_schema() -> None:
    """Each member of a discovery document is defined by the schema that it names, with its type."""
    schema_set = extended()
    for document in documents(schema_set):
        schema = schema_set.schema(document["schemas"][0])
        assert schema is not None
        for name, value in document.items():
            if name in {"schemas", "meta"} or (name == "id" and schema.attribute("id") is None):
                continue
            attribute = schema.attribute(name)
            assert attribute is not None, name
            assert attribute.name == name
            assert isinstance(value, list) is attribute.multi_valued
            for part in nodes(value):
                if isinstance(part, dict) and attribute.sub_attributes:
                    assert {key.lower() for key in part} <= set(attribute.sub_attributes) | {"subattributes"}


def test_another_implementation_reads_the_documents() -> None:
    """scim2-models accepts each document."""
    schema_set = extended()
    scim2_models.ServiceProviderConfig.model_validate(discovery.service_provider_config(BASE))
    for document in discovery.resource_types(schema_set, BASE):
        scim2_models.ResourceType.model_validate(document)
    for document in discovery.schemas(schema_set, BASE):
        scim2_models.Schema.model_validate(document)
    listed = list_response(discovery.schemas(schema_set, BASE), 7)
    assert scim2_models.ListResponse[scim2_models.Schema].model_validate(listed).total_results == 7


def test_agrees_with_another_implementation() -> None:
    """Names, types and characteristics are those that scim2-models has, but for what the errata and we decided."""
    theirs = {
        model.to_schema().id: model.to_schema().model_dump()
        for model in (scim2_models.User, scim2_models.Group, scim2_models.EnterpriseUser)
    }
    ours = {document["id"]: document for document in discovery.schemas(builtin(), BASE)}
    different: set[str] = set()
    for urn, schema in theirs.items():
        mine, other = flat(ours[urn]["attributes"]), flat(schema["attributes"])
        different |= set(mine) ^ set(other)
        for path in set(mine) & set(other):
            for name in ("type", "multiValued", "required", "mutability", "returned", "uniqueness"):
                if mine[path][name] != other[path].get(name, mine[path][name]):
                    different.add(f"{path} {name}")
    assert different == DECIDED_OTHERWISE


def flat(attributes: list[dict[str, Any]], prefix: str = "") -> dict[str, dict[str, Any]]:
    """Attribute definitions by dotted path."""
    found: dict[str, dict[str, Any]] = {}
    for attribute in attributes:
        path = prefix + attribute["name"]
        found[path] = attribute
        found.update(flat(attribute.get("subAttributes") or [], path + "."))
    return found
