"""What the console is given of the outside: the database, time, randomness, ids, addresses."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from muster.console.simulation import Simulation
from muster.directory.passphrase import Passphrases
from muster.directory.ports import Database
from muster.directory.records import Connection
from muster.directory.relying_party import RelyingParty, relying_party
from muster.directory.world import World


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The outside of one console; `public_url` has no slash at its end, `scim_base` is what an IdP is given.

    `client` tells who is at the other end of a request, as far as the proxies between are trusted; `ending`, that the
    server is on its way out.
    """

    database: Database
    world: World
    public_url: str
    scim_base: Callable[[Connection], str]
    client: Callable[[MutableMapping[str, Any]], str | None]
    passphrases: Passphrases
    simulation: Simulation
    ending: Callable[[], bool]

    @property
    def origin(self) -> str:
        """Return the origin that a browser has when it is at the console (RFC 6454 §6)."""
        parts = urlsplit(self.public_url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def relying_party(self) -> RelyingParty | None:
        """Return what authenticators know the console as, or None: browsers have no passkeys at its address."""
        return relying_party(self.origin)
