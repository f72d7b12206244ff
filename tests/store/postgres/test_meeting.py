"""What is written together meets what others hold: nobody waits in a circle, and no organization for one user."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import asyncpg
import pytest
from orjson import loads

from muster.directory.ports import Store, Transaction
from muster.directory.rows import entry_difference, next_row
from muster.scim.errors import Uniqueness
from muster.store.postgres.database import PostgresDatabase, open_database
from tests.store.postgres.test_shared_commits import WAITING, creating, root
from tests.store.scene import Document, Scene, Side, change, user_document

DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
TURNS = 20


@pytest.fixture
def side(postgres: PostgresDatabase, runner: asyncio.Runner) -> Side:
    """One connection of one organization."""
    return Scene(postgres, runner).side()


def changing(side: Side, id: str, after: Document) -> Callable[[Transaction], Coroutine[Any, Any, None]]:
    """An operation that stores a user anew."""

    async def operation(transaction: Transaction) -> None:
        stored = await transaction.user(id)
        assert stored is not None
        removed, added = entry_difference(side.type("User"), loads(stored.document), after)
        await transaction.update("User", next_row(side.type("User"), stored, after, side.now), removed, added)
        await transaction.record(change(id))

    return operation


def joining(
    side: Side, group: str, people: list[str], turn: int
) -> Callable[[Transaction], Coroutine[Any, Any, None]]:
    """An operation that takes everybody into a group, or out of it."""

    async def operation(transaction: Transaction) -> None:
        await transaction.group(group)
        if turn % 2:
            await transaction.remove_members(group, people)
        else:
            await transaction.add_members(group, await transaction.kinds(people), side.now, "r")
        await transaction.record(change(group))

    return operation


async def again_and_again(clients: int, one: Callable[[int, int], Awaitable[None]]) -> None:
    """What each of several clients does, turn by turn, all at once."""

    async def client(number: int) -> None:
        for turn in range(TURNS):
            await one(number, turn)

    await asyncio.gather(*(client(number) for number in range(clients)))


async def deadlocks(database: PostgresDatabase) -> int:
    """How many circles PostgreSQL had to break; a connection tells of them when it ends."""
    await database.close()
    other = await asyncpg.connect(root(database))
    while await other.fetchval("SELECT count(*) FROM pg_stat_activity WHERE usename = 'muster'"):
        await other.execute("SELECT pg_sleep(0.01)")
    found: int = await other.fetchval(DEADLOCKS)
    await other.close()
    return found


def test_renames_and_groups_that_take_people_in(side: Side, postgres: PostgresDatabase) -> None:
    """A company changes its domain while its groups are pushed."""
    people = [side.user(f"u{number}") for number in range(12)]
    groups = [side.group(f"g{number}") for number in range(3)]
    for id in people:
        side.run(side.store.user(id))  # remembered

    async def one(number: int, turn: int) -> None:
        if number < len(people):
            renamed = changing(side, people[number], user_document(f"x{number}-{turn}"))
            await side.store.write(renamed, single=True)
        else:
            await side.store.write(joining(side, groups[number - len(people)], people, turn))

    side.run(again_and_again(len(people) + len(groups), one))
    assert side.query("User", f'userName ew "-{TURNS - 1}"').total == len(people)
    assert side.run(deadlocks(postgres)) == 0


def test_two_processes_create_the_same_names(side: Side, postgres: PostgresDatabase) -> None:
    """Each name is had by one of them."""
    second = side.run(open_database(postgres.pool.url))
    stores: list[Store] = [side.store, second.store(side.scope, nested=True)]
    refused = 0

    async def one(number: int, turn: int) -> None:
        nonlocal refused
        try:
            await stores[number % 2].write(creating(side, f"n{number // 2}-{turn}"), single=True)
        except Uniqueness:
            refused += 1

    side.run(again_and_again(16, one))
    assert (side.query("User").total, refused) == (8 * TURNS, 8 * TURNS)
    side.run(second.close())
    assert side.run(deadlocks(postgres)) == 0


def test_who_waits_for_a_user_gives_the_organization_back(side: Side, postgres: PostgresDatabase) -> None:
    """A rename that waits in a batch, for a group that takes that user in, which takes the organization's row next."""
    people = ada, bob, eve = side.user("ada"), side.user("bob"), side.user("eve")
    for id in people:
        side.run(side.store.user(id))  # remembered: those behind the first are in one batch

    async def meeting() -> None:
        group = await asyncpg.connect(root(postgres), server_settings={"search_path": "muster"})
        await group.execute("BEGIN")
        await group.execute("SELECT FROM users WHERE id = $1 FOR KEY SHARE", eve)
        operations = (
            changing(side, ada, user_document("ada", title="Dr")),
            changing(side, bob, user_document("bob", title="Dr")),
            changing(side, eve, user_document("eva")),
        )
        all_of_them = [
            asyncio.create_task(side.store.write(operation, single=True)) for operation in operations
        ]
        while not await group.fetchval(WAITING):
            await group.execute("SELECT pg_sleep(0.01)")
        await group.execute("SELECT FROM organizations WHERE organization = $1 FOR UPDATE", side.scope[0])
        await group.execute("COMMIT")
        await group.close()
        await asyncio.gather(*all_of_them)

    side.run(meeting())
    assert side.query("User", 'userName eq "eva" or title eq "Dr"').total == 3
    assert side.run(deadlocks(postgres)) == 0
