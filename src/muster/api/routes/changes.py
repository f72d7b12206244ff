"""Changes: how the platform learns of everything, in order and without a gap, as it happens."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Path, Query, Request
from pydantic import Field

from muster.api.bound import Binding, Bound
from muster.api.keys import authenticate
from muster.api.models import Moment, Shown
from muster.api.surroundings import outside_of
from muster.directory.changes import LONGEST_WAIT, ChangesPage, change_numbered, changes_after
from muster.directory.registers.changes import Numbered
from muster.scim.value import moment

router = APIRouter(prefix="/changes", tags=["changes"])

_MOST = 1000
_LAST = 2**63 - 1

Sequence = Annotated[int, Query(ge=0, le=_LAST, description="Only what came behind this sequence number.")]
Limit = Annotated[int, Query(ge=1, le=_MOST, description="How many changes the answer has at most.")]
Wait = Annotated[int, Query(ge=0, le=LONGEST_WAIT, description="How many seconds to wait for the first one.")]
Resource = Annotated[
    str | None, Query(pattern="^[!-~]{1,400}$", description="Only those of one resource, by its id.")
]


class ActorShown(Shown):
    """Who asked for it: an IdP through a connection, or a management key; neither is the command line."""

    connection: str | None
    credential: str | None = Field(description="The id of a connection's credential, or of a management key.")
    request: str


class ChangeShown(Shown):
    """One committed write."""

    sequence: int = Field(description="Its number within the organization; there are no gaps.")
    time: Moment
    actor: ActorShown
    operation: str
    resource_type: str
    resource: str
    version: int | None
    before: Any = Field(
        description="What was changed, as it was; null where there was nothing, or it is purged."
    )
    after: Any = Field(description="What was changed, as it is then; null likewise.")


class ChangesShown(Shown):
    """Changes in their order."""

    items: list[ChangeShown]
    next: int = Field(description="Send it as `after` for what follows, now or later.")


@router.get("", operation_id="listChanges")
async def list_(
    request: Request,
    bound: Bound,
    after: Sequence = 0,
    limit: Limit = 100,
    wait: Wait = 0,
    resource: Resource = None,
) -> ChangesShown:
    """List changes in their order; with `wait`, answer as soon as there is one.

    An answer without any comes when the time is up, or when the server ends: go on with `next`. 409 says that `after`
    has not happened here, as the database came back from a copy.
    """
    found = await _found(bound, after, limit, resource)
    if found.changes or not wait:
        return _shown(found)
    outside = outside_of(request)
    until = bound.world.clock() + wait * 1_000_000
    while not found.changes and (left := until - bound.world.clock()) > 0 and not outside.ending():
        await outside.followers.wait(bound.organization, found.next, left / 1_000_000)
        # The key may have been revoked in the meantime.
        await authenticate(outside, request.scope)
        found = await _found(bound, found.next, limit, resource)
    return _shown(found)


@router.get("/{sequence}", operation_id="retrieveChange")
async def retrieve(bound: Bound, sequence: Annotated[int, Path(ge=1, le=_LAST)]) -> ChangeShown:
    """Show a change."""
    return _change(await change_numbered(bound.database, bound.organization, sequence))


async def _found(bound: Binding, after: int, limit: int, resource: str | None) -> ChangesPage:
    return await changes_after(bound.database, bound.organization, after, resource, limit)


def _shown(found: ChangesPage) -> ChangesShown:
    return ChangesShown(items=[_change(one) for one in found.changes], next=found.next)


def _change(found: Numbered) -> ChangeShown:
    change = found.change
    return ChangeShown(
        sequence=found.sequence,
        time=moment(change.time),
        actor=ActorShown(
            connection=change.actor.connection,
            credential=change.actor.credential,
            request=change.actor.request,
        ),
        operation=change.operation.value,
        resource_type=change.resource_type,
        resource=change.resource,
        version=change.version,
        before=None if change.before is None else orjson.loads(change.before),
        after=None if change.after is None else orjson.loads(change.after),
    )
