"""How PostgreSQL finds the rows, as the servers' role with its policies: by index, through the values that are asked for."""

import asyncio
import json
from typing import Any

import pytest

from muster.directory.ports import Transaction
from muster.scim.evaluate import matches
from muster.store.postgres.connecting import Connection
from muster.store.postgres.database import PostgresDatabase
from muster.store.postgres.query import Query
from tests.harness.postgres import OWNER, Cluster
from tests.store.scene import Document, Scene, Side, new_id, user_document

USERS = 800
# As `read_as` does it, with the values known to the planner.
EXPLAIN = """CREATE OR REPLACE FUNCTION pg_temp.explain(text, bytea[], text[], bigint[]) RETURNS SETOF text
  LANGUAGE plpgsql AS $$ BEGIN RETURN QUERY EXECUTE 'EXPLAIN (COSTS OFF) ' || $1 USING $2, $3, $4; END $$"""
BY_KEY = {
    'userName eq "u7"': "name_key >=",
    'externalId eq "7"': "external_id >=",
    'emails[type eq "work" and value eq "u7@x"]': "key =",
    'emails.value eq "u7@x"': "key =",
    'title eq "t7"': "key =",
    'title sw "t77"': "key >=",
    'userName sw "u77"': "name_key >=",
    'externalId sw "77"': "external_id >=",
    'title eq "t7" and active eq true': "key =",
    'meta.created lt "2023-11-14T22:13:20.000Z"': "created <",
}


@pytest.fixture
def crowd(cluster: Cluster, postgres: PostgresDatabase, runner: asyncio.Runner) -> Side:
    """A side with many users, next to another one with as many."""
    scene = Scene(postgres, runner)
    for side in (scene.side(), mine := scene.side()):
        populate(side)
    name = postgres.pool.url.rpartition("/")[2]
    runner.run(cluster.execute(name, "ANALYZE", user=OWNER))
    return mine


def populate(side: Side) -> None:
    """Users with a title, an externalId and an e-mail each."""

    async def operation(transaction: Transaction) -> None:
        for number in range(USERS):
            name = f"u{number}"
            emails = [{"type": "work", "value": f"{name}@x"}]
            document = user_document(
                name, externalId=str(number), title=f"t{number}", emails=emails, active=True
            )
            await side.insert(transaction, "User", side.row("User", document), document)

    side.write(operation)


def plan_of(side: Side, sql: str, *values: Any) -> str:
    """The plan of a statement, as the side's organization."""
    database = side.scene.database
    assert isinstance(database, PostgresDatabase)

    async def work(connection: Connection) -> str:
        await connection.execute(EXPLAIN)
        lines = await connection.fetch("SELECT * FROM pg_temp.explain($1, $2, $3, $4)", sql, *values)
        return "\n".join(line for (line,) in lines)

    return side.run(database.pool.write(side.scope.organization, work))


def conditions(plan: str) -> list[str]:
    """The conditions that an index serves."""
    return [line for line in plan.splitlines() if "Index Cond" in line]


def test_each_equality_and_prefix_is_found_by_its_index(crowd: Side) -> None:
    """The value is a condition of an index, under the policy; no table is read from end to end."""
    for text, condition in BY_KEY.items():
        placed = Query(crowd.plan("User", text), crowd.scope, nested=False).read().placed
        plan = plan_of(crowd, placed.sql, placed.keys, placed.words, placed.numbers)
        assert "Seq Scan" not in plan, (text, plan)
        assert any(condition in line for line in conditions(plan)), (text, plan)


def test_an_order_is_followed_not_sorted(crowd: Side) -> None:
    """The first page and the one behind a mark read an index in its order, where every row has a place in it."""
    for sort in (None, "userName", "meta.created", "meta.lastModified", "id"):
        first = crowd.query("User", None, sort, cursor=True, limit=5)
        for after in (None, first.following):
            wanted = crowd.plan("User", None, sort, cursor=True, limit=5, after=after)
            query = Query(wanted, crowd.scope, nested=False)
            statement = query._values.placed(query._numbers())
            plan = plan_of(crowd, statement.sql, statement.keys, statement.words, statement.numbers)
            assert "Index" in plan, (sort, plan)
            assert "Sort" not in plan, (sort, plan)


def test_the_type_is_not_compared_in_the_order_of_the_database(crowd: Side) -> None:
    """Where that is a language's, "User" is behind "a": nothing of it is left for PostgreSQL to compare."""
    for text, total in (('meta.resourceType ge "a"', 0), ('meta.resourceType lt "a"', USERS)):
        placed = Query(crowd.plan("User", text), crowd.scope, nested=False).read().placed
        assert (placed.keys, placed.words, crowd.query("User", text).total) == ([], [], total)


LONG = "a" * 299
AWKWARD = [
    "", "a", "a\0b", "a\0", "\0", "\1", "\2", LONG, f"{LONG}a", f"{LONG}ab", f"{LONG}aa", f"{LONG}a\0", f"{LONG}b",
    LONG + "a" * 300, LONG + "é" * 2, "\U0010ffff" * 80, "\U0010ffff" * 3, "é" * 149 + "ü" * 3,
]  # fmt: skip
OPERATORS = ("eq", "ne", "gt", "ge", "lt", "le", "sw", "ew", "co")


def test_long_values_and_control_characters_compare_as_they_should(
    postgres: PostgresDatabase, runner: asyncio.Runner
) -> None:
    """Keys that an index row cannot hold, and U+0000, which text cannot: every operator answers what `evaluate` answers."""
    side = Scene(postgres, runner).side()
    made: list[Document] = []
    for value in AWKWARD:
        document = user_document(f"n{value}", displayName=value, **({"title": value} if value else {}))
        made.append(document | {"id": side.add("User", document, new_id())})
    for value in AWKWARD:
        for operator in OPERATORS:
            for name, prefix in (("title", ""), ("userName", "n")):
                node = side.parse("User", f"{name} {operator} {json.dumps(prefix + value)}")
                expected = [document["id"] for document in made if matches(node, document)]
                assert side.found("User", node) == expected, (name, operator, value)
