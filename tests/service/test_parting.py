"""How a connection ends: what is said is heard, whoever still sends; who does not read is not waited for."""

import contextlib
import http.client
import socket
import time

import pytest

from muster import parting, wire
from tests.service.spoken import HOST, Served, everything, soon, until

LARGE = 4 * 1024 * 1024


def client(served: Served, *, receives: int = 0) -> socket.socket:
    """A connection with small buffers of its own."""
    talk = socket.socket()
    talk.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8192)
    if receives:
        talk.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receives)
    talk.settimeout(30)
    talk.connect(served.address)
    return talk


@pytest.mark.parametrize("version", [10, 11])
@pytest.mark.parametrize("fields", [[], [(b"connection", b"close")]], ids=["silent", "says so"])
def test_an_answer_is_read_by_who_is_still_sending(
    served: Served, fields: list[tuple[bytes, bytes]], version: int
) -> None:
    """A body that nobody reads does not take its refusal back."""
    served.application.reads, served.application.fields = False, fields
    for _ in range(5):
        asking = http.client.HTTPConnection(*served.address)
        asking._http_vsn, asking._http_vsn_str = version, f"HTTP/{version / 10}"  # type: ignore[attr-defined]
        asking.sock = client(served)
        asking.request("POST", "/", b"x" * 300_000)
        assert asking.getresponse().read() == b"0"
        asking.close()


def test_a_refusal_is_read_by_who_is_still_sending(served: Served) -> None:
    """Whatever comes behind what is refused."""
    with client(served) as talk:
        talk.sendall(b"GET / HTTP/1.1\r\n" + HOST + b"A: " + b"x" * (4 * wire.LONGEST_HEAD))
        assert everything(talk).startswith(b"HTTP/1.1 431 ")


def test_an_answer_is_whole_for_who_goes_on_asking(served: Served) -> None:
    """The requests that come too early are neither answered nor in the way."""
    served.application.size = LARGE
    with client(served, receives=65536) as talk:
        talk.setblocking(False)
        heard, ask = 0, b"GET / HTTP/1.1\r\n" + HOST + b"\r\n"
        for _ in soon():
            with contextlib.suppress(OSError):
                talk.send(ask * 10)
            try:
                piece = talk.recv(65536)
            except BlockingIOError:
                continue
            if not piece:
                break
            heard += len(piece)
    assert heard > LARGE
    assert heard % LARGE < 1000 * (heard // LARGE)


def test_who_does_not_read_is_not_waited_for(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither while an answer is sent nor at the end of the connection."""
    monkeypatch.setattr(parting, "WRITE_SECONDS", 0.3)
    served.application.size = 2 * LARGE
    for field in (b"", b"Connection: close\r\n"):
        with client(served, receives=4096) as talk:
            talk.sendall(b"GET / HTTP/1.1\r\n" + HOST + field + b"\r\n")
            for _ in soon():
                if served.application.scopes:
                    break
            for _ in soon():
                if not served.connections:
                    break
        served.application.scopes.clear()


def test_who_reads_slowly_is(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of the answer comes, however long that takes."""
    monkeypatch.setattr(parting, "WRITE_SECONDS", 1)
    served.application.size = LARGE
    with client(served, receives=65536) as talk:
        talk.sendall(b"GET / HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n")
        heard = b""
        while piece := talk.recv(65536):
            heard += piece
            time.sleep(0.03)  # some 2 MB a second
    assert heard.endswith(b"y" * LARGE)


def test_a_head_and_its_body_may_come_apart(served: Served) -> None:
    """A head that is as long as it may be is not counted again."""
    field = b"A: " + b"x" * (wire.LONGEST_HEAD - 200) + b"\r\n"
    with served.connect() as talk:
        talk.sendall(b"POST / HTTP/1.1\r\n" + HOST + field + b"Content-Length: 2\r\n\r\n")
        time.sleep(0.1)
        talk.sendall(b"x")
        time.sleep(0.1)
        talk.sendall(b"x")
        assert until(talk, b"\r\n\r\n2")


def test_a_head_behind_an_empty_line_has_its_own_time(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some clients send one behind a body."""
    monkeypatch.setattr(wire, "IDLE_SECONDS", 1.5)
    with served.connect() as talk:
        talk.sendall(b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 1\r\n\r\nx")
        assert until(talk, b"\r\n\r\n1")
        talk.sendall(b"\r\n")
        time.sleep(0.8)
        talk.sendall(b"GET / HTTP/1.1\r\nHos")
        time.sleep(0.9)
        talk.sendall(b"t: x\r\n\r\n")
        assert until(talk, b"\r\n\r\n0")
