"""Enforced provisioning: in an organization that has it, accounts come from its connections and no other way.

Law: what is there when it begins stays, and is listed: it is for people to decide what becomes of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from muster.directory.organizations import Refused, Settling, organization_numbered, settle_organization
from muster.directory.ports import Database
from muster.directory.records import Organization
from muster.directory.registers.local_accounts import LocalAccount
from muster.directory.world import World

_PART: Final = 500


async def set_enforced(
    database: Database, world: World, number: int, *, enforced: bool
) -> tuple[Organization, Sequence[LocalAccount]]:
    """Begin or cease to enforce provisioning; return the organization, and all its local accounts. Raises Missing."""
    organization = await settle_organization(database, world, number, Settling(enforced=enforced))
    return organization, await every_local_account(database, number)


async def require_unenforced(database: Database, number: int) -> None:
    """Make sure that an account may appear without a connection. Raises Refused: provisioning is enforced; Missing."""
    organization = await organization_numbered(database, number)
    if organization.enforced:
        raise Refused(
            f"The organization {organization.name!r} enforces provisioning: create the user in its IdP, or"
            " cease to enforce it (`muster organization enforce --off`)."
        )


async def list_local_accounts(
    database: Database, number: int, after: str, limit: int
) -> Sequence[LocalAccount]:
    """Return up to `limit` local accounts whose users have ids behind one, in the order of those."""
    return await database.consult(number, lambda registers: registers.local_accounts.list(after, limit))


async def every_local_account(database: Database, number: int) -> Sequence[LocalAccount]:
    """Return all local accounts of an organization."""
    found: list[LocalAccount] = []
    while part := await list_local_accounts(database, number, found[-1].user if found else "", _PART):
        found += part
    return found
