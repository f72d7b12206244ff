"""What is read of a connection, spoken to in bytes: bodies, what stands behind a request, and what holds nothing."""

import gc
import resource
import time

import pytest

from muster import wire
from tests.service.spoken import HOST, LAST, Served, everything, pushed, refused, soon, until


def test_a_long_body_behind_a_short_head_is_no_long_head(served: Served) -> None:
    """Also where both come at once."""
    body = b"x" * (3 * wire.LONGEST_HEAD)
    post = b"POST / HTTP/1.1\r\n" + HOST + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body)
    assert served.say(post + body).endswith(b"\r\n\r\n%d" % len(body))


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


def test_what_is_there_at_the_start_is_not_looked_through_for_garbage(served: Served) -> None:
    """That took 50 ms and more, in which nobody was answered."""
    assert served.say(b"GET / HTTP/1.1\r\n" + HOST + LAST).startswith(b"HTTP/1.1 200 ")
    assert gc.get_freeze_count() > 10_000


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
    monkeypatch.setattr(wire, "BODY_SECONDS", 1)
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


def test_who_is_idle_for_longest_makes_room(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process has so many connections; whoever has a request under way keeps its own."""
    monkeypatch.setattr(wire, "most_connections", lambda: 2)
    ask = b"GET / HTTP/1.1\r\n" + HOST + b"\r\n"
    with served.connect() as first, served.connect() as second:
        for each in (first, second, first):
            each.sendall(ask)
            assert until(each, b"\r\n\r\n0")
            time.sleep(0.01)  # the loop's clock is no finer than milliseconds
        with served.connect() as third:
            third.sendall(ask)
            assert until(third, b"\r\n\r\n0")
            assert everything(second) == b""
            served.application.held.clear()
            for each in (first, third):
                each.sendall(ask)
            for _ in soon():
                if len(served.application.scopes) == 6:
                    break
            assert served.say() == b""
            served.application.held.set()
            for each in (first, third):
                assert until(each, b"\r\n\r\n0")


@pytest.mark.parametrize(
    "limit, connections", [(1024, 896), (16, 16), (resource.RLIM_INFINITY, 65_408), (1 << 30, 65_408)]
)
def test_how_many_connections_there_may_be(
    monkeypatch: pytest.MonkeyPatch, limit: int, connections: int
) -> None:
    """As many as files may be open, less those that the database and others need."""
    monkeypatch.setattr(resource, "getrlimit", lambda _: (limit, limit))
    wire.most_connections.cache_clear()
    try:
        assert wire.most_connections() == connections
    finally:
        wire.most_connections.cache_clear()


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
        (b"Content-Length: 0\r\n", b"", 0),
        (b"Content-Length: 3\r\n", b"abc", 3),
        (b"Transfer-Encoding: chunked\r\n", b"2\r\nab\r\n1\r\nc\r\n0\r\n\r\n", 3),
    ],
    ids=["no body", "an empty one", "a length", "chunks"],
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


def test_a_client_of_http_1_0_is_not_told_to_go_on(served: Served) -> None:
    """It knows no such answer (RFC 9110 §10.1.1)."""
    heard = served.say(b"POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx")
    assert heard.startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    "rest",
    [
        b"Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\nbrew\r\n",
        b"Connection: Upgrade\r\nUpgrade: h2c\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"Connection: Upgrade\r\nUpgrade: h2c\r\nTransfer-Encoding: chunked\r\n\r\nbrew\r\n",
    ],
    ids=["a broken chunk", "an upgrade with what is no framing", "an upgrade with a broken chunk"],
)
def test_nothing_that_strangers_send_is_in_the_log(
    served: Served, caplog: pytest.LogCaptureFixture, rest: bytes
) -> None:
    """They would fill it."""
    assert refused(served.say(b"POST / HTTP/1.1\r\n" + HOST + rest))[0] == 400
    assert served.say(b"GET / HTTP/1.1\r\n" + HOST + LAST).startswith(b"HTTP/1.1 200 ")
    assert caplog.text == ""
