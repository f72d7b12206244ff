"""Purging a person for good: what was said of them goes, that there was somebody and what was done stays.

Law: after it no document, no comparison key, no before and after of a change and no body in the request log has
anything of the person; sequence numbers, actors, times and ids stay as they were, so that nobody who follows the
changes loses their place. Of the log that is what the connections have received who had the person or could adopt
them: whoever has the same name elsewhere is somebody else (law 5).
"""

from __future__ import annotations

from collections.abc import Collection

import orjson

from muster.directory.accounts import account_of_user
from muster.directory.local_users import delete_local_user
from muster.directory.mention import Person
from muster.directory.organizations import Conflict, Missing
from muster.directory.ports import Administration, Database
from muster.directory.records import LOCAL_OWNER, Change, Operation
from muster.directory.registers.accounts import Account
from muster.directory.registers.purging import TEXTS, Remains, Texts
from muster.directory.registers.registers import Registers
from muster.directory.requests import subject_key
from muster.directory.sources import LOCAL
from muster.directory.switches import switches_of
from muster.directory.world import World


async def purge(database: Database, world: World, organization: int, user: str) -> None:
    """Erase a user who was deleted, or a local one, for good.

    Raises Missing: there never was one, or it is purged already; Conflict: an IdP still has the user, or the account
    is held.
    """
    found = await account_of_user(database, organization, user)
    if found is None or found.account.document is None:
        raise Missing("There is no user with this id.")
    if found.account.deleted is None:
        if found.source != LOCAL:
            raise Conflict(
                f"This user is owned by the connection {found.source}: delete it in the IdP first, then purge it."
            )
        await delete_local_user(database, world, organization, user)
    now, actor = world.clock(), world.actor()

    async def operation(administration: Administration) -> None:
        account = await administration.registers.accounts.of_user(user)
        await _erase(administration.registers, _gone(account))
        await administration.record(Change(now, actor, Operation.PURGE, "User", user, None, None, None))

    await database.administer(organization, operation)


def _gone(account: Account | None) -> Account:
    """Return the account of somebody who is gone, and not purged yet. Raises Missing, Conflict."""
    if account is None or account.document is None:
        raise Missing("There is no user with this id.")
    if account.deleted is None:
        raise Conflict("This user has come back in the meantime; nothing was purged.")
    if account.status != "removed":
        raise Conflict(
            "The account has kept its access: approve its deactivation in its alert, then purge it."
        )
    return account


async def _erase(registers: Registers, account: Account) -> None:
    remains, person = registers.remains, Person(account.user, orjson.loads(account.document or b"{}"))
    connections = await _received_by(registers, account)
    subjects = {subject_key(name) for name in person.names}
    for entry in await remains.about(account.user, connections, subjects):
        await remains.blank_entry(entry)
    for connection in connections:
        for texts in _texts(person):
            await _blank(remains, connection, texts, person)
    await remains.blank_changes(account.user)
    await remains.forget(account.user)


async def _received_by(registers: Registers, account: Account) -> Collection[str]:
    """Return the connections that may have received something of the person: they had it, or could adopt it."""
    found = set(await registers.remains.connections(account.user))
    for connection in await registers.accounts.connections():
        adopts = account.owner == LOCAL_OWNER and switches_of(connection.provider, connection.switches).adopt
        if adopts or connection.owner == account.owner:
            found.add(connection.id)
    return sorted(found)


def _texts(person: Person) -> list[Texts]:
    """Return what is looked for, in as many portions as one look takes."""
    bodies, targets = person.in_bodies(), person.in_targets()
    starts = range(0, max(len(bodies), len(targets)), TEXTS)
    return [Texts(bodies[start : start + TEXTS], targets[start : start + TEXTS]) for start in starts]


async def _blank(remains: Remains, connection: str, texts: Texts, person: Person) -> None:
    page = await remains.naming(connection, texts, None)
    while page:
        for entry in page:
            if person.is_in_target(entry.target) or (entry.body and person.is_in_body(entry.body)):
                await remains.blank_entry(entry)
        page = await remains.naming(connection, texts, page[-1])
