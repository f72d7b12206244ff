"""PostgreSQL knows its tables while they grow, without waiting for anybody to look at them."""

import asyncio
from typing import Any

import pytest

from muster.store.postgres import statistics
from muster.store.postgres.connecting import NOBODY
from muster.store.postgres.database import PostgresDatabase
from muster.store.postgres.statistics import Statistics
from tests.store.scene import Scene, Side, new_id, user_document

KNOWN = """SELECT c.relname FROM pg_class c
  WHERE c.relnamespace = 'muster'::regnamespace AND c.relkind = 'r' AND c.reltuples > 0"""
LOCK = f"SELECT pg_advisory_lock({0x4D535453}, 0)"
USERS = 600


@pytest.fixture
def grown(postgres: PostgresDatabase, runner: asyncio.Runner) -> Side:
    """A connection with hundreds of users, made faster than anybody looks."""
    side = Scene(postgres, runner).side()
    postgres.pool.on_write = lambda: None

    async def create(transaction: Any) -> None:
        for number in range(USERS):
            document = user_document(f"user {number}", title=f"Dr {number}")
            await side.insert(transaction, "User", side.row("User", document), document)

    side.write(create)
    return side


def read(side: Side, sql: str) -> list[Any]:
    """What the servers' role reads."""
    database = side.scene.database
    assert isinstance(database, PostgresDatabase)
    return side.run(database.pool.read(NOBODY, sql))


def test_what_has_grown_is_looked_at_once(grown: Side, postgres: PostgresDatabase) -> None:
    """Then not again before it has grown several times over."""
    assert {"users", "attribute_keys"}.isdisjoint(name for (name,) in read(grown, KNOWN))
    look = Statistics(postgres.pool)
    assert grown.run(look.refresh()) >= 2
    assert {"users", "attribute_keys"} <= {name for (name,) in read(grown, KNOWN)}
    assert grown.run(look.refresh()) == 0


def test_a_user_is_then_found_by_its_own_index(grown: Side, postgres: PostgresDatabase) -> None:
    """Not by one that leads through all users of the connection."""
    grown.run(Statistics(postgres.pool).refresh())

    async def plan(session: Any) -> str:
        condition = (
            f"organization = {grown.scope.organization} AND owner = {grown.scope.owner} AND id = '{new_id()}'"
        )
        found = await session.fetch(f"EXPLAIN UPDATE users SET version = version + 1 WHERE {condition}")
        return "\n".join(line for (line,) in found)

    assert "users_id" in grown.run(postgres.pool.write(grown.scope.organization, plan))


def test_two_servers_do_not_look_at_the_same_time(grown: Side, postgres: PostgresDatabase) -> None:
    """The second one leaves it to the first."""

    async def work(session: Any) -> int:
        await session.execute(LOCK)
        try:
            return await Statistics(postgres.pool).refresh()
        finally:
            await session.execute("SELECT pg_advisory_unlock_all()")

    assert grown.run(postgres.pool.write(NOBODY, work)) == 0


def test_writing_makes_it_look(
    grown: Side, postgres: PostgresDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By itself, behind the back of who writes, and at the end nothing of it is left under way."""
    monkeypatch.setattr(statistics, "INTERVAL", 0.0)
    look = Statistics(postgres.pool)
    postgres.pool.on_write = look.written
    grown.user("one more")
    grown.run(look.close())
    assert "users" in {name for (name,) in read(grown, KNOWN)}
    grown.user("and another")
    assert look._looking is None


def test_a_database_that_does_not_answer_keeps_nobody(
    postgres: PostgresDatabase, runner: asyncio.Runner
) -> None:
    """The look is given up, and the next one is made as if nothing had been."""

    async def work() -> int:
        await postgres.pool.close()
        return await Statistics(postgres.pool).refresh()

    assert runner.run(work()) == 0
