"""Periodic work: every chore there is, and a round of them.

Law: a chore does the same whether it is done once or twice, and finds itself what is due, so that any process may do it
at any time; a chore that fails keeps no other one from being done. To add one, name it in `CHORES`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Final, NamedTuple

from muster.directory.expired_users import purge_expired
from muster.directory.expiry import warn_of_expiry
from muster.directory.forgetting import forget_challenges, forget_invitations, forget_sessions
from muster.directory.idempotency import prune_idempotency
from muster.directory.identifiers import PLATFORM
from muster.directory.ports import Database
from muster.directory.pruning import prune_deactivations
from muster.directory.recheck import recheck_domains
from muster.directory.retention import forget_hours, forget_requests
from muster.directory.world import World

Chore = Callable[[Database, World], Awaitable[int]]
"""Does what is due, and returns how many things it did; it may raise anything."""

CHORES: Final[Mapping[str, Chore]] = {
    "recheck_domains": recheck_domains,
    "warn_of_expiry": warn_of_expiry,
    "prune_idempotency": prune_idempotency,
    "forget_requests": forget_requests,
    "forget_hours": forget_hours,
    "forget_sessions": forget_sessions,
    "forget_invitations": forget_invitations,
    "forget_challenges": forget_challenges,
    "prune_deactivations": prune_deactivations,
    "purge_expired": purge_expired,
}
"""The chores by name, in the order in which they are done."""


class Done(NamedTuple):
    """A chore that was done: how many things it did, or with what it failed."""

    chore: str
    things: int
    failure: Exception | None = None


async def run_chores(
    database: Database, world: World, pause: int | None = None, chores: Mapping[str, Chore] = CHORES
) -> AsyncIterator[Done]:
    """Do the chores, and yield each that was done or failed.

    One that some process has begun within the last `pause` microseconds is left out; None: all are done.
    """
    for name, chore in chores.items():
        try:
            if pause is None or await _take_turn(database, world, name, pause):
                yield Done(name, await chore(database, world))
        except Exception as error:  # noqa: BLE001 - whatever it is, the other chores are to be done
            yield Done(name, 0, error)


async def _take_turn(database: Database, world: World, chore: str, pause: int) -> bool:
    now = world.clock()
    return await database.administer(
        PLATFORM, lambda administration: administration.registers.chores.take(chore, now, now - pause)
    )
