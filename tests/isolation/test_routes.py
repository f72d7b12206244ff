"""Another organization's ids, and another connection's, are nobody's: on every route, in every place."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from muster.endpoint.routes import inventory
from muster.store.sqlite import SqliteDatabase
from muster.store.store import SqliteStore
from tests.conformance.bodies import user
from tests.isolation.attempt import Attempt, Route
from tests.isolation.attempts import ATTEMPTS, NO_ROUTES, WITHOUT_IDS
from tests.isolation.questions import filters
from tests.isolation.scene import OTHERS, Scene, differs, judge, neutral, settle, state, visible
from tests.isolation.world import Call, World, nobody
from tests.isolation.writes import paths

ABSENT = "00000000-0000-4000-8000-000000000000"


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def scene(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Two organizations, the first with two connections, on each store."""
    url = request.getfixturevalue("cluster").new_store() if request.param == "postgresql" else None
    world = World(tmp_path_factory.mktemp("isolation"), url)
    yield settle(world)
    world.close()


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=str)
@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("deleted", [False, True], ids=["live", "deleted"])
def test_the_others_ids_are_nobodys(scene: Scene, attempt: Attempt, name: str, *, deleted: bool) -> None:
    """The same status, headers and body as for made-up ids; not one of the other's rows moves; no refusal is a change."""
    judge(scene, attempt, name, deleted=deleted)


ALL_ROUTES = sorted(set(inventory()))


@pytest.mark.parametrize("route", ALL_ROUTES, ids=" ".join)
@pytest.mark.parametrize("name", OTHERS)
def test_anothers_base_url_is_nobodys(scene: Scene, route: Route, name: str) -> None:
    """With my key under their URL every route answers as under the URL of a connection that does not exist."""
    other = scene.others[name]
    method, path = route
    call = Call(
        method, path.replace("{id}", scene.ids[name, False].user), user() if method != "GET" else None
    )
    made_up = other.connection.id[:-4] + ("0000" if other.connection.id[-4:] != "0000" else "1111")
    before = scene.world.behind.everything()

    answer = scene.mine.send(call, base=other.connection.id)

    assert answer.status == 404
    assert answer.body == scene.mine.send(call, base=made_up).body
    assert scene.world.behind.everything() == before


@pytest.mark.parametrize("route", ALL_ROUTES, ids=" ".join)
@pytest.mark.parametrize("name", OTHERS)
def test_anothers_key_opens_nothing_of_mine(scene: Scene, route: Route, name: str) -> None:
    """Under my URL their key is answered as under one that does not exist, also for an id that is theirs."""
    method, path = route
    other, before = scene.others[name], scene.world.behind.everything()
    for id in (scene.ids[name, False].user, ABSENT):
        call = Call(method, path.replace("{id}", id), user() if method != "GET" else None)
        answer = other.send(call, base=scene.mine.connection.id)
        assert answer.status == 404
        assert answer.body == other.send(call, base=nobody().connection).body
    assert scene.world.behind.everything() == before


@pytest.mark.parametrize("name", OTHERS)
def test_under_the_common_url_their_ids_are_nobodys_too(scene: Scene, name: str) -> None:
    """One attempt of each route, at the address that names no connection."""
    theirs, unknown = visible(scene.ids[name, False], name), nobody()
    before = state(scene, name)
    for attempt in {attempt.route: attempt for attempt in reversed(ATTEMPTS)}.values():
        answers = [
            neutral(scene.mine.send(attempt.build(scene.mine, who), base=""), who)
            for who in (theirs, unknown)
        ]
        assert answers[0] == answers[1], str(attempt)
        assert answers[0][0] != 401
    assert state(scene, name) == before


@pytest.mark.parametrize("route", ALL_ROUTES, ids=" ".join)
def test_the_common_url_belongs_to_the_key(scene: Scene, route: Route) -> None:
    """A wrong key opens no route: neither one that was cut, nor one of a connection put together with another's secret."""
    method, path = route
    other = scene.others["another organization"].api_key
    mixed = scene.mine.api_key[: len(other) // 2] + other[len(other) // 2 :]
    for key in (mixed, scene.mine.api_key[:-1], "mst_", ABSENT):
        answer = scene.mine.send(Call(method, path.replace("{id}", ABSENT)), api_key=key)
        assert (answer.status, answer.headers["www-authenticate"].split()[0]) == (401, "Bearer")


def test_every_route_has_its_attempts() -> None:
    """A route that is new has to be tried with another's ids, or be named as one where none can stand."""
    tried = {attempt.route for attempt in ATTEMPTS}
    assert set(inventory()) - tried - WITHOUT_IDS == set()
    assert (tried | WITHOUT_IDS) - set(inventory()) == NO_ROUTES
    assert tried & WITHOUT_IDS == set()


def test_attempts_have_names_of_their_own() -> None:
    """No attempt hides another."""
    names = [str(attempt) for attempt in ATTEMPTS]
    assert [name for name, group in itertools.groupby(sorted(names)) if len(list(group)) > 1] == []


@pytest.mark.parametrize("name", OTHERS)
def test_the_attempts_would_find_a_leak(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """With a store that is opened for the other's scope instead, each question and each write at a path sees it.

    Not those with an id of the other kind, which is nobody's there either, and with what no filter may compare. The
    access epoch, which another organization has not where the grant has it, is out of the way.
    """
    scene = settle(World(tmp_path))
    side, opened = scene.others[name], SqliteDatabase.store
    organization = "organization-2" if name == "another organization" else "organization-1"
    scope = (side.connection.organization, side.connection.owner)

    def leaking(database: SqliteDatabase, wanted: Any, *, nested: bool) -> Any:
        return opened(database, type(wanted)(*scope), nested=nested)

    monkeypatch.setattr(SqliteDatabase, "store", leaking)
    monkeypatch.setattr(SqliteStore, "behind", lambda store, _epoch: store)
    missed = []
    for attempt in (*filters(), *paths()):
        if not attempt.reads:
            scene.ids[name, False] = scene.world.inhabited(side, organization)
        if not differs(scene, attempt, name):
            missed.append(attempt.place)
    scene.world.close()
    assert {place for place in missed if "other kind" not in place and "meta.location" not in place} == set()
