"""The schemas that are there from the start, and the set of them with an organization's extensions.

Law: what stands in `schemas/*.json` is what is enforced and what is published; the common attributes, which
no schema document lists, are defined here (RFC 7643 §3.1) and no schema can redefine them (R040).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from muster.scim.characteristics import Mutability, Returned, Type
from muster.scim.definition import SCHEMA, read_schema
from muster.scim.errors import InvalidSchema
from muster.scim.extension import check_distinct, check_extension
from muster.scim.schema import Attribute, ResourceType, Schema, SchemaSet

SERVICE_PROVIDER_CONFIG = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
RESOURCE_TYPE = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
# The schemas of the discovery documents; /Schemas lists them after those of users and groups.
DISCOVERY_SCHEMAS = frozenset({SERVICE_PROVIDER_CONFIG.lower(), RESOURCE_TYPE.lower(), SCHEMA.lower()})


@cache
def builtin() -> SchemaSet:
    """Return User with EnterpriseUser, Group, and the schemas of the discovery documents."""
    user, group = _load("user"), _load("group")
    enterprise = _load("enterprise_user", extension=True)
    discovery = (_load("service_provider_config"), _load("resource_type"), _load("schema"))
    return SchemaSet(
        schemas=_by_urn((user, group, enterprise, *discovery)),
        user=_resource_type("User", "/Users", user, (enterprise,)),
        group=_resource_type("Group", "/Groups", group, ()),
    )


def with_extensions(base: SchemaSet, documents: Iterable[object]) -> SchemaSet:
    """Return `base` with the custom extension schemas that `documents`, parsed JSON values, define.

    Each extends User, unless its member `resourceType` is "Group" or, where it has no such member, its URN
    ends in `:Group`. Raises InvalidSchema when a document cannot be accepted (see `parse_schema`) or its URN
    is taken.
    """
    schemas, user, group = dict(base.schemas), base.user, base.group
    for document in documents:
        schema = parse_schema(document)
        check_distinct(schema, schemas.values())
        schemas[schema.id.lower()] = schema
        if _extends_group(document, schema):
            group = _extended(group, schema)
        else:
            user = _extended(user, schema)
    listed = sorted(schemas.values(), key=lambda schema: schema.id.lower() in DISCOVERY_SCHEMAS)
    return SchemaSet(schemas=_by_urn(listed), user=user, group=group)


def check_extended(document: object) -> None:
    """Raise InvalidSchema when a new schema document leaves it open whether it extends User or Group.

    One that was held before this was asked for extends User (`with_extensions`).
    """
    if isinstance(document, Mapping) and document.get("resourceType") is None:
        urn = document.get("id")
        if isinstance(urn, str) and not urn.lower().endswith((":user", ":group")):
            raise InvalidSchema(
                f"{urn[:300]}: say what it extends: let its id end in :User or :Group, or add the member resourceType,"
                ' which is "User" or "Group"'
            )


def parse_schema(document: object) -> Schema:
    """Return the custom extension schema that `document`, a parsed JSON value, defines (RFC 7643 §7).

    Raises InvalidSchema, naming the attribute, when it is no schema document or defines what an extension may
    not.
    """
    schema = read_schema(document, extension=True)
    check_extension(schema)
    return schema


def _load(name: str, *, extension: bool = False) -> Schema:
    text = files("muster.scim").joinpath("schemas", f"{name}.json").read_text("utf-8")
    return read_schema(json.loads(text), extension=extension)


def _by_urn(schemas: Iterable[Schema]) -> Mapping[str, Schema]:
    return MappingProxyType({schema.id.lower(): schema for schema in schemas})


def _resource_type(name: str, endpoint: str, schema: Schema, extensions: Iterable[Schema]) -> ResourceType:
    common = {attribute.name.lower(): attribute for attribute in _common_attributes()}
    return ResourceType(
        name=name,
        endpoint=endpoint,
        description=schema.description,
        schema=schema,
        extensions=_by_urn(extensions),
        attributes=MappingProxyType(common | dict(schema.attributes)),
    )


def _extended(resource_type: ResourceType, schema: Schema) -> ResourceType:
    return ResourceType(
        name=resource_type.name,
        endpoint=resource_type.endpoint,
        description=resource_type.description,
        schema=resource_type.schema,
        extensions=_by_urn((*resource_type.extensions.values(), schema)),
        attributes=resource_type.attributes,
    )


def _extends_group(document: object, schema: Schema) -> bool:
    named = document.get("resourceType") if isinstance(document, Mapping) else None
    if named is None:
        return schema.id.lower().endswith(":group")
    if not isinstance(named, str) or named.lower().rpartition(":")[2] not in {"user", "group"}:
        raise InvalidSchema(f"{schema.id}: resourceType must be User or Group")
    return named.lower().endswith("group")


def _common_attributes() -> tuple[Attribute, ...]:
    """Return the attributes of every resource (RFC 7643 §3, §3.1)."""
    return (
        Attribute(
            "schemas",
            multi_valued=True,
            required=True,
            returned=Returned.ALWAYS,
            description="The URNs of the schemas that the resource has.",
            path="schemas",
        ),
        Attribute(
            "id",
            case_exact=True,
            mutability=Mutability.READ_ONLY,
            returned=Returned.ALWAYS,
            description="The id that the service gives the resource.",
            path="id",
        ),
        Attribute(
            "externalId",
            case_exact=True,
            description="The id that the client gives the resource.",
            path="externalId",
        ),
        _meta(),
    )


def _meta() -> Attribute:
    below: dict[str, Attribute] = {}
    meta = Attribute(
        "meta",
        Type.COMPLEX,
        mutability=Mutability.READ_ONLY,
        description="What the service knows of the resource.",
        sub_attributes=MappingProxyType(below),
        path="meta",
    )
    for name, type_, case_exact in (
        ("resourceType", Type.STRING, True),
        ("created", Type.DATE_TIME, False),
        ("lastModified", Type.DATE_TIME, False),
        ("location", Type.REFERENCE, True),
        ("version", Type.STRING, True),
    ):
        below[name.lower()] = Attribute(
            name,
            type_,
            case_exact=case_exact,
            mutability=Mutability.READ_ONLY,
            path=f"meta.{name}",
            parent=meta,
        )
    return meta
