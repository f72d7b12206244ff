"""The register of the request log: which index finds what, and that nobody else's entries are looked at."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pytest

from muster.directory.ports import Administration
from muster.directory.records import LogEntry
from muster.directory.registers.requests import Moment, Sought
from muster.store.postgres.connecting import Connection
from muster.store.postgres.database import PostgresDatabase
from muster.store.postgres.session import PostgresSession, numbered
from muster.store.registers.requests import SqlRequests
from muster.store.session import SqliteSession
from muster.store.sqlite import SqliteDatabase
from tests.harness.postgres import OWNER, Cluster
from tests.store.scene import NOW, Scene, log_entry

Said = list[tuple[str, tuple[Any, ...]]]
ANYWHERE = re.compile(r"Seq Scan|^SCAN (?!w\b|CONSTANT|\d+ CONSTANT|resource$|subject$)", re.MULTILINE)
"""What is read from end to end, but for the values that are asked about, and what was found."""
ENTRIES = 1500
BEFORE = Moment(NOW + 100, 7)
QUESTIONS = {
    "a connection's": (Sought(("c1",)), "connection"),
    "a connection's, refused": (Sought(("c1",), statuses=(400, 599)), "connection"),
    "a connection's, of a class": (
        Sought(("c1",), statuses=(404, 404), method="GET", code="x"),
        "connection",
    ),
    "a resource's": (Sought(resources=("r7",)), "resource"),
    "a resource's, of a connection": (Sought(("c1",), ("r7",), since=NOW, until=NOW + 99), "resource"),
    "a name's": (Sought(subject="ada"), "subject"),
}


class Ear:
    """What only listens, in a session's place."""

    said: Said

    async def fetch(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Nothing is found."""
        self.said.append((sql, values))
        return []

    async def execute_many(self, sql: str, rows: Sequence[tuple[Any, ...]]) -> None:
        """Note each row's."""
        for row in rows:
            self.said.append((sql, row))

    async def execute(self, sql: str, *values: Any) -> int:
        """Nothing is changed."""
        self.said.append((sql, values))
        return 0


class OnSqlite(Ear, SqliteSession):
    """A session of SQLite that only listens."""


class OnPostgres(Ear, PostgresSession):
    """One of PostgreSQL."""


def ear(scene: Scene) -> OnSqlite | OnPostgres:
    """A session of the store that only listens."""
    kind = OnSqlite if isinstance(scene.database, SqliteDatabase) else OnPostgres
    listening: OnSqlite | OnPostgres = kind(None)  # type: ignore[arg-type] # it never says anything
    listening.said = []
    return listening


def entries(organization: int) -> list[LogEntry]:
    """Many entries of two connections; some refused, some about somebody."""
    return [
        log_entry(organization, f"q{number}", 404 if number % 50 == 0 else 200, NOW + number)._replace(
            connection=f"c{number % 2}",
            resource=f"r{number % 100}" if number % 3 else None,
            subject=None if number % 3 else f"u{number % 100}",
        )
        for number in range(ENTRIES)
    ]


@pytest.fixture
def number(scene: Scene) -> int:
    """An organization beside another one, each with as many entries."""

    async def fill(administration: Administration) -> None:
        for entry in entries(0):
            await administration.registers.requests.keep(entry)

    for organization in (scene.organization(), mine := scene.organization()):
        scene.run(scene.database.administer(organization, fill))
    return mine


def said(scene: Scene, organization: int, sought: Sought) -> Said:
    """The statements of a search."""
    session = ear(scene)
    scene.run(SqlRequests(session, organization).search(sought, BEFORE, 20))
    return session.said


def plans(scene: Scene, organization: int, statements: Said, cluster: Cluster) -> list[str]:
    """How the store would answer each."""
    database = scene.database
    if isinstance(database, SqliteDatabase):
        return [
            "\n".join(str(row[3]) for row in database.reader.execute(f"EXPLAIN QUERY PLAN {sql}", values))
            for sql, values in statements
        ]
    assert isinstance(database, PostgresDatabase)
    name = database.pool.url.rpartition("/")[2]
    scene.run(cluster.execute(name, "ANALYZE", user=OWNER))

    async def work(connection: Connection) -> list[str]:
        return [
            "\n".join(
                row[0] for row in await connection.fetch(f"EXPLAIN (COSTS OFF) {numbered(sql)}", *values)
            )
            for sql, values in statements
        ]

    return scene.run(database.pool.write(organization, work))


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_search_is_led_by_the_index_of_what_is_asked(
    scene: Scene, number: int, cluster: Cluster, name: str
) -> None:
    """Organization first, then the column that is asked for; nothing is read from end to end."""
    sought, column = QUESTIONS[name]
    statements = said(scene, number, sought)
    assert len(statements) == 1
    for plan in plans(scene, number, statements, cluster):
        assert re.search(rf"organization ?= ?.*{column} ?[>=]", plan), plan
        assert not ANYWHERE.search(plan), plan


def test_what_is_asked_of_all_connections_is_asked_of_each(
    scene: Scene, number: int, cluster: Cluster
) -> None:
    """And so are the entries of a request, those to forget, and those to count into."""
    session = ear(scene)
    requests = SqlRequests(session, number)
    scene.run(requests.of_request("q7", 10))
    scene.run(requests.repeat(log_entry(number, "q7"), 2))
    scene.run(requests.forget("c1", NOW + 30, 5))
    for plan in plans(scene, number, [*session.said, *said(scene, number, Sought())], cluster):
        assert re.search(r"organization ?= ?", plan), plan
        assert not ANYWHERE.search(plan), plan


def test_the_register_keeps_counts_and_forgets(scene: Scene, number: int) -> None:
    """Newest first from a place on; what is forgotten is the oldest of one connection, and not more than is said."""

    async def work(administration: Administration) -> list[Any]:
        requests = administration.registers.requests
        await requests.keep(log_entry(number, "new\0", time=NOW + 10_000)._replace(connection="c1"))
        assert await requests.repeat(log_entry(number, "q7"), 2)
        assert not await requests.repeat(log_entry(number, "nobody's"), 2)
        gone = [await requests.forget("c1", NOW + 20, 4) for _ in range(4)]
        first = await requests.search(Sought(("c1",)), None, 3)
        second = await requests.search(Sought(("c1",)), first[-1].at, 2)
        return [gone, [one.entry.request for one in (*first, *second)]]

    gone, found = scene.run(scene.database.administer(number, work))
    assert gone == [4, 4, 2, 0]
    assert found[1:] == ["q1499", "q1497", "q1495", "q1493"]


def test_entries_of_one_moment_are_paged_in_the_order_they_came(scene: Scene) -> None:
    """No index of PostgreSQL has that order; each page of one entry is followed by the next."""
    organization = scene.organization()

    async def work(administration: Administration) -> list[str]:
        requests, found = administration.registers.requests, list[Any]()
        for number in range(9):
            entry = log_entry(organization, f"q{number}")._replace(connection=f"c{number % 2}")
            await requests.keep(entry._replace(detail="x" * 1500))
        # Its page is full: now it lies behind the others.
        await requests.repeat(log_entry(organization, "q1"), 1)
        while page := await requests.search(Sought(("c0", "c1")), found[-1].at if found else None, 1):
            found += page
        return [one.entry.request for one in found]

    found = scene.run(scene.database.administer(organization, work))
    assert found == [f"q{number}" for number in reversed(range(9))]
