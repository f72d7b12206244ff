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

    `resolver` asks the DNS. `management_key` is the id of the key that asks, `console_user` of who is signed in, or of
    the setup link that they came with; neither: an operator, at the command line.
    """

    clock: Clock
    random: RandomBytes
    new_request_id: Callable[[], str]
    management_key: str | None = None
    resolver: Resolver = field(default_factory=Unreachable)
    console_user: str | None = None

    def actor(self) -> Actor:
        """Return who asks: a management key or a console user; nobody by name where an operator gives a command."""
        return Actor(None, self.management_key or self.console_user, self.new_request_id())

    def author(self) -> str:
        """Return who makes something, as it is kept with it: the id of a key or a console user, or `command line`."""
        return self.management_key or self.console_user or "command line"
