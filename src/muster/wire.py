"""What is read of a connection: HTTP/1.1 within bounds, so that nobody holds a socket or memory for nothing.

Law: a connection has one request at a time, whose head is short and comes soon, and whose body goes on coming; the rest
is refused by a SCIM Error and the end of the connection. No answer is cut off for what comes behind its request. How
much of a body is kept is bounded by whoever reads it.
"""

from __future__ import annotations

import asyncio
import re
import resource
from functools import cache, lru_cache
from http import HTTPStatus
from typing import Any, Final

import httptools
import structlog
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from muster.parting import Parting
from muster.refusal import Refusal, refusal

LONGEST_HEAD: Final = 64 * 1024
"""Bytes of a request's target and header fields together, and of what a body has beside its content."""
MOST_FIELDS: Final = 128
"""Header fields of one request."""
HEAD_SECONDS: Final = 30.0
"""Within which a head has come, from its first bytes, or from the beginning of the connection."""
BODY_SECONDS: Final = 30.0
"""Within which a body has come, and a second more for each `BODY_RATE` bytes of it."""
BODY_RATE: Final = 4096
IDLE_SECONDS: Final = 75
"""How long a connection may wait for its next request: longer than proxies keep one that they mean to use again."""

_OTHER_FILES: Final = 128
_MOST_FILES: Final = 65_536
_SECONDS_BETWEEN_WARNINGS: Final = 60
_FRAMING: Final = (b"content-length", b"transfer-encoding")
_VERSIONS: Final = ("1.1", "1.0")
_REQUEST_LINE: Final = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+ [!-~]+ HTTP/1\.[01]\r?\n")
_NO_HTTP: Final = Refusal(
    HTTPStatus.BAD_REQUEST,
    "This is no HTTP/1.1 request that can be read. TLS is not spoken here; it ends in front.",
)
_NO_HOST: Final = Refusal(HTTPStatus.BAD_REQUEST, "A request of HTTP/1.1 has one Host field (RFC 9112 §3.2).")
_NO_METHOD: Final = Refusal(
    HTTPStatus.NOT_IMPLEMENTED, "Nothing here takes this method; GET, POST, PUT, PATCH and DELETE are taken."
)
_NO_VERSION: Final = Refusal(HTTPStatus.HTTP_VERSION_NOT_SUPPORTED, "Send HTTP/1.1 or HTTP/1.0.")
_TOO_LARGE: Final = Refusal(
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    f"A request's address and header fields have at most {LONGEST_HEAD} bytes, in {MOST_FIELDS} fields; a long filter"
    " can be sent as POST to /.search.",
)
_TOO_SLOW: Final = Refusal(
    HTTPStatus.REQUEST_TIMEOUT, "The request did not come in time; send it again, and at once."
)

_log = structlog.get_logger("muster")


class _Refused(Exception):
    """What has come is not to be read on, and why."""

    def __init__(self, reason: Refusal) -> None:
        super().__init__(reason.detail)
        self.reason = reason


class _TooEarly(Exception):
    """A request has come while the one before it is not answered yet."""


