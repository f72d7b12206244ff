"""Request bodies that conformance tests send. Law: nothing here talks to a server or judges an answer."""

import json
import uuid
from typing import Any

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
CONFIGURATION = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
RESOURCE_TYPE = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:Schema"
EXTENSION = "urn:ietf:params:scim:schemas:extension:conformance:2.0:User"

ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"

ABSENT = object()


def fresh(prefix: str = "name") -> str:
    """A name that no other test has used."""
    return f"{prefix}-{uuid.uuid4().hex[:12]}"


def user(**attributes: Any) -> dict[str, Any]:
    """A User body with a fresh userName unless one is given."""
    return {"schemas": [USER], "userName": fresh("user")} | attributes


def enterprise_user(**attributes: Any) -> dict[str, Any]:
    """A User body whose enterprise extension holds `attributes`."""
    return user(schemas=[USER, ENTERPRISE]) | {ENTERPRISE: attributes}


def extended_user(**attributes: Any) -> dict[str, Any]:
    """A User body whose conformance extension holds `attributes` ("_" in a name stands for itself)."""
    return user(schemas=[USER, EXTENSION]) | {EXTENSION: attributes}


def group(*member_ids: str, **attributes: Any) -> dict[str, Any]:
    """A Group body with a fresh displayName unless one is given, and the members named by id."""
    body = {"schemas": [GROUP], "displayName": fresh("group")} | attributes
    return body | {"members": [{"value": member} for member in member_ids]} if member_ids else body


def operation(op: str, path: str | None = None, value: Any = ABSENT) -> dict[str, Any]:
    """One PATCH operation; path and value are left out unless given."""
    made: dict[str, Any] = {"op": op}
    if path is not None:
        made["path"] = path
    if value is not ABSENT:
        made["value"] = value
    return made


def attribute(name: str, **characteristics: Any) -> dict[str, Any]:
    """An attribute definition with nothing but what is given."""
    return {"name": name} | characteristics


def schema_document(*attributes: dict[str, Any], urn: str = EXTENSION, name: str = "Conformance") -> str:
    """An RFC 7643 §7 schema document for `schema add`, as text."""
    document = {"schemas": [SCHEMA], "id": urn, "name": name, "description": "For conformance tests"}
    return json.dumps(document | {"attributes": list(attributes)})


def compact(body: dict[str, Any]) -> bytes:
    """The body as bytes, for tests that change single bytes of it."""
    return json.dumps(body, ensure_ascii=False).encode()
