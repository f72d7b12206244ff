"""The directory's resolver: TXT records from the DNS servers that were chosen, else from the system's.

Law: the answer is the servers' own: no search list, no cache of ours; every way to get none is told apart in words that
name no server, since a customer reads them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import dns.asyncresolver
import dns.exception
import dns.nameserver
import dns.rcode
import dns.resolver

from muster.directory.resolver import Absent, Unanswered

PATIENCE: Final = 5.0  # seconds for a whole look-up, over all servers
_TRY: Final = 2.0  # seconds for one server, before the next is asked
_PAYLOAD: Final = 1232  # bytes that come by UDP without being fragmented; what is larger comes by TCP

Server = tuple[str, int]
"""The address and port of a DNS server."""


class DnsResolver:
    """Looks names up; without `servers` it asks those of the system, as they are configured at that moment."""

    def __init__(self, servers: Sequence[Server] = (), patience: float = PATIENCE) -> None:
        self._servers = servers
        self._patience = patience

    async def texts(self, name: str) -> Sequence[str]:
        """Return the TXT records at a name or behind its CNAME, strings joined. Raises Absent, Unanswered."""
        try:
            answer = await self._resolver().resolve(f"{name}.", "TXT", search=False)
        except dns.resolver.NXDOMAIN:
            raise Absent("there is no such name (NXDOMAIN)") from None
        except dns.resolver.NoAnswer:
            raise Absent("there is no TXT record at this name") from None
        except dns.resolver.LifetimeTimeout:
            raise Unanswered(
                f"the DNS did not answer within {self._patience:g} seconds (timeout); MUSTER_DNS_SERVERS names others"
            ) from None
        except dns.resolver.NoNameservers as error:
            raise Unanswered(f"the DNS answered with a failure ({_failures(error)})") from None
        except dns.resolver.NoResolverConfiguration:
            raise Unanswered("this server has no DNS server to ask") from None
        except (dns.exception.DNSException, OSError) as error:
            raise Unanswered(f"the DNS could not be asked ({type(error).__name__})") from None
        return [b"".join(record.strings).decode("utf-8", "replace") for record in answer]

    def _resolver(self) -> dns.asyncresolver.Resolver:
        made = dns.asyncresolver.Resolver(configure=not self._servers)
        if self._servers:
            made.nameservers = [dns.nameserver.Do53Nameserver(*server) for server in self._servers]
        made.timeout = min(_TRY, self._patience)
        made.lifetime = self._patience
        made.use_edns(0, 0, _PAYLOAD)
        return made


def _failures(error: dns.resolver.NoNameservers) -> str:
    """Return what the servers answered, as SERVFAIL; a server that could not be reached answered nothing."""
    responses = (one[4] for one in error.kwargs["errors"])
    codes = {dns.rcode.to_text(one.rcode()) for one in responses if one is not None}
    return ", ".join(sorted(codes)) or "no server can be reached"
