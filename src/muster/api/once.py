"""POST with an Idempotency-Key: however often it comes, it is done once, and each time answered as the first time.

Law: an answer leaves only after it is kept. What the routes answer is not looked at; whether it is kept is decided by
its status alone.
"""

from __future__ import annotations

import re
from typing import Final

import orjson
import structlog
from fastapi.responses import Response
from starlette.types import ASGIApp, Message, Scope, Send

from muster.api.arrival import Arrived
from muster.api.keys import CALLER, Caller, presented
from muster.api.problem import MALFORMED, Fault, Problem
from muster.api.surroundings import Surroundings
from muster.directory.failures import StoreUnavailable
from muster.directory.idempotency import Answered, Attempt, Sender, begin, finish
from muster.directory.identifiers import PLATFORM

_log = structlog.get_logger("muster.api")

HEADER: Final = "Idempotency-Key"
REPLAYED: Final = "Idempotency-Replayed"
PATTERN: Final = r'^(?:"[!#-\[\]-~]{1,255}"|[!#-\[\]-~]{1,255})$'
"""What an Idempotency-Key looks like; quotes around it are no part of it."""

_KEY: Final = re.compile(PATTERN)
_WRONG: Final = (
    f"{HEADER} comes once: 1 to 255 printable ASCII characters without spaces, quotes, backslashes."
)


def idempotency_key(scope: Scope) -> str | None:
    """Return the Idempotency-Key of a POST, or None. Raises Problem: there are two, or it is not one."""
    given: list[bytes] = [value for name, value in scope["headers"] if name == b"idempotency-key"]
    if scope["method"] != "POST" or not given:
        return None
    text = given[0].decode("latin-1").strip()
    if len(given) > 1 or not _KEY.match(text):
        raise Problem(MALFORMED, _WRONG, [Fault(None, HEADER, _WRONG)])
    return text.strip('"')


async def once(
    surroundings: Surroundings, routed: ASGIApp, name: str, scope: Scope, arrived: Arrived, send: Send
) -> None:
    """Have the routes answer a request, or answer what they answered to it before. Raises Reused, Underway."""
    database, world = surroundings.database, surroundings.world
    caller: Caller = scope[CALLER]
    sender = Sender(caller.organization or PLATFORM, caller.key, presented(scope["headers"]))
    begun = await begin(database, world, sender, name, _asked(scope, arrived.body))
    if isinstance(begun, Answered):
        await _replayed(begun)(scope, arrived, send)
        return
    answer, bug = _Answer(), None
    try:
        await routed(scope, arrived, answer)
    except Exception as error:  # noqa: BLE001 - the routes have answered it as a 500 before they raised it
        bug = error
    await _settle(surroundings, begun, answer)
    for message in answer.messages:
        await send(message)
    if bug is not None:
        raise bug


async def _settle(surroundings: Surroundings, attempt: Attempt, answer: _Answer) -> None:
    """Keep an answer. Where that fails it is given all the same, for it is true."""
    try:
        await finish(surroundings.database, surroundings.world, attempt, answer.status, answer.kept())
    except StoreUnavailable as error:
        _log.warning("an answer was not kept for its Idempotency-Key", reason=str(error))


class _Answer:
    """What the routes have sent, as an ASGI `send`."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    async def __call__(self, message: Message) -> None:
        self.messages.append(message)

    @property
    def status(self) -> int:
        """Return the status; 500 where there is none."""
        return int(self.messages[0]["status"]) if self.messages else 500

    def kept(self) -> bytes:
        """Return headers and body as they are kept."""
        headers = self.messages[0]["headers"] if self.messages else ()
        body = b"".join(message["body"] for message in self.messages[1:])
        shown = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers}
        return orjson.dumps([shown, body.decode("latin-1")])


def _replayed(answered: Answered) -> Response:
    headers, body = orjson.loads(answered.answer)
    return Response(body.encode("latin-1"), answered.status, headers | {REPLAYED: "true"})


def _asked(scope: Scope, body: bytes) -> bytes:
    """Return everything that a request asks for."""
    target = (scope["method"], scope["path"], scope["query_string"].decode("latin-1"))
    return "\0".join(target).encode("utf-8", "surrogatepass") + b"\0" + body
