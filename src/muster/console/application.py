"""The console as one ASGI application.

Law: whatever goes wrong, a person gets a page that says what to do, under the request's id.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Final

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from muster.console import static
from muster.console.position import Broken
from muster.console.runs import Runs
from muster.console.surroundings import Surroundings
from muster.console.templates import environment
from muster.console.views import (
    alerts,
    changes,
    connection,
    credentials,
    deletion,
    domains,
    fleet,
    getting_in,
    listening,
    mapping,
    me,
    organization,
    passkeys,
    people,
    person,
    requests,
    roles,
    settings,
    setup,
    setup_links,
    simulation,
    switches,
)
from muster.console.visit import Forged, House, NotHere, Visit
from muster.directory.current import REQUEST_ID
from muster.directory.failures import StoreUnavailable, Unwritable
from muster.directory.organizations import Conflict, Missing, Refused

_log = structlog.get_logger("muster.console")

PREFIXES: Final = ("/console", "/setup", "/static")
"""Where the console is."""

_BUSY: Final = "The database cannot be reached right now. Nothing was changed; try again in a moment."


def console(surroundings: Surroundings) -> Console:
    """Return the console over an open database."""
    return Console(surroundings)


class Console:
    """Serves the pages of one database."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._surroundings = surroundings
        app = Starlette(routes=_routes())
        self._runs = Runs(surroundings.simulation, surroundings.database, surroundings.ending)
        app.state.house = House(surroundings, environment(), self._runs)
        for kind in (NotHere, Broken, Missing, Forged, Refused, StoreUnavailable, HTTPException, Exception):
            app.add_exception_handler(kind, _told)
        self._app = app

    @staticmethod
    def knows(path: str) -> bool:
        """Whether an address is the console's."""
        return path == "/" or path.startswith(PREFIXES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        REQUEST_ID.set(self._surroundings.world.new_request_id())
        with suppress(
            Exception
        ):  # it is told and logged by then; Starlette raises it on for the server to log again
            await self._app(scope, receive, send)

    async def end(self) -> None:
        """End what is played in the background, and wait for that."""
        await self._runs.end()


def _routes() -> list[BaseRoute]:
    return [
        Route("/", _home),
        Route("/static/{mark}/{name}", static.serve),
        *getting_in.ROUTES,
        *me.ROUTES,
        *passkeys.ROUTES,
        *fleet.ROUTES,
        *organization.ROUTES,
        *connection.ROUTES,
        *credentials.ROUTES,
        *mapping.ROUTES,
        *switches.ROUTES,
        *alerts.ROUTES,
        *simulation.ROUTES,
        *deletion.ROUTES,
        *requests.ROUTES,
        *changes.ROUTES,
        *domains.ROUTES,
        *settings.ROUTES,
        *people.ROUTES,
        *person.ROUTES,
        *roles.ROUTES,
        *setup.ROUTES,
        *listening.ROUTES,
        *setup_links.ROUTES,  # last: a secret may stand where the others have their steps
    ]


async def _home(_: Request) -> Response:
    return RedirectResponse("/console", 303)


async def _told(request: Request, error: Exception) -> Response:
    """Return the page that tells what went wrong."""
    status, why = _said(error)
    visit = Visit(request, request.app.state.house)
    return visit.page("problem.html", status, why=why, request_id=REQUEST_ID.get())


def _said(error: Exception) -> tuple[int, str]:
    match error:
        case NotHere() | Missing() | HTTPException(status_code=404):
            return 404, str(error) if isinstance(error, Missing) else "There is no such page, or not for you."
        case Broken():
            return 404, str(error)
        case HTTPException():
            return error.status_code, error.detail
        case Forged():
            return 403, str(error)
        case Refused():
            return 409 if isinstance(error, Conflict) else 422, str(error)
        case Unwritable():
            _log.error("database not writable", reason=str(error))
            return 503, Unwritable.PUBLIC
        case StoreUnavailable():
            return 503, _BUSY
    _log.error("unexpected error", exc_info=error)
    return 500, "Something went wrong here. Whoever runs this server finds it in its log, under this number."
