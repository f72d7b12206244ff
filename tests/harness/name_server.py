"""A DNS server of the tests' own, by UDP and TCP on this machine. Law: what it says is what a test has told it to say."""

import socketserver
import struct
import threading
from typing import Any, Self

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

_TTL = 60
_MORE_THAN_UDP = 1232


class NameServer:
    """Answers questions for TXT records; a name that it does not know is NXDOMAIN.

    `texts` has each name's records, each of one string or several; `aliases` are CNAMEs, `failures` are answered with
    that code, `silent` names not at all. `asked` counts the questions by name.
    """

    def __init__(self) -> None:
        self.texts: dict[str, list[tuple[str, ...]]] = {}
        self.aliases: dict[str, str] = {}
        self.failures: dict[str, dns.rcode.Rcode] = {}
        self.silent: set[str] = set()
        self.asked: dict[str, int] = {}
        self.by_tcp = 0
        self._tcp = _TcpServer(self)
        self.port = int(self._tcp.server_address[1])
        self._udp = _UdpServer(self, self.port)
        self._threads = [threading.Thread(target=one.serve_forever, args=(0.01,)) for one in self._servers]

    @property
    def _servers(self) -> tuple[socketserver.BaseServer, ...]:
        return self._tcp, self._udp

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        return "127.0.0.1", self.port

    def __enter__(self) -> Self:
        """Begin to answer."""
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Answer no more."""
        for one in self._servers:
            one.shutdown()
            one.server_close()
        for thread in self._threads:
            thread.join()

    def answered(self, wire: bytes, *, tcp: bool) -> bytes | None:
        """What is answered to a message; None: nothing."""
        query = dns.message.from_wire(wire)
        name = query.question[0].name.to_text(omit_final_dot=True).lower()
        self.asked[name] = self.asked.get(name, 0) + 1
        self.by_tcp += tcp
        if name in self.silent:
            return None
        response = dns.message.make_response(query)
        response.flags |= dns.flags.AA | dns.flags.RA
        self._fill(response, name)
        found = response.to_wire(max_size=65535)
        if tcp or len(found) <= _MORE_THAN_UDP:
            return found
        cut = dns.message.make_response(query)
        cut.flags |= dns.flags.TC
        return cut.to_wire()

    def _fill(self, response: dns.message.Message, name: str) -> None:
        if name in self.failures:
            response.set_rcode(self.failures[name])
            return
        while name in self.aliases:
            target = self.aliases[name]
            response.answer.append(_rrset(name, "CNAME", f"{target}."))
            name = target
        if name not in self.texts:
            response.set_rcode(dns.rcode.NXDOMAIN)
        elif self.texts[name]:
            records = [" ".join(f'"{part}"' for part in record) for record in self.texts[name]]
            response.answer.append(_rrset(name, "TXT", *records))


def _rrset(name: str, type_: str, *records: str) -> Any:
    return dns.rrset.from_text(f"{name}.", _TTL, "IN", type_, *records)


class _TcpServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, names: NameServer) -> None:
        self.names = names
        super().__init__(("127.0.0.1", 0), _TcpQuestion)


class _TcpQuestion(socketserver.StreamRequestHandler):
    server: _TcpServer

    def handle(self) -> None:
        (length,) = struct.unpack("!H", self.rfile.read(2))
        found = self.server.names.answered(self.rfile.read(length), tcp=True)
        if found is not None:
            self.wfile.write(struct.pack("!H", len(found)) + found)


class _UdpServer(socketserver.ThreadingUDPServer):
    allow_reuse_address = True
    daemon_threads = True
    max_packet_size = 4096

    def __init__(self, names: NameServer, port: int) -> None:
        self.names = names
        super().__init__(("127.0.0.1", port), _UdpQuestion)


class _UdpQuestion(socketserver.BaseRequestHandler):
    server: _UdpServer

    def handle(self) -> None:
        data, socket = self.request
        found = self.server.names.answered(data, tcp=False)
        if found is not None:
            socket.sendto(found, self.client_address)
