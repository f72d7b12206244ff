"""Who may use the console: invited by a link that works once, signed in by name and passphrase.

Law: a name signs in to one organization, or to the platform; nobody is told whether a name, a passphrase or both were
wrong. The platform's first operator comes by an invitation that the first start prints, for there is no other way in.
An invitation is good as long as whoever made it may sign in, and its organization is not disabled.
"""

from __future__ import annotations

import hmac
import unicodedata
from collections.abc import Sequence
from typing import Final

from muster.directory.document import dump
from muster.directory.identifiers import (
    INVITATION,
    PLATFORM,
    key_hash,
    key_id,
    new_key,
    new_public_id,
    organization_of,
)
from muster.directory.organizations import Conflict, Missing, Refused
from muster.directory.passphrase import Passphrases
from muster.directory.ports import Administration, Database
from muster.directory.records import Actor, Change, Operation
from muster.directory.registers.console import ConsoleUser, Invitation, Role
from muster.directory.registers.registers import Registers
from muster.directory.world import World

INVITATION_LIFE: Final = 7 * 86_400 * 1_000_000  # microseconds
_LONGEST_NAME: Final = 200
_NO_HASH: Final = bytes(32)
_OVER: Final = "This link is over; ask who sent it for another one."


async def invite(database: Database, world: World, organization: int, role: Role) -> tuple[Invitation, str]:
    """Make an invitation, and the secret of its link, which is in the result and nowhere else. Raises Refused."""
    if (role == "operator") != (organization == PLATFORM):
        raise Refused("Operators are the platform's; admins and auditors are an organization's.")
    made, now = new_key(organization, world.random, INVITATION), world.clock()
    invitation = Invitation(
        organization, made.id, made.hash, role, now, world.author(), now + INVITATION_LIFE
    )
    actor = world.actor()

    async def operation(administration: Administration) -> None:
        await administration.registers.invitations.add(invitation)
        change = Change(now, actor, Operation.CREATE, "Invitation", made.id, 1, None, dump({"role": role}))
        await record(administration, organization, change)

    await database.administer(organization, operation)
    return invitation, made.api_key


async def first_invitation(database: Database, world: World) -> str | None:
    """Return the secret of a new invitation of the first operator; None: there is one. Earlier ones are revoked."""
    if await database.consult(PLATFORM, lambda registers: registers.console_users.all()):
        return None
    await revoke_invitations(database, world, PLATFORM, "operator")
    return (await invite(database, world, PLATFORM, "operator"))[1]


async def revoke_invitations(database: Database, world: World, organization: int, role: Role) -> int:
    """Revoke all invitations of a role that were not used; return how many."""
    now = world.clock()
    return await database.administer(
        organization, lambda administration: administration.registers.invitations.revoke_unused(role, now)
    )


async def invitation_with(database: Database, world: World, secret: str) -> Invitation:
    """Return the invitation that a link's secret is of, as long as it may be used. Raises Missing, saying why not."""
    id = key_id(secret, INVITATION)
    organization = organization_of(id) if id else None
    if id is None or organization is None:
        raise Missing("This link is not whole: copy all of it, or ask who sent it for another one.")
    found = await database.consult(organization, lambda registers: registers.invitations.get(id))
    same = hmac.compare_digest(found.hash if found else _NO_HASH, key_hash(secret))
    if found is None or not same:
        raise Missing("There is no such link; ask who sent it for another one.")
    if found.used is not None:
        raise Missing("This link was used already: sign in, or ask who sent it for another one.")
    if (
        found.revoked is not None
        or found.expires <= world.clock()
        or await _is_out(database, found.created_by)
    ):
        raise Missing(_OVER)
    await _check_organization(database, organization)
    return found


async def _is_out(database: Database, maker: str) -> bool:
    """Whether the maker of something is a console user who is disabled."""
    organization = organization_of(maker)
    if organization is None:
        return False
    user = await database.consult(organization, lambda registers: registers.console_users.get(maker))
    return user is not None and user.disabled is not None


async def _check_organization(database: Database, organization: int) -> None:
    """Raise Missing: the organization of an invitation is disabled."""
    if await database.consult(organization, lambda registers: is_disabled(registers, organization)):
        raise Missing(
            "The organization that this link is of is disabled: ask whoever runs this server to enable it again."
        )


async def is_disabled(registers: Registers, organization: int) -> bool:
    """Whether an organization is disabled, or gone; the platform is neither."""
    if organization == PLATFORM:
        return False
    found = await registers.organization.get()
    return found is None or found.disabled is not None


async def accept(
    database: Database, world: World, passphrases: Passphrases, secret: str, name: str, passphrase: str
) -> ConsoleUser:
    """Make the console user that a link invites. Raises Missing; Refused: the name, the passphrase; Conflict: taken."""
    invitation = await invitation_with(database, world, secret)
    name = _named(name)
    hashed = await passphrases.hashed(passphrase, name)
    now, organization = world.clock(), invitation.organization
    user = ConsoleUser(
        organization, new_public_id(organization, world.random), name, name_key(name), invitation.role,
        hashed, now, invitation.created_by,
    )  # fmt: skip
    themselves = Actor(None, user.id, world.new_request_id())

    async def operation(administration: Administration) -> None:
        if not await administration.registers.invitations.use(invitation.id, now):
            raise Missing(_OVER)  # it was used, or revoked, a moment ago
        if not await administration.registers.console_users.add(user):
            raise Conflict("Somebody signs in with this name already; take another one, such as your e-mail.")
        after = dump({"name": name, "role": user.role, "invitation": invitation.id})
        change = Change(now, themselves, Operation.CREATE, "ConsoleUser", user.id, 1, None, after)
        await record(administration, organization, change)

    await database.administer(organization, operation)
    return user


async def console_user_with(
    database: Database, passphrases: Passphrases, name: str, passphrase: str
) -> ConsoleUser | None:
    """Return who a name and a passphrase are of, or None, in the same time."""
    key = name_key(name)
    organization: int | None = None
    if len(name.strip()) <= _LONGEST_NAME:
        organization = await database.consult(
            PLATFORM, lambda registers: registers.console_users.organization_with(key)
        )
    found: ConsoleUser | None = None
    if organization is not None:
        found = await database.consult(organization, lambda registers: registers.console_users.named(key))
    right = await passphrases.is_right(passphrase, found.passphrase if found else None)
    return found if right and found is not None and found.disabled is None else None


async def console_users(
    database: Database, world: World, organization: int
) -> tuple[Sequence[ConsoleUser], Sequence[Invitation]]:
    """Return the console users of an organization, or of the platform, and the invitations that may still be used."""
    now = world.clock()

    async def operation(registers: Registers) -> tuple[Sequence[ConsoleUser], Sequence[Invitation]]:
        return await registers.console_users.all(), await registers.invitations.open(now)

    return await database.consult(organization, operation)


def name_key(name: str) -> str:
    """Return a name as it is compared; of one that is too long to be anybody's, what it begins with."""
    return unicodedata.normalize("NFKC", name.strip()[:_LONGEST_NAME]).casefold()


def _named(name: str) -> str:
    name = name.strip()
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        raise Refused(f"A name has 1 to {_LONGEST_NAME} printable characters; your e-mail is a good one.")
    return name


async def record(administration: Administration, organization: int, change: Change) -> None:
    """Write the change row; the platform is no organization, and has none."""
    if organization != PLATFORM:
        await administration.record(change)
