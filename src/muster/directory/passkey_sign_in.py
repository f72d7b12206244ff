"""Signing in with a passkey: no name is asked for, the authenticator says whose it is.

Law: a challenge is answered once, and only for the browser that it was made for. The transaction that begins a session
finds the passkey to be there still. Why one does not sign in is for the log alone, whether it is unknown, removed, or
its user disabled.
"""

from __future__ import annotations

from typing import Final

from muster.directory.challenges import challenge_in, new_challenge, spend
from muster.directory.identifiers import PLATFORM
from muster.directory.ports import Database
from muster.directory.registers.console import ConsoleUser, Session
from muster.directory.registers.passkeys import Passkey
from muster.directory.registers.registers import Registers
from muster.directory.relying_party import Asked, Assertion, NotBelieved, RelyingParty, assertion_in
from muster.directory.sessions import From, begin_session
from muster.directory.world import World

_SIGNING_IN: Final = "sign in"


class NotAdmitted(Exception):
    """A passkey does not sign in; the message says why, for the log, and is not for who sent it."""


class CounterWentBack(NotAdmitted):
    """A passkey says that it has signed less often than it had already: there may be two of it (WebAuthn §6.1.1)."""


async def ask_to_sign_in(database: Database, world: World, party: RelyingParty) -> Asked:
    """Return what to ask a browser for, so that somebody signs in, whoever it is."""
    challenge, kept = await new_challenge(database, world, _SIGNING_IN)
    return Asked(party.to_sign_in(challenge.value), kept)


async def sign_in_by(
    database: Database, world: World, party: RelyingParty, kept: str, sent: str, where: From
) -> tuple[Session, str]:
    """Sign in with what a browser has sent; return the session and its secret.

    Raises NotAdmitted, CounterWentBack; Refused as `begin_session` does.
    """
    challenge = await challenge_in(database, world, kept, _SIGNING_IN)
    if challenge is None:
        raise NotAdmitted("its challenge is over, or was not made for this browser")
    try:
        assertion = assertion_in(sent)
        passkey, user = await _owner(database, assertion)
        counter = party.verify(challenge.value, assertion, passkey)
    except NotBelieved as error:
        raise NotAdmitted(str(error)) from error
    if user.disabled is not None:
        raise NotAdmitted("its console user is disabled")
    if not await spend(database, challenge):
        raise NotAdmitted("its challenge was answered before")
    now = world.clock()
    return await begin_session(
        database, world, user, where, lambda registers: _note_use(registers, passkey, counter, now)
    )


async def _owner(database: Database, assertion: Assertion) -> tuple[Passkey, ConsoleUser]:
    """Return the passkey that an authenticator says it has, and whose it is. Raises NotAdmitted."""
    known_as = assertion.credential
    organization = await database.consult(
        PLATFORM, lambda registers: registers.passkeys.organization_with(known_as)
    )
    if organization is None:
        raise NotAdmitted("nobody has this passkey")

    async def operation(registers: Registers) -> tuple[Passkey, ConsoleUser] | None:
        passkey = await registers.passkeys.known_as(known_as)
        user = await registers.console_users.get(passkey.console_user) if passkey else None
        its = await registers.organization.get() if organization != PLATFORM else None
        closed = organization != PLATFORM and (its is None or its.disabled is not None)
        return (passkey, user) if passkey and user and not closed else None

    found = await database.consult(organization, operation)
    if found is None:
        raise NotAdmitted("it was removed, or its organization is disabled")
    if assertion.handle != found[1].id.encode():
        raise NotAdmitted("it is another user's than its authenticator says")
    return found


async def _note_use(registers: Registers, passkey: Passkey, counter: int, now: int) -> None:
    """Note how often a passkey has signed. Raises CounterWentBack; NotAdmitted: it was removed meanwhile."""
    if await registers.passkeys.use(passkey.id, counter, now):
        return
    if await registers.passkeys.get(passkey.id) is None:
        raise NotAdmitted("it was removed")
    raise CounterWentBack(f"the counter of {passkey.id} has gone from {passkey.counter} to {counter}")
