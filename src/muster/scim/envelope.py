"""The `schemas` of a resource: what a client may list, and what a stored document does (RFC 7643 §3, §3.3).

Law: a document lists its base schema and those extensions that it has data of, nothing else (R026, R208).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from muster.scim.dialect import Dialect, Notes
from muster.scim.errors import InvalidSyntax
from muster.scim.read import printable
from muster.scim.schema import ResourceType

_VERSION_1 = re.compile(r"urn:scim:schemas:(?:core|extension:.+):1\.[01]\Z", re.IGNORECASE)
# The base schemas of other resource types, and messages: a body that lists them was meant for another endpoint.
_ELSEWHERE = ("urn:ietf:params:scim:schemas:core:2.0:", "urn:ietf:params:scim:api:messages:")


def schemas_of(resource_type: ResourceType, document: Mapping[str, object]) -> list[str]:
    """Return the `schemas` of a document: the base URN, then those of the extensions that it has."""
    extensions = [schema.id for schema in resource_type.extensions.values() if schema.id in document]
    return [resource_type.schema.id, *extensions]


def check_schemas(
    listed: object, resource_type: ResourceType, dialect: Dialect, notes: Notes
) -> frozenset[str]:
    """Return the URNs, in lower case, that a body's `schemas` lists (R023, R024).

    Raises `InvalidSyntax` for anything but a list of different strings that are not empty, for SCIM 1.x, for a list
    that is another message's, and, unless the dialect tolerates it, for a list that is missing, lacks the base schema
    or has a schema that is not of this resource type.
    """
    if listed is None:
        _tolerate(dialect.missing_schemas, f"expected a list with {resource_type.schema.id}")
        notes.add("missing_schemas", "schemas")
        return frozenset()
    urns = check_known(urn_list(listed), resource_type, dialect, notes)
    if resource_type.schema.id.lower() not in urns:
        _check_base(urns, resource_type, dialect, notes)
    return urns


def check_known(
    urns: frozenset[str], resource_type: ResourceType, dialect: Dialect, notes: Notes
) -> frozenset[str]:
    """Return `urns`; raises `InvalidSyntax` for SCIM 1.x, and for schemas that the dialect does not let pass."""
    for urn in sorted(urns - {resource_type.schema.id.lower(), *resource_type.extensions}):
        _check_foreign(urn, resource_type, dialect, notes)
    return urns


def urn_list(listed: object) -> frozenset[str]:
    """Return the strings of a `schemas` list in lower case. Raises `InvalidSyntax` when it is no such list."""
    if not isinstance(listed, list) or not listed or not all(isinstance(urn, str) and urn for urn in listed):
        raise InvalidSyntax("schemas: expected a list of URNs, at least one", code="schemas-wrong")
    urns = frozenset(urn.lower() for urn in listed)
    if len(urns) < len(listed):
        raise InvalidSyntax("schemas: the same URN stands there twice", code="schemas-wrong")
    return urns


def _check_foreign(urn: str, resource_type: ResourceType, dialect: Dialect, notes: Notes) -> None:
    shown = printable(urn)
    if _VERSION_1.match(urn):
        raise InvalidSyntax(
            f"schemas: {shown} is SCIM 1.x, which is not supported; use the SCIM 2.0 template",
            code="scim-1",
        )
    _tolerate(dialect.unknown_schemas, f"{shown} is not a schema of {resource_type.name}")
    notes.add("unknown_schemas", shown)


def _check_base(urns: frozenset[str], resource_type: ResourceType, dialect: Dialect, notes: Notes) -> None:
    wanted = f"expected {resource_type.schema.id} among them"
    _tolerate(dialect.missing_schemas and not any(urn.startswith(_ELSEWHERE) for urn in urns), wanted)
    notes.add("missing_schemas", "schemas")


def _tolerate(tolerated: object, detail: str) -> None:
    if not tolerated:
        raise InvalidSyntax(f"schemas: {detail}", code="schemas-wrong")
