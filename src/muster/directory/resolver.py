"""The port to the DNS: what the use cases ask of it, and what it answers.

Law: that there is nothing, and that nobody answered, are told apart: the first is an answer, the second proves nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Absent(Exception):
    """The DNS answered, and there is no such text; the message says what was answered."""


class Unanswered(Exception):
    """The DNS gave no answer that says anything; the message says why."""


class Resolver(Protocol):
    """Looks names up in the DNS."""

    async def texts(self, name: str) -> Sequence[str]:
        """Return the TXT records at a name in A-labels, each with its strings joined. Raises Absent, Unanswered."""


class Unreachable:
    """The resolver of a world without a DNS."""

    async def texts(self, name: str) -> Sequence[str]:
        """Raise Unanswered."""
        raise Unanswered(f"this process asks no DNS for {name}")
