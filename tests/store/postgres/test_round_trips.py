"""How often a request has to wait for PostgreSQL, counted on the wire between the two."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from muster.bootstrap import world as outside
from muster.directory.authenticate import Authenticator
from muster.directory.connections import create_connection
from muster.directory.organizations import create_organization
from muster.store.postgres.database import PostgresDatabase, open_database
from tests.harness.postgres import Cluster
from tests.store.scene import Scene, Side, user_document


class Wire:
    """A proxy that counts round trips: how often the client began to speak after the server had."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._client_speaks = False
        self.trips = 0

    async def open(self) -> int:
        """Listen; return the port."""
        self._server = await asyncio.start_server(self._meet, "127.0.0.1", 0)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def close(self) -> None:
        """Listen no more."""
        self._server.close()
        await self._server.wait_closed()

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(*self._target)
        await asyncio.gather(self._pass(reader, back, client=True), self._pass(there, writer, client=False))

    async def _pass(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, client: bool) -> None:
        while data := await source.read(65536):
            self.trips += client and not self._client_speaks
            self._client_speaks = client
            sink.write(data)
        sink.close()


@pytest.fixture
def wired(cluster: Cluster, runner: asyncio.Runner) -> Iterator[tuple[Side, Wire]]:
    """One connection's side, with a wire to count on; with a single PostgreSQL connection, warm."""
    url = urlsplit(cluster.empty_store())
    wire = Wire(str(url.hostname), int(url.port or 0))
    port = runner.run(wire.open())
    database = runner.run(open_database(url._replace(netloc=f"{url.username}@127.0.0.1:{port}").geturl()))
    yield Scene(database, runner).side(), wire
    runner.run(database.close())
    runner.run(wire.close())


def trips(side: Side, wire: Wire, ask: Callable[[], Awaitable[Any]]) -> int:
    """The round trips of an operation whose statements are known already."""

    async def counted() -> int:
        await ask()
        before = wire.trips
        await ask()
        return wire.trips - before

    return side.run(counted())


def test_each_read_is_one_round_trip(wired: tuple[Side, Wire]) -> None:
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


def test_a_request_with_a_known_key_waits_once(wired: tuple[Side, Wire]) -> None:
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


def test_a_create_is_four_round_trips(wired: tuple[Side, Wire]) -> None:
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
    wired: tuple[Side, Wire], number: int
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
