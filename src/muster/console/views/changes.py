"""The audit trail: every committed write of an organization, with before and after, and as a file."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response
from starlette.routing import Route

from muster.console.difference import differences
from muster.console.export import ROWS, Form, export
from muster.console.number import number
from muster.console.position import Broken, position
from muster.console.views.organization import organization_of_page
from muster.console.visit import NotHere, Visit, page
from muster.directory.changes import latest_change
from muster.directory.makers import ids_in
from muster.directory.organizations import Missing
from muster.directory.trail import latest_trail, trail_of

_LIMIT: Final = 50
_MOST_PARTS: Final = 100  # files that are linked
_FORMS: Final[dict[str, Form]] = {"csv": "csv", "jsonl": "jsonl"}


async def changes(visit: Visit) -> Response:
    """Show the changes, newest first; those of one resource, where it is named."""
    organization = await organization_of_page(visit)
    resource = visit.asked("resource").strip()
    try:
        before = position(visit.asked("before"), int)
    except Broken as error:
        raise NotHere from error
    trail = await latest_trail(
        visit.database, visit.bound, before[0] if before else None, resource or None, _LIMIT + 1
    )
    found = trail.changes
    following = found[_LIMIT - 1].sequence if len(found) > _LIMIT else None
    return visit.page(
        "changes.html",
        organization=organization,
        section="/changes",
        found=found[:_LIMIT],
        names=trail.names,
        connections=trail.connections,
        makers=await visit.makers(ids_in(found)),
        following=following,
        parts=_parts(await latest_change(visit.database, visit.bound)),
        rows=ROWS,
        resource=resource,
        query=visit.query("resource"),
    )


async def change(visit: Visit) -> Response:
    """Show one change."""
    organization = await organization_of_page(visit)
    trail = await trail_of(visit.database, visit.bound, [_sequence(visit)])
    if not trail.changes:
        raise Missing("There is no change with this number.")
    (found,) = trail.changes
    return visit.page(
        "change.html",
        organization=organization,
        section="/changes",
        found=found,
        names=trail.names,
        connections=trail.connections,
        makers=await visit.makers(ids_in([found])),
        changed=differences(found.change.before, found.change.after),
    )


def _sequence(visit: Visit) -> int:
    """Return the number of the change that the address names. Raises NotHere: it is none."""
    found = number(visit.request.path_params["sequence"])
    if found is None:
        raise NotHere
    return found


async def file(visit: Visit) -> Response:
    """Give changes as a file, from the first one on or from behind the one that is named."""
    form = _FORMS.get(visit.request.path_params["form"])
    after = number(visit.asked("after") or "0")
    if form is None or after is None:
        raise NotHere
    await organization_of_page(visit)
    return await export(visit, form, after)


def _parts(latest: int) -> list[tuple[int, int]]:
    """Return the first and last change of each file, the newest first."""
    firsts = range(0, latest, ROWS)[-_MOST_PARTS:]
    return [(first + 1, min(first + ROWS, latest)) for first in reversed(firsts)]


_BASE: Final = "/console/organizations/{organization}/changes"
ROUTES: Final = [
    Route(_BASE, page(changes), name="changes"),
    Route(f"{_BASE}/{{sequence}}", page(change), name="change"),
    Route(f"{_BASE}.{{form}}", page(file), name="changes-file"),
]
