"""Service accounts of a connection: what speaks SCIM with a key id and a secret, where an IdP wants Basic.

Law: an account has any number of keys, and nothing of its own that opens anything; all of them die with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from muster.directory.credentials import LONGEST_LIFE, connection_in, issue
from muster.directory.document import dump
from muster.directory.identifiers import NewPair, new_pair, new_public_id
from muster.directory.organizations import Missing, Refused
from muster.directory.ports import Administration, Database
from muster.directory.records import Change, Connection, Credential, Operation
from muster.directory.registers.api_keys import Position
from muster.directory.registers.service_accounts import ServiceAccount
from muster.directory.world import World

ROLE: Final = "SCIM Authenticator"
"""The only role that there is: what a key of it may, an API key of the same connection may too."""

LONGEST_NAME: Final = 200
LONGEST_DESCRIPTION: Final = 1000
_RESOURCE: Final = "ServiceAccount"


async def create_service_account(
    database: Database,
    world: World,
    connection: Connection,
    name: str,
    description: str = "",
    life: int = LONGEST_LIFE,
) -> tuple[ServiceAccount, Credential, NewPair]:
    """Create a service account with its first key, whose secret is in the result and nowhere else.

    Raises Refused: the name, the description, the life; Missing: the connection is gone.
    """
    name, description = _checked(name, description)
    now, actor, organization = world.clock(), world.actor(), connection.organization
    id, made = new_public_id(organization, world.random), new_pair(organization, world.random)
    account = ServiceAccount(
        organization, id, connection.id, name, description, ROLE, now, world.author(), None
    )

    async def operation(administration: Administration) -> Credential:
        found = await connection_in(administration, connection.id)
        await administration.registers.service_accounts.add(account)
        after = dump({"connection": connection.id, "name": name, "role": ROLE})
        await administration.record(Change(now, actor, Operation.CREATE, _RESOURCE, id, 1, None, after))
        return await issue(administration, actor, found, made, now, life=life, service_account=id)

    return account, await database.administer(organization, operation), made


async def create_service_account_key(
    database: Database, world: World, organization: int, id: str, life: int = LONGEST_LIFE
) -> tuple[Credential, NewPair]:
    """Create one more key of a service account. Raises Missing; Refused: its life."""
    now, actor, made = world.clock(), world.actor(), new_pair(organization, world.random)

    async def operation(administration: Administration) -> Credential:
        account = _there(await administration.registers.service_accounts.hold(id))
        connection = await connection_in(administration, account.connection)
        return await issue(administration, actor, connection, made, now, life=life, service_account=id)

    return await database.administer(organization, operation), made


async def delete_service_account(database: Database, world: World, organization: int, id: str) -> int:
    """Delete a service account; all its keys are dead at once. Return how many were revoked. Raises Missing."""
    now, actor = world.clock(), world.actor()

    async def operation(administration: Administration) -> int:
        registers = administration.registers
        if not await registers.service_accounts.delete(id, now):
            raise _unknown()
        keys = await registers.credentials.revoke_all(id, now)
        after = dump({"deleted": now, "keys": keys})
        await administration.record(Change(now, actor, Operation.DELETE, _RESOURCE, id, 2, None, after))
        return keys

    return await database.administer(organization, operation)


async def service_account_by_id(database: Database, organization: int, id: str) -> ServiceAccount:
    """Return a service account. Raises Missing: there is none, or not any more."""
    return _there(await database.consult(organization, lambda registers: registers.service_accounts.get(id)))


async def list_service_accounts(
    database: Database, organization: int, connection: str | None, after: Position | None, limit: int
) -> Sequence[ServiceAccount]:
    """Return up to `limit` service accounts behind a position, oldest first."""
    return await database.consult(
        organization, lambda registers: registers.service_accounts.list(connection, after, limit)
    )


def _checked(name: str, description: str) -> tuple[str, str]:
    """Return both as they are kept. Raises Refused."""
    name, description = name.strip(), description.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise Refused(f"A service account's name has 1 to {LONGEST_NAME} printable characters.")
    if len(description) > LONGEST_DESCRIPTION or not description.isprintable():
        raise Refused(f"A description has at most {LONGEST_DESCRIPTION} printable characters, on one line.")
    return name, description


def _there(found: ServiceAccount | None) -> ServiceAccount:
    if found is None or found.deleted is not None:
        raise _unknown()
    return found


def _unknown() -> Missing:
    return Missing("There is no service account with this id.")
