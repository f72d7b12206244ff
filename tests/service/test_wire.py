"""What is read of a connection, spoken to in bytes: heads that are too long, too slow or none, and what stands behind one."""

import asyncio
import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any, Self

import pytest
import uvloop

from muster import wire
from muster.process import Process, configured

DEADLINE_SECONDS = 30
HOST = b"Host: x\r\n"


class Echo:
    """Answers the length of each body, and keeps the scopes; `held` keeps the answers back until it is set."""

    def __init__(self) -> None:
        self.scopes: list[dict[str, Any]] = []
        self.held = threading.Event()
        self.held.set()
        self.reads = True

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            for step in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{step}.complete"})
            return
        self.scopes.append(scope)
        size, more = 0, self.reads
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            size, more = size + len(message["body"]), message["more_body"]
        await asyncio.to_thread(self.held.wait)
        body = str(size).encode()
        headers = [(b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


class Served:
    """An application behind our wire, on a port of its own, in a thread."""

    def __init__(self) -> None:
        self.application = Echo()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._address = self._listener.getsockname()
        self._server = Process(configured(self.application))
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(self._server.serve(sockets=[self._listener]))

    def __enter__(self) -> Self:
        self._thread.start()
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not self._server.started:
            assert time.monotonic() < deadline
            time.sleep(0.01)  # nothing to wait on: it is another thread's flag
        return self

    def __exit__(self, *_exc: object) -> None:
        self.application.held.set()
        self._server.end()
        self._thread.join(DEADLINE_SECONDS)
        assert not self._thread.is_alive()

    @property
    def connections(self) -> set[Any]:
        """What it has of each connection."""
        return set(self._server.server_state.connections)

    def connect(self) -> socket.socket:
        """A connection to it."""
        return socket.create_connection(self._address, timeout=DEADLINE_SECONDS)

    def say(self, *portions: bytes) -> bytes:
        """All that is answered to these bytes before the server hangs up."""
        with self.connect() as talk:
            for portion in portions:
                talk.sendall(portion)
            return everything(talk)


def everything(talk: socket.socket) -> bytes:
    """What comes until the server hangs up."""
    heard = b""
    with contextlib.suppress(ConnectionResetError):
        while piece := talk.recv(65536):
            heard += piece
    return heard


def until(talk: socket.socket, end: bytes) -> bytes:
    """What comes, up to this end of an answer."""
    heard = b""
    while not heard.endswith(end):
        piece = talk.recv(65536)
        assert piece, heard
        heard += piece
    return heard


def pushed(talk: socket.socket, piece: bytes) -> int:
    """How many bytes can be sent, piece by piece, until the server hangs up."""
    sent = 0
    with contextlib.suppress(ConnectionError):
        while sent < 1 << 30:
            talk.sendall(piece)
            sent += len(piece)
    return sent


@pytest.fixture
def served() -> Iterator[Served]:
    """A server of its own for each test."""
    with Served() as running:
        yield running


def refused(answer: bytes) -> tuple[int, str]:
    """The status and the detail of a whole answer that is a SCIM Error and ends its connection."""
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = head.decode().lower().split("\r\n")
    assert "connection: close" in lines
    assert "content-type: application/scim+json; charset=utf-8" in lines
    assert f"content-length: {len(body)}" in lines
    error = json.loads(body)
    assert error["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    status = int(lines[0].split()[1])
    assert error["status"] == str(status)
    return status, error["detail"]


LAST = b"Connection: close\r\n\r\n"


@pytest.mark.parametrize(
    "request_",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01",  # the beginning of TLS
        b"hello\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\n" + HOST + b"\r\n",
        b"CONNECT x:80 HTTP/1.1\r\n" + HOST + b"\r\n",
        b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
        b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\nbrew\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n folded: y\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost : x\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + HOST + HOST + b"\r\n",
    ],
    ids=[
        "TLS", "no HTTP", "a target", "CONNECT", "two lengths", "lengths that differ", "a chunk",
        "folding", "a space before the colon", "no host", "two hosts",
    ],
)  # fmt: skip
def test_what_is_no_http_is_refused(served: Served, request_: bytes) -> None:
    """400 as a SCIM Error, and the end of the connection: two parsers might read it differently."""
    status, detail = refused(served.say(request_))
    assert status == 400
    assert "HTTP/1.1" in detail


@pytest.mark.parametrize("version", [b"0.9", b"2.0"])
def test_other_versions_are_not_spoken(served: Served, version: bytes) -> None:
    """505."""
    assert refused(served.say(b"GET / HTTP/" + version + b"\r\n" + HOST + b"\r\n"))[0] == 505


@pytest.mark.parametrize("method", [b"BREW", b"get", b"GETS"])
def test_a_method_that_nobody_knows_is_refused(served: Served, method: bytes) -> None:
    """501: it is HTTP, and means nothing here (RFC 9110 §9.1)."""
    status, detail = refused(served.say(method + b" / HTTP/1.1\r\n" + HOST + b"\r\n"))
    assert status == 501
    assert "method" in detail


def test_a_head_may_be_long(served: Served) -> None:
    """Up to the bound, in one portion and in many."""
    target = b"/" + b"x" * (wire.LONGEST_HEAD - 200)
    whole = b"GET " + target + b" HTTP/1.1\r\n" + HOST + LAST
    assert served.say(whole).startswith(b"HTTP/1.1 200 ")
    assert served.say(*(whole[start : start + 1000] for start in range(0, len(whole), 1000))).startswith(
        b"HTTP/1.1 200 "
    )
    assert [scope["raw_path"] for scope in served.application.scopes] == [target, target]


TOO_LARGE = {
    "target": b"GET /" + b"x" * wire.LONGEST_HEAD + b" HTTP/1.1\r\n" + HOST + LAST,
    "field": b"GET / HTTP/1.1\r\n" + HOST + b"A: " + b"x" * wire.LONGEST_HEAD + b"\r\n" + LAST,
    "fields": b"GET / HTTP/1.1\r\n" + HOST + b"A: x\r\n" * wire.MOST_FIELDS + LAST,
}


@pytest.mark.parametrize("head", TOO_LARGE.values(), ids=TOO_LARGE)
def test_a_head_that_is_too_large_is_refused(served: Served, head: bytes) -> None:
    """431, before it is handed to anybody."""
    status, detail = refused(served.say(head))
    assert status == 431
    assert "/.search" in detail
    assert served.application.scopes == []


def test_a_head_without_an_end_is_not_kept(served: Served) -> None:
    """However it is portioned, little more than the bound is read of it."""
    with served.connect() as talk:
        talk.sendall(b"GET / HTTP/1.1\r\n" + HOST + b"A: ")
        assert (
            pushed(talk, b"x" * 4096) < 1 << 26
        )  # what is thrown away, and what the system holds between the two
    assert served.application.scopes == []


def test_a_long_body_behind_a_short_head_is_no_long_head(served: Served) -> None:
    """Also where both come at once."""
    body = b"x" * (3 * wire.LONGEST_HEAD)
    post = b"POST / HTTP/1.1\r\n" + HOST + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body)
    assert served.say(post + body).endswith(b"\r\n\r\n%d" % len(body))


def test_a_head_that_does_not_come_is_not_waited_for(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """408 once its time is over; without any byte just the end."""
    monkeypatch.setattr(wire, "HEAD_SECONDS", 0.3)
    assert served.say() == b""
    assert refused(served.say(b"GET / HT"))[0] == 408


def test_a_byte_now_and_then_does_not_prolong_it(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """The time is that of the whole head."""
    monkeypatch.setattr(wire, "HEAD_SECONDS", 0.5)
    end = time.monotonic() + DEADLINE_SECONDS
    with served.connect() as talk:
        talk.sendall(b"GET /")
        talk.setblocking(False)
        while time.monotonic() < end:
            talk.send(b"x")
            time.sleep(0.05)  # slower than anybody who means it
            with contextlib.suppress(BlockingIOError):
                assert refused(talk.recv(65536))[0] == 408
                return
    pytest.fail("it is still waited for")


BEHIND = {
    "garbage": b"\x81\x00\r\n\r\n",
    "a request": b"GET /2 HTTP/1.1\r\n" + HOST + b"\r\n",
    "thousands": (b"GET /2 HTTP/1.1\r\n" + HOST + b"\r\n") * 20_000,
    "a broken chunk": b"POST /2 HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\nbrew\r\n",
    "half a head": b"GET /2 HT",
    "an endless head": b"GET /2 HTTP/1.1\r\nA: " + b"x" * (20 * wire.LONGEST_HEAD),
}


@pytest.mark.parametrize("behind", BEHIND.values(), ids=BEHIND)
def test_an_answer_is_not_cut_off_for_what_comes_behind_its_request(served: Served, behind: bytes) -> None:
    """A connection has one request at a time; whatever comes before the answer is neither read nor kept."""
    served.application.held.clear()
    with served.connect() as talk:
        talk.sendall(b"GET /1 HTTP/1.1\r\n" + HOST + b"\r\n")
        talk.sendall(behind)
        time.sleep(0.2)  # so that it has come before the first is answered
        [connection] = served.connections
        assert not connection.pipeline
        served.application.held.set()
        heard = everything(talk)
    assert heard.startswith(b"HTTP/1.1 200 ")
    assert heard.endswith(b"\r\n\r\n0")
    assert [scope["path"] for scope in served.application.scopes] == ["/1"]


def test_requests_in_turn_share_a_connection(served: Served) -> None:
    """Each sent when the one before it was answered."""
    with served.connect() as talk:
        for size in range(3):
            talk.sendall(b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: %d\r\n\r\n" % size + b"x" * size)
            assert until(talk, b"\r\n\r\n%d" % size)


def test_trailers_are_for_nobody(served: Served) -> None:
    """A field behind the body is not one of the head: it would say who the client is after that was decided."""
    post = b"POST / HTTP/1.1\r\n" + HOST + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert served.say(post + b"1\r\nx\r\n0\r\nAuthorization: z\r\n", b"A: b\r\n\r\n").endswith(b"\r\n\r\n1")
    [scope] = served.application.scopes
    assert {name for name, _ in scope["headers"]} == {b"host", b"connection", b"transfer-encoding"}


@pytest.mark.parametrize("piece", [b"a: b\r\n", b"a"], ids=["fields", "a field"])
def test_trailers_without_an_end_are_not_kept(served: Served, piece: bytes) -> None:
    """They are bounded as a head is."""
    with served.connect() as talk:
        talk.sendall(b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n")
        assert pushed(talk, piece * 1000) < 1 << 26


def test_a_body_has_to_come(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """408 where it does not, or drips."""
    monkeypatch.setattr(wire, "BODY_SECONDS", 0.4)
    post = b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 1000\r\n\r\n"
    assert refused(served.say(post))[0] == 408
    with served.connect() as talk:
        talk.sendall(post)
        for _ in range(12):
            talk.sendall(b"x")
            time.sleep(0.05)
        assert refused(everything(talk))[0] == 408


def test_a_body_that_goes_on_coming_is_waited_for(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """However long it takes: each portion gives it more time."""
    monkeypatch.setattr(wire, "BODY_SECONDS", 0.2)
    portions = [b"x" * wire.BODY_RATE] * 5
    post = b"POST / HTTP/1.1\r\n" + HOST + b"Connection: close\r\nContent-Length: %d\r\n\r\n"
    with served.connect() as talk:
        talk.sendall(post % (wire.BODY_RATE * len(portions)))
        for portion in portions:
            talk.sendall(portion)
            time.sleep(0.3)
        assert everything(talk).endswith(b"\r\n\r\n%d" % (wire.BODY_RATE * len(portions)))


def test_the_rest_of_a_body_is_not_waited_for_once_it_is_answered(served: Served) -> None:
    """The connection ends: nobody wants it."""
    served.application.reads = False
    answer = served.say(b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 1000000000\r\n\r\nx")
    assert answer.startswith(b"HTTP/1.1 200 ")


def test_an_empty_line_does_not_hold_a_connection(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is no beginning of a request."""
    monkeypatch.setattr(wire, "IDLE_SECONDS", 0.3)
    with served.connect() as talk:
        talk.sendall(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
        assert until(talk, b"\r\n\r\n0")
        talk.sendall(b"\r\n")
        assert everything(talk) == b""


def test_there_is_room_for_so_many_connections(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """One more is hung up on at once."""
    monkeypatch.setattr(wire, "most_connections", lambda: 1)
    with served.connect() as first:
        first.sendall(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
        assert until(first, b"\r\n\r\n0")
        assert served.say() == b""
        first.sendall(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
        assert until(first, b"\r\n\r\n0")


def test_who_hangs_up_is_not_worked_for(served: Served, caplog: pytest.LogCaptureFixture) -> None:
    """The application hears of it, and nothing of it is in the log."""
    served.application.held.clear()
    with served.connect() as talk:
        talk.sendall(b"GET / HTTP/1.1\r\n" + HOST + b"\r\nGET / HTTP/1.1\r\n" + HOST + b"\r\n")
        time.sleep(0.1)
    served.application.held.set()
    assert served.say(b"GET / HTTP/1.1\r\n" + HOST + LAST).startswith(b"HTTP/1.1 200 ")
    assert caplog.text == ""


OFFER = HOST + b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n"


@pytest.mark.parametrize(
    "framing, body, size",
    [
        (b"", b"", 0),
        (b"Content-Length: 3\r\n", b"abc", 3),
        (b"Transfer-Encoding: chunked\r\n", b"2\r\nab\r\n1\r\nc\r\n0\r\n\r\n", 3),
    ],
    ids=["no body", "a length", "chunks"],
)
@pytest.mark.parametrize("at_once", [True, False])
def test_nothing_is_upgraded(
    served: Served, framing: bytes, body: bytes, size: int, *, at_once: bool
) -> None:
    """Who offers an upgrade, as the JDK's client does with each request, is answered as if it did not, bodies included."""
    head = b"POST / HTTP/1.1\r\n" + OFFER + framing + b"\r\n"
    with served.connect() as talk:
        for _ in range(2):
            talk.sendall(head + body if at_once else head)
            if body and not at_once:
                time.sleep(0.05)
                talk.sendall(body)
            assert until(talk, b"\r\n\r\n%d" % size)
        talk.sendall(b"GET / HTTP/1.1\r\n" + HOST + LAST)
        assert everything(talk).startswith(b"HTTP/1.1 200 ")
    assert [scope["method"] for scope in served.application.scopes] == ["POST", "POST", "GET"]


def test_a_body_is_asked_for_where_the_client_waits_to_be(served: Served) -> None:
    """Expect: 100-continue (RFC 9110 §10.1.1)."""
    with served.connect() as talk:
        talk.sendall(
            b"POST / HTTP/1.1\r\n"
            + HOST
            + b"Expect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\n"
        )
        assert talk.recv(65536).startswith(b"HTTP/1.1 100 ")
        talk.sendall(b"xx")
        assert everything(talk).endswith(b"\r\n\r\n2")


def test_forwarding_headers_are_left_to_us(served: Served) -> None:
    """The server changes neither the client's address nor the scheme for them."""
    served.say(
        b"GET / HTTP/1.1\r\n" + HOST + b"X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https\r\n" + LAST
    )
    [scope] = served.application.scopes
    assert (scope["client"][0], scope["scheme"]) == ("127.0.0.1", "http")
