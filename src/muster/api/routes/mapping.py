"""What a connection's attributes are mapped to: shown, tried on users that were really received, changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from muster.api.bound import Bound
from muster.api.models import Body, Shown
from muster.api.people import ProfileShown, profile_shown
from muster.api.problem import REFUSED, Fault, Problem
from muster.directory.mapping import FIELDS, Source, Transform
from muster.directory.mappings import (
    MOST_PREVIEWED,
    Preview,
    UnusableMapping,
    mapping_of,
    preview_mapping,
    settle_mapping,
)

router = APIRouter(prefix="/connections/{id}/mapping", tags=["connections"])


class SourceGiven(Body):
    """Where a field of the profile comes from."""

    field: Annotated[str, Field(pattern="^[a-z_]{1,64}$")]
    source: Annotated[
        str, Field(pattern=r"^[^\x00-\x1f]{1,1000}$", description="A SCIM path, as a PATCH has it.")
    ]
    transform: Transform = "none"
    warn_when_missing: bool = False


_Sources = Annotated[list[SourceGiven], Field(max_length=len(FIELDS))]


class MappingGiven(Body):
    """A mapping; null is the default one."""

    mapping: _Sources | None


class MappingProposed(Body):
    """A mapping to be tried."""

    mapping: _Sources
    limit: Annotated[int, Field(ge=1, le=MOST_PREVIEWED, description="How many users to try it on.")] = 10


class SourceShown(Shown):
    """Where a field of the profile comes from."""

    field: str
    source: str
    transform: Transform
    warn_when_missing: bool


class MappingShown(Shown):
    """The mapping of a connection."""

    mapping: list[SourceShown]
    default: bool = Field(description="It is the one that every connection begins with.")
    fields: list[str] = Field(description="Every field that a profile may have.")


class PreviewShown(Shown):
    """A user that was received, with its profile as it is and as it would be."""

    user: str
    account: str
    before: ProfileShown
    after: ProfileShown


class PreviewsShown(Shown):
    """The users that were changed last."""

    items: list[PreviewShown]


@router.get("", operation_id="retrieveMapping")
async def retrieve(bound: Bound, id: str) -> MappingShown:
    """Show what the connection's attributes are mapped to."""
    mapping, default = await mapping_of(bound.database, bound.organization, id)
    return _shown(mapping, default=default)


@router.put("", operation_id="replaceMapping")
async def replace(bound: Bound, id: str, body: MappingGiven) -> MappingShown:
    """Change it for every user of the connection, at once."""
    proposed = None if body.mapping is None else _sources(body.mapping)
    try:
        mapping = await settle_mapping(bound.database, bound.world, bound.organization, id, proposed)
    except UnusableMapping as error:
        raise _refused(error) from None
    return _shown(mapping, default=proposed is None)


@router.post("/preview", operation_id="previewMapping")
async def preview(bound: Bound, id: str, body: MappingProposed) -> PreviewsShown:
    """Show what a mapping would make of the users that the connection changed last; nothing is changed."""
    try:
        found = await preview_mapping(
            bound.database, bound.organization, id, _sources(body.mapping), body.limit
        )
    except UnusableMapping as error:
        raise _refused(error) from None
    return PreviewsShown(items=[_preview(one) for one in found])


def _sources(given: Sequence[SourceGiven]) -> list[Source]:
    return [Source(one.field, one.source, one.transform, one.warn_when_missing) for one in given]


def _shown(mapping: Sequence[Source], *, default: bool) -> MappingShown:
    shown = [SourceShown(**one._asdict()) for one in mapping]
    return MappingShown(mapping=shown, default=default, fields=[*FIELDS])


def _preview(one: Preview) -> PreviewShown:
    return PreviewShown(
        user=one.user,
        account=one.account,
        before=profile_shown(one.before),
        after=profile_shown(one.after),
    )


def _refused(error: UnusableMapping) -> Problem:
    pointer = f"/mapping/{error.place}"
    return Problem(REFUSED, f"{pointer}: {error}", [Fault(pointer, None, str(error))])
