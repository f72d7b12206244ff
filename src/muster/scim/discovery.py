"""The documents in which the service tells what it offers (RFC 7643 §5 to §7, RFC 7644 §4).

Law: what is published is generated from what is enforced: the limits of `limits`, the schemas of the
organization. No document has a null, and a list is there only when it has something in it (R100).
"""

from __future__ import annotations

from typing import Any

from muster.scim.catalog import RESOURCE_TYPE, SERVICE_PROVIDER_CONFIG
from muster.scim.definition import SCHEMA
from muster.scim.limits import CURSOR_SECONDS, DEFAULT_PAGE, MAX_BULK_BYTES, MAX_BULK_OPERATIONS, MAX_PAGE
from muster.scim.schema import Attribute, ResourceType, Schema, SchemaSet

# RFC 7643 §5; each of these is a way that `Authorization` is understood.
_API_KEY = {
    "type": "oauthbearertoken",
    "name": "API key",
    "description": "An API key of the connection, sent as a bearer token in the Authorization header.",
    "specUri": "https://www.rfc-editor.org/info/rfc6750",
    "primary": True,
}
_SERVICE_ACCOUNT_KEY = {
    "type": "httpbasic",
    "name": "Service account key",
    "description": "A key id and a secret of a service account of the connection, sent as HTTP Basic.",
    "specUri": "https://www.rfc-editor.org/info/rfc7617",
}


def service_provider_config(base: str) -> dict[str, Any]:
    """Return the ServiceProviderConfig (RFC 7643 §5) of the service at `base`, the URL before `/Users`."""
    return {
        "schemas": [SERVICE_PROVIDER_CONFIG],
        "patch": {"supported": True},
        "bulk": {
            "supported": True,
            "maxOperations": MAX_BULK_OPERATIONS,
            "maxPayloadSize": MAX_BULK_BYTES,
        },
        "filter": {"supported": True, "maxResults": MAX_PAGE},
        "changePassword": {"supported": False},
        "sort": {"supported": True},
        "etag": {"supported": True},
        "authenticationSchemes": [dict(_API_KEY), dict(_SERVICE_ACCOUNT_KEY)],
        "pagination": {
            "cursor": True,
            "index": True,
            "defaultPaginationMethod": "index",
            "defaultPageSize": DEFAULT_PAGE,
            "maxPageSize": MAX_PAGE,
            "cursorTimeout": CURSOR_SECONDS,
        },
        "meta": {
            "resourceType": "ServiceProviderConfig",
            "location": f"{base.rstrip('/')}/ServiceProviderConfig",
        },
    }


def resource_types(schema_set: SchemaSet, base: str) -> list[dict[str, Any]]:
    """Return the ResourceType documents, User first."""
    return [resource_type_document(resource_type, base) for resource_type in schema_set.resource_types]


def resource_type_document(resource_type: ResourceType, base: str) -> dict[str, Any]:
    """Return one ResourceType document (RFC 7643 §6); no resource must have an extension (R096)."""
    document: dict[str, Any] = {
        "schemas": [RESOURCE_TYPE],
        "id": resource_type.name,
        "name": resource_type.name,
        "description": resource_type.description,
        "endpoint": resource_type.endpoint,
        "schema": resource_type.schema.id,
    }
    if resource_type.extensions:
        document["schemaExtensions"] = [
            {"schema": extension.id, "required": False} for extension in resource_type.extensions.values()
        ]
    location = f"{base.rstrip('/')}/ResourceTypes/{resource_type.name}"
    document["meta"] = {"resourceType": "ResourceType", "location": location}
    return document


def schemas(schema_set: SchemaSet, base: str) -> list[dict[str, Any]]:
    """Return the Schema documents of all that is stored or published here (R097), never those of messages."""
    return [schema_document(schema, base) for schema in schema_set.schemas.values()]


def schema_document(schema: Schema, base: str) -> dict[str, Any]:
    """Return one Schema document (RFC 7643 §7), with `schemas` and `meta` (R098)."""
    document: dict[str, Any] = {"schemas": [SCHEMA], "id": schema.id}
    if schema.name:
        document["name"] = schema.name
    if schema.description:
        document["description"] = schema.description
    document["attributes"] = [attribute_definition(attribute) for attribute in schema.attributes.values()]
    document["meta"] = {"resourceType": "Schema", "location": f"{base.rstrip('/')}/Schemas/{schema.id}"}
    return document


def attribute_definition(attribute: Attribute) -> dict[str, Any]:
    """Return one attribute as a Schema document lists it, with every characteristic (RFC 7643 §7)."""
    definition: dict[str, Any] = {"name": attribute.name, "type": attribute.type.value}
    if attribute.sub_attributes:
        definition["subAttributes"] = [attribute_definition(sub) for sub in attribute.sub_attributes.values()]
    definition["multiValued"] = attribute.multi_valued
    if attribute.description:
        definition["description"] = attribute.description
    definition["required"] = attribute.required
    if attribute.canonical_values:
        definition["canonicalValues"] = list(attribute.canonical_values)
    definition["caseExact"] = attribute.case_exact
    definition["mutability"] = attribute.mutability.value
    definition["returned"] = attribute.returned.value
    definition["uniqueness"] = attribute.uniqueness.value
    if attribute.reference_types:
        definition["referenceTypes"] = list(attribute.reference_types)
    return definition
