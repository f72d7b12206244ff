"""A request's body on its way in: JSON of at most a mebibyte, whole before a route sees any of it.

Law: what is not JSON, or is larger, is refused before it is understood; nothing of it is kept.
"""

from __future__ import annotations

import asyncio
from typing import Final

from starlette.types import Message, Receive, Scope

from muster.api.problem import TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, Problem
from muster.api.strict import check_json

LARGEST: Final = 1024 * 1024  # bytes
_LONG: Final = 64 * 1024  # bytes; a body beyond that is looked at beside the event loop
_JSON: Final = "application/json"


class Disconnected(Exception):
    """The one who asks went away before the body was here; there is nobody to answer."""


async def arrived(scope: Scope, receive: Receive) -> Arrived:
    """Return a request's body, after it has come and was looked at.

    Raises Problem: it is too large, not JSON by its Content-Type, or no JSON; Disconnected.
    """
    headers = _headers(scope)
    announced = headers.get(b"content-length", b"0")
    if not announced.isdigit() or int(announced[:20]) > LARGEST:
        raise _too_large()
    body = await _whole(receive)
    if body:
        _check_type(headers.get(b"content-type", b"").decode("latin-1"))
        if len(body) > _LONG:
            await asyncio.to_thread(check_json, body)
        else:
            check_json(body)
    return Arrived(body, receive)


def is_left(scope: Scope) -> bool:
    """Tell whether a request has a body, which stands in the way of the next request where nobody has read it."""
    headers = _headers(scope)
    return b"transfer-encoding" in headers or headers.get(b"content-length", b"0") != b"0"


class Arrived:
    """A body that has come; as an ASGI `receive` it yields it as one message, then what comes after it."""

    def __init__(self, body: bytes, receive: Receive) -> None:
        self.body = body
        self._message: Message | None = {"type": "http.request", "body": body, "more_body": False}
        self._receive = receive

    async def __call__(self) -> Message:
        """Return the body, then what the connection has to say."""
        message, self._message = self._message, None
        return message or await self._receive()


async def _whole(receive: Receive) -> bytes:
    body = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Disconnected
        body += message.get("body", b"")
        if len(body) > LARGEST:
            raise _too_large()
        more = message.get("more_body", False)
    return bytes(body)


def _check_type(content_type: str) -> None:
    if content_type.partition(";")[0].strip().lower() != _JSON:
        raise Problem(UNSUPPORTED_MEDIA_TYPE, f"Send the body as {_JSON}.")


def _headers(scope: Scope) -> dict[bytes, bytes]:
    return dict(scope["headers"])


def _too_large() -> Problem:
    return Problem(TOO_LARGE, f"The body is larger than the {LARGEST} bytes that this API takes.")
