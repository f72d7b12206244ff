"""What a page of a list looks at: as much among few rows as among many, whatever is in each of its sources."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Final, NamedTuple

import pytest

from muster.directory.ports import Transaction
from muster.directory.records import Kind
from muster.directory.registers.accounts import NamePlace, Wanted
from muster.directory.registers.alerts import Alert
from muster.directory.registers.requests import Sought
from muster.directory.registers.roles import Place
from muster.store.postgres.database import PostgresDatabase, open_database
from muster.store.postgres.session import PostgresSession
from muster.store.registers.registers import SqlRegisters
from muster.store.session import SqliteSession
from tests.harness.postgres import OWNER, Cluster
from tests.store.scene import NOW, Scene, Side, group_document, log_entry, user_document
from tests.store.working import work

PAGE: Final = 10
SOURCES: Final = 3
FEW, MANY = 40, 320

TABLES: Final = ("users", "groups", "members", "attribute_keys", "accounts", "request_log")

Reading = Callable[[SqlRegisters, "Crowd"], Awaitable[Any]]


class Crowd(NamedTuple):
    """An organization with as many users, groups and entries of the log in each of its sources."""

    sides: list[Side]
    role: str
    users: list[str]


READINGS: Final[dict[str, Reading]] = {
    "roles": lambda registers, crowd: registers.roles.list(owners(crowd), Place(2, "8"), PAGE),
    "roles of one source": lambda registers, crowd: registers.roles.list([owners(crowd)[1]], None, PAGE),
    "roles by name": lambda registers, crowd: registers.roles.named(owners(crowd), "", None, PAGE),
    "roles with a name": lambda registers, crowd: registers.roles.named(
        owners(crowd), "group 000", None, PAGE
    ),
    "users": lambda registers, crowd: registers.users.list(Wanted(owners(crowd)), None, PAGE),
    "users with a name": lambda registers, crowd: registers.users.called(
        "userName", "user 0007", owners(crowd), PAGE
    ),
    "people by name": lambda registers, crowd: people(registers, crowd, None),
    "people behind": lambda registers, crowd: people(registers, crowd, NamePlace(b"user 0007", 2, "")),
    "active people": lambda registers, crowd: people(registers, crowd, None, "active"),
    "held people": lambda registers, crowd: registers.accounts.list(
        Wanted(owners(crowd), "held"), None, PAGE
    ),
    "members": lambda registers, crowd: members(registers, crowd, behind=False),
    "members behind": lambda registers, crowd: members(registers, crowd, behind=True),
    "members with a name": lambda registers, crowd: named(registers, crowd, "user 00"),
    "a member": lambda registers, crowd: named(registers, crowd, "user 0035"),
    "the log": lambda registers, _: registers.requests.search(Sought(), None, PAGE),
    "refusals": lambda registers, _: registers.requests.search(Sought(statuses=(400, 599)), None, PAGE),
}


@pytest.fixture
def postgres(cluster: Cluster, runner: asyncio.Runner) -> Iterator[PostgresDatabase]:
    """A PostgreSQL database that looks at its tables when it is told to: by itself it may do so in the middle."""
    url = cluster.new_store()
    for table in TABLES:
        sql = f"ALTER TABLE muster.{table} SET (autovacuum_enabled = off)"
        runner.run(cluster.execute(url.rpartition("/")[2], sql, user=OWNER))
    database = runner.run(open_database(url))
    database.pool.on_write = lambda: None
    yield database
    runner.run(database.close())


def owners(crowd: Crowd) -> list[int]:
    """The numbers of all sources."""
    return [0, *(side.scope.owner for side in crowd.sides)]


async def members(registers: SqlRegisters, crowd: Crowd, *, behind: bool) -> Any:
    """A page of the members of the role that everybody of a source is in: the first, or the second."""
    role = await registers.roles.get(crowd.role, owners(crowd))
    assert role is not None
    first = await registers.roles.members(role, None, PAGE)
    return await registers.roles.members(role, first[-1].place, PAGE) if behind else first


async def named(registers: SqlRegisters, crowd: Crowd, name: str) -> Any:
    """The members that a name finds."""
    role = await registers.roles.get(crowd.role, owners(crowd))
    assert role is not None
    return (await registers.roles.members_named(role, name, None, PAGE, 3 * PAGE)).members


async def people(
    registers: SqlRegisters, crowd: Crowd, after: NamePlace | None, status: str | None = None
) -> Any:
    """A page of the people of all sources in the order of names; with a status, of those three times as many."""
    among = 3 * PAGE if status else PAGE
    found = await registers.accounts.by_name(Wanted(owners(crowd), status), after, PAGE, among)
    return found.found


def populate(side: Side, number: int) -> tuple[str, list[str]]:
    """So many users, in one group together, and in one of their own each; the group's id, and theirs."""
    users, groups = list[str](), list[str]()

    async def add(transaction: Transaction, kind: Kind, ids: list[str], document: dict[str, Any]) -> None:
        row = side.row(kind, document)
        ids.append(row.id)
        await side.insert(transaction, kind, row, document)

    async def operation(transaction: Transaction) -> None:
        for place in range(number):
            await add(transaction, "User", users, user_document(f"user {place:04}"))
            await add(transaction, "Group", groups, group_document(f"group {place:04}"))
        await transaction.add_members(groups[0], dict.fromkeys(users, "User"), NOW, "r")
        for user, group in zip(users[1:], groups[1:], strict=True):
            await transaction.add_members(group, {user: "User"}, NOW, "r")

    side.write(operation)
    return groups[0], users


