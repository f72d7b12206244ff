"""Row-level security by itself: statements without any predicate, run as the servers' role, on every table there is."""

import asyncio
from collections.abc import Iterator
from typing import Any

import asyncpg
import pytest

from muster.store.postgres.connecting import NOBODY, Connection
from muster.store.postgres.database import PostgresDatabase, open_database
from tests.harness.postgres import OWNER, SUPERUSER, Cluster
from tests.store.postgres.shared_tables import SHARED
from tests.store.scene import Scene, Side

TABLES = """SELECT relname FROM pg_class t WHERE relnamespace = 'muster'::regnamespace AND relkind IN ('r', 'p')
  AND EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = t.oid) ORDER BY 1"""
COLUMNS = """SELECT table_name, column_name, data_type FROM information_schema.columns
  WHERE table_schema = 'muster' AND is_nullable = 'NO' AND column_default IS NULL AND is_identity = 'NO'
    AND column_name <> 'organization' ORDER BY table_name, ordinal_position"""
FIXED = {"organizations", "connections"}  # others refer to them
# A value of each type that a column has.
ANY = {
    "bigint": "1",
    "text": "'x'",
    "bytea": "'x'::bytea",
    "boolean": "true",
    "integer": "1",
    "ARRAY": "'{}'",
}
# What a row says is of no concern here, and a table that is new need not be known.
UNCHECKED = """DO $$ DECLARE one record; BEGIN
  FOR one IN SELECT conrelid::regclass AS place, conname FROM pg_constraint
    WHERE connamespace = 'muster'::regnamespace AND contype = 'c'
  LOOP EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', one.place, one.conname); END LOOP; END $$"""


@pytest.fixture
def sides(cluster: Cluster, runner: asyncio.Runner) -> Iterator[tuple[Side, Side]]:
    """Two organizations in a database of their own; both connections are the first of theirs."""
    database = runner.run(open_database(cluster.new_store()))
    scene = Scene(database, runner)
    yield scene.side(), scene.side()
    runner.run(database.close())


@pytest.fixture
def tables(sides: tuple[Side, Side], cluster: Cluster) -> list[str]:
    """Every table behind a policy; both organizations have a row in each, whatever it is."""
    found = [row[0] for row in read(sides[0], TABLES)]
    every = read(sides[0], "SELECT tablename FROM pg_tables WHERE schemaname = 'muster'")
    assert {row[0] for row in every} - set(found) == SHARED
    needed: dict[str, list[tuple[str, str]]] = {table: [] for table in found}
    for table, column, type_ in read(sides[0], COLUMNS):
        if table in needed:
            needed[table].append((column, type_))
    filled = [_row(table, needed[table], side.scope.organization) for side in sides for table in found]
    free = ("SET session_replication_role = replica", "SET search_path = muster", UNCHECKED)
    database = database_of(sides[0]).pool.url.rpartition("/")[2]
    asyncio.run(cluster.execute(database, *free, *filled))
    return found


def _row(table: str, columns: list[tuple[str, str]], organization: int) -> str:
    names = "".join(f', "{name}"' for name, _ in columns)
    values = "".join(f", {ANY[type_]}" for _, type_ in columns)
    return f"INSERT INTO {table} (organization{names}) VALUES ({organization}{values}) ON CONFLICT DO NOTHING"


def database_of(side: Side) -> PostgresDatabase:
    """The database of a side."""
    database = side.scene.database
    assert isinstance(database, PostgresDatabase)
    return database


def read(side: Side, sql: str) -> list[Any]:
    """What a statement returns outside of any transaction."""
    return side.run(database_of(side).pool.read(NOBODY, sql))


def within(side: Side, *statements: str, organization: int | None = None) -> Any:
    """What the last of some statements returns within a transaction of the side's organization, or of another number."""

    async def work(connection: Connection) -> Any:
        return [await connection.fetch(sql) for sql in statements][-1]

    number = side.scope.organization if organization is None else organization
    return side.run(database_of(side).pool.write(number, work))


def test_a_statement_without_a_predicate_sees_one_organization(
    sides: tuple[Side, Side], tables: list[str]
) -> None:
    """Reading, changing and deleting alike stay within the organization that was set, in every table."""
    first, second = sides
    theirs = {table: within(second, f"SELECT t::text FROM {table} t") for table in tables}
    assert all(theirs.values())
    for table in tables:
        seen = {row[0] for row in within(first, f"SELECT organization FROM {table}")}
        assert seen == {first.scope.organization}, table
        within(first, f"UPDATE {table} SET organization = organization")
        within(first, f"DELETE FROM {table} WHERE organization <> {first.scope.organization}")
    assert {table: within(second, f"SELECT t::text FROM {table} t") for table in tables} == theirs
    for table in set(tables) - FIXED:
        within(first, f"DELETE FROM {table}")
    assert {table: within(second, f"SELECT t::text FROM {table} t") for table in tables} == theirs


def refusal(side: Side, sql: str) -> type[asyncpg.PostgresError] | None:
    """How a statement is refused within a transaction of the side's organization; None: it is not."""
    try:
        within(side, sql)
    except asyncpg.PostgresError as error:
        return type(error)
    return None


