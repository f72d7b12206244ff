"""What the management API does with people, roles and changes: each verb of their registers, and of those who return."""

from __future__ import annotations

from muster.bootstrap import world as outside
from muster.directory.accounts import (
    Asked,
    account_of_user,
    account_with_roles,
    list_accounts,
    revoke_account,
)
from muster.directory.changes import change_numbered, changes_after
from muster.directory.joining import join_accounts
from muster.directory.local_users import activate_local_user, create_local_user, delete_local_user
from muster.directory.mapping import DEFAULT_MAPPING
from muster.directory.mappings import preview_mapping, settle_mapping
from muster.directory.organizations import Settling, settle_organization
from muster.directory.people import (
    biography,
    list_named_roles,
    list_people,
    people_with_id,
    role_with_members,
)
from muster.directory.ports import Transaction
from muster.directory.purge import purge
from muster.directory.records import LOCAL_OWNER, Connection, Scope
from muster.directory.roles import Giving, give_permissions, list_permissions, list_roles, role_members
from muster.directory.rows import new_row
from muster.directory.standing import standing_of_user
from muster.directory.trail import latest_trail, trail_of
from muster.directory.users import list_users, user
from muster.scim.catalog import builtin
from muster.scim.keys import entries
from tests.isolation.world import World
from tests.store.scene import change, user_document

ASKED = Asked(user_name="o", email="own@example.com")
OWN = {"userName": "own", "externalId": "o1", "emails": [{"type": "work", "value": "own@example.com"}]}


def manage_people(world: World, connection: Connection, group: str, member: str) -> None:
    """Do all of it in the connection's organization; `member` is in `group`."""
    database, do, number = world.endpoint.database, world.endpoint.run, connection.organization
    own = do(create_local_user(database, outside(), number, OWN)).user
    assert do(list_users(database, number, ASKED, None, 10))
    assert do(list_accounts(database, number, ASKED, None, 10))
    do(account_with_roles(database, number, own.account))
    do(revoke_account(database, outside(), number, own.account))
    do(user(database, number, own.id))
    do(give_permissions(database, outside(), number, group, Giving(added=["a", "b"])))
    do(give_permissions(database, outside(), number, group, Giving(taken=["a"])))
    assert do(list_roles(database, number, None, None, 10))
    assert do(role_members(database, number, group, None, 10))
    show_people(world, connection, group, member)
    assert do(list_permissions(database, number, None, 10))
    assert do(standing_of_user(database, number, member, None, 0)).permissions
    assert do(preview_mapping(database, number, connection.id, DEFAULT_MAPPING, 10))
    do(settle_mapping(database, outside(), number, connection.id, DEFAULT_MAPPING))
    do(changes_after(database, number, 0, own.id, 10))
    seen = do(latest_trail(database, number, None, None, 100))
    assert own.id in seen.names
    do(latest_trail(database, number, None, own.id, 10))
    do(trail_of(database, number, [one.sequence for one in seen.changes]))
    do(change_numbered(database, number, do(changes_after(database, number, 0, None, 10)).next))
    do(delete_local_user(database, outside(), number, own.id))
    do(settle_organization(database, outside(), number, Settling(name=f"renamed {number}")))
    come_back(world, number, own.id)
    join_people(world, number)
    do(purge(database, outside(), number, own.id))
    assert do(account_of_user(database, number, own.id))


def join_people(world: World, number: int) -> None:
    """Have somebody leave, come back as somebody new, and go on under the account of before."""
    database, do = world.endpoint.database, world.endpoint.run
    body = {"userName": "two lives", "externalId": "t1"}
    first = do(create_local_user(database, outside(), number, body)).user
    do(delete_local_user(database, outside(), number, first.id))
    second = do(create_local_user(database, outside(), number, body)).user
    for active in (False, True):
        do(activate_local_user(database, outside(), number, second.id, active=active))
    (candidate,) = do(account_with_roles(database, number, second.account)).candidates
    do(join_accounts(database, outside(), number, second.account, candidate.account.id))


def show_people(world: World, connection: Connection, group: str, member: str) -> None:
    """Read what pages of people and roles show."""
    database, do, number = world.endpoint.database, world.endpoint.run, connection.organization
    assert do(list_people(database, number, ASKED, None, 10)).people
    assert do(people_with_id(database, number, member)).people
    assert do(biography(database, number, member, 0, None, 10)).standing.good
    assert do(list_named_roles(database, number, None, "x", None, 10)).connections
    assert do(role_with_members(database, number, group, None, None, 10)).members
    do(role_with_members(database, number, group, "x", None, 10))


def come_back(world: World, organization: int, id: str) -> None:
    """Put a deleted local user back."""
    document = user_document("own", **OWN)
    row = new_row(builtin().user, id, document, 1)

    async def operation(transaction: Transaction) -> None:
        assert await transaction.buried("o1")
        await transaction.restore(row, entries(builtin().user, document), 1, "r")
        await transaction.reactivate(id, 1)
        await transaction.record(change(id))

    store = world.endpoint.database.store(Scope(organization, LOCAL_OWNER), nested=False)
    world.endpoint.run(store.write(operation))
