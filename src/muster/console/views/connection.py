"""A connection: how it is and what came in; made, paused, switched off and on."""

from __future__ import annotations

from typing import Any, Final, get_args

from starlette.responses import Response
from starlette.routing import Route

from muster.console.chart import chart
from muster.console.labels import PROVIDERS
from muster.console.views.around import at, connection_id, connection_page, looked_at
from muster.console.views.organization import organization_of_page
from muster.console.visit import WRITERS, NotHere, Visit, page
from muster.directory.connections import Choice, Settling, add_connection, settle_connection
from muster.directory.organizations import Refused
from muster.directory.records import Connection, Provider, State

_STATES: Final[dict[str, State]] = {each: each for each in get_args(State)}
_PROVIDERS: Final[dict[str, Provider]] = {each: each for each in PROVIDERS}


async def overview(visit: Visit) -> Response:
    """Show how a connection is, what came in during the last day, and what can be done with it."""
    seen = await looked_at(visit)
    return connection_page(visit, "connection.html", seen, chart=chart(seen.hours, visit.world.clock()))


async def switch_state(visit: Visit) -> Response:
    """Pause, disable, or let go on."""
    state = _STATES.get(visit.sent("state"))
    if state is None:
        raise NotHere
    await settle_connection(visit.database, visit.world, connection_id(visit), Settling(state=state))
    return visit.go(at(visit))


async def new(visit: Visit) -> Response:
    """Ask for the provider and a name; make the connection, and show its key this once."""
    organization = await organization_of_page(visit)
    shown: dict[str, Any] = {"organization": organization, "section": "", "providers": PROVIDERS}
    typed: dict[str, Any] = {"provider": visit.sent("provider"), "name": visit.sent("name")}
    if visit.request.method != "POST":
        return visit.page("connection_new.html", problems={}, **shown, **typed)
    provider = _PROVIDERS.get(typed["provider"])
    if provider is None:
        problems = {"provider": "Choose the IdP that will send the users."}
        return visit.page("connection_new.html", 422, problems=problems, **shown, **typed)
    try:
        made, credential, key = await add_connection(
            visit.database, visit.world, visit.bound, Choice(provider, name=typed["name"])
        )
    except Refused as error:
        problems = {"name": str(error)}
        return visit.page("connection_new.html", 422, problems=problems, **shown, **typed)
    return visit.page(
        "connection_made.html", connection=made, base_url=_base_url(visit, made), expires=credential.expires,
        api_key=key.api_key, **shown,
    )  # fmt: skip


def _base_url(visit: Visit, connection: Connection) -> str:
    return visit.house.surroundings.scim_base(connection)


ROUTES: Final = [
    Route(
        "/console/organizations/{organization}/connections/new",
        page(new, WRITERS),
        methods=["GET", "POST"],
        name="new-connection",
    ),
    Route("/console/connections/{connection}", page(overview), name="connection"),
    Route(
        "/console/connections/{connection}/state",
        page(switch_state, WRITERS),
        methods=["POST"],
        name="connection-state",
    ),
]
