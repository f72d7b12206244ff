"""Moving every epoch forward: after a database came back from a copy, nothing issued before may be good.

Law: one transaction and one change row per organization; an epoch never moves backward.
"""

from __future__ import annotations

from typing import NamedTuple

from muster.directory.document import dump
from muster.directory.ports import Administration, Database
from muster.directory.records import Change, Operation
from muster.directory.world import World


class Revoked(NamedTuple):
    """What was revoked: organizations gone through, accounts whose epoch moved, credentials that are dead now."""

    organizations: int
    accounts: int
    credentials: int


async def revoke_everything(database: Database, world: World, *, credentials: bool) -> Revoked:
    """Move `revoked_before` of every account to now; with `credentials` also revoke every live credential."""
    accounts = revoked = 0
    organizations = await database.organizations()
    for organization in organizations:
        moved, dead = await _revoke(database, world, organization.organization, credentials=credentials)
        accounts += moved
        revoked += dead
    return Revoked(len(organizations), accounts, revoked)


async def _revoke(
    database: Database, world: World, organization: int, *, credentials: bool
) -> tuple[int, int]:
    now, actor = world.clock(), world.actor()

    async def operation(administration: Administration) -> tuple[int, int]:
        accounts = await administration.revoke_accounts(now)
        dead = await administration.revoke_credentials(now) if credentials else 0
        after = dump({"revoked_before": now, "accounts": accounts, "credentials": dead})
        await administration.record(
            Change(now, actor, Operation.RESTORE, "Organization", str(organization), None, None, after)
        )
        return accounts, dead

    return await database.administer(organization, operation)
