"""What each request costs its store: a number of its own, the same for few users and many, one member and 256.

On SQLite it is statements: BEGIN and COMMIT count, and so does the one that asks whether anybody has written since the
API key was read. On PostgreSQL it is round trips: how often the request waits for the server. Both are as of the second
such request; that a key is read once, and a statement prepared once, is no part of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import pytest

from muster.endpoint.routes import Handler, inventory, match
from tests.endpoint.asgi import Endpoint
from tests.endpoint.population import Ask, Population
from tests.endpoint.requests import CASES, Case
from tests.harness.postgres import Cluster
from tests.harness.wire import CountingWire


class Cost(NamedTuple):
    """Statements on SQLite, round trips on PostgreSQL."""

    statements: int
    trips: int


COSTS: Final = {
    "retrieve a user": Cost(2, 1),
    "retrieve a user without groups": Cost(2, 1),
    "retrieve a group": Cost(4, 2),
    "retrieve a group without members": Cost(2, 1),
    "userName eq": Cost(2, 1),
    "externalId eq": Cost(2, 1),
    "id eq": Cost(2, 1),
    "emails value path": Cost(5, 1),
    "userName sw": Cost(6, 1),
    "userName co": Cost(6, 1),
    "page of users": Cost(6, 1),
    "page by index, sorted": Cost(6, 1),
    "first page by cursor": Cost(6, 1),
    "following page by cursor": Cost(7, 1),
    "users of a group": Cost(6, 1),
    "page of groups": Cost(6, 1),
    "displayName eq": Cost(3, 1),
    "displayName eq without members": Cost(2, 1),
    "members value path": Cost(6, 1),
    "groups of a user without members": Cost(5, 1),
    "query everything": Cost(6, 2),
    "search users": Cost(2, 1),
    "search groups": Cost(3, 1),
    "search everything": Cost(6, 2),
    "create a user": Cost(11, 1),
    "create a user with a manager": Cost(14, 2),
    "create a group": Cost(9, 4),
    "create a group with members": Cost(15, 7),
    "replace a user": Cost(10, 1),
    "replace a user by the same": Cost(5, 1),
    "replace a group": Cost(15, 9),
    "change a user": Cost(9, 1),
    "change what a user is found by": Cost(10, 1),
    "deactivate a user": Cost(13, 1),
    "change nothing of a user": Cost(5, 1),
    "give a user a manager": Cost(11, 2),
    "rename a group": Cost(8, 5),
    "add members": Cost(12, 7),
    "add members who are there": Cost(7, 6),
    "remove members": Cost(11, 6),
    "delete a user": Cost(17, 8),
    "delete a group": Cost(15, 8),
    "bulk of ten": Cost(103, 42),
    "discovery": Cost(1, 1),
    "resource types": Cost(1, 1),
    "resource type": Cost(1, 1),
    "schemas": Cost(1, 1),
    "schema": Cost(1, 1),
    "400 for a filter": Cost(1, 1),
    "400 for a body": Cost(1, 1),
    "400 for a member": Cost(8, 5),
    "401 for a key": Cost(1, 0),
    "404 for a retrieved user": Cost(2, 1),
    "404 for a changed user": Cost(6, 1),
    "404 for a deleted group": Cost(6, 3),
    "409 for a name": Cost(6, 1),
    "412 for a version": Cost(6, 3),
    "501 for GET /Me": Cost(1, 1),
    "501 for POST /Me": Cost(1, 1),
    "501 for PUT /Me": Cost(1, 1),
    "501 for PATCH /Me": Cost(1, 1),
    "501 for DELETE /Me": Cost(1, 1),
}
NEVER: Final = 3600.0  # seconds: no work of its own comes between while requests are counted
SIZES: Final = {
    "small": {"size": 10, "at_once": 1, "teams": 1},
    "large": {"size": 1000, "at_once": 256, "teams": 20},
}


@pytest.fixture(params=SIZES)
def sizes(request: pytest.FixtureRequest) -> dict[str, int]:
    """Few, and many."""
    return SIZES[request.param]


def test_no_route_is_forgotten() -> None:
    """Every handler is asked by one of the requests, and every request has its cost."""
    assert {case.route for case in CASES.values()} == {f"{method} {path}" for method, path in inventory()}
    assert set(CASES) == set(COSTS)


def handler(method: str, path: str) -> Handler:
    """What a request to a path after `v2` is handled by."""
    return match([part for part in path.split("/") if part], method).handler


def costs(population: Population, count: Callable[[], int]) -> dict[str, int]:
    """What each request costs, by what `count` has counted so far."""
    return {name: cost(population, case, count) for name, case in CASES.items()}


def cost(population: Population, case: Case, count: Callable[[], int]) -> int:
    """What a request costs the second time, when its statements are prepared, and its API key is known."""
    before = 0
    for _ in range(2):
        ask = case.make(population)
        assert handler(ask.method, ask.path) == handler(*case.route.split())
        population.send(
            Ask("GET", "/Users/nobody")
        )  # making it may have written, and so the key is read again
        before = count()
        response = population.send(ask)
        assert response.status == case.status, response.body
    return count() - before


def test_statements_on_sqlite(sizes: dict[str, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By what SQLite's own wrapper has counted."""
    monkeypatch.setattr("muster.store.log.WITHIN", NEVER)
    endpoint = Endpoint(tmp_path)

    def counted() -> int:
        return endpoint.database.measures().statements.total()

    try:
        found = costs(Population(endpoint, **sizes), counted)
    finally:
        endpoint.close()
    assert found == {name: cost.statements for name, cost in COSTS.items()}


def test_round_trips_on_postgresql(
    sizes: dict[str, int], cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By what passed on the wire between the two."""
    monkeypatch.setattr("muster.store.log.WITHIN", NEVER)
    monkeypatch.setattr("muster.store.postgres.statistics.INTERVAL", NEVER)
    with CountingWire(cluster.empty_store()) as wire:
        endpoint = Endpoint(tmp_path, database=wire.url)
        try:
            population = Population(endpoint, **sizes)
            asyncio.run(cluster.execute(urlsplit(wire.url).path[1:], "ANALYZE"))
            found = costs(population, lambda: wire.trips)
        finally:
            endpoint.close()
    assert found == {name: cost.trips for name, cost in COSTS.items()}
