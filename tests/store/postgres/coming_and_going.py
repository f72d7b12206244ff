"""What comes and goes with connections: each verb of their register, and of taking over what another owner has."""

from __future__ import annotations

from typing import Any

from muster.bootstrap import world as outside
from muster.directory.connection_end import delete_connection, prospect
from muster.directory.connections import Choice, Settling, add_connection, list_connections, settle_connection
from muster.directory.ports import Transaction
from muster.directory.records import LOCAL_OWNER, Scope
from muster.scim.catalog import builtin
from muster.scim.keys import Entry, entries
from tests.isolation.world import World
from tests.store.scene import Scene, Side, user_document


def begin_and_end_connections(world: World, organization: int) -> None:
    """Connections that adopt, are settled, are looked at, and end in each way."""
    endpoint: Any = world.endpoint  # which runs what it is given
    database, do, scene = endpoint.database, endpoint.run, Scene(endpoint.database, endpoint)
    local = Scope(organization, LOCAL_OWNER)
    for fate in ("deactivate", "hand_over"):
        connection, _, _ = do(add_connection(database, outside(), organization, Choice("okta")))
        ada = Side(scene, local, database.store(local, nested=True), builtin()).user(f"ada-{fate}")
        scope = Scope(organization, connection.owner)
        side = Side(scene, scope, database.store(scope, nested=True), builtin())

        kept = entries(builtin().user, user_document(f"ada-{fate}"))

        async def adopt(transaction: Transaction, ada: str = ada, kept: set[Entry] = kept) -> None:
            assert await transaction.local_users([ada])
            assert not await transaction.is_local_name("bob")
            await transaction.leave(ada, LOCAL_OWNER, 1)
            await transaction.take_over("User", ada, LOCAL_OWNER, kept)
            assert not await transaction.verified(["example.com"])

        side.write(adopt)
        side.group("Team", {ada: "User"})
        assert not do(database.consult(organization, lambda it: it.connections.expired(7, 1, None, 1)))
        do(list_connections(database, organization, None, 10))
        do(settle_connection(database, outside(), connection.id, Settling(name="x")))
        assert do(prospect(database, connection.id)).accounts.active == 1
        assert do(delete_connection(database, outside(), connection.id, fate)).done
