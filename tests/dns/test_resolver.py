"""What the resolver makes of a real DNS server's answers."""

import asyncio
from collections.abc import Iterator

import dns.rcode
import pytest

from muster.directory.resolver import Absent, Unanswered
from muster.dns.resolver import DnsResolver
from tests.harness.name_server import NameServer
from tests.harness.ports import free_port

NAME = "_muster-challenge.example.com"


@pytest.fixture
def names() -> Iterator[NameServer]:
    """A DNS server."""
    with NameServer() as server:
        yield server


def texts(names: NameServer, name: str = NAME) -> list[str]:
    """What is found at a name."""
    return list(asyncio.run(DnsResolver([names.address], patience=0.2).texts(name)))


def test_each_record_is_one_text(names: NameServer) -> None:
    """Several records, and the strings of one joined without anything between."""
    names.texts[NAME] = [("one",), ("t", "w", "o"), ("v=spf1 -all",)]
    assert sorted(texts(names)) == ["one", "two", "v=spf1 -all"]


def test_an_alias_is_followed(names: NameServer) -> None:
    """Also through a second one."""
    names.aliases = {NAME: "challenge.elsewhere.example", "challenge.elsewhere.example": "end.example"}
    names.texts["end.example"] = [("one",)]
    assert texts(names) == ["one"]


def test_an_answer_that_is_too_long_for_udp_comes_by_tcp(names: NameServer) -> None:
    """All of it."""
    names.texts[NAME] = [(f"{number:03}" + "x" * 200,) for number in range(20)]
    assert len(texts(names)) == 20
    assert names.by_tcp == 1


def test_what_is_not_text_is_no_failure(names: NameServer) -> None:
    """Bytes that are no UTF-8 are seen as what cannot match."""
    names.texts[NAME] = [("\\255\\254",)]
    assert texts(names) == ["\N{REPLACEMENT CHARACTER}" * 2]


def test_the_ways_to_find_nothing_are_told_apart(names: NameServer) -> None:
    """No such name, no such record: answers. A failure, silence, nobody there: none."""
    names.texts["empty.example"] = []
    names.failures = {"failed.example": dns.rcode.SERVFAIL, "refused.example": dns.rcode.REFUSED}
    names.silent = {"silent.example"}
    with pytest.raises(Absent, match="NXDOMAIN"):
        texts(names, "nowhere.example")
    with pytest.raises(Absent, match="no TXT record"):
        texts(names, "empty.example")
    with pytest.raises(Unanswered, match="SERVFAIL"):
        texts(names, "failed.example")
    with pytest.raises(Unanswered, match="REFUSED"):
        texts(names, "refused.example")
    with pytest.raises(Unanswered, match="timeout"):
        texts(names, "silent.example")
    with pytest.raises(Unanswered):
        asyncio.run(DnsResolver([("127.0.0.1", free_port())], patience=0.2).texts(NAME))


def test_the_next_server_is_asked(names: NameServer) -> None:
    """Where the first one fails."""
    names.texts[NAME] = [("one",)]
    with NameServer() as first:
        first.failures[NAME] = dns.rcode.SERVFAIL
        resolver = DnsResolver([first.address, names.address], patience=1)
        assert list(asyncio.run(resolver.texts(NAME))) == ["one"]
        assert first.asked[NAME] == 1
