"""What console users do about their own way in: another passphrase, signing out wherever they are signed in.

Law: another passphrase is taken from who knows the one that it replaces, as the transaction that replaces it finds it;
every other session ends in the same one.
"""

from __future__ import annotations

from typing import Any

from muster.directory.console_users import record
from muster.directory.document import dump
from muster.directory.organizations import Refused
from muster.directory.passphrase import Passphrases
from muster.directory.ports import Administration, Database
from muster.directory.records import Change, Operation
from muster.directory.registers.console import ConsoleUser
from muster.directory.sessions import Visitor
from muster.directory.world import World


class WrongPassphrase(Refused):
    """The passphrase that was given is not the one that the console user has."""


async def change_passphrase(
    database: Database, world: World, passphrases: Passphrases, visitor: Visitor, old: str, new: str
) -> int:
    """Give the visitor another passphrase; every session but this one ends. Return how many did.

    Raises WrongPassphrase, also where it was changed meanwhile; Refused: the new one is none, or the same.
    """
    user = user_of(visitor)
    if not await passphrases.is_right(old, user.passphrase):
        raise WrongPassphrase("This is not your passphrase.")
    if old == new:
        raise Refused("This is the passphrase that you have already.")
    hashed, now, keep = await passphrases.hashed(new, user.name), world.clock(), visitor.session.id

    async def operation(administration: Administration) -> int:
        users = administration.registers.console_users
        await users.hold()  # nobody adds a passkey by the one before
        if not await users.set_passphrase(user.id, hashed, user.passphrase):
            raise WrongPassphrase("It was changed meanwhile, or you were disabled: sign in again.")
        ended = await administration.registers.sessions.end_all(user.id, now, keep)
        await _note(administration, world, user, {"passphrase": "changed", "sessions_ended": ended})
        return ended

    return await database.administer(user.organization, operation)


async def sign_out_everywhere(database: Database, world: World, visitor: Visitor) -> int:
    """End every session of the visitor, this one too; return how many."""
    user, now = user_of(visitor), world.clock()

    async def operation(administration: Administration) -> int:
        ended = await administration.registers.sessions.end_all(user.id, now)
        await _note(administration, world, user, {"sessions_ended": ended})
        return ended

    return await database.administer(user.organization, operation)


def user_of(visitor: Visitor) -> ConsoleUser:
    """Return whose session it is. Raises Refused: that of a setup link, which has no passphrase."""
    if visitor.user is None:
        raise Refused("Whoever came with a setup link has no passphrase.")
    return visitor.user


async def _note(
    administration: Administration, world: World, user: ConsoleUser, after: dict[str, Any]
) -> None:
    change = Change(
        world.clock(), world.actor(), Operation.MODIFY, "ConsoleUser", user.id, None, None, dump(after)
    )
    await record(administration, user.organization, change)
