"""Row-level security by itself: statements without any predicate, run as the servers' role."""

import asyncio
from typing import Any

import asyncpg
import pytest

from muster.store.postgres.database import PostgresDatabase
from muster.store.postgres.pool import NOBODY, Connection
from tests.store.scene import Scene, Side

TABLES = (
    "organizations", "connections", "users", "groups", "members", "attribute_keys", "accounts", "changes",
)  # fmt: skip


@pytest.fixture
def sides(postgres: PostgresDatabase, runner: asyncio.Runner) -> tuple[Side, Side]:
    """Two organizations with a user in a group each."""
    scene = Scene(postgres, runner)
    both = scene.side(), scene.side()
    for side in both:
        side.group("Staff", {side.user("ada", title="Dr"): "User"})
    return both


def as_organization(side: Side, sql: str, organization: int | None = None) -> Any:
    """What a statement returns within a transaction of the side's organization."""

    async def work(connection: Connection) -> Any:
        return await connection.fetch(sql)

    database = side.scene.database
    assert isinstance(database, PostgresDatabase)
    return side.run(database.pool.write(organization or side.scope.organization, work))


@pytest.mark.parametrize("table", TABLES)
def test_a_statement_without_a_predicate_sees_one_organization(sides: tuple[Side, Side], table: str) -> None:
    """Reading, changing and deleting alike stay within the organization that was set."""
    first, second = sides
    seen = {row[0] for row in as_organization(first, f"SELECT organization FROM {table}")}
    assert seen == {first.scope.organization}
    if table not in ("organizations", "connections"):
        as_organization(first, f"DELETE FROM {table}")
        assert as_organization(first, f"SELECT 1 FROM {table}") == []
        assert as_organization(second, f"SELECT 1 FROM {table}")


def test_a_row_for_another_organization_is_refused(sides: tuple[Side, Side]) -> None:
    """Neither inserted nor moved."""
    first, second = sides
    number = second.scope.organization
    for sql in (
        f"INSERT INTO pending_members VALUES ({number}, 1, 'g', 'm', 0)",
        f"UPDATE users SET organization = {number}",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            as_organization(first, sql)


@pytest.mark.parametrize("table", TABLES)
def test_an_unset_organization_matches_no_row(sides: tuple[Side, Side], table: str) -> None:
    """Before any transaction, and after one: what was set does not outlive it."""
    first, _ = sides
    database = first.scene.database
    assert isinstance(database, PostgresDatabase)
    for _ in range(3):
        assert as_organization(first, f"SELECT 1 FROM {table}")
        assert first.run(database.pool.read(NOBODY, f"SELECT 1 FROM {table}")) == []
        first.query("User")
        assert first.run(database.pool.read(NOBODY, f"SELECT 1 FROM {table}")) == []
