"""Deleted users whose time is up are purged: at connections that are switched to keep them for some days only.

Law: it is a chore: run by every server process, as often as it likes; what one has done another finds done.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Final

from muster.directory.organizations import Refused
from muster.directory.ports import Database
from muster.directory.purge import purge
from muster.directory.records import Connection
from muster.directory.registers.api_keys import Position
from muster.directory.registers.registers import Registers
from muster.directory.switches import switches_of
from muster.directory.world import World

_DAY: Final = 24 * 3600 * 1_000_000  # microseconds
_AT_ONCE: Final = 100


async def purge_expired(database: Database, world: World) -> int:
    """Purge every deleted user whose time is up; return how many."""
    purged = 0
    for connection in await database.connections():
        days = switches_of(connection.provider, connection.switches).purge_after_days
        if days is not None:
            purged += await _purge_of(database, world, connection, world.clock() - days * _DAY)
    return purged


async def _purge_of(database: Database, world: World, connection: Connection, before: int) -> int:
    """Purge the users of a connection that were deleted before a moment; return how many."""
    organization, done = connection.organization, 0
    after: Position | None = None
    while True:
        find = partial(_expired, owner=connection.owner, before=before, after=after)
        found = await database.consult(organization, find)
        for _, id in found:
            with suppress(Refused):  # it has come back, is purged already, or its account is held
                await purge(database, world, organization, id)
                done += 1
        if len(found) < _AT_ONCE:
            return done
        after = found[-1]


async def _expired(
    registers: Registers, *, owner: int, before: int, after: Position | None
) -> Sequence[Position]:
    return await registers.connections.expired(owner, before, after, _AT_ONCE)
