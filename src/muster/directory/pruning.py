"""A chore: what the guards of connections need not remember any more."""

from __future__ import annotations

from muster.directory.guard import WIDEST
from muster.directory.ports import Administration, Database
from muster.directory.world import World


async def prune_deactivations(database: Database, world: World) -> int:
    """Forget deactivations that no guard looks back at; return how many. It may run in several processes at once."""
    before, forgotten = world.clock() - WIDEST, 0

    async def prune(administration: Administration) -> int:
        return await administration.registers.deactivations.prune(before)

    for organization in await database.organizations():
        number = organization.organization
        if await database.consult(number, lambda registers: registers.deactivations.stale(before)):
            forgotten += await database.administer(number, prune)
    return forgotten
