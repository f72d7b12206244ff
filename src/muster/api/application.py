"""The management API as one ASGI application: authenticate, bound the body, then the routes.

Law: without a live management key nothing is answered but the description of the API; no route can forget that, for it
is decided before a route is looked for. Whatever comes in, what goes out is what the description says, or a problem.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import cache, lru_cache
from typing import Any, Final

import orjson
from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.routing import compile_path
from starlette.types import Message, Receive, Scope, Send

from muster.api.arrival import Disconnected, arrived, is_left
from muster.api.description import describe
from muster.api.keys import CALLER, authenticate
from muster.api.once import idempotency_key, once
from muster.api.page import page_of
from muster.api.parameters import check_query, taken
from muster.api.problem import METHOD_NOT_ALLOWED, NOT_FOUND, Problem, answer, problem_of
from muster.api.routes import (
    access,
    accounts,
    alerts,
    api_keys,
    changes,
    connections,
    credentials,
    domains,
    groups,
    local_accounts,
    local_roles,
    mapping,
    organizations,
    permissions,
    requests,
    roles,
    schemas,
    service_accounts,
    setup_links,
    users,
)
from muster.api.surroundings import PREFIX, SURROUNDINGS, Surroundings, outside_of
from muster.directory.changes import Followers
from muster.directory.current import REQUEST_ID
from muster.directory.failures import StoreUnavailable
from muster.directory.organizations import Refused
from muster.directory.ports import Database
from muster.directory.world import World
from muster.scim.errors import ScimError

ROUTERS: Final[tuple[APIRouter, ...]] = (
    organizations.router, local_accounts.router, connections.router, credentials.router, service_accounts.router,
    setup_links.router, users.router, groups.router, accounts.router, access.router, roles.router, local_roles.router,
    permissions.router, mapping.router, changes.router, api_keys.router, domains.router, schemas.router,
    requests.router, alerts.router,
)  # fmt: skip
"""The routes, in the order in which the description has them."""

_TOLD: Final = (
    Problem,
    Refused,
    ScimError,
    StoreUnavailable,
    RequestValidationError,
    HTTPException,
    Exception,
)
_NOTHING_HERE: Final = "There is nothing at this address; the API is described at {}/docs."


def management(
    database: Database,
    world: World,
    public_url: str,
    client: Callable[[Scope], str | None],
    ending: Callable[[], bool] = lambda: False,
) -> Management:
    """Return the management API over an open database; `public_url` is what the world knows us by.

    `client` tells who is at the other end of a request. `ending` tells that the process is on its way out: then nobody
    waits for what may happen.
    """
    return Management(Surroundings(database, world, public_url, Followers(database, ending), ending, client))


class Management:
    """Serves `/api/v1/…` of one database."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._surroundings = surroundings
        self._routed = _routed()
        self.description = _described(surroundings.base)
        self._public = {
            "/openapi.json": Response(orjson.dumps(self.description), media_type="application/json"),
            "/docs": page_of(self.description),
        }
        self._addresses = [
            (
                compile_path(path)[0],
                {method.upper(): taken(one) for method, one in sorted(operations.items())},
            )
            for path, operations in self.description["paths"].items()
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        request_id = self._surroundings.world.new_request_id()
        REQUEST_ID.set(request_id)
        outgoing = _Outgoing(send, request_id, headless=scope["method"] == "HEAD")
        scope = {**scope, "root_path": PREFIX, SURROUNDINGS: self._surroundings}
        if scope["method"] == "HEAD":
            scope["method"] = "GET"
        try:
            await self._answer(scope, receive, outgoing)
        except Disconnected:
            return
        except Exception as error:  # noqa: BLE001 - the last resort; what the routes raised has been answered and logged already
            if not outgoing.begun:
                outgoing.closing = is_left(scope)
                await self._tell(error, scope, receive, outgoing)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request. Raises whatever goes wrong before its route is known."""
        path = scope["path"].removeprefix(PREFIX)
        if path in self._public and scope["method"] == "GET":
            await self._public[path](scope, receive, send)
            return
        scope[CALLER] = await authenticate(self._surroundings, scope)
        allowed = next((methods for route, methods in self._addresses if route.match(path)), None)
        if "\0" in path or allowed is None:
            raise Problem(NOT_FOUND, _NOTHING_HERE.format(self._surroundings.base))
        if scope["method"] == "OPTIONS":
            await Response(status_code=204, headers={"allow": ", ".join(_with_own(allowed))})(
                scope, receive, send
            )
            return
        if scope["method"] not in allowed:
            known = ", ".join(_with_own(allowed))
            raise Problem(METHOD_NOT_ALLOWED, f"This address takes {known}.", allow=known)
        check_query(allowed[scope["method"]], scope["query_string"])
        whole = await arrived(scope, receive)
        name = idempotency_key(scope)
        if name is None:
            await self._routed(scope, whole, send)
        else:
            await once(self._surroundings, self._routed, name, scope, whole, send)

    async def _tell(self, error: Exception, scope: Scope, receive: Receive, send: Send) -> None:
        problem = problem_of(error, REQUEST_ID.get() or "")
        await answer(problem, self._surroundings.base)(scope, receive, send)


class _Outgoing:
    """What is sent, with the headers that every answer has, and without a body where HEAD was asked."""

    def __init__(self, send: Send, request_id: str, *, headless: bool) -> None:
        self._send = send
        self._request_id = request_id
        self._headless = headless
        self.begun = False
        self.closing = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.begun = True
            own = [(b"x-request-id", self._request_id.encode()), (b"cache-control", b"no-store")]
            if self.closing:
                own.append((b"connection", b"close"))
            message["headers"] = [*message["headers"], *own]
        elif self._headless:
            message["body"] = b""
        await self._send(message)


@cache
def _routed() -> FastAPI:
    """Return the routes, whose every error is told as a problem; each request says which database it is about."""
    app = FastAPI(
        title="Muster management API", version="1", openapi_url=None, docs_url=None, redoc_url=None,
        redirect_slashes=False, telemetry={"tracing": False, "metrics": False, "logs": False},
    )  # fmt: skip
    for router in ROUTERS:
        app.include_router(router)

    async def told(request: Request, error: Exception) -> Response:
        return answer(problem_of(error, REQUEST_ID.get() or ""), outside_of(request).base)

    for kind in _TOLD:
        app.add_exception_handler(kind, told)
    return app


@lru_cache(maxsize=8)
def _described(base: str) -> dict[str, Any]:
    """Return the description of the API at an address, which nobody changes."""
    return describe(_routed(), base)


def _with_own(methods: Collection[str]) -> list[str]:
    """Return the methods that an address takes, those included that every address answers."""
    return [*methods, *(["HEAD"] if "GET" in methods else []), "OPTIONS"]