def test_a_row_for_another_organization_is_refused(sides: tuple[Side, Side], tables: list[str]) -> None:
    """Neither inserted nor moved there, in any table."""
    first, second = sides
    number = first.scope.organization
    moved = f"jsonb_populate_record(t, '{{\"organization\": {number}}}')"
    changes = [f"INSERT INTO {table} SELECT ({moved}).* FROM {table} t" for table in tables]
    changes += [f"UPDATE {table} SET organization = {number}" for table in tables]
    assert {sql: refusal(second, sql) for sql in changes} == dict.fromkeys(
        changes, asyncpg.InsufficientPrivilegeError
    )


@pytest.mark.parametrize("organization", [0, -1], ids=["zero", "negative"])
def test_no_organization_is_a_key_to_all(
    sides: tuple[Side, Side], tables: list[str], organization: int
) -> None:
    """A number that is nobody's matches no row of anybody's."""
    first, _ = sides
    for table in tables:
        assert within(first, f"SELECT 1 FROM {table}", organization=organization) == [], table


def test_an_unset_organization_matches_no_row(sides: tuple[Side, Side], tables: list[str]) -> None:
    """In no table: before any transaction, after one, and after a read that entered the organization."""
    _, side = sides
    _no_row(side, tables)
    for _ in range(2):
        assert within(side, "SELECT 1 FROM users")
        _no_row(side, tables)
        assert side.query("User").resources
        _no_row(side, tables)


def _no_row(side: Side, tables: list[str]) -> None:
    for table in tables:
        assert read(side, f"SELECT 1 FROM {table}") == [], table


REFUSED = (
    "ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
    "ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY",
    "DROP POLICY of_organization ON {table}",
    "ALTER POLICY of_organization ON {table} USING (true)",
    "CREATE POLICY wide ON {table} USING (true)",
    "ALTER TABLE {table} OWNER TO muster",
    "TRUNCATE {table}",
    "CREATE INDEX mine ON {table} (organization)",
    "CREATE TRIGGER mine AFTER INSERT ON {table} EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    "COPY {table} TO PROGRAM 'true'",
)
REFUSED_ONCE = (
    "CREATE TABLE muster.mine (a int)",
    "CREATE VIEW muster.mine AS SELECT 1",
    "CREATE FUNCTION muster.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE OR REPLACE FUNCTION muster.enter(organization bigint) RETURNS void LANGUAGE sql AS ''",
    "ALTER FUNCTION muster.enter(bigint) SECURITY DEFINER",
    "DROP FUNCTION muster.enter(bigint)",
    "CREATE SCHEMA mine",
    f"SET ROLE {OWNER}",
    f"SET ROLE {SUPERUSER}",
    f"SET SESSION AUTHORIZATION {OWNER}",
    "SET session_replication_role = replica",
    "ALTER ROLE muster BYPASSRLS",
    "CREATE ROLE mine",
    "SELECT pg_read_file('PG_VERSION')",
    "SELECT starelid FROM pg_statistic",
    "SELECT rolpassword FROM pg_authid",
    "DELETE FROM schema_versions",
    "INSERT INTO schema_versions (number, compatible) VALUES (99, 99)",
)


def test_the_servers_role_cannot_take_the_wall_down(sides: tuple[Side, Side], tables: list[str]) -> None:
    """It can change no policy, table or function, make none, become nobody else, and empty no table at once."""
    tried = [*(text.format(table=table) for text in REFUSED for table in tables), *REFUSED_ONCE]
    assert {sql: refusal(sides[0], sql) for sql in tried} == dict.fromkeys(
        tried, asyncpg.InsufficientPrivilegeError
    )


def test_row_security_cannot_be_switched_off_in_a_session(
    sides: tuple[Side, Side], tables: list[str]
) -> None:
    """Who tries is refused every table, rather than shown all of it."""
    first, _ = sides
    for table in tables:
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
            within(first, "SET LOCAL row_security = off", f"SELECT 1 FROM {table}")


def test_no_expression_is_tried_on_another_organizations_rows(
    sides: tuple[Side, Side], tables: list[str]
) -> None:
    """One that fails on every row, and says what it met there, fails on one's own only."""
    first, second = sides
    for table in set(tables) - FIXED:
        within(first, f"DELETE FROM {table}")
    for table in tables:
        own = f" AND organization <> {first.scope.organization}" if table in FIXED else ""
        text = f"SELECT 1 FROM {table} t WHERE (t::text || 'x')::integer = 1{own}"
        assert refusal(second, text) is asyncpg.InvalidTextRepresentationError
        assert within(first, text) == [], table


def test_statistics_tell_of_nobody(sides: tuple[Side, Side], tables: list[str], cluster: Cluster) -> None:
    """What PostgreSQL has noted about the values in the tables is shown to its superuser alone."""
    database = database_of(sides[0]).pool.url.rpartition("/")[2]
    asyncio.run(cluster.execute(database, "ANALYZE"))
    noted = "SELECT DISTINCT tablename FROM pg_stats WHERE schemaname = 'muster'"
    seen = asyncio.run(_as_superuser(cluster.url(database, SUPERUSER), noted))
    assert set(tables) <= seen
    assert not set(tables) & {row[0] for row in within(sides[0], noted)}


async def _as_superuser(url: str, sql: str) -> set[str]:
    connection = await asyncpg.connect(url)
    try:
        return {row[0] for row in await connection.fetch(sql)}
    finally:
        await connection.close()
