"""What the management API is given of the outside: the database, time, randomness, ids, and its public address."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from typing import Any, Final

from starlette.requests import Request

from muster.directory.changes import Followers
from muster.directory.ports import Database
from muster.directory.world import World

PREFIX: Final = "/api/v1"
"""Where the API is mounted."""

SURROUNDINGS: Final = "muster.surroundings"
"""Where a request's scope has its surroundings."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The outside of one management API; `public_url` has no slash at its end.

    `client` tells who is at the other end of a request, as far as the proxies between are trusted.
    `followers` are those who wait for changes, in this process; `ending` tells that it is on its way out.
    """

    database: Database
    world: World
    public_url: str
    followers: Followers
    ending: Callable[[], bool]
    client: Callable[[MutableMapping[str, Any]], str | None]

    @property
    def base(self) -> str:
        """Return the address that every path of the API is under."""
        return self.public_url + PREFIX


def outside_of(request: Request) -> Surroundings:
    """Return the surroundings that a request came with."""
    surroundings: Surroundings = request.scope[SURROUNDINGS]
    return surroundings
