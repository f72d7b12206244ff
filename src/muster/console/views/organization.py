"""One organization: its connections."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response
from starlette.routing import Route

from muster.console.labels import PROVIDERS
from muster.console.position import Broken, position, positioned, public_id
from muster.console.visit import NotHere, Visit, page
from muster.directory.organizations import organization_numbered
from muster.directory.overview import overviews
from muster.directory.records import Organization
from muster.directory.registers.api_keys import Position

_LISTED: Final = 100
_LATEST: Final = 2**63 - 1  # that a database can hold


async def organization_of_page(visit: Visit) -> Organization:
    """Return the organization that a page is of. Raises NotHere."""
    found = await organization_numbered(visit.database, visit.bound)
    if found is None:
        raise NotHere
    return found


async def connections(visit: Visit) -> Response:
    """Show the organization's connections."""
    organization = await organization_of_page(visit)
    found = await overviews(visit.database, visit.bound, _after(visit), _LISTED + 1, visit.world.clock())
    shown, more = found[:_LISTED], found[_LISTED:]
    last = shown[-1].used.connection if shown else None
    return visit.page(
        "connections.html",
        organization=organization,
        connections=shown,
        following=positioned((last.created, last.id)) if more and last else None,
        providers=PROVIDERS,
        section="",
    )


def _after(visit: Visit) -> Position | None:
    try:
        after = position(visit.asked("after"), int, public_id)
    except Broken:
        raise NotHere from None
    return Position(min(after[0], _LATEST), after[1]) if after else None


ROUTES: Final = [Route("/console/organizations/{organization}", page(connections), name="organization")]