def crowd_of(scene: Scene, number: int) -> Crowd:
    """An organization that has so many of everything in each source."""
    organization = scene.organization()
    sides = [scene.side(organization) for _ in range(SOURCES)]
    made = [populate(side, number) for side in sides]

    async def fill(administration: Any) -> None:
        for place in range(number * SOURCES):
            entry = log_entry(organization, f"q{place}", 404 if place % 3 else 200, NOW + place)
            await administration.registers.requests.keep(entry._replace(connection=f"c{1 + place % SOURCES}"))

    scene.run(scene.database.administer(organization, fill))
    crowd = Crowd(sides, *made[0])
    looked_at(crowd, hold)
    return crowd


async def hold(registers: SqlRegisters, crowd: Crowd) -> None:
    """Let three people of one source be held for an alert, the last by name."""
    scope, users = crowd.sides[0].scope, crowd.users[-3:]
    await registers.alerts.add(Alert("a1", "c1", "mass_deactivation", NOW, NOW, len(users)))
    sql = "UPDATE accounts SET status = 'held' WHERE organization = ? AND \"user\" = ?"
    await registers.accounts._session.execute_many(sql, [(scope.organization, user) for user in users])
    for user in users:
        await registers.held.hold("a1", scope.owner, user, (), NOW)


def looked_at(crowd: Crowd, reading: Reading) -> tuple[int, Any]:
    """How much the store does for a page, and what is on it."""
    side = crowd.sides[0]
    database, organization = side.scene.database, side.scope.organization

    async def doing(transaction: Transaction) -> Any:
        session = (
            PostgresSession(transaction._connection)  # type: ignore[attr-defined]
            if isinstance(database, PostgresDatabase)
            else SqliteSession(database.writing)
        )
        return await reading(SqlRegisters(session, organization), crowd)

    return work(side, doing)


@pytest.fixture
def crowds(scene: Scene) -> tuple[Crowd, Crowd]:
    """An organization with few, and one with many, which comes after PostgreSQL has looked at its tables.

    Of some hundred refusals that it knew of it would read all, and sort them.
    """
    few = crowd_of(scene, FEW)
    if isinstance(scene.database, PostgresDatabase):
        assert scene.run(scene.database._statistics.refresh())
    return few, crowd_of(scene, MANY)


def test_a_page_looks_at_a_page(crowds: tuple[Crowd, Crowd]) -> None:
    """No more among eight times as many; and there is something on it."""
    wrong = {}
    for name, reading in READINGS.items():
        (few, found), (many, also) = (looked_at(crowd, reading) for crowd in crowds)
        assert 0 < len(found) == len(also) <= PAGE, name
        if many > 1.2 * few + 10:
            wrong[name] = (few, many)
    assert wrong == {}


def test_behind_the_last_source_there_is_nothing(scene: Scene) -> None:
    """Nor behind a source that is not asked for, which a cursor of another list may name."""
    side = scene.side()
    side.group("Staff", {})

    async def read(registers: Any) -> list[Any]:
        owner = side.scope.owner
        return [
            [role.owner for role in await registers.roles.list([0, owner], after, PAGE)]
            for after in (None, Place(0, "~"), Place(owner, "~"), Place(owner + 9, ""), Place(-5, "x"))
        ]

    found = scene.run(scene.database.consult(side.scope.organization, read))
    assert found == [[side.scope.owner], [side.scope.owner], [], [], [side.scope.owner]]
