"""Custom extensions of User and Group. They can be added, not changed and not removed: values of them may be stored."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import Field

from muster.api.bound import Bound
from muster.api.models import Body, Page, Shown
from muster.api.paging import Paging
from muster.directory.schemas import Document, add_schema, extends, list_schemas, schema_named

router = APIRouter(prefix="/schemas", tags=["schemas"])

_LIST = "schemas"
_MOST_ATTRIBUTES = 200
_EXTENDED = "`User` or `Group`; may be left out where the URN ends in `:User` or `:Group`."


class SchemaShown(Shown):
    """A custom extension."""

    id: str = Field(description="Its URN.")
    name: str | None
    description: str | None
    extends: Literal["User", "Group"]
    document: dict[str, Any] = Field(description="The schema document as it was added (RFC 7643 §7).")


class SchemaNew(Body):
    """A schema document (RFC 7643 §7): the same as `muster schema add` takes."""

    id: Annotated[str, Field(max_length=300, description="Its URN, as urn:example:schemas:acme:2.0:User.")]
    name: Annotated[str, Field(max_length=200)] | None = None
    description: Annotated[str, Field(max_length=2000)] | None = None
    schemas: list[str] | None = None
    attributes: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=_MOST_ATTRIBUTES)]
    resource_type: Annotated[str | None, Field(alias="resourceType", description=_EXTENDED)] = None
    meta: dict[str, str] | None = None


@router.get("", operation_id="listSchemas")
async def list_(bound: Bound, paging: Paging) -> Page[SchemaShown]:
    """List the custom extensions of an organization, oldest first."""
    (behind,) = paging.after(_LIST, str) or (None,)
    found = await list_schemas(bound.database, bound.organization, behind, paging.limit + 1)
    return paging.page(_LIST, found, lambda document: (str(document["id"]).lower(),), _shown)


@router.post("", operation_id="addSchema", status_code=201)
async def add(bound: Bound, body: SchemaNew) -> SchemaShown:
    """Add an extension: from the next request on it is discovered, stored and filtered on every connection."""
    document = body.model_dump(exclude_unset=True, by_alias=True)
    await add_schema(bound.database, bound.world, bound.organization, document)
    return _shown(document)


@router.get("/{urn}", operation_id="retrieveSchema")
async def retrieve(bound: Bound, urn: str) -> SchemaShown:
    """Show a custom extension."""
    return _shown(await schema_named(bound.database, bound.organization, urn))


def _shown(document: Document) -> SchemaShown:
    return SchemaShown.model_validate(
        {
            "id": document["id"],
            "name": document.get("name"),
            "description": document.get("description"),
            "extends": extends(document),
            "document": dict(document),
        }
    )
