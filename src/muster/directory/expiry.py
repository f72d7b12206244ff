"""Warning of credentials that expire soon: a change 30, 7 and 1 days before, for whoever follows the changes.

Law: each warning is given once, however many processes look; one that is late is given for the days that are left, and
those that it came too late for are left out, like those that are as long as the credential's whole life. One that was
replaced has its end from whoever rotated it, and is not warned of.
"""

from __future__ import annotations

from typing import Final

from muster.directory.document import dump
from muster.directory.ports import Administration, Database
from muster.directory.records import Change, Operation
from muster.directory.registers.credentials import KnownCredential
from muster.directory.world import World

DAYS: Final = (1, 7, 30)
_DAY: Final = 86_400_000_000  # microseconds


async def warn_of_expiry(database: Database, world: World) -> int:
    """Warn of all credentials that have come nearer to their end; return how many warnings were given.

    A chore: it may be run at any time and by several processes at once, and writes nothing where nothing is due.
    """
    warned = 0
    for organization in await database.organizations():
        warned += await _warn(database, world, organization.organization)
    return warned


async def _warn(database: Database, world: World, organization: int) -> int:
    now, until = world.clock(), world.clock() + DAYS[-1] * _DAY
    expiring = await database.consult(
        organization, lambda registers: registers.credentials.expiring(now, until)
    )
    found = [(known, days) for known in expiring if (days := _due(known, now)) is not None]
    if not found:
        return 0
    actor = world.actor()

    async def operation(administration: Administration) -> int:
        given = 0
        for known, days in found:
            id = known.credential.id
            if not await administration.registers.credentials.warn(id, days):
                continue
            after = dump(
                {"connection": known.credential.connection, "expires": known.credential.expires, "days": days}
            )
            await administration.record(
                Change(now, actor, Operation.WARN, "Credential", id, None, None, after)
            )
            given += 1
        return given

    return await database.administer(organization, operation)


def _due(known: KnownCredential, now: int) -> int | None:
    """Return the warning that is to be given now, in days before the end, or None."""
    credential = known.credential
    life, left = credential.expires - credential.created, credential.expires - now
    days = next((days for days in DAYS if left <= days * _DAY < life), None)
    return days if days is not None and (known.warned is None or days < known.warned) else None
