"""Moving every epoch forward: after a database came back from a copy, nothing issued before may be good.

Law: one transaction and one change row per organization; an epoch never moves backward.
"""

from __future__ import annotations

from functools import partial
from operator import add
from typing import NamedTuple

from muster.directory.document import dump
from muster.directory.ports import Administration, Database
from muster.directory.records import Change, Operation
from muster.directory.world import World


class Revoked(NamedTuple):
    """What was revoked: organizations gone through, accounts whose epoch moved, credentials that are dead now."""

    organizations: int = 0
    accounts: int = 0
    credentials: int = 0

    def with_more(self, more: Revoked) -> Revoked:
        """Return the sum of both."""
        return Revoked(*map(add, self, more))


async def revoke_everything(database: Database, world: World, *, credentials: bool) -> Revoked:
    """Move `revoked_before` of every account to now; with `credentials` also revoke every live credential."""
    revoked = Revoked()
    for organization in await database.organizations():
        number = organization.organization
        operation = partial(revoke_organization, world=world, organization=number, credentials=credentials)
        revoked = revoked.with_more(await database.administer(number, operation))
    return revoked


async def revoke_organization(
    administration: Administration, *, world: World, organization: int, credentials: bool
) -> Revoked:
    """Do the same in one organization, within a transaction of it."""
    now, actor = world.clock(), world.actor()
    accounts = await administration.revoke_accounts(now)
    dead = await administration.revoke_credentials(now) if credentials else 0
    after = dump({"revoked_before": now, "accounts": accounts, "credentials": dead})
    await administration.record(
        Change(now, actor, Operation.RESTORE, "Organization", str(organization), None, None, after)
    )
    return Revoked(1, accounts, dead)
