"""Taking back what lets people sign in: console users disabled, and the invitations that nobody has used yet.

Law: whoever is disabled leaves no way back in behind: their sessions end and their unused invitations are revoked with
it. What else they made lives on, since the platform's work hangs on it; `left_behind` names it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from muster.directory.console_users import record
from muster.directory.document import dump
from muster.directory.identifiers import PLATFORM
from muster.directory.organizations import Conflict, Missing
from muster.directory.ports import Administration, Database
from muster.directory.records import Change, Operation
from muster.directory.registers.console import ConsoleUser
from muster.directory.world import World


async def set_disabled(
    database: Database, world: World, organization: int, id: str, *, disabled: bool, last: bool = False
) -> ConsoleUser:
    """Disable a console user, whose sessions and unused invitations end, or enable one.

    Raises Missing; Conflict: the last operator, unless the command line says that it may be the `last`.
    """
    now, actor = world.clock(), world.actor()

    async def operation(administration: Administration) -> ConsoleUser:
        users = administration.registers.console_users
        await users.hold()
        found = await users.get(id)
        if found is None:
            raise Missing("There is no such console user.")
        if disabled and not last and not await _others_operate(administration, found):
            raise Conflict("This is the last operator: invite another one first.")
        await users.set_disabled(id, now if disabled else None)
        ended = await administration.registers.sessions.end_all(id, now) if disabled else 0
        revoked = await _revoke_made(administration, now, id) if disabled else []
        after = dump({"disabled": disabled, "sessions_ended": ended})
        change = Change(now, actor, Operation.MODIFY, "ConsoleUser", id, None, None, after)
        await record(administration, organization, change)
        await _record(administration, world, organization, revoked)
        return replace(found, disabled=now if disabled else None)

    user = await database.administer(organization, operation)
    if disabled and organization == PLATFORM:
        for each in await database.organizations():
            await _revoke_in(database, world, each.organization, id)
    return user


async def _others_operate(administration: Administration, user: ConsoleUser) -> bool:
    """Whether the platform has an operator without this console user."""
    if user.role != "operator":
        return True
    users = await administration.registers.console_users.all()
    return any(other.id != user.id and other.disabled is None for other in users)


async def _revoke_in(database: Database, world: World, organization: int, operator: str) -> None:
    """Revoke what an operator has invited to an organization with; it opens nothing since they are disabled."""

    async def operation(administration: Administration) -> None:
        revoked = await _revoke_made(administration, world.clock(), operator)
        await _record(administration, world, organization, revoked)

    await database.administer(organization, operation)


async def _revoke_made(administration: Administration, now: int, maker: str) -> list[str]:
    """Revoke the invitations of a console user that may still be used; return their ids."""
    invitations = administration.registers.invitations
    made = [one.id for one in await invitations.open(now) if one.created_by == maker]
    return [id for id in made if await invitations.revoke(id, now)]


async def revoke_invitation(database: Database, world: World, organization: int, id: str) -> None:
    """Revoke an invitation that nobody has used. Raises Missing; Conflict: it was used, or is revoked."""

    async def operation(administration: Administration) -> None:
        invitations = administration.registers.invitations
        if await invitations.get(id) is None:
            raise Missing("There is no such invitation.")
        if not await invitations.revoke(id, world.clock()):
            raise Conflict("This invitation was used, or is revoked already.")
        await _record(administration, world, organization, [id])

    await database.administer(organization, operation)


async def _record(
    administration: Administration, world: World, organization: int, revoked: Sequence[str]
) -> None:
    """Write a change for each invitation that was revoked: last, as whoever accepts one does it."""
    now, actor = world.clock(), world.actor()
    for id in revoked:
        after = dump({"revoked": now})
        change = Change(now, actor, Operation.REVOKE, "Invitation", id, 2, None, after)
        await record(administration, organization, change)
