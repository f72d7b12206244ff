"""What every page of one connection has around it: its name, how it is, what waits, and the ways to its other pages."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from muster.console.labels import PROVIDERS
from muster.console.visit import NotHere, Visit
from muster.directory.identifiers import organization_of
from muster.directory.overview import Overview, overview


def connection_id(visit: Visit) -> str:
    """Return the connection that the address names; it is of the organization that the page is bound to."""
    id: str = visit.request.path_params["connection"]
    return id


def named(visit: Visit, parameter: str) -> str:
    """Return another public id of the address. Raises NotHere: it is none of this organization's."""
    id: str = visit.request.path_params[parameter]
    if organization_of(id) != visit.bound:
        raise NotHere
    return id


def at(visit: Visit, below: str = "") -> str:
    """Return the address of a page of the connection."""
    return f"/console/connections/{connection_id(visit)}{below}"


async def looked_at(visit: Visit) -> Overview:
    """Return the connection that the page is of. Raises Missing."""
    return await overview(visit.database, visit.bound, connection_id(visit), visit.world.clock())


def connection_page(visit: Visit, template: str, seen: Overview, status: int = 200, **shown: Any) -> Response:
    """Return a page of a connection."""
    connection = seen.used.connection
    around = {
        "organization": seen.organization,
        "connection": connection,
        "overview": seen,
        "health": seen.health,
        "providers": PROVIDERS,
        "base_url": visit.house.surroundings.scim_base(connection),
        "section": "",
    }
    return visit.page(template, status, **around | shown)
