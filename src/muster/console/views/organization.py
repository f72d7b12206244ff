"""One organization: its connections."""

from __future__ import annotations

import re
from typing import Final

from starlette.responses import Response
from starlette.routing import Route

from muster.console.labels import PROVIDERS
from muster.console.visit import NotHere, Visit, page
from muster.directory.organizations import organization_numbered
from muster.directory.overview import overviews
from muster.directory.records import Connection, Organization
from muster.directory.registers.api_keys import Position

_LISTED: Final = 100


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
    return visit.page(
        "connections.html",
        organization=organization,
        connections=shown,
        following=_place(shown[-1].used.connection) if more else None,
        providers=PROVIDERS,
        section="",
    )


def _after(visit: Visit) -> Position | None:
    found = re.fullmatch("([0-9]{1,18}) ([0-9a-z]+)", visit.asked("after"))
    return Position(int(found[1]), found[2]) if found else None


def _place(connection: Connection) -> str:
    return f"{connection.created} {connection.id}"


ROUTES: Final = [Route("/console/organizations/{organization}", page(connections), name="organization")]
