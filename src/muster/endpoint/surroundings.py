"""What the endpoint is given of the outside: time, ids, its public address, and how much may wait at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from muster.directory.ports import Clock, NewId
from muster.directory.records import Connection
from muster.endpoint.client_address import Proxies


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The outside of one endpoint; `most_in_flight` counts requests of one organization, `proxies` are believed."""

    clock: Clock
    new_id: NewId
    new_request_id: Callable[[], str]
    public_url: str
    most_in_flight: int
    proxies: Proxies = field(default_factory=Proxies)

    def base(self, connection: Connection) -> str:
        """Return the SCIM base URL of a connection, from the configured address and no header (R039)."""
        return f"{self.public_url}/scim/{connection.id}/v2"
