"""The first page of each: the whole fleet for the platform's operators, their own organization for others."""

from __future__ import annotations

from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from muster.console.chart import chart
from muster.console.labels import PROVIDERS
from muster.console.visit import OPERATOR, READERS, Visit, page
from muster.directory.identifiers import PLATFORM, routing_part
from muster.directory.organizations import Refused, create_organization
from muster.directory.overview import Overview, overviews
from muster.directory.records import Organization

_AT_ONCE: Final = 20  # organizations on a page
_MOST: Final = 25  # connections of one that are shown here; its own page has all
_TALL: Final = 24  # of a sparkline
_STEP: Final = 5
_BEFORE: Final = {"\ue000": "\ud7ff"}  # what stands before a character, where that is not the number before


async def first_page(visit: Visit) -> Response:
    """Go to where a visitor works."""
    assert visit.user is not None
    path, query = "/console/organizations", visit.query("welcome")
    if visit.user.organization != PLATFORM:
        path += f"/{routing_part(visit.user.organization)}"
    return visit.go(f"{path}?{query}" if query else path)


async def organizations(visit: Visit) -> Response:
    """Show organizations with their connections, by name; create one."""
    problem, name = None, visit.sent("name")
    if visit.request.method == "POST":
        try:
            made = await create_organization(visit.database, visit.world, name)
            return visit.go(f"/console/organizations/{routing_part(made.organization)}")
        except Refused as error:
            problem = str(error)
    sought = visit.asked("sought").strip()
    found = await visit.database.organizations_behind(_behind(visit, sought), _AT_ONCE + 1)
    shown = [one for one in found[:_AT_ONCE] if one.name.startswith(sought)]
    return visit.page(
        "organizations.html",
        422 if problem else 200,
        organizations=[await _organization(visit, one) for one in shown],
        following=shown[-1].name if len(shown) == _AT_ONCE < len(found) else None,
        providers=PROVIDERS,
        problem=problem,
        name=name,
        sought=sought,
    )


def _behind(visit: Visit, sought: str) -> str:
    """Return the name that a page begins behind: names that begin with what is sought stand together."""
    after = visit.asked("after")
    if after or not sought:
        return after
    return sought[:-1] + _BEFORE.get(sought[-1], chr(ord(sought[-1]) - 1)) + "\U0010ffff"


async def _organization(visit: Visit, organization: Organization) -> dict[str, Any]:
    found = await overviews(visit.database, organization.organization, None, _MOST + 1, visit.world.clock())
    return {
        "id": routing_part(organization.organization),
        "record": organization,
        "connections": [_connection(visit, one) for one in found[:_MOST]],
        "more": len(found) > _MOST,
    }


def _connection(visit: Visit, one: Overview) -> dict[str, Any]:
    counted = chart(one.hours, visit.world.clock())
    return {
        "overview": one,
        "line": _line([bar.requests for bar in counted.bars], counted.most),
        "requests": counted.requests,
        "errors": f"{counted.errors / counted.requests:.1%}" if counted.requests else "-",
    }


def _line(numbers: list[int], most: int) -> str:
    """Return the points of a sparkline, one for each hour."""
    scale = (_TALL - 2) / most if most else 0.0
    return " ".join(
        f"{place * _STEP},{_TALL - 1 - number * scale:.1f}" for place, number in enumerate(numbers)
    )


ROUTES: Final = [
    Route("/console", page(first_page, READERS), name="first-page"),
    Route("/console/organizations", page(organizations, OPERATOR), methods=["GET", "POST"], name="fleet"),
]
