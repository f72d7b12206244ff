"""Moving every epoch forward: after a database came back from a copy, nothing issued before may be good.

Law: one transaction and one change row per organization, one transaction for the platform's management keys; an epoch
never moves backward.
"""

from __future__ import annotations

from functools import partial
from operator import add
from typing import NamedTuple

from muster.directory.document import dump
from muster.directory.identifiers import PLATFORM, routing_part
from muster.directory.ports import Administration, Database
from muster.directory.records import Change, Operation
from muster.directory.registers.registers import Registers
from muster.directory.world import World


class Revoked(NamedTuple):
    """Organizations gone through, accounts whose epoch moved; credentials, keys, sessions, invitations that are dead.

    The sessions and the invitations are the console's.
    """

    organizations: int = 0
    accounts: int = 0
    credentials: int = 0
    api_keys: int = 0
    sessions: int = 0
    invitations: int = 0

    def with_more(self, more: Revoked) -> Revoked:
        """Return the sum of both."""
        return Revoked(*map(add, self, more))


async def revoke_everything(database: Database, world: World, *, credentials: bool) -> Revoked:
    """Move `revoked_before` of every account to now, and end the console's sessions and unused invitations.

    Of these the copy does not know which have ended since. With `credentials` end all keys and setup links too.
    """
    revoked = Revoked()
    for number in (*(one.organization for one in await database.organizations()), PLATFORM):
        operation = partial(revoke_organization, world=world, organization=number, credentials=credentials)
        revoked = revoked.with_more(await database.administer(number, operation))
    return revoked


async def revoke_organization(
    administration: Administration, *, world: World, organization: int, credentials: bool
) -> Revoked:
    """Do the same in one organization, or for the platform, within a transaction of it."""
    now, actor = world.clock(), world.actor()
    dead = await _end_visits(administration.registers, now)
    if credentials:
        dead = dead._replace(api_keys=await administration.registers.api_keys.revoke_all(now))
    if organization == PLATFORM:  # it has neither connections nor accounts, and no changes
        return dead
    dead = dead._replace(organizations=1, accounts=await administration.revoke_accounts(now))
    if credentials:
        await administration.registers.setup_links.revoke_all(now)
        dead = dead._replace(credentials=await administration.revoke_credentials(now))
    told = {name: number for name, number in dead._asdict().items() if name != "organizations"}
    after = dump({"revoked_before": now} | told)
    await administration.record(
        Change(now, actor, Operation.RESTORE, "Organization", routing_part(organization), None, None, after)
    )
    return dead


async def _end_visits(registers: Registers, now: int) -> Revoked:
    """End what lets a person into the console without a passphrase, of an organization and of the platform alike."""
    return Revoked(
        sessions=await registers.sessions.end_every(now),
        invitations=await registers.invitations.revoke_all(now),
    )
