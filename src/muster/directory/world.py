"""Time, randomness and ids, as they are handed to the use cases of administration."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from muster.directory.identifiers import RandomBytes
from muster.directory.ports import Clock
from muster.directory.records import Actor


@dataclass(frozen=True, slots=True)
class World:
    """What an administrative use case needs of the outside; `new_request_id` names what it does in the change rows."""

    clock: Clock
    random: RandomBytes
    new_request_id: Callable[[], str]

    def actor(self) -> Actor:
        """Return the actor of a command that an operator gives: no connection, no credential."""
        return Actor(None, None, self.new_request_id())
