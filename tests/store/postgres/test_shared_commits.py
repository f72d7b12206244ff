"""Users' writes that wait are one transaction on PostgreSQL, and each is answered as if it had come alone."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from typing import Any

import asyncpg
import pytest

from muster.directory.failures import AccessChanged, OutcomeUnknown
from muster.directory.ports import Transaction
from muster.directory.rows import next_row
from muster.scim.errors import Uniqueness
from muster.store.postgres.database import PostgresDatabase, open_database
from muster.store.postgres.store import PostgresStore
from tests.harness.cut import AFTER, BEFORE, NEVER, CutWire
from tests.harness.postgres import Cluster
from tests.store.postgres.agreement import disagreements
from tests.store.scene import Scene, Side, change, user_document

WAITING = """SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid)
  WHERE NOT l.granted AND a.datname = current_database()"""


@pytest.fixture
def side(postgres: PostgresDatabase, runner: asyncio.Runner) -> Side:
    """One connection of one organization."""
    return Scene(postgres, runner).side()


def root(postgres: PostgresDatabase) -> str:
    """Its address for the superuser."""
    return postgres.pool.url.replace("muster@", "postgres@")


def creating(side: Side, name: str) -> Callable[[Transaction], Coroutine[Any, Any, None]]:
    """An operation that makes a user."""
    document = user_document(name)
    row = side.row("User", document)

    async def create(transaction: Transaction) -> None:
        await side.insert(transaction, "User", row, document)

    return create


def created(side: Side, store: PostgresStore | None, names: Sequence[str]) -> list[Any]:
    """Make users, all at once; what became of each."""

    async def all_at_once() -> list[Any]:
        using = store or side.store
        ends = (using.write(creating(side, name), single=True) for name in names)
        return await asyncio.gather(*ends, return_exceptions=True)

    return side.run(all_at_once())


def test_many_writes_at_once_are_two_commits(side: Side, postgres: PostgresDatabase) -> None:
    """The first one's, and that of all who came meanwhile; each has its change."""
    measures = postgres.pool.measures
    before = measures.batches.total, sum(measures.batches.counts), measures.statements["write"]
    names = [f"u{number}" for number in range(20)]
    assert created(side, None, names) == [None] * 20
    after = measures.batches.total, sum(measures.batches.counts), measures.statements["write"]
    assert [new - old for new, old in zip(after, before, strict=True)] == [20, 2, 2]
    assert side.query("User").total == 20
    assert list(disagreements(root(postgres))) == []


def test_a_taken_name_is_refused_to_the_one_who_asked_for_it(side: Side, postgres: PostgresDatabase) -> None:
    """The others are there, and the numbers of their changes have no gap."""
    side.user("u3")
    ends = created(side, None, [f"u{number}" for number in range(8)])
    assert [type(end) for end in ends] == [Uniqueness if n == 3 else type(None) for n in range(8)]
    assert side.query("User").total == 8
    assert postgres.pool.measures.undone == 1
    assert list(disagreements(root(postgres))) == []


def test_two_who_want_the_same_name_at_once(side: Side) -> None:
    """One of them has it."""
    ends = created(side, None, ["ada", "eve", "ada"])
    assert sorted(type(end).__name__ for end in ends) == ["NoneType", "NoneType", "Uniqueness"]
    assert side.query("User").total == 2


def test_one_whose_access_was_read_too_early_is_found_out_alone(
    side: Side, postgres: PostgresDatabase
) -> None:
    """In the same batch as others who may."""
    stale = PostgresStore(postgres.pool, postgres._recall, side.scope, nested=False, epoch=-1)

    async def both() -> list[Any]:
        stores = (side.store, stale, side.store)
        ends = (store.write(creating(side, f"u{n}"), single=True) for n, store in enumerate(stores))
        return await asyncio.gather(*ends, return_exceptions=True)

    assert [type(end) for end in side.run(both())] == [type(None), AccessChanged, type(None)]
    assert side.query("User").total == 2


@pytest.mark.parametrize("cut, there", [(BEFORE, 0), (AFTER, 5)])
def test_a_batch_that_is_lost_while_it_commits(
    cluster: Cluster, runner: asyncio.Runner, cut: str, there: int
) -> None:
    """All of it is there or nothing, nobody claims to know which, and what comes next is done."""
    with CutWire(cluster.new_store()) as wire:
        database = runner.run(open_database(wire.url))
        side = Scene(database, runner).side()
        wire.cut, wire.mark = cut, b"of-the-batch"
        ends = created(side, None, [f"{number}-of-the-batch" for number in range(5)])
        wire.cut = NEVER
        assert {type(end) for end in ends} == {OutcomeUnknown}
        assert side.query("User").total == there
        assert created(side, None, ["ada", "eve"]) == [None, None]
        runner.run(database.close())


def test_a_batch_waits_for_a_user_before_it_has_the_organization(
    side: Side, postgres: PostgresDatabase
) -> None:
    """Who holds a user may still take the organization's row, as a deletion does, while a batch waits for that user."""
    people = [side.user(name) for name in ("ada", "bob", "eve")]
    for id in people:
        side.run(
            side.store.user(id)
        )  # remembered: none has to be read, so those behind the first are in one batch

    async def rename(transaction: Transaction, id: str) -> None:
        stored = await transaction.user(id)
        assert stored is not None
        document = user_document(id)
        await transaction.update("User", next_row(side.type("User"), stored, document, side.now), (), ())
        await transaction.record(change(id))

    async def meeting() -> None:
        other = await asyncpg.connect(root(postgres), server_settings={"search_path": "muster"})
        await other.execute("BEGIN")
        await other.execute("SELECT FROM users WHERE id = $1 FOR UPDATE", people[-1])
        all_of_them = [
            asyncio.create_task(side.store.write(partial(rename, id=id), single=True)) for id in people
        ]
        while not await other.fetchval(WAITING):
            await other.execute("SELECT pg_sleep(0.01)")
        await other.execute(
            "SELECT FROM organizations WHERE organization = $1 FOR UPDATE NOWAIT", side.scope[0]
        )
        await other.execute("COMMIT")
        await asyncio.gather(*all_of_them)
        await other.close()

    before = sum(postgres.pool.measures.batches.counts)
    side.run(meeting())
    assert sum(postgres.pool.measures.batches.counts) == before + 2
