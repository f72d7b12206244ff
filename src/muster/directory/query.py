"""Query users, groups, or both (RFC 7644 §3.4.2)."""

from __future__ import annotations

import json
from typing import NamedTuple

from muster.directory.access import Access
from muster.directory.adoption import adoptable
from muster.directory.cursors import Place
from muster.directory.records import Page, QueryPlan
from muster.scim.characteristics import Returned, Type
from muster.scim.dialect import Notes
from muster.scim.errors import InvalidPath, InvalidSyntax, InvalidValue
from muster.scim.filter import parse_filter
from muster.scim.page import Query
from muster.scim.path import parse_path
from muster.scim.projection import Projection
from muster.scim.schema import Attribute, ResourceType


class Part(NamedTuple):
    """The part of an answer that is of one resource type; `cursor` leads to the next page, where there is one."""

    resource_type: ResourceType
    projection: Projection
    page: Page
    cursor: str | None = None


async def query(access: Access, resource_type: ResourceType, request: Query, notes: Notes, now: int) -> Part:
    """Answer a query of one resource type; the filter's tolerances are noted.

    Raises InvalidFilter, InvalidPath, InvalidValue, InvalidCursor, ExpiredCursor.
    """
    projection = Projection.parse(request.attributes, request.excluded, resource_type, access.dialect, notes)
    plan = _plan(access, resource_type, request, projection, notes, all_types=False)
    if request.cursor is None:
        page = await access.store.query(plan)
        return Part(resource_type, projection, await adoptable(access, plan, page))
    question = _question(access, resource_type, request)
    place = access.cursors.place(request.cursor, question, now) if request.cursor else None
    page = await access.store.query(_from(plan, place))
    if place is not None and plan.filter is not None:
        page = page._replace(total=place.total)  # counted when the first page was read
    cursor = None
    if page.following is not None:
        cursor = access.cursors.text(Place(page.following, page.total), question, now)
    return Part(resource_type, projection, page, cursor)


def _from(plan: QueryPlan, place: Place | None) -> QueryPlan:
    """Return the plan of a page by cursor. A count of all that match is made once; an unfiltered one costs nothing."""
    if place is None:
        return plan._replace(cursor=True)
    return plan._replace(cursor=True, after=place.position, counted=plan.filter is None)


def _question(access: Access, resource_type: ResourceType, request: Query) -> bytes:
    """Return who asks for what: the next page is given to the same one, asking the same (RFC 9865 §2, R300)."""
    parts = (
        access.connection.organization,
        access.connection.owner,
        resource_type.name,
        request.filter,
        request.sort_by,
        request.descending,
        request.attributes,
        request.excluded,
        request.count,
    )
    return json.dumps(parts).encode()


async def query_all(access: Access, request: Query, notes: Notes) -> list[Part]:
    """Answer a query over all resource types: users first, then groups (RFC 7644 §3.4.2.1).

    Raises InvalidSyntax for a cursor, InvalidValue for sortBy, and as `query` does.
    """
    if request.cursor is not None:
        raise InvalidSyntax("cursor: page within /Users or /Groups; over all resource types by startIndex.")
    if request.sort_by is not None:
        raise InvalidValue(
            "sortBy: sort within /Users or /Groups; a query over all resource types has no common order."
        )
    parts: list[Part] = []
    offset, limit = request.start_index - 1, request.count
    for resource_type in access.schemas.resource_types:
        projection = Projection.parse(
            request.attributes, request.excluded, resource_type, access.dialect, notes
        )
        plan = _plan(access, resource_type, request, projection, notes, all_types=True)
        page = await access.store.query(plan._replace(offset=offset, limit=limit))
        parts.append(Part(resource_type, projection, page))
        offset = max(0, offset - page.total)
        limit -= len(page.resources)
    return parts


def _plan(
    access: Access,
    resource_type: ResourceType,
    request: Query,
    projection: Projection,
    notes: Notes,
    *,
    all_types: bool,
) -> QueryPlan:
    condition = None
    if request.filter is not None:
        condition = parse_filter(
            request.filter, resource_type, access.dialect, all_types=all_types, notes=notes
        )
    return QueryPlan(
        resource_type=resource_type,
        filter=condition,
        sort=_sort_attribute(access, resource_type, request.sort_by) if request.sort_by else None,
        descending=request.descending,
        offset=request.start_index - 1,
        limit=request.count,
        with_groups=projection.wants("groups"),
        with_members=projection.wants("members"),
    )


def _sort_attribute(access: Access, resource_type: ResourceType, name: str) -> Attribute:
    """Return the simple attribute that `sortBy` names (RFC 7644 §3.4.2.3). Raises InvalidPath, InvalidValue."""
    path = parse_path(name, resource_type, access.dialect)
    if path.attribute is None or path.filter is not None:
        raise InvalidPath(
            f"sortBy: name an attribute, such as userName or name.familyName, not {name[:64]!r}."
        )
    attribute = path.sub or path.attribute
    if attribute.type is Type.COMPLEX and attribute.multi_valued and attribute.value_attribute:
        attribute = attribute.value_attribute
    if attribute.type is Type.COMPLEX:
        raise InvalidPath(f"sortBy: {attribute.path} is complex; name one of its sub-attributes.")
    if attribute.returned is Returned.NEVER or path.attribute.path in ("members", "groups"):
        raise InvalidValue(f"sortBy: {attribute.path} has no order to sort by.")
    return attribute
