"""How a connection ends: what is said is heard, and nobody waits for ever for a client that does not read.

Law: whoever closes with something unread takes back what is on its way; so where a client may still be sending, it is
let to, for a while, and nothing of that is read.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

LINGER_SECONDS: Final = 5.0
"""How long more is waited for of what a client still sends and nobody reads, so that it comes to read its answer."""
LONGEST_LINGER: Final = 30.0
"""And how long in all."""
MOST_THROWN_AWAY: Final = 16 * 1024 * 1024
"""And how many bytes of it."""
WRITE_SECONDS: Final = 30.0
"""Within which a client reads on, where its answer is waiting to be sent."""


class Parting(HttpToolsProtocol):
    """One connection, as uvicorn serves it, with an end of its own."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Take what uvicorn makes a connection of."""
        super().__init__(*args, **kwargs)
        self.ended = False  # nothing more is said
        self._deaf = False  # nothing that comes is read any more
        self._thrown = 0  # bytes of it that came
        self._heard = 0.0  # the loop's time when any of it came
        self._latest = 0.0  # the loop's time when it is closed at the latest
        self._leaving: asyncio.TimerHandle | None = None
        self._unsent = 0  # bytes that waited to be sent when that was last looked at
        self._watch: asyncio.TimerHandle | None = None
        self._raw: asyncio.Transport

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin, with the end in our hands."""
        self._raw = transport
        super().connection_made(cast("asyncio.Transport", _Ending(transport, self)))

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._deaf = self.ended = True
        self._look_away()
        if self._leaving is not None:
            self._leaving.cancel()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Let the application wait, and see that the client reads on."""
        super().pause_writing()
        self._look_again()

    def resume_writing(self) -> None:
        """Let the application go on."""
        self._look_away()
        super().resume_writing()

    def shutdown(self) -> None:
        """End as soon as what is under way is answered, and do not linger."""
        if self.ended:
            self._close()
        else:
            super().shutdown()

    def end(self) -> None:
        """Close the connection, once what is said has been heard."""
        if self.ended:
            return
        self.ended = True
        if self._deaf or self._more_to_come:
            self._linger()
        else:
            self._close()

    @property
    def _more_to_come(self) -> bool:
        """Whether a request has begun that has not come whole."""
        cycle: RequestResponseCycle | None = self.cycle  # None until the first head has come
        return cycle is not None and cycle.more_body

    def _throw_away(self, size: int) -> None:
        """Let a client get rid of what it sends, but not without end."""
        self._thrown += size
        self._heard = self.loop.time()
        if self._thrown > MOST_THROWN_AWAY:
            if self.ended:
                self._close()
            else:
                self.flow.pause_reading()

    def _linger(self) -> None:
        self._deaf = True
        self._raw.write_eof()
        self.flow.resume_reading()
        self._heard = self.loop.time()
        self._latest = self._heard + LONGEST_LINGER
        self._leaving = self.loop.call_later(LINGER_SECONDS, self._leave)

    def _leave(self) -> None:
        """Close, unless a client is still sending."""
        now = self.loop.time()
        if now < self._latest and now - self._heard < LINGER_SECONDS:
            self._leaving = self.loop.call_later(LINGER_SECONDS, self._leave)
        else:
            self._close()

    def _close(self) -> None:
        """Close once all is sent, if the client goes on reading."""
        self._raw.close()
        if self._raw.get_write_buffer_size():
            self._look_again()

    def _look_again(self) -> None:
        self._look_away()
        self._unsent = self._raw.get_write_buffer_size()
        self._watch = self.loop.call_later(WRITE_SECONDS, self._look)

    def _look(self) -> None:
        """Hang up on a client that has read nothing since the last look."""
        self._watch = None
        if self._raw.get_write_buffer_size() == self._unsent:
            self._raw.abort()
        else:
            self._look_again()

    def _look_away(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None


class _Ending:
    """A transport that its connection ends, whoever asks for it."""

    __slots__ = ("_connection", "_transport", "write")

    def __init__(self, transport: asyncio.Transport, connection: Parting) -> None:
        self._transport = transport
        self._connection = connection
        self.write = transport.write

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def is_closing(self) -> bool:
        """Whether nothing more is said."""
        return self._connection.ended or self._transport.is_closing()

    def close(self) -> None:
        """Have it ended."""
        self._connection.end()
