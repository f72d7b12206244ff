"""scim2-models as a second opinion: its reading of filters and PATCH messages, beside ours, on the same values.

Law: an oracle, never a model to copy. Where the two differ, a requirement decides, and its number is written down.
"""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scim2_models import (
    Context,
    EnterpriseUser,
    Extension,
    Group,
    PatchOp,
    Resource,
    Schema,
    SCIMException,
    ScimFilter,
    User,
)

from muster.scim.catalog import builtin, with_extensions
from muster.scim.dialect import STRICT, Notes
from muster.scim.errors import ScimError
from muster.scim.evaluate import matches
from muster.scim.filter import parse_filter
from muster.scim.patch import parse_patch
from muster.scim.schema import ResourceType
from tests.oracles.cases import extension_schema, load, storable

REFUSED = "refused"

_VECTORS: Any = Extension.from_schema(Schema.model_validate(extension_schema()))
_SCHEMAS = with_extensions(builtin(), [extension_schema()])
_USER: Any = User


@dataclass(frozen=True)
class Side:
    """A resource type as both sides know it, and the population of the filter vectors in both forms."""

    resource_type: ResourceType
    model: Any
    resources: Mapping[str, dict[str, Any]]
    parsed: Mapping[str, Resource[Any]]


def _side(kind: str, resource_type: ResourceType, model: Any) -> Side:
    resources = load("filters")["resources"][kind]
    parsed = {name: model.model_validate(resource) for name, resource in resources.items()}
    return Side(resource_type, model, resources, parsed)


SIDES = {
    "User": _side("User", _SCHEMAS.user, _USER[EnterpriseUser | _VECTORS]),
    "Group": _side("Group", _SCHEMAS.group, Group),
}


def found_by_us(side: Side, condition: str) -> list[str] | str:
    """The names of the resources that our evaluator finds, or REFUSED."""
    try:
        tree = parse_filter(condition, side.resource_type, STRICT)
    except ScimError:
        return REFUSED
    return sorted(name for name, resource in side.resources.items() if matches(tree, resource))


def found_by_them(side: Side, condition: str) -> list[str] | str:
    """The names of the resources that scim2-models finds, or REFUSED."""
    model: Any = ScimFilter
    try:
        bound = model[side.model](condition)
        return sorted(name for name, resource in side.parsed.items() if bound.match(resource))
    except (SCIMException, ValueError):  # pydantic's ValidationError is a ValueError
        return REFUSED


def patched_by_us(side: Side, base: Mapping[str, Any], request: Any) -> Any:
    """The document after our PATCH, or REFUSED. Its members are rows and no part of this comparison."""
    document = storable(dict(base))
    try:
        return parse_patch(request, side.resource_type, STRICT, Notes()).apply(
            document, str(base.get("id", ""))
        )
    except ScimError:
        return REFUSED


def patched_by_them(side: Side, base: Mapping[str, Any], request: Any) -> Any:
    """The resource after scim2-models' PATCH, or REFUSED."""
    message: Any = PatchOp
    resource = side.model.model_validate(copy.deepcopy(dict(base)))
    try:
        parsed = message[side.model].model_validate(request, scim_ctx=Context.RESOURCE_PATCH_REQUEST)
        parsed.patch(resource)
    except (SCIMException, ValueError):
        return REFUSED
    return resource.model_dump()
