"""Time, randomness and ids, as they are handed to the use cases of administration."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from muster.directory.identifiers import RandomBytes
from muster.directory.ports import Clock
from muster.directory.records import Actor
from muster.directory.resolver import Resolver, Unreachable


@dataclass(frozen=True, slots=True)
class World:
    """What an administrative use case needs of the outside; `new_request_id` names what it does in the change rows.

    `management_key` is the id of the key that asks; None: an operator, at the command line. `resolver` asks the DNS.
    """

    clock: Clock
    random: RandomBytes
    new_request_id: Callable[[], str]
    management_key: str | None = None
    resolver: Resolver = field(default_factory=Unreachable)

    def actor(self) -> Actor:
        """Return who asks: a management key; nobody by name where an operator gives a command."""
        return Actor(None, self.management_key, self.new_request_id())

    def author(self) -> str:
        """Return who makes something, as it is kept with it: the id of a management key, or `command line`."""
        return self.management_key or "command line"
