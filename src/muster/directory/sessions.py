"""Sessions of the console: begun by signing in, or by a setup link; over when they say so, or nobody used them.

Law: a session is read for each request; what it is signed in with is kept as a hash, and it ends with the console user.
In an organization that is disabled nobody is signed in.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, NamedTuple

from muster.directory.console_users import is_disabled
from muster.directory.identifiers import SESSION, key_hash, key_id, new_key, organization_of
from muster.directory.organizations import Refused
from muster.directory.ports import Administration, Database
from muster.directory.registers.console import ConsoleUser, Session
from muster.directory.registers.registers import Registers
from muster.directory.world import World

_SECOND: Final = 1_000_000  # microseconds
LONGEST: Final = 12 * 3600 * _SECOND
IDLE: Final = 2 * 3600 * _SECOND
_SEEN_AGAIN: Final = 60 * _SECOND  # that often it is noted that a session is used
_NO_HASH: Final = bytes(32)


class Visitor(NamedTuple):
    """Whose browser it is: a session with its console user, or with the setup link that it came with (no user)."""

    session: Session
    user: ConsoleUser | None


Proof = Callable[[Registers], Awaitable[None]]
"""What finds, in the transaction that begins a session, that what was signed in with is still good; or raises."""


class From(NamedTuple):
    """Where a browser is, as it is kept with its session."""

    address: str | None
    user_agent: str | None


async def begin_session(
    database: Database, world: World, user: ConsoleUser, where: From, proof: Proof | None = None
) -> tuple[Session, str]:
    """Sign a console user in, as they were read; return the session, and the secret that the browser is given.

    Raises Refused: the organization is disabled; since they were read they were disabled, or got another passphrase;
    and what `proof` raises.
    """
    session, secret = _new(world, user.organization, where, LONGEST, console_user=user.id)

    async def operation(administration: Administration) -> None:
        registers = administration.registers
        if await is_disabled(registers, user.organization):
            raise Refused("Your organization is disabled: ask whoever runs this server to enable it again.")
        if not await registers.console_users.signed_in(user.id, user.passphrase, session.created):
            raise Refused("What you sign in with has changed meanwhile; sign in again.")
        if proof is not None:
            await proof(registers)
        await registers.sessions.add(session)

    await database.administer(user.organization, operation)
    return session, secret


async def begin_setup(
    database: Database, world: World, organization: int, setup_link: str, until: int, where: From
) -> tuple[Session, str]:
    """Begin the session of who came with a setup link, for as long as the link itself is good (`until`) at most."""
    life = min(LONGEST, until - world.clock())
    session, secret = _new(world, organization, where, life, setup_link=setup_link)
    await database.administer(
        organization, lambda administration: administration.registers.sessions.add(session)
    )
    return session, secret


async def visitor_with(database: Database, world: World, secret: str) -> Visitor | None:
    """Return whose session a secret is of, or None: there is none, it is over, its user or their organization disabled.

    That of a setup link is found in an organization that is disabled too: its pages say what has become of it.
    """
    id = key_id(secret, SESSION)
    organization = organization_of(id) if id else None
    if id is None or organization is None:
        return None

    async def operation(registers: Registers) -> Visitor | None:
        session = await registers.sessions.get(id)
        if session is None or session.console_user is None:
            return Visitor(session, None) if session else None
        user = await registers.console_users.get(session.console_user)
        if user is None or user.disabled is not None or await is_disabled(registers, organization):
            return None
        return Visitor(session, user)

    found = await database.consult(organization, operation)
    now = world.clock()
    same = hmac.compare_digest(found.session.hash if found else _NO_HASH, key_hash(secret))
    if found is None or not same or _is_over(found.session, now):
        return None
    if found.session.seen + _SEEN_AGAIN <= now:
        await database.administer(
            organization, lambda administration: administration.registers.sessions.see(id, now)
        )
    return found


async def end_session(database: Database, world: World, session: Session) -> None:
    """Sign out: the session is over with this."""
    now = world.clock()
    await database.administer(
        session.organization, lambda administration: administration.registers.sessions.end(session.id, now)
    )


async def sessions_of(database: Database, world: World, user: ConsoleUser) -> Sequence[Session]:
    """Return the sessions of a console user that are not over, the latest used first."""
    now = world.clock()
    return await database.consult(
        user.organization, lambda registers: registers.sessions.of(user.id, now, now - IDLE)
    )


def _is_over(session: Session, now: int) -> bool:
    return session.ended is not None or session.expires <= now or session.seen + IDLE <= now


def _new(
    world: World,
    organization: int,
    where: From,
    life: int,
    *,
    console_user: str | None = None,
    setup_link: str | None = None,
) -> tuple[Session, str]:
    made, now = new_key(organization, world.random, SESSION), world.clock()
    session = Session(
        organization, made.id, made.hash, console_user, setup_link, now, now, now + life, None, *where
    )
    return session, made.api_key
