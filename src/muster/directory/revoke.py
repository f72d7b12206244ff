"""Moving every epoch forward: after a database came back from a copy, nothing issued before may be good.

Law: one transaction and one change row per organization, one transaction for the platform's management keys; an epoch
never moves backward.
"""

from __future__ import annotations

from functools import partial
from operator import add
from typing import NamedTuple

from muster.directory.document import dump
from muster.directory.identifiers import PLATFORM
from muster.directory.ports import Administration, Database
from muster.directory.records import Change, Operation
from muster.directory.world import World


class Revoked(NamedTuple):
    """Organizations gone through, accounts whose epoch moved, credentials and management keys that are dead now."""

    organizations: int = 0
    accounts: int = 0
    credentials: int = 0
    api_keys: int = 0

    def with_more(self, more: Revoked) -> Revoked:
        """Return the sum of both."""
        return Revoked(*map(add, self, more))


async def revoke_everything(database: Database, world: World, *, credentials: bool) -> Revoked:
    """Move `revoked_before` of every account to now; with `credentials` revoke all keys and setup links."""
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
    keys = await administration.registers.api_keys.revoke_all(now) if credentials else 0
    if organization == PLATFORM:  # it has nothing but management keys, and no changes
        return Revoked(api_keys=keys)
    accounts = await administration.revoke_accounts(now)
    dead = await administration.revoke_credentials(now) if credentials else 0
    if credentials:
        await administration.registers.setup_links.revoke_all(now)
    after = dump({"revoked_before": now, "accounts": accounts, "credentials": dead, "api_keys": keys})
    await administration.record(
        Change(now, actor, Operation.RESTORE, "Organization", str(organization), None, None, after)
    )
    return Revoked(1, accounts, dead, keys)
