"""The ASGI application of the SCIM endpoint: locate, authenticate, match, operate, answer.

Law: whatever bytes come in, what goes out is a 2xx, a 304 or a SCIM Error (design law 12).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from time import perf_counter
from typing import Final

import structlog

from muster.directory.access import Access
from muster.directory.authenticate import Authenticator
from muster.directory.current import REQUEST_ID
from muster.directory.failures import AccessChanged, OutcomeUnknown, StoreUnavailable, Unwritable
from muster.directory.measure import RequestMeasures
from muster.directory.ports import Database
from muster.endpoint.admission import Admission
from muster.endpoint.answer import (
    Answer,
    InternalError,
    TooManyRequests,
    Unavailable,
    common_headers,
    failure,
)
from muster.endpoint.arriving import Arriving
from muster.endpoint.authorization import proof_of, refused
from muster.endpoint.body import Disconnected
from muster.endpoint.closed import closed_entries
from muster.endpoint.decode import parameters, segments
from muster.endpoint.exchange import Exchange
from muster.endpoint.gate import admit
from muster.endpoint.routes import Handler, Target, locate, match
from muster.endpoint.scope import Headers, Receive, Scope, Send, raw_path
from muster.endpoint.surroundings import Surroundings
from muster.scim.errors import InvalidSyntax, NotFound, ScimError

_log = structlog.get_logger("muster.endpoint")

UNROUTED: Final = "none"
"""The operation of a request that was refused before its route was known."""

_ATTEMPTS: Final = 3  # at a request whose access changes while it is served
_SAYING_NOTHING: Final = (TooManyRequests, Unavailable)
"""Refusals that tell nothing of a connection, and are not to wait for what they are refused for."""

_UNKNOWN = (
    "The database was lost while it committed: whether this request was done, as a whole or not at all, is not known."
    " Send it again; if it was done, the answer will show it."
)


class Endpoint:
    """Serves `/scim/…` of one database."""

    def __init__(self, database: Database, surroundings: Surroundings) -> None:
        self._database = database
        self._world = surroundings
        self._authenticator = Authenticator(database, surroundings.clock)
        self.admission = Admission(surroundings.most_in_flight)
        self.measures = RequestMeasures()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        started = perf_counter()
        request_id = self._world.new_request_id()
        REQUEST_ID.set(request_id)
        arriving = Arriving(receive)
        try:
            operation, answer = await self._answer(scope, arriving, request_id)
        except Disconnected:
            return
        headers = common_headers(answer, request_id)
        if answer.error is not None and arriving.is_left(scope):
            headers.append((b"connection", b"close"))
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        if answer.stream is not None:
            await _send_portions(answer.stream, send)
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else answer.body})
        self.measures.observe(operation, answer.status, perf_counter() - started)

    async def _answer(self, scope: Scope, arriving: Arriving, request_id: str) -> tuple[str, Answer]:
        """Return operation and answer; begun anew where the access does not hold as it was read."""
        for attempt in range(_ATTEMPTS):
            try:
                return await self._attempt(scope, arriving, request_id, anew=attempt > 0)
            except AccessChanged:
                arriving.again()
        return UNROUTED, failure(
            Unavailable(
                "This connection is being changed; nothing was done, try again.", code="connection-changing"
            )
        )

    async def _attempt(
        self, scope: Scope, receive: Receive, request_id: str, *, anew: bool
    ) -> tuple[str, Answer]:
        """Return operation and answer, whatever goes wrong: in the request, in the store, or in the code.

        Raises AccessChanged, nothing having been done; Disconnected.
        """
        exchange: Exchange | None = None
        try:
            exchange = await self._open(scope, receive, request_id, anew=anew)
            answer = await self._operate(exchange, scope)
            if not isinstance(answer.error, _SAYING_NOTHING):
                await exchange.access.store.confirm()
            # A write that succeeded was logged with its change.
            if answer.error is not None or not exchange.writes:
                self._database.log(
                    lambda: exchange.entry(answer.status, answer.error), refused=answer.error is not None
                )
        except (AccessChanged, Disconnected):
            raise
        except Exception as error:  # noqa: BLE001 - the last resort: a SCIM Error, never a traceback
            answer = _refusal(error, request_id)
            if exchange is None and answer.error is not None:
                self._log_closed(scope, request_id, answer.error)
        if exchange is None:
            return UNROUTED, answer
        self._database.note(exchange.use(answer.status))
        return exchange.operation, answer

    def _log_closed(self, scope: Scope, request_id: str, error: ScimError) -> None:
        """Let the organization that a request says it is for know that it opened nothing."""
        address = self._world.proxies.client(scope)
        for entry in closed_entries(scope, request_id, self._world.clock(), address, error):
            self._database.log_closed(entry)

    async def _open(self, scope: Scope, receive: Receive, request_id: str, *, anew: bool) -> Exchange:
        """Authenticate the request. Raises NotFound, InvalidVersion, Unauthorized, InvalidSyntax."""
        target = locate(segments(raw_path(scope)))
        headers = Headers.read(scope["headers"])
        access = await self._authenticate(headers, target, anew=anew)
        exchange = Exchange(access, self._world, request_id, scope, headers, receive)
        exchange.route = target.rest
        return exchange

    async def _authenticate(self, headers: Headers, target: Target, *, anew: bool) -> Access:
        """Every indicator of the connection agrees, or there is nothing here (R279)."""
        proof = proof_of(headers.authorizations)
        access = await self._authenticator.access(*proof, anew=anew)
        if access is None:
            raise refused()
        if target.connection is not None and target.connection != access.connection.id:
            await access.store.confirm()
            raise NotFound("There is nothing at this address for this credential.", code="address-not-of-key")
        return access

    async def _operate(self, exchange: Exchange, scope: Scope) -> Answer:
        try:
            admit(exchange)
            route = match(exchange.route, exchange.method)
            exchange.id = route.id
            exchange.operation = route.handler.__name__
            if scope["query_string"]:
                exchange.parameters = parameters(scope["query_string"])
                _refuse_second_credential(exchange.parameters)
            return await self._admitted(route.handler, exchange)
        except (AccessChanged, Disconnected):
            raise
        except Exception as error:  # noqa: BLE001 - what was refused is logged like what was done
            return _refusal(error, exchange.request_id)

    async def _admitted(self, handler: Handler, exchange: Exchange) -> Answer:
        organization = exchange.access.connection.organization
        self.admission.enter(organization, exchange.method)
        try:
            return await handler(exchange)
        finally:
            self.admission.leave(organization)


async def _send_portions(portions: Iterable[bytes], send: Send) -> None:
    """Send what there is before the end of a body; between two portions others have their turn."""
    for portion in portions:
        await send({"type": "http.response.body", "body": portion, "more_body": True})
        await asyncio.sleep(0)


def _refuse_second_credential(given: list[tuple[str, str]]) -> None:
    """Raise InvalidSyntax for a credential in the URL beside the one in the header (RFC 6750 §2, R107)."""
    if any(name == "access_token" for name, _ in given):
        raise InvalidSyntax(
            "access_token: send the API key in the Authorization header alone, never in the URL.",
            code="key-in-address",
        )


def _refusal(error: Exception, request_id: str) -> Answer:
    """Return the answer that tells of an error; what is no refusal is a bug, logged under the request's id."""
    match error:
        case ScimError():
            return failure(error)
        case OutcomeUnknown():
            _log.warning("outcome unknown", reason=str(error))
            return failure(Unavailable(_UNKNOWN, code="outcome-unknown"))
        case Unwritable():
            _log.error("database not writable", reason=str(error))
            return failure(Unavailable(Unwritable.PUBLIC))
        case StoreUnavailable():
            _log.warning("database unavailable", reason=str(error))
            return failure(Unavailable("The database cannot do this now; nothing was done, try again."))
        case _:
            _log.error("unexpected error", exc_info=error)
            return failure(
                InternalError(f"Something went wrong here; the operator finds it under {request_id}.")
            )
