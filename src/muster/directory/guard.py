"""What the guard of a connection weighs: deactivations, which are too many when they are more than it lets go."""

from __future__ import annotations

from typing import Final, NamedTuple

from muster.directory.switches import Guard

_MINUTE: Final = 60_000_000  # microseconds
WIDEST: Final = 24 * 60 * _MINUTE
"""The longest time that a guard looks back, in microseconds: nothing older is remembered."""


class Weighed(NamedTuple):
    """What a deactivation meets: the account, its status, and how many are too many; 0: these are not."""

    account: str | None
    status: str | None
    many: int


def looks_back_to(guard: Guard, now: int) -> int:
    """Return from when on deactivations count, in microseconds."""
    return now - guard.minutes * _MINUTE
