"""What a page by cursor costs: the same wherever it stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from muster.directory.records import QueryPlan
from muster.store.keyset import page_behind
from muster.store.query import Query
from muster.store.sqlite import SqliteDatabase
from tests.store.scene import Side
from tests.store.sqlite.conftest import Trace

SIZE = 20
NUMBER = 600
OPTIONAL = {"externalId", "title", "emails.value"}


@pytest.fixture
def crowd(own: Side) -> Side:
    """Six hundred users, every one with an externalId and a title; the first half came at one moment."""
    moment = own.now
    for number in range(NUMBER):
        name = f"u{number * 7 % NUMBER:03}"
        own.user(name, externalId=name, title=f"t{number % 50}", emails=[{"value": f"{name}@x"}])
        own.now = moment if number < NUMBER // 2 else own.now
    return own


def work(database: SqliteDatabase, step: Callable[[], object]) -> int:
    """How many hundreds of instructions of SQLite's machine a step takes."""
    count = 0

    def tick() -> bool:
        nonlocal count
        count += 1
        return False

    database.reader.set_progress_handler(tick, 100)
    try:
        step()
    finally:
        database.reader.set_progress_handler(None)
    return count


def costs(database: SqliteDatabase, side: Side, plan: QueryPlan) -> Iterator[tuple[list[str], int]]:
    """For each page of a query its statements and its work."""
    after: bytes | None = None
    while True:
        counted = after is None or plan.filter is None
        query = Query(plan._replace(after=after, counted=counted), side.scope, nested=False)
        statements = Trace().of(database.reader, lambda query=query: query.run(database.reader))  # type: ignore[misc]
        yield statements, work(database, lambda query=query: query.run(database.reader))  # type: ignore[misc]
        _, after = page_behind(database.reader, query.order.pieces(), plan.limit, after)
        if after is None:
            return


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize(
    "sort", [None, "userName", "externalId", "title", "emails.value", "meta.lastModified", "id"]
)
def test_each_page_costs_what_the_first_costs(
    crowd: Side, sqlite: SqliteDatabase, sort: str | None, descending: bool
) -> None:
    """One statement and a quarter of the work more at most, wherever the page stands among those with a value."""
    plan = crowd.plan("User", None, sort, descending=descending, cursor=True, limit=SIZE)
    # Where values may be missing, those who have none are looked for beside those who have one.
    last = 1 if sort in OPTIONAL and not descending else 0
    (statements, steps), *rest = list(costs(sqlite, crowd, plan))[: NUMBER // SIZE - last]
    assert len(rest) == NUMBER // SIZE - 1 - last
    for more, work_done in rest:
        assert len(more) <= len(statements) + 1
        assert work_done <= steps * 1.25 + 1


def test_a_filtered_query_is_counted_once(crowd: Side, sqlite: SqliteDatabase) -> None:
    """Only the first page counts what matches."""
    plan = crowd.plan("User", 'title eq "t7"', cursor=True, limit=4)
    first, *rest = ["count(" in " ".join(statements) for statements, _ in costs(sqlite, crowd, plan)]
    assert first
    assert rest == [False, False]
