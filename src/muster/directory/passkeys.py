"""Passkeys of console users: added by who knows the passphrase, and removed.

Law: a user's handle at authenticators is the user's id: random, and saying nothing of them. It stays when passkeys are
removed, so that an authenticator puts a new one in the old one's place.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from muster.directory.challenges import challenge_in, new_challenge, spend
from muster.directory.console_users import record
from muster.directory.document import dump
from muster.directory.identifiers import new_public_id
from muster.directory.oneself import WrongPassphrase, user_of
from muster.directory.organizations import Conflict, Missing, Refused
from muster.directory.passphrase import Passphrases
from muster.directory.ports import Administration, Database
from muster.directory.records import Change, Operation
from muster.directory.registers.console import ConsoleUser, Session
from muster.directory.registers.passkeys import Passkey
from muster.directory.relying_party import Asked, NotBelieved, RelyingParty
from muster.directory.sessions import Visitor
from muster.directory.world import World

MOST: Final = 10
LONGEST_NAME: Final = 100
_FULL: Final = f"You have {MOST} passkeys, and more there may not be: remove one first."


async def passkeys_of(database: Database, user: ConsoleUser) -> Sequence[Passkey]:
    """Return the passkeys of a console user, oldest first."""
    return await database.consult(user.organization, lambda registers: registers.passkeys.of(user.id))


async def ask_for_passkey(
    database: Database, world: World, passphrases: Passphrases, party: RelyingParty,
    visitor: Visitor, passphrase: str,
) -> Asked:  # fmt: skip
    """Return what to ask a browser for, so that the visitor gets one more passkey in this session.

    Raises WrongPassphrase; Refused: there are too many.
    """
    user = user_of(visitor)
    if not await passphrases.is_right(passphrase, user.passphrase):
        raise WrongPassphrase("This is not your passphrase.")
    known = await passkeys_of(database, user)
    if len(known) >= MOST:
        raise Refused(_FULL)
    challenge, kept = await new_challenge(database, world, _adding(visitor.session))
    return Asked(party.to_make(challenge.value, user.id.encode(), user.name, known), kept)


async def add_passkey(
    database: Database, world: World, party: RelyingParty,
    visitor: Visitor, kept: str, sent: str, name: str,
) -> Passkey:  # fmt: skip
    """Add what a browser has sent; its challenge says that the passphrase was given.

    Raises Refused, also where the passphrase was changed meanwhile or the visitor disabled; Conflict.
    """
    user, name, now, actor = user_of(visitor), passkey_name(name), world.clock(), world.actor()
    challenge = await challenge_in(database, world, kept, _adding(visitor.session))
    try:
        made = party.made(challenge.value, sent) if challenge else None
    except NotBelieved:
        made = None
    if challenge is None or made is None or not await spend(database, challenge):
        raise Refused("This took too long, or was answered by another page: begin once more.")
    id = new_public_id(user.organization, world.random)
    passkey = Passkey(user.organization, id, user.id, made.credential, made.attested, made.counter, name, now)

    async def operation(administration: Administration) -> None:
        await _hold_unchanged(administration, user)
        if len(await administration.registers.passkeys.of(user.id)) >= MOST:
            raise Refused(_FULL)
        if not await administration.registers.passkeys.add(passkey):
            raise Conflict("This passkey is here already.")
        after = dump({"name": name, "console_user": user.id})
        change = Change(now, actor, Operation.CREATE, "Passkey", id, 1, None, after)
        await record(administration, user.organization, change)

    await database.administer(user.organization, operation)
    return passkey


async def _hold_unchanged(administration: Administration, user: ConsoleUser) -> None:
    """Let nobody change console users any more. Raises Refused: this one was changed since they were read."""
    users = administration.registers.console_users
    await users.hold()
    found = await users.get(user.id)
    if found is None or (found.passphrase, found.disabled) != (user.passphrase, user.disabled):
        raise Refused("Your passphrase was changed meanwhile, or you were disabled: sign in again.")


async def remove_passkey(database: Database, world: World, user: ConsoleUser, id: str) -> None:
    """Remove a passkey of a user. Raises Missing: this user has none with this id."""
    now, actor = world.clock(), world.actor()

    async def operation(administration: Administration) -> None:
        found = await administration.registers.passkeys.get(id)
        if found is None or found.console_user != user.id:
            raise Missing("You have no such passkey.")
        await administration.registers.passkeys.remove(found)
        before = dump({"name": found.name, "console_user": user.id})
        change = Change(now, actor, Operation.DELETE, "Passkey", id, None, before, None)
        await record(administration, user.organization, change)

    await database.administer(user.organization, operation)


def passkey_name(name: str) -> str:
    """Return a name as it is kept. Raises Refused: it is none."""
    name = name.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise Refused(f"A name has 1 to {LONGEST_NAME} printable characters, such as the device it is on.")
    return name


def _adding(session: Session) -> str:
    return f"add {session.id}"
