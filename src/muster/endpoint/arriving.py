"""A request's body as it arrives, whether all of it has, and once more from its beginning.

Law: a connection whose request was not read to its end cannot carry another one, so the client is told that it ends;
untold, its next request would meet a closed connection, now and then.
"""

from __future__ import annotations

from muster.endpoint.scope import Message, Receive, Scope

_BODY_HEADERS = frozenset({b"content-length", b"transfer-encoding"})


class Arriving:
    """An ASGI `receive` that remembers whether the last part of the body has come, and what has come so far."""

    __slots__ = ("_messages", "_read", "_receive", "complete")

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._messages: list[Message] = []
        self._read = 0
        self.complete = False

    def again(self) -> None:
        """Begin anew with what has come."""
        self._read = 0

    async def __call__(self) -> Message:
        """Return the next message."""
        if self._read == len(self._messages):
            self._messages.append(await self._receive())
        message = self._messages[self._read]
        self._read += 1
        self.complete = not message.get("more_body", False)
        return message

    def is_left(self, scope: Scope) -> bool:
        """Whether the request has a body that was not read to its end."""
        return not self.complete and any(
            name in _BODY_HEADERS and value != b"0" for name, value in scope["headers"]
        )