class Wire(Parting):
    """One connection, as uvicorn serves it, within bounds."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Take what uvicorn makes a connection of."""
        super().__init__(*args, **kwargs)
        self._in_head = False
        self._resumed = False  # the head at hand is ours: of a request that offered an upgrade
        self._beside = 0  # bytes of the head, or beside a body's content, in the portions before this one
        self._hosts = 0  # fields of that name
        self._portion = 0  # bytes of this portion
        self._content = 0  # bytes of the body's content
        self._grew = 0  # what that was before this portion
        self.since = 0.0  # the loop's time when the latest head had come, or the connection was made
        self._patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first head, where there is still room for a connection."""
        super().connection_made(transport)
        self.since = self.loop.time()
        if len(self.connections) > most_connections():
            make_room(self)
        if not self._raw.is_closing():
            self._be_patient(HEAD_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._lose_patience()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read what has come, and refuse what is not to be read on."""
        if self._deaf:
            self._throw_away(len(data))
            return
        self._unset_keepalive_if_required()
        self._portion, self._grew = len(data), self._content
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            rest = data[upgrade.args[0] :]
        except httptools.HttpParserError as error:
            self._cannot_read(error, data)
            return
        else:
            self._wait_for_more()
            return
        self._stay(rest)

    def on_message_begin(self) -> None:
        """Begin with a head, unless a request is under way."""
        if self._resumed:
            return
        if self._under_way:
            raise _TooEarly
        if self.cycle is not None:
            self._lose_patience()  # only the first head shares the time of its connection
        super().on_message_begin()
        self._in_head = True
        self._hosts = self._beside = 0

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a field of the head; one that comes behind a body is not for anybody."""
        if self._in_head:
            name = name.lower()
            if name == b"host":
                self._hosts += 1
            elif name == b"expect" and value.lower() == b"100-continue":
                self.expect_100_continue = True
            self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        """Hand the request over."""
        if self._resumed:
            self._resumed = False
            return
        self._in_head = False
        self._check_head()
        self._content = self._beside = self._portion = 0
        self.since = self.loop.time()
        self._lose_patience()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        self._content += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Tell that the request is here, unless its body is only now to be looked for (`_stay`)."""
        if not self.parser.should_upgrade():
            self._lose_patience()
            cycle = self.cycle
            if not cycle.response_complete:
                cycle.more_body = False
                cycle.message_event.set()

    def on_response_complete(self) -> None:
        """Wait for the next request; where the rest of this one is still to come, for nothing."""
        if self.cycle.more_body:
            self.end()
        super().on_response_complete()

    @property
    def idle(self) -> bool:
        """Whether nothing is under way."""
        return not self._in_head and not self._under_way and not self.ended

    @property
    def _under_way(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle  # None until the first head has come
        return cycle is not None and not cycle.response_complete

    @property
    def _body_under_way(self) -> bool:
        return self._under_way and self.cycle.more_body

    def _check_head(self) -> None:
        version = self.parser.get_http_version()
        if version not in _VERSIONS:
            raise _Refused(_NO_VERSION)
        if version == "1.0":
            self.expect_100_continue = False  # it knows no such answer (RFC 9110 §10.1.1)
        # What came in the same portion may be the body, so that the head may be short all the same.
        if len(self.headers) > MOST_FIELDS or (
            self._beside + self._portion > LONGEST_HEAD and self._head_size() > LONGEST_HEAD
        ):
            raise _Refused(_TOO_LARGE)
        if self._hosts != 1 and (self._hosts or version == "1.1"):
            raise _Refused(_NO_HOST)

    def _head_size(self) -> int:
        return len(self.url) + sum(len(name) + len(value) for name, value in self.headers)

    def _wait_for_more(self) -> None:
        """See that what is still to come comes in time, and that it is not endless."""
        if self._in_head or self._body_under_way:
            if self._in_head or self._content == self._grew:
                self._beside += self._portion
                if self._beside > LONGEST_HEAD:
                    self._refuse(_TOO_LARGE)
                    return
            if self._patience is None:
                self._be_patient(HEAD_SECONDS if self._in_head else BODY_SECONDS)
        elif not self._under_way and self._patience is None and not self.transport.is_closing():
            self._be_patient(IDLE_SECONDS)  # an empty line, say

    def _be_patient(self, seconds: float) -> None:
        self._patience = self.loop.call_later(seconds, self._give_up)

    def _lose_patience(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _give_up(self) -> None:
        self._patience = None
        if self._in_head:
            self._refuse(_TOO_SLOW)
        elif not self._under_way:
            self.end()
        elif self.cycle.more_body:
            left = BODY_SECONDS + self._content / BODY_RATE - (self.loop.time() - self.since)
            # Nor is the client to blame while nobody reads what it has sent.
            if left > 0 or self.flow.read_paused:
                self._be_patient(max(left, 1.0))
            else:
                self._refuse(_TOO_SLOW)

    def _stay(self, rest: bytes) -> None:
        """Upgrade to nothing: read on as before, the body first, where there is one.

        The parser takes a request that offers an upgrade to end with its head, whatever that says of a body; the JDK's
        client offers one with each of its requests.
        """
        framing = [name + b": " + value for name, value in self.headers if name in _FRAMING]
        self.parser = httptools.HttpRequestParser(self)
        try:
            if framing:
                self._resumed = True
                self.parser.feed_data(b"\r\n".join((b"POST / HTTP/1.1", *framing, b"\r\n")))
            else:
                self.on_message_complete()
            self.parser.feed_data(rest)
        except httptools.HttpParserError as error:
            self._resumed = False
            self._cannot_read(error, rest)
        else:
            self._wait_for_more()

    def _cannot_read(self, error: httptools.HttpParserError, data: bytes) -> None:
        if self._under_way and not self.cycle.more_body:
            self._answer_no_more()  # it is behind a request that has come whole
        else:
            self._refuse(_reason(error, data))

    def _refuse(self, reason: Refusal) -> None:
        """Say why, unless an answer has begun, and hang up."""
        self._in_head = False
        self._lose_patience()
        if not self._under_way or not self.cycle.response_started:
            self._raw.write(refusal(reason, self.server_state.default_headers))
        if self._under_way:
            self.cycle.disconnected = True  # whoever works on it hears of its end, and answers nobody
            self.cycle.waiting_for_100_continue = False
            self.cycle.message_event.set()
            self.flow.resume_writing()
        self._deaf = True
        self.end()

    def _answer_no_more(self) -> None:
        """Read nothing behind a request that is under way, and hang up once it is answered."""
        self._deaf = True
        self._lose_patience()
        self.cycle.keep_alive = False


def make_room(newcomer: Wire) -> None:
    """Hang up on whoever has been idle for longest, or on the newcomer where nobody is."""
    others = [
        one for one in newcomer.connections if isinstance(one, Wire) and one.idle and one is not newcomer
    ]
    leaving = min(others, key=lambda one: one.since, default=newcomer)
    leaving.end()
    _full(int(newcomer.since // _SECONDS_BETWEEN_WARNINGS), most_connections())


@lru_cache(maxsize=1)
def _full(_moment: int, connections: int) -> None:
    """Say so, once in a while."""
    _log.warning(
        "a process has as many connections as it may have; some are hung up on", connections=connections
    )


@cache
def most_connections() -> int:
    """Return how many connections a process takes at once: files and the database have to be opened too."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return max(
        16, (_MOST_FILES if files == resource.RLIM_INFINITY else min(files, _MOST_FILES)) - _OTHER_FILES
    )


def _reason(error: httptools.HttpParserError, data: bytes) -> Refusal:
    """Return why what has come cannot be read."""
    if isinstance(error.__context__, _Refused):
        return error.__context__.reason
    # A method that the parser does not know, no resource does: 501 (RFC 9110 §9.1).
    if isinstance(error, httptools.HttpParserInvalidMethodError) and _REQUEST_LINE.match(data):
        return _NO_METHOD
    return _NO_HTTP
