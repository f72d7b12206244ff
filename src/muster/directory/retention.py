"""How long the request log and the hours are kept: chores that every server process may run, as often as it likes.

Law: few entries are deleted at once, each time in a transaction of its own, so that nobody waits for it.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from muster.directory.ports import Administration, Database
from muster.directory.records import Organization
from muster.directory.registers.hours import KEPT
from muster.directory.world import World

AT_ONCE: Final = 500  # entries
_DAY: Final = 24 * 3600 * 1_000_000  # microseconds


async def forget_requests(database: Database, world: World) -> int:
    """Delete the entries of each organization that are older than it keeps them; return how many."""
    return sum([await _forget(database, one, world.clock()) for one in await database.organizations()])


async def forget_hours(database: Database, world: World) -> int:
    """Delete the hours that are older than anybody looks back; return how many."""
    before = world.clock() - KEPT
    return sum(
        [
            await database.administer(one.organization, lambda verbs: verbs.registers.hours.forget(before))
            for one in await database.organizations()
        ]
    )


async def _forget(database: Database, organization: Organization, now: int) -> int:
    before, number = now - organization.log_days * _DAY, organization.organization
    owners = await database.consult(number, lambda registers: registers.requests.owners())
    forgotten = 0
    for connection in ("", *(owner.connection for owner in owners)):
        while True:
            gone = await database.administer(number, partial(_forget_some, connection, before))
            forgotten += gone
            if gone < AT_ONCE:
                break
    return forgotten


async def _forget_some(connection: str, before: int, administration: Administration) -> int:
    return await administration.registers.requests.forget(connection, before, AT_ONCE)
