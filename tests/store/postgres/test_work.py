"""How many rows PostgreSQL touches for an answer: about as many as it finds, whether it knows the tables or not."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from muster.directory.ports import Transaction
from muster.directory.records import Kind, QueryPlan
from muster.store.postgres import order, rows
from muster.store.postgres.connecting import Connection
from muster.store.postgres.database import PostgresDatabase, open_database
from muster.store.postgres.query import Query
from tests.harness.postgres import OWNER, Cluster
from tests.store.scene import NOW, Scene, Side, group_document, user_document

USERS, GROUPS, EACH = 2000, 200, 10  # users in a group
PAGE = 10
PER_MATCH = 60  # nodes of a plan that a row passes through, in up to three parts and the total
PER_KEY = 15  # the same of a key that is looked at without being found
TABLES = ("users", "groups", "members", "attribute_keys")

# What an index leads to, and what looks at every key of an attribute. {id}: a user, {group}: a group.
LED = [
    'userName eq "u7"', 'externalId eq "7"', 'id eq "{id}"', 'emails[type eq "work" and value eq "u7@x"]',
    'emails.value eq "u7@x"', 'title eq "t7"', 'title sw "t77"', 'userName sw "u77"', 'externalId sw "77"',
    'title eq "t7" and active eq true', 'meta.created lt "2023-11-14T22:13:20.000Z"', "active eq true",
    'meta.lastModified ge "2023-11-14T22:13:20.001Z"', 'title gt "t9"', 'emails[type eq "work"]',
    'groups.value eq "{group}"', 'groups[value eq "{group}" and type eq "direct"]', 'groups[value eq "{group}" and display eq "g7"]',
    'userName eq "u7" and groups.value eq "{group}"', 'userName eq "u7" and emails[type eq "work"]',
    'title eq "t7" or groups.value eq "{group}"', 'title eq "t7" and userName co "7"', 'externalId eq "7" and userName ne "x"',
]  # fmt: skip
WALKED = [
    None, 'title co "77"', 'title ew "77"', 'title ne "t7"', 'not (title eq "t7")', 'userName co "77"', 'userName ne "u7"',
    "title pr", "not (title pr)", "title eq null", 'active eq true and title co "77"', 'emails[value co "77"]',
    'emails[not (value eq "u7@x")]', 'emails.value ne "u7@x"', 'title eq "t7" or title co "77"', "groups pr",
    'userName eq "u7" and not (title co "x" and active eq true)',
    'groups.display eq "g7"', 'groups.display co "g7"', 'not (groups.value eq "{group}")', 'groups.type eq "direct"',
]  # fmt: skip
LED_GROUPS = [
    'displayName eq "g7"', 'displayName sw "g1"', 'members.value eq "{id}"', 'members[value eq "{id}" and type eq "User"]',
    'displayName eq "g7" and members.value eq "{id}"', 'members.value eq "{id}" or displayName eq "g1"',
]  # fmt: skip
WALKED_GROUPS = [
    None, "members pr", 'members.type eq "Group"', 'not (members.value eq "{id}")', 'members[value sw "a"]', 'displayName co "7"',
]  # fmt: skip
FILTERS: list[tuple[Kind, list[str | None], int]] = [
    ("User", [*LED], 0),
    ("User", WALKED, 2 * USERS),  # e-mails of each
    ("Group", [*LED_GROUPS], 0),
    ("Group", WALKED_GROUPS, USERS),  # each user is a member
]
# A page by index, by cursor, behind a mark, sorted by a column with and without gaps, by index entries, and the count alone.
PAGES: list[dict[str, Any]] = [
    {}, {"cursor": True}, {"sort": "externalId", "cursor": True}, {"sort": "id", "offset": 30},
    {"sort": "title", "descending": True}, {"limit": 0},
]  # fmt: skip

EXPLAIN = """CREATE OR REPLACE FUNCTION pg_temp.explained(bytea[], text[], bigint[], bigint) RETURNS SETOF json
  LANGUAGE plpgsql AS $$ BEGIN
    RETURN QUERY EXECUTE format('EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE kept (%L, %L, %L, %L)', $1, $2, $3, $4);
  END $$"""
READ = "SELECT sum(seq_tup_read + idx_tup_fetch)::bigint FROM pg_stat_xact_user_tables WHERE schemaname = 'muster'"


class Crowd(NamedTuple):
    """A side with many users in groups, on a database that PostgreSQL never looks at by itself."""

    side: Side
    nested: bool
    name: str
    user: str
    group: str

    def plan(self, kind: Kind, text: str | None, **more: Any) -> QueryPlan:
        """The plan of a page."""
        filter = text and text.format(id=self.user, group=self.group)
        sort = more.pop("sort", None)
        if kind == "Group" and sort == "title":
            sort = None  # groups have none
        asked = {"limit": PAGE, "with_groups": True, "with_members": True} | more
        return self.side.plan(kind, filter, sort, **asked)


@pytest.fixture(params=["nested", "flat"])
def crowd(request: pytest.FixtureRequest, cluster: Cluster, runner: asyncio.Runner) -> Iterator[Crowd]:
    """An organization of its own among others."""
    url, nested = cluster.new_store(), request.param == "nested"
    name = url.rpartition("/")[2]
    for table in TABLES:
        sql = f"ALTER TABLE muster.{table} SET (autovacuum_enabled = off)"
        runner.run(cluster.execute(name, sql, user=OWNER))
    database = runner.run(open_database(url))
    database.pool.on_write = lambda: None
    scene = Scene(database, runner)
    scene.side().user("somebody else")
    side = scene.side(nested=nested)
    user, group = populate(side, nested=nested)
    yield Crowd(side, nested, name, user, group)
    runner.run(database.close())


def populate(side: Side, *, nested: bool) -> tuple[str, str]:
    """Users in groups, a third of which are in another one where that is allowed; the ids of a user and its group."""
    users: list[str] = []
    groups: list[str] = []

    async def add(transaction: Transaction, kind: Kind, ids: list[str], document: dict[str, Any]) -> None:
        row = side.row(kind, document)
        ids.append(row.id)
        await side.insert(transaction, kind, row, document)

    async def operation(transaction: Transaction) -> None:
        for number in range(USERS):
            emails = [{"type": "work", "value": f"u{number}@x"}, {"value": f"v{number}@x"}]
            more = {"externalId": str(number), "title": f"t{number}", "active": number % 2 == 0}
            await add(transaction, "User", users, user_document(f"u{number}", emails=emails, **more))
        for number in range(GROUPS):
            # None has an externalId: its index is the lower one, and must not be taken for that.
            await add(transaction, "Group", groups, group_document(f"g{number}"))
        for number, group in enumerate(groups):
            members: dict[str, Kind] = dict.fromkeys(users[number * EACH : (number + 1) * EACH], "User")
            if nested and number % 3 == 0:
                members |= dict.fromkeys(groups[number + 1 : number + 2], "Group")
            await transaction.add_members(group, members, NOW, "r")

    side.write(operation)
    return users[7 * EACH], groups[7]


def touched(plan: dict[str, Any]) -> float:
    """The rows that a plan's nodes have yielded or looked at in vain, all loops together."""
    removed = sum(value for name, value in plan.items() if name.startswith("Rows Removed"))
    mine = (plan["Actual Rows"] + removed) * plan["Actual Loops"]
    return float(mine + sum(touched(part) for part in plan.get("Plans", ())))


