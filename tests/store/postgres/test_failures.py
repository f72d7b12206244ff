"""What is said when PostgreSQL cannot be used, and that the store works again when it can."""

import asyncio

import pytest

from muster.directory.failures import StoreBusy, StoreError, StoreUnavailable
from muster.directory.ports import Transaction
from muster.store.postgres import migrate as schema
from muster.store.postgres.database import PostgresDatabase, open_database
from muster.store.postgres.migrate import migrate, migrations
from muster.store.steps import Migration
from tests.harness.inside import held
from tests.harness.ports import free_port
from tests.harness.postgres import OWNER, SUPERUSER, Cluster
from tests.store.scene import Scene, Side, change, user_document


def opened(url: str) -> None:
    """Open a database and close it."""

    async def work() -> None:
        await (await open_database(url)).close()

    asyncio.run(work())


def refused(url: str) -> str:
    """The one line with which a database is refused."""
    with pytest.raises(StoreError) as error:
        opened(url)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_a_restart_is_survived(fragile: Cluster, runner: asyncio.Runner) -> None:
    """While PostgreSQL is away reads and writes say so; afterwards they work, on the same store."""
    database = runner.run(open_database(fragile.new_store()))
    side = Scene(database, runner).side()
    ada = side.user("ada")
    fragile.stop()
    with pytest.raises(StoreUnavailable):
        side.run(side.store.user(ada))
    with pytest.raises(StoreUnavailable):
        side.user("grace")
    fragile.start()
    assert side.run(side.store.user(ada)) is not None
    side.user("grace")
    runner.run(database.close())


def test_an_address_where_nobody_is(cluster: Cluster) -> None:
    """One line that names it, without the password."""
    line = refused(f"postgresql://muster:hush@127.0.0.1:{free_port()}/muster")
    assert "cannot connect" in line
    assert "hush" not in line


def test_an_empty_database_says_what_to_run(cluster: Cluster) -> None:
    """Servers never make tables."""
    assert "muster migrate" in refused(cluster.url(cluster.new_database()))


@pytest.mark.parametrize("role", [OWNER, SUPERUSER])
def test_a_role_that_policies_do_not_hold_is_refused(cluster: Cluster, role: str) -> None:
    """The owner could take the policies away, a superuser does not see them."""
    name = cluster.new_store().rpartition("/")[2]
    assert "row-level security" in refused(cluster.url(name, role))


def migrated(cluster: Cluster, steps: list[Migration]) -> str:
    """The address of a database with these steps applied."""
    name = cluster.new_database()
    asyncio.run(migrate(cluster.url(name, OWNER), cluster.url(name), steps))
    return cluster.url(name)


def test_this_program_on_another_schema(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """An older one has to be migrated; a newer one is served as long as it says that it can be."""
    known = list(migrations())
    assert "muster migrate" in refused(migrated(cluster, known[:1]))
    newest = known[-1].number
    kind = Migration(newest + 1, newest, "ALTER TABLE users ADD COLUMN later bigint")
    opened(migrated(cluster, [*known, kind]))
    assert "newer Muster" in refused(migrated(cluster, [*known, kind._replace(compatible=newest + 1)]))
    monkeypatch.setattr(schema, "migrations", lambda: [*known, kind])
    assert "muster migrate" in refused(migrated(cluster, known))


def test_a_database_that_cannot_hold_every_name_is_refused(cluster: Cluster) -> None:
    """The line names its encoding and what to do; there are no tables in it."""
    name = cluster.new_database("template0 ENCODING 'LATIN1' LOCALE 'C'")
    with pytest.raises(StoreError, match=r"LATIN1, .* ENCODING 'UTF8' TEMPLATE template0$"):
        asyncio.run(migrate(cluster.url(name, OWNER), cluster.url(name)))
    assert "muster migrate" in refused(cluster.url(name))


def test_an_interrupted_migration_is_continued(cluster: Cluster) -> None:
    """A step that fails leaves nothing; the next run goes on from there; once done there is nothing to do."""
    known = list(migrations())
    name = cluster.new_database()
    urls = cluster.url(name, OWNER), cluster.url(name)
    broken = known[1]._replace(sql=known[1].sql + "; SELECT nonsense")
    with pytest.raises(StoreError, match="nothing of this step was kept"):
        asyncio.run(migrate(*urls, [known[0], broken]))
    assert asyncio.run(migrate(*urls)) == len(known) - 1
    assert asyncio.run(migrate(*urls)) == 0
    opened(urls[1])


def test_a_lock_that_is_not_free_is_busy(postgres: PostgresDatabase, runner: asyncio.Runner) -> None:
    """A write gives up and leaves nothing; reads do not wait for it."""
    side = Scene(postgres, runner).side()
    ada = side.user("ada")
    with held(postgres.pool.url):
        with pytest.raises(StoreBusy):
            side.user("grace")
        assert side.run(side.store.user(ada)) is not None
    assert side.query("User").total == 1


def test_writes_at_once_are_numbered_without_gaps(side_on_postgres: Side) -> None:
    """In one organization, while some of them are refused."""
    side = side_on_postgres

    async def one(number: int) -> int | None:
        document = user_document(f"u{number}")
        row = side.row("User", document)

        async def operation(transaction: Transaction) -> int | None:
            await side.insert(transaction, "User", row, document)
            if number % 3 == 0:
                raise ValueError("refused")
            return await transaction.record(change(row.id))

        try:
            return await side.store.write(operation)
        except ValueError:
            return None

    async def all_at_once() -> list[int | None]:
        return await asyncio.gather(*(one(number) for number in range(60)))

    first = side.write(lambda transaction: transaction.record(change("x"))) or 0
    numbers = sorted(number for number in side.run(all_at_once()) if number is not None)
    assert numbers == list(range(first + 2, first + 81, 2))
    assert side.query("User").total == 40


@pytest.fixture
def side_on_postgres(postgres: PostgresDatabase, runner: asyncio.Runner) -> Side:
    """One connection's side."""
    return Scene(postgres, runner).side()
