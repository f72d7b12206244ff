"""What is read of a request's head: what is none, too long or too slow is refused, and says why."""

import contextlib
import time

import pytest

from muster import wire
from tests.service.spoken import DEADLINE_SECONDS, HOST, LAST, Served, pushed, refused


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
