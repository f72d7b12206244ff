"""Everything that is done with credentials, service accounts and setup links: for a test that listens to the statements."""

from __future__ import annotations

from dataclasses import replace

from muster.bootstrap import world as outside
from muster.directory.credentials import (
    create_credential,
    credential_by_id,
    list_credentials,
    revoke_credential,
    rotate_credential,
)
from muster.directory.expiry import warn_of_expiry
from muster.directory.lifetime import LONGEST, OVERLAP, SHORTEST
from muster.directory.records import Connection
from muster.directory.registers.credentials import Of
from muster.directory.registers.registers import Registers
from muster.directory.retention import forget_hours
from muster.directory.service_accounts import (
    create_service_account,
    create_service_account_key,
    delete_service_account,
    list_service_accounts,
    service_account_by_id,
)
from muster.directory.setup_links import (
    create_setup_link,
    follow_setup_link,
    list_setup_links,
    revoke_setup_link,
)
from tests.isolation.world import World


def use_credentials(world: World, connection: Connection) -> None:
    """Do it all within the organization of a connection."""
    database, do = world.endpoint.database, world.endpoint.run
    own, number = (database, outside(), connection.organization), connection.organization
    credential, _ = do(create_credential(database, outside(), connection))
    replaced, *_ = do(rotate_credential(*own, credential.id, OVERLAP.longest))
    do(rotate_credential(*own, replaced.id))
    do(revoke_credential(*own, credential.id))
    account, first, _ = do(create_service_account(database, outside(), connection, "Sync"))
    do(create_service_account_key(*own, account.id))
    do(service_account_by_id(database, number, account.id))
    for which in (None, connection.id):
        do(list_service_accounts(database, number, which, None, 9))
        do(list_setup_links(database, number, which, None, 9))
    for of in (Of(), Of(connection.id), Of(None, account.id)):
        do(list_credentials(database, number, of, None, 9))
    do(credential_by_id(database, number, first.id))
    do(delete_service_account(*own, account.id))
    link, made = do(create_setup_link(database, outside(), connection, SHORTEST, once=True))
    do(follow_setup_link(database, outside(), made.api_key))
    do(revoke_setup_link(*own, link.id))
    later = outside().clock() + LONGEST - SHORTEST
    do(warn_of_expiry(database, replace(outside(), clock=lambda: later)))
    do(forget_hours(database, outside()))
    do(database.consult(number, _look))


async def _look(registers: Registers) -> None:
    await registers.uses.activity("x")
    await registers.uses.activities()
    for connection in (None, "x"):
        await registers.credentials.latest(Of(connection), 9)
    for connections in (["x"], ["x", "y", "z"]):
        await registers.hours.since(0, connections)
        await registers.credentials.alive(0, connections)
        await registers.requests.shut_out(connections)
