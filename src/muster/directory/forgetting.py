"""Chores: sessions that were over long ago, invitations that nobody used, and challenges that are over, are forgotten.

Law: what is over opens nothing whether or not it is there, so it does not matter when this is done, and by whom.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from muster.directory.identifiers import PLATFORM
from muster.directory.ports import Administration, Database
from muster.directory.world import World

KEPT: Final = 30 * 24 * 3600 * 1_000_000  # microseconds


async def forget_sessions(database: Database, world: World) -> int:
    """Forget the sessions that were over more than 30 days ago; return how many."""
    before = world.clock() - KEPT
    return await _everywhere(database, lambda verbs: verbs.registers.sessions.forget(before))


async def forget_invitations(database: Database, world: World) -> int:
    """Forget the invitations to the console that were over, unused, more than 30 days ago; return how many."""
    before = world.clock() - KEPT
    return await _everywhere(database, lambda verbs: verbs.registers.invitations.forget(before))


async def forget_challenges(database: Database, world: World) -> int:
    """Forget the challenges that were answered and are over, which nobody believes any more; return how many."""
    now = world.clock()
    return await database.administer(PLATFORM, lambda verbs: verbs.registers.challenges.forget(now))


async def _everywhere(database: Database, forget: Callable[[Administration], Awaitable[int]]) -> int:
    """Do it for the platform and for each organization, in a transaction each."""
    numbers = [PLATFORM, *(one.organization for one in await database.organizations())]
    return sum([await database.administer(number, forget) for number in numbers])
