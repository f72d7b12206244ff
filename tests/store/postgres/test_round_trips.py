"""How often a request has to wait for PostgreSQL, counted on the wire between the two."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from muster.bootstrap import world as outside
from muster.directory.authenticate import Authenticator
from muster.directory.connections import create_connection
from muster.directory.organizations import create_organization
from muster.store.postgres.database import PostgresDatabase, open_database
from tests.harness.postgres import Cluster
from tests.harness.wire import CountingWire
from tests.store.scene import Scene, Side, user_document


@pytest.fixture
def wired(cluster: Cluster, runner: asyncio.Runner) -> Iterator[tuple[Side, CountingWire]]:
    """One connection's side, with a wire to count on; with a single PostgreSQL connection, warm."""
    with CountingWire(cluster.empty_store()) as wire:
        database = runner.run(open_database(wire.url))
        yield Scene(database, runner).side(), wire
        runner.run(database.close())


def trips(side: Side, wire: CountingWire, ask: Callable[[], Awaitable[Any]]) -> int:
    """The round trips of an operation whose statements are known already."""

    async def counted() -> int:
        await ask()
        before = wire.trips
        await ask()
        return wire.trips - before

    return side.run(counted())


def test_each_read_is_one_round_trip(wired: tuple[Side, CountingWire]) -> None:
    """Retrieve, look-ups by unique and by indexed attributes, pages, members, and the grant."""
    side, wire = wired
    ada = side.user("ada", externalId="1", emails=[{"value": "a@x", "type": "work"}])
    staff = side.group("Staff", {ada: "User"})
    store, database = side.store, side.scene.database
    queries = [
        'userName eq "ada"', 'externalId eq "1"', 'emails[type eq "work" and value eq "a@x"]', 'userName sw "a"',
        f'id eq "{ada}"', f'groups.value eq "{staff}"', None,
    ]  # fmt: skip
    reads: list[Callable[[], Awaitable[Any]]] = [
        lambda: store.user(ada),
        lambda: store.user(ada, with_groups=False),
        lambda: store.group(staff),
        lambda: store.members(staff, display=True),
        lambda: store.members(staff, display=False),
        lambda: database.grant(side.scope.organization, "x"),
        *(lambda text=text: store.query(side.plan("User", text, with_groups=True)) for text in queries),
        lambda: store.query(side.plan("User", None, "title", limit=1)),
        lambda: store.query(side.plan("Group", 'displayName eq "staff"', with_members=True)),
        lambda: store.query(side.plan("User", None, cursor=True, limit=1)),
    ]
    assert [trips(side, wire, read) for read in reads] == [1] * len(reads)


def test_a_request_with_a_known_key_waits_once(wired: tuple[Side, CountingWire]) -> None:
    """The read finds out by itself whether the key still opens it; what reads nothing asks for that alone."""
    side, wire = wired
    database = side.scene.database
    side.run(create_organization(database, outside(), "acme"))
    _, _, key = side.run(create_connection(database, outside(), "acme", "okta", strict=False))
    authenticator = Authenticator(database, outside().clock)

    async def request(*, reads: bool) -> None:
        access = await authenticator.access(key.api_key)
        assert access is not None
        if reads:
            await access.store.user("nobody")
        await access.store.confirm()

    assert [trips(side, wire, lambda reads=reads: request(reads=reads)) for reads in (True, False)] == [1, 1]  # type: ignore[misc]


def test_a_create_is_four_round_trips(wired: tuple[Side, CountingWire]) -> None:
    """BEGIN, the user with its index entries, the change row with all that waited, COMMIT."""
    side, wire = wired
    names = iter(range(10))

    async def create() -> None:
        document = user_document(f"u{next(names)}", title="Dr")
        row = side.row("User", document)
        await side.store.write(lambda transaction: side.insert(transaction, "User", row, document))

    assert trips(side, wire, create) == 4


@pytest.mark.parametrize("number", [1, 256])
def test_members_cost_the_same_round_trips_whatever_their_number(
    wired: tuple[Side, CountingWire], number: int
) -> None:
    """Adding and removing one or many."""
    side, wire = wired
    members = {side.user(f"u{position}"): "User" for position in range(number)}
    staff = side.group("Staff")

    async def add_and_remove() -> None:
        await side.store.write(lambda transaction: transaction.add_members(staff, members, 0, "r"))  # type: ignore[arg-type]
        await side.store.write(lambda transaction: transaction.remove_members(staff, list(members)))

    assert trips(side, wire, add_and_remove) == 6
    assert isinstance(side.scene.database, PostgresDatabase)
