"""The description of the API, OpenAPI 3.1: what the routes say of themselves, with what holds for all of them.

Law: every operation is described with its key and its problems; what is described is what is answered.
"""

from __future__ import annotations

from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from muster.api.once import HEADER, PATTERN, REPLAYED
from muster.api.problem import MEDIA_TYPE
from muster.directory.catalogue.catalogue import CATALOGUE

Document = dict[str, Any]

_ABOUT: Final = """Manage organizations, their connections, and all that belongs to them.

Send a management key as `Authorization: Bearer msm_…`. The first one is made by `muster api-key create`. Keys with
the scope `read` may look; `write` includes `read`. A key is one organization's, or the platform's; with the latter,
name the organization as `?organization=ID`. Lists come in parts: `next` is the `cursor` of what follows. Every error is
an RFC 9457 problem, whose `code` does not change. No text in a body may hold U+0000."""

_PROBLEM: Final[Document] = {
    "type": "object",
    "title": "Problem",
    "description": "What went wrong and what to do about it (RFC 9457).",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference", "description": "Where the kind of problem is explained."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What to do about it."},
        "code": {"type": "string", "enum": sorted(CATALOGUE)},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["detail"],
                "properties": {
                    "pointer": {"type": "string", "description": "Where in the body (RFC 6901)."},
                    "parameter": {"type": "string", "description": "Which parameter."},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}  # fmt: skip

_IDEMPOTENCY_KEY: Final[Document] = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "schema": {"type": "string", "pattern": PATTERN},
    "description": "Sent again with the same request within 24 hours, nothing is done twice: the first answer comes"
    f" again, with `{REPLAYED}: true`.",
}

_READING: Final = ("400", "401", "403", "404", "422", "500", "503")
_WRITING: Final = (*_READING, "409", "413", "415")
_OF_FASTAPI: Final = ("HTTPValidationError", "ValidationError")


def describe(app: FastAPI, base: str) -> Document:
    """Return the OpenAPI document of the routes; `base` is the address that they are under."""
    document = get_openapi(
        title=app.title,
        version=app.version,
        openapi_version="3.1.0",
        description=_ABOUT,
        routes=app.routes,
        servers=[{"url": base}],
    )
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name in _OF_FASTAPI:
        schemas.pop(name, None)
    schemas["Problem"] = _PROBLEM
    components["responses"] = {
        "Problem": {
            "description": "A problem (RFC 9457).",
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
    }
    components["securitySchemes"] = {
        "managementKey": {"type": "http", "scheme": "bearer", "bearerFormat": "msm_…"}
    }
    document["security"] = [{"managementKey": []}]
    for operations in document["paths"].values():
        for method, operation in operations.items():
            problems = _READING if method == "get" else _WRITING
            if method == "post":
                operation.setdefault("parameters", []).append(_IDEMPOTENCY_KEY)
            operation["responses"] |= {
                status: {"$ref": "#/components/responses/Problem"} for status in problems
            }
    return document
