"""One organization: its connections."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response
from starlette.routing import Route

from muster.console.visit import NotHere, Visit, page
from muster.directory.organizations import organization_numbered
from muster.directory.records import Organization


async def organization_of_page(visit: Visit) -> Organization:
    """Return the organization that a page is of. Raises NotHere."""
    found = await organization_numbered(visit.database, visit.bound)
    if found is None:
        raise NotHere
    return found


async def connections(visit: Visit) -> Response:
    """Show the organization's connections."""
    organization = await organization_of_page(visit)
    found = [each for each in await visit.database.connections() if each.organization == visit.bound]
    return visit.page("connections.html", organization=organization, connections=found, section="")


ROUTES: Final = [Route("/console/organizations/{organization}", page(connections), name="organization")]
