"""What the filter and path tests share: the built-in schemas with the extension of the test vectors, and short names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from muster.scim.catalog import builtin, with_extensions
from muster.scim.characteristics import Type
from muster.scim.dialect import DEFAULT, Dialect
from muster.scim.evaluate import matches
from muster.scim.filter import parse_filter
from muster.scim.schema import Attribute, ResourceType

VECTORS: dict[str, Any] = json.loads(
    Path(__file__).parent.parent.joinpath("vectors", "filters.json").read_text("utf-8")
)
VECTORS_URN: str = VECTORS["schemas"][0]["id"]
SECRETS_URN = "urn:example:scim:schemas:hidden:1.0:User"
HIDDEN: dict[str, Any] = {
    "id": SECRETS_URN,
    "name": "Hidden",
    "attributes": [
        {"name": "pin", "type": "string", "returned": "never"},
        {
            "name": "lines",
            "type": "complex",
            "multiValued": True,
            "subAttributes": [
                {"name": "numbers", "type": "integer", "multiValued": True},
                {"name": "note", "type": "string"},
                {"name": "unseen", "type": "string", "returned": "never"},
            ],
        },
    ],
}
SCHEMAS = with_extensions(builtin(), [*VECTORS["schemas"], HIDDEN])
USER: ResourceType = SCHEMAS.user
GROUP: ResourceType = SCHEMAS.group


def found(text: str, resource: dict[str, Any], dialect: Dialect = DEFAULT, of: ResourceType = USER) -> bool:
    """Whether the filter `text` finds the resource."""
    return matches(parse_filter(text, of, dialect), resource)


def plain(type_: Type, *, case_exact: bool = False) -> Attribute:
    """A simple attribute of this type that belongs to no schema."""
    return Attribute("x", type_, case_exact=case_exact, path="x")
