"""What getting in and out of the console asks of a database."""

from __future__ import annotations

from muster.directory.credentials import LONGEST_LIFE
from muster.directory.identifiers import PLATFORM
from muster.directory.ports import Administration
from muster.directory.registers.console import ConsoleUser, Invitation, Session
from muster.directory.registers.passkeys import Passkey
from muster.directory.registers.registers import Registers
from tests.isolation.world import World


def use_the_console(world: World, organization: int) -> None:
    """Each verb of its registers."""
    database, do = world.endpoint.database, world.endpoint.run
    user = ConsoleUser(organization, "u", "Ada", "ada", "admin", "$argon2id$")
    invitation = Invitation(organization, "i", bytes(32), "admin", 0, "me", LONGEST_LIFE)
    passkey = Passkey(organization, "p", "u", "c", b"a", 0, "Laptop", 0)
    session = Session(organization, "s", bytes(32), "u", None, 0, 0, LONGEST_LIFE, None, None, None)

    async def write(administration: Administration) -> None:
        registers = administration.registers
        await _invite(registers, invitation)
        assert await registers.console_users.add(user)
        await registers.console_users.hold()
        assert await registers.console_users.signed_in("u", "$argon2id$", 1)
        assert await registers.console_users.set_passphrase("u", "$argon2id$", "$argon2id$")
        await registers.console_users.set_disabled("u", None)
        assert await registers.passkeys.add(passkey)
        assert await registers.passkeys.use("p", 1, 1)
        await registers.sessions.add(session)
        await registers.sessions.see("s", 1)
        await registers.sessions.end("s", 2)
        await registers.sessions.end_all("u", 2)
        await registers.sessions.end_every(2)
        await registers.sessions.forget(1)

    async def challenge(administration: Administration) -> None:
        challenges = administration.registers.challenges
        await challenges.add_key(bytes(32))
        assert await challenges.spend(bytes(32), 1)
        assert await challenges.forget(2)

    async def remove(administration: Administration) -> None:
        await administration.registers.passkeys.remove(passkey)

    async def read(registers: Registers) -> None:
        assert await registers.invitations.get("i")
        assert not await registers.invitations.open(1)
        assert await registers.console_users.organization_with("ada") == organization
        assert await registers.console_users.get("u") == await registers.console_users.named("ada")
        assert await registers.console_users.all()
        assert await registers.passkeys.get("p") == await registers.passkeys.known_as("c")
        assert await registers.passkeys.of("u")
        assert await registers.sessions.get("s")
        assert not await registers.sessions.of("u", 1, 1)

    do(database.administer(organization, write))
    do(database.consult(organization, read))
    known_as = database.consult(PLATFORM, lambda registers: registers.passkeys.organization_with("c"))
    assert do(known_as) == organization
    do(database.administer(organization, remove))
    do(database.administer(PLATFORM, challenge))
    assert do(database.consult(PLATFORM, lambda registers: registers.challenges.key()))


async def _invite(registers: Registers, invitation: Invitation) -> None:
    await registers.invitations.add(invitation)
    assert await registers.invitations.use("i", 1)
    assert not await registers.invitations.revoke("i", 1)
    await registers.invitations.revoke_unused("admin", 1)
    await registers.invitations.revoke_all(1)
    await registers.invitations.forget(1)