def work_of(crowd: Crowd, query: Query) -> float:
    """The rows that the kept plan of a query touches."""
    sql, *values = query.read().kept(None)

    async def explain(connection: Connection) -> float:
        await connection.execute(EXPLAIN)
        await connection.execute(f"PREPARE kept (bytea[], text[], bigint[], bigint) AS {sql}")
        ((plan,),) = await connection.fetch("SELECT * FROM pg_temp.explained($1, $2, $3, $4)", *values)
        await connection.execute("DEALLOCATE kept")
        return touched(json.loads(plan)[0]["Plan"])

    database = crowd.side.scene.database
    assert isinstance(database, PostgresDatabase)
    return crowd.side.run(database.pool.write(crowd.side.scope.organization, explain))


def too_much(crowd: Crowd, pages: list[dict[str, Any]]) -> list[str]:
    """The queries that touch more than a small multiple of what they find and, where they have to, of what they look at."""
    found = []
    for kind, texts, keys in FILTERS:
        for text in texts:
            for page in pages:
                plan = crowd.plan(kind, text, **page)
                total = crowd.side.run(crowd.side.store.query(plan._replace(cursor=False, limit=0))).total
                sorted_by_entries = plan.sort is not None and plan.sort.path == "title"
                allowed = PER_MATCH * (total + PAGE + plan.offset)
                allowed += PER_KEY * (keys + USERS * sorted_by_entries)
                work = work_of(crowd, Query(plan, crowd.side.scope, nested=crowd.nested))
                if work > allowed:
                    found.append(f"{kind} {text} {page}: {work:.0f} rows for {total}, more than {allowed}")
    return found


def looked_up(crowd: Crowd) -> int:
    """The rows that are read for a user with its groups, a group, and its members."""
    scope = crowd.side.scope

    async def read(connection: Connection) -> int:
        before = await connection.fetchval(READ)
        for sql in (
            f"user_by($1, NULL, $2, '{crowd.user}', NULL, NULL, {2 if crowd.nested else 1}) AS t({rows.USER})",
            f"group_by_key($1, NULL, $2, '{crowd.group}', NULL, NULL) AS t({rows.GROUP})",
            f"members_of($1, NULL, $2, '{crowd.group}', TRUE) AS t({rows.MEMBER})",
        ):
            assert await connection.fetch(f"SELECT * FROM {sql}", *scope)
        return int(await connection.fetchval(READ) - before)

    database = crowd.side.scene.database
    assert isinstance(database, PostgresDatabase)
    return crowd.side.run(database.pool.write(scope.organization, read))


def test_an_answer_touches_what_it_finds(
    crowd: Crowd, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every kind of filter and page, and look-ups, before and after PostgreSQL has looked at the tables for once."""
    for look in (False, True):
        if look:
            crowd.side.run(cluster.execute(crowd.name, "ANALYZE", user=OWNER))
        assert looked_up(crowd) < 10 * EACH
        assert too_much(crowd, PAGES) == []
        with monkeypatch.context() as patched:  # what many match is not sorted, but followed
            patched.setattr(order, "FEW", 1)
            assert too_much(crowd, PAGES[:2]) == []
