"""The first page of each: all organizations for the platform's operators, their own for others."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response
from starlette.routing import Route

from muster.console.visit import OPERATOR, READERS, Visit, page
from muster.directory.identifiers import PLATFORM, routing_part
from muster.directory.organizations import Refused, create_organization


async def first_page(visit: Visit) -> Response:
    """Go to where a visitor works."""
    assert visit.user is not None
    if visit.user.organization == PLATFORM:
        return visit.go("/console/organizations")
    return visit.go(f"/console/organizations/{routing_part(visit.user.organization)}")


async def organizations(visit: Visit) -> Response:
    """Show all organizations; create one."""
    problem, name = None, visit.sent("name")
    if visit.request.method == "POST":
        try:
            made = await create_organization(visit.database, visit.world, name)
            return visit.go(f"/console/organizations/{routing_part(made.organization)}")
        except Refused as error:
            problem = str(error)
    found = [(routing_part(one.organization), one) for one in await visit.database.organizations()]
    status = 422 if problem else 200
    return visit.page("organizations.html", status, organizations=found, problem=problem, name=name)


ROUTES: Final = [
    Route("/console", page(first_page, READERS), name="first-page"),
    Route("/console/organizations", page(organizations, OPERATOR), methods=["GET", "POST"], name="fleet"),
]
