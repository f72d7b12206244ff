"""A request's body as it arrives, and whether all of it has.

Law: a connection whose request was not read to its end cannot carry another one, so the client is told that it ends;
untold, its next request would meet a closed connection, now and then.
"""

from __future__ import annotations

from muster.endpoint.scope import Message, Receive, Scope

_BODY_HEADERS = frozenset({b"content-length", b"transfer-encoding"})


class Arriving:
    """An ASGI `receive` that remembers whether the last part of the body has come."""

    __slots__ = ("_receive", "complete")

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self.complete = False

    async def __call__(self) -> Message:
        """Return the next message."""
        message = await self._receive()
        self.complete = not message.get("more_body", False)
        return message

    def is_left(self, scope: Scope) -> bool:
        """Whether the request has a body that was not read to its end."""
        return not self.complete and any(
            name in _BODY_HEADERS and value != b"0" for name, value in scope["headers"]
        )
