"""What is read of a connection: HTTP/1.1 within bounds, so that nobody holds a socket or memory for nothing.

Law: the head of a request is short and comes soon, or is refused; what is no HTTP is answered with a SCIM Error and the
end of the connection; no answer that is under way is cut off for what was sent behind its request. Bodies are bounded
where they are read, by whoever reads them.
"""

from __future__ import annotations

import asyncio
import re
from http import HTTPStatus
from typing import Any, Final

import httptools
import orjson
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from muster.scim.errors import ERROR_URN
from muster.scim.message import SCIM_MEDIA_TYPE

LONGEST_HEAD: Final = 64 * 1024
"""Bytes of a request's target and header fields together."""
MOST_FIELDS: Final = 128
"""Header fields of one request."""
HEAD_SECONDS: Final = 30.0
"""Within which a head has come, from its first bytes, or from the beginning of the connection."""
IDLE_SECONDS: Final = 75
"""How long a connection may wait for its next request: longer than proxies keep one that they mean to use again."""

_NO_HTTP: Final = "This is no HTTP/1.1 request that can be read."
_NO_METHOD: Final = "Nothing here takes this method."
_TOO_LARGE: Final = (
    f"A request's address and header fields have at most {LONGEST_HEAD} bytes, in {MOST_FIELDS} fields; a long filter"
    " can be sent as POST to /.search."
)
_REQUEST_LINE: Final = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+ [!-~]+ HTTP/1\.[01]\r?\n")
_TOO_SLOW: Final = f"The request's header fields did not come within {HEAD_SECONDS:g} seconds."


class HeadTooLarge(Exception):
    """A request's head has more bytes or more fields than may be."""


class Wire(HttpToolsProtocol):
    """One connection, as uvicorn serves it, with bounds on heads."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Take what uvicorn makes a connection of."""
        super().__init__(*args, **kwargs)
        self._in_head = False
        self._before = 0  # bytes of the portions that a head has come in, before the present one
        self._portion = 0  # bytes of the present one
        self._too_late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first head."""
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._head_came()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read what has come, and refuse what is not to be read on."""
        self._unset_keepalive_if_required()
        self._portion = len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            # Nothing is upgraded: the request is answered as it is, and what comes behind it is no HTTP.
            self.cycle.keep_alive = False
        except httptools.HttpParserError as error:
            self._refuse(*_reason(error, data))
        else:
            if self._in_head:
                self._read_on()

    def on_message_begin(self) -> None:
        """Begin with a head."""
        super().on_message_begin()
        self._in_head = True
        self._before = 0

    def on_headers_complete(self) -> None:
        """Hand the request over. Raises `HeadTooLarge`."""
        self._head_came()
        if len(self.headers) > MOST_FIELDS:
            raise HeadTooLarge
        if self._before + self._portion > LONGEST_HEAD and self._head_size() > LONGEST_HEAD:
            raise HeadTooLarge  # what came in the same portion may be the body
        super().on_headers_complete()

    def _head_size(self) -> int:
        return len(self.url) + sum(len(name) + len(value) for name, value in self.headers)

    def _read_on(self) -> None:
        """Wait for the rest of a head, unless too much of it has come already."""
        self._before += self._portion
        if self._before > LONGEST_HEAD:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, _TOO_LARGE)
        elif self._too_late is None:
            self._await_head()

    def _await_head(self) -> None:
        self._too_late = self.loop.call_later(HEAD_SECONDS, self._give_up)

    def _head_came(self) -> None:
        self._in_head = False
        if self._too_late is not None:
            self._too_late.cancel()
            self._too_late = None

    def _give_up(self) -> None:
        self._too_late = None
        if self._in_head:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT, _TOO_SLOW)
        else:
            self.transport.close()

    def _refuse(self, status: HTTPStatus, detail: str) -> None:
        """Say why and hang up; behind a request that has come whole, once that is answered."""
        self._head_came()
        cycle: RequestResponseCycle | None = self.cycle  # None until the first head has come
        if cycle is not None and not cycle.response_complete:
            if not cycle.more_body:
                cycle.keep_alive = False
                return
            if cycle.response_started:
                self.transport.close()
                return
        self.transport.write(refusal(status, detail))
        self.transport.close()


def _reason(error: httptools.HttpParserError, data: bytes) -> tuple[HTTPStatus, str]:
    """Return why what has come cannot be read."""
    if isinstance(error.__context__, HeadTooLarge):
        return HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, _TOO_LARGE
    # A method that the parser does not know, no resource does: 501 (RFC 9110 §9.1).
    if isinstance(error, httptools.HttpParserInvalidMethodError) and _REQUEST_LINE.match(data):
        return HTTPStatus.NOT_IMPLEMENTED, _NO_METHOD
    return HTTPStatus.BAD_REQUEST, _NO_HTTP


def refusal(status: HTTPStatus, detail: str) -> bytes:
    """Return a whole answer that tells of an error and ends the connection."""
    body = orjson.dumps({"schemas": [ERROR_URN], "status": str(status.value), "detail": detail})
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\ncontent-type: {SCIM_MEDIA_TYPE}; charset=utf-8\r\n"
        f"content-length: {len(body)}\r\ncache-control: no-store\r\nconnection: close\r\n\r\n"
    )
    return head.encode() + body
