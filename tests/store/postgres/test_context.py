"""The organization that a transaction sets ends with it, however it ends; the connection that had it is used again."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import asyncpg
import pytest

from muster.directory.failures import StoreError, StoreUnavailable
from muster.store.postgres.connecting import NOBODY, Connection
from muster.store.postgres.database import PostgresDatabase
from muster.store.postgres.pool import Pool
from tests.store.scene import Scene, Side

CONTEXT = (
    "SELECT current_setting('muster.organization', true), (SELECT count(*) FROM users), pg_backend_pid()"
)
ORGANIZATION = 0xA000000000

Ending = Callable[[Pool], Coroutine[Any, Any, None]]


@pytest.fixture
def side(postgres: PostgresDatabase, runner: asyncio.Runner) -> Side:
    """One organization with a user."""
    side = Scene(postgres, runner).side()
    assert side.scope.organization == ORGANIZATION
    side.user("ada")
    return side


async def _commits(pool: Pool) -> None:
    await pool.write(ORGANIZATION, lambda connection: connection.fetch("SELECT 1"))


async def _raises(pool: Pool) -> None:
    async def work(connection: Connection) -> None:
        await connection.fetch("SELECT 1 FROM users")
        raise LookupError

    with pytest.raises(LookupError):
        await pool.write(ORGANIZATION, work)


async def _wrong_statement(pool: Pool) -> None:
    with pytest.raises(asyncpg.UndefinedTableError):
        await pool.write(ORGANIZATION, lambda connection: connection.fetch("SELECT 1 FROM nothing"))


async def _lost_commit(pool: Pool) -> None:
    async def work(connection: Connection) -> None:
        with pytest.raises(asyncpg.UndefinedTableError):
            await connection.fetch("SELECT 1 FROM nothing")

    with pytest.raises(StoreUnavailable, match="rolled the transaction back"):
        await pool.write(ORGANIZATION, work)


async def _savepoint(pool: Pool) -> None:
    async def work(connection: Connection) -> None:
        await connection.execute("SAVEPOINT part; SET LOCAL muster.organization = '7'")
        await connection.execute("ROLLBACK TO part; RELEASE part")

    await pool.write(ORGANIZATION, work)


async def _cancelled(pool: Pool) -> None:
    reached = asyncio.Event()

    async def work(connection: Connection) -> None:
        reached.set()
        await connection.fetch("SELECT pg_sleep(60)")

    task = asyncio.ensure_future(pool.write(ORGANIZATION, work))
    await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def _read_that_fails(pool: Pool) -> None:
    sql = "SELECT * FROM read_as($1, $2, $3, $4, $5) AS t(a integer)"
    with pytest.raises(asyncpg.DivisionByZeroError):
        await pool.read(ORGANIZATION, sql, ORGANIZATION, "SELECT 1 / 0", [], [], [])


async def _read_that_is_cancelled(pool: Pool) -> None:
    sql = "SELECT * FROM read_as($1, $2, $3, $4, $5) AS t(a text)"
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(
            pool.read(ORGANIZATION, sql, ORGANIZATION, "SELECT pg_sleep(60)::text", [], [], []), 0.05
        )


async def _too_long(pool: Pool) -> None:
    async def work(connection: Connection) -> None:
        await connection.execute("SET LOCAL statement_timeout = 1")
        await connection.fetch("SELECT pg_sleep(60)")

    with pytest.raises(StoreUnavailable):
        await pool.write(ORGANIZATION, work)


ENDINGS: tuple[Ending, ...] = (
    _commits, _raises, _wrong_statement, _lost_commit, _savepoint, _cancelled, _read_that_fails,
    _read_that_is_cancelled, _too_long,
)  # fmt: skip


@pytest.mark.parametrize("ending", ENDINGS, ids=lambda ending: ending.__name__.strip("_"))
def test_the_setting_never_outlives_its_transaction(side: Side, ending: Ending) -> None:
    """The connection that had it stands outside of any organization, and sees no row."""
    pool = _pool(side)
    ((_, _, before),) = side.run(pool.read(NOBODY, CONTEXT))
    side.run(ending(pool))
    ((setting, seen, after),) = side.run(pool.read(NOBODY, CONTEXT))
    assert (setting or "", seen, after) == ("", 0, before)


def test_a_connection_that_dies_leaves_nothing_behind(side: Side) -> None:
    """The one that takes its place has no organization."""
    pool = _pool(side)

    async def work(connection: Connection) -> None:
        await connection.fetch("SELECT pg_terminate_backend(pg_backend_pid())")

    with pytest.raises((StoreUnavailable, StoreError)):
        side.run(pool.write(ORGANIZATION, work))
    ((setting, seen, _),) = side.run(pool.read(NOBODY, CONTEXT))
    assert (setting or "", seen) == ("", 0)


def test_the_check_would_see_a_setting_that_stays(side: Side) -> None:
    """One that is made for the session is still there afterwards."""
    pool = _pool(side)
    set_for_good = f"SELECT set_config('muster.organization', '{ORGANIZATION}', false)"
    side.run(pool.read(NOBODY, set_for_good))
    ((setting, seen, _),) = side.run(pool.read(NOBODY, CONTEXT))
    assert (setting, seen) == (str(ORGANIZATION), 1)


def _pool(side: Side) -> Pool:
    database = side.scene.database
    assert isinstance(database, PostgresDatabase)
    return database.pool
