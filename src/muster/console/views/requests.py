"""The request log: what an IdP sent, what it was answered, why, and what mends it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import quote

import orjson
from starlette.responses import Response
from starlette.routing import Route

from muster.console.curl import as_curl
from muster.console.difference import differences
from muster.console.position import Broken, position, positioned
from muster.console.sent import body_of, why_no_body
from muster.console.templates import below
from muster.console.views.organization import organization_of_page
from muster.console.visit import HEADERS, Visit, page
from muster.directory.accounts import LONGEST_NAME
from muster.directory.criteria import point_in_time, status_range
from muster.directory.organizations import Refused
from muster.directory.records import Change, LogEntry
from muster.directory.registers.requests import REFUSED, Moment, Sought
from muster.directory.requests import Shown, request_entries, search_requests
from muster.directory.sources import connections_by_id
from muster.directory.trail import names_in_log, trail_of

_LIMIT: Final = 50
_METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
_NOBODYS: Final = {"user-unknown", "group-unknown"}  # there is no page of who was asked for
_FIELDS: Final = ("connection", "person", "status", "code", "method", "since", "until", "refused")


async def requests(visit: Visit) -> Response:
    """Show what came in, newest first."""
    organization = await organization_of_page(visit)
    asked = {name: visit.asked(name).strip() for name in _FIELDS}
    problem: str | None = None
    found: Sequence[Shown] = ()
    try:
        found = await _found(visit, asked)
    except (Refused, Broken) as error:
        problem = str(error)
    following = positioned(found[_LIMIT - 1].at) if len(found) > _LIMIT else None
    mark = _mark(found)
    if visit.asked("rows") and visit.asked("seen") == mark:
        return Response(status_code=204, headers=HEADERS)
    template = "request_rows.html" if visit.asked("rows") else "requests.html"
    connections = await connections_by_id(visit.database, visit.bound)
    entries = [one.entry for one in found[:_LIMIT]]
    return visit.page(
        template,
        422 if problem else 200,
        organization=organization,
        section="/requests",
        asked=asked,
        connections=connections,
        names=await names_in_log(visit.database, visit.bound, entries, connections),
        about=_about,
        mark=mark,
        methods=_METHODS,
        problem=problem,
        found=found[:_LIMIT],
        following=following,
        query=visit.query(*_FIELDS),
        live=not visit.asked("before") and not problem,
    )


async def _found(visit: Visit, asked: dict[str, str]) -> Sequence[Shown]:
    before = position(visit.asked("before"), int, int)
    return await search_requests(
        visit.database,
        visit.bound,
        _sought(asked, visit.house.surroundings.world.clock()),
        Moment(*before) if before else None,
        _LIMIT + 1,
        asked["person"] or None,
    )


def _mark(found: Sequence[Shown]) -> str:
    """Return what is another where another page would be shown; so nothing is put in the place of the same."""
    told = repr([(one.at, one.entry.repeated) for one in found])
    return hashlib.sha256(told.encode()).hexdigest()[:12]


def _sought(asked: dict[str, str], now: int) -> Sought:
    """Return what the fields look for. Raises Refused: a status or a time is not written as one."""
    statuses = status_range(asked["status"]) if asked["status"] else None
    if asked["refused"]:
        statuses = (max(REFUSED, statuses[0]), statuses[1]) if statuses else (REFUSED, 599)
    return Sought(
        connections=(asked["connection"],) if asked["connection"] else (),
        statuses=statuses,
        code=asked["code"] or None,
        method=asked["method"].upper() or None,
        since=point_in_time(asked["since"], now) if asked["since"] else None,
        until=point_in_time(asked["until"], now) if asked["until"] else None,
    )


async def request(visit: Visit) -> Response:
    """Show one request: what was sent, what was answered, what changed, and what mends it."""
    organization = await organization_of_page(visit)
    found = await request_entries(visit.database, visit.bound, visit.request.path_params["request"])
    shown = found[:_LIMIT]
    sequences = [one.entry.sequence for one in shown if one.entry.sequence is not None]
    trail = await trail_of(visit.database, visit.bound, sequences)
    changes = {one.sequence: one.change for one in trail.changes}
    makers = await visit.makers(one.entry.credential for one in shown)
    return visit.page(
        "request.html",
        organization=organization,
        section="/requests",
        connections=trail.connections,
        names=await names_in_log(
            visit.database, visit.bound, [one.entry for one in shown], trail.connections
        ),
        makers=makers,
        parts=[_part(visit, one, changes.get(one.entry.sequence or 0)) for one in shown],
        more=len(found) > _LIMIT,
    )


def _part(visit: Visit, found: Shown, change: Change | None) -> dict[str, Any]:
    entry = found.entry
    return {
        "entry": entry,
        "explanation": found.explanation,
        "notes": orjson.loads(entry.notes or b"[]"),
        "about": _about(entry),
        "called_so": _called_so(entry),
        "body": body_of(entry),
        "no_body": why_no_body(entry),
        "curl": as_curl(entry, visit.house.surroundings.public_url),
        "changed": differences(change.before, change.after) if change else (),
    }


def _about(entry: LogEntry) -> str | None:
    """Return where the page of whom a request is about is, below the organization's; None: there is none."""
    if entry.resource is None or entry.code in _NOBODYS:
        return None
    return f"/{_kind(entry)}/{quote(entry.resource, safe='')}"


def _called_so(entry: LogEntry) -> str | None:
    """Return where those are listed who have the name that a request asked for; None: it asked for none."""
    return (
        None
        if entry.subject is None
        else f"/{_kind(entry)}?name={quote(entry.subject[:LONGEST_NAME], safe='')}"
    )


def _kind(entry: LogEntry) -> str:
    return "roles" if below(entry.target).lower().startswith("/groups") else "users"


_BASE: Final = "/console/organizations/{organization}/requests"
ROUTES: Final = [
    Route(_BASE, page(requests), name="requests"),
    Route(f"{_BASE}/{{request}}", page(request), name="request"),
]
