"""The request log: what IdPs sent to an organization's connections, what they were answered, and why."""

from __future__ import annotations

from typing import Annotated, Any, Final

import orjson
from fastapi import APIRouter, Depends, Query
from pydantic import Field

from muster.api.bound import Bound
from muster.api.models import Moment, Page, Shown
from muster.api.paging import Paging
from muster.directory import requests
from muster.directory.criteria import known_code, known_method, point_in_time, status_range
from muster.directory.registers.requests import REFUSED, Sought
from muster.directory.registers.requests import Moment as Place
from muster.scim.value import moment

router = APIRouter(prefix="/requests", tags=["requests"])

_HIGHEST: Final = 599
_LONGEST: Final = 300


class Note(Shown):
    """A tolerance that was needed, or something that was passed over, and where."""

    rule: str
    where: str


class Explanation(Shown):
    """What the error catalogue says, for the IdP that sent the request."""

    code: str
    cause: str
    evidence: str = Field(description="What in the request shows it.")
    fix: str = Field(description="What mends it, with the way there in the IdP's menus.")
    documentation: str


class RequestShown(Shown):
    """An entry of the request log. Secrets, and what the organization does not want kept, are not in it."""

    id: str = Field(description="The request's id; operations of a bulk request have that of the request.")
    time: Moment
    duration: int = Field(description="Microseconds.")
    connection: str | None = Field(description="Null: no connection that is there.")
    credential: str | None
    method: str
    target: str = Field(description="Path and query.")
    status: int
    scim_type: str | None
    code: str | None
    detail: str | None
    notes: list[Note]
    resource: str | None = Field(description="The id of the user or group that it touched.")
    sequence: int | None = Field(description="The number of the change that it made.")
    subject: str | None = Field(description="The name that it asked for, where it touched nobody.")
    address: str | None
    user_agent: str | None
    repeated: int = Field(description="How many requests this entry stands for.")
    explanation: Explanation | None


class RequestWhole(RequestShown):
    """An entry with what was sent."""

    body: str | None = Field(description="What was sent, redacted; of more than 64 kB only the size.")


class Criteria:
    """What is looked for; `name` tells one question from another."""

    def __init__(self, sought: Sought, user: str | None) -> None:
        self.sought = sought
        self.user = user
        self.name = f"requests:{sought}:{user}"


def criteria(  # noqa: PLR0913 - one for each parameter
    *,
    bound: Bound,
    connection: Annotated[
        str | None, Query(min_length=1, max_length=_LONGEST, description="The id of a connection.")
    ] = None,
    resource: Annotated[
        str | None, Query(min_length=1, max_length=_LONGEST, description="The id of a user or group.")
    ] = None,
    user: Annotated[
        str | None,
        Query(
            min_length=1, max_length=_LONGEST, description="A userName: also of somebody who was never made."
        ),
    ] = None,
    status: Annotated[str | None, Query(max_length=20, description="`404`, or `4xx` for a class.")] = None,
    refused: Annotated[bool, Query(description="Only what was refused.")] = False,
    code: Annotated[
        str | None, Query(min_length=1, max_length=_LONGEST, description="Of the error catalogue.")
    ] = None,
    method: Annotated[str | None, Query(min_length=1, max_length=20)] = None,
    since: Annotated[str | None, Query(max_length=40, description="A dateTime, or `2h` ago.")] = None,
    until: Annotated[str | None, Query(max_length=40, description="A dateTime, or `2h` ago.")] = None,
) -> Criteria:
    """Return what a request looks for. Raises Refused: a status, a time, a code or a method is none."""
    now = bound.world.clock()
    asked = status_range(status) if status is not None else None
    if refused:
        asked = (max(REFUSED, asked[0]), asked[1]) if asked else (REFUSED, _HIGHEST)
    return Criteria(
        Sought(
            connections=(connection,) if connection is not None else (),
            resources=(resource,) if resource is not None else (),
            statuses=asked,
            code=known_code(code) if code is not None else None,
            method=known_method(method) if method is not None else None,
            since=point_in_time(since, now) if since is not None else None,
            until=point_in_time(until, now) if until is not None else None,
        ),
        user,
    )


@router.get("", operation_id="listRequests")
async def list_(
    bound: Bound, paging: Paging, looked_for: Annotated[Criteria, Depends(criteria)]
) -> Page[RequestShown]:
    """List what was sent, newest first, without the bodies; each refusal is explained."""
    after = paging.after(looked_for.name, int, int)
    found = await requests.search_requests(
        bound.database,
        bound.organization,
        looked_for.sought,
        Place(*after) if after else None,
        paging.limit + 1,
        looked_for.user,
    )
    return paging.page(looked_for.name, found, lambda one: one.at, _shown)


@router.get("/{id}", operation_id="retrieveRequest")
async def retrieve(bound: Bound, id: str) -> Page[RequestWhole]:
    """Show a request by its id, which its answer had as X-Request-Id: one entry, or more for a bulk request."""
    found = await requests.request_entries(bound.database, bound.organization, id)
    return Page(items=[_whole(one) for one in found], next=None)


def _shown(found: requests.Shown) -> RequestShown:
    return RequestShown(**_fields(found))


def _whole(found: requests.Shown) -> RequestWhole:
    body = found.entry.body
    return RequestWhole(**_fields(found), body=None if body is None else body.decode("utf-8", "replace"))


def _fields(found: requests.Shown) -> dict[str, Any]:
    entry = found.entry
    same = (
        "duration", "credential", "method", "target", "status", "scim_type", "code", "detail", "resource", "sequence",
        "subject", "address", "user_agent", "repeated",
    )  # fmt: skip
    return {name: getattr(entry, name) for name in same} | {
        "id": entry.request,
        "time": moment(entry.time),
        "connection": entry.connection or None,
        "notes": [{"rule": rule, "where": where} for rule, where in orjson.loads(entry.notes or b"[]")],
        "explanation": found.explanation and found.explanation._asdict(),
    }
