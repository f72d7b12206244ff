"""Another organization's ids, and another connection's, are nobody's: on every route, in every place."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from muster.endpoint.routes import inventory
from muster.store.sqlite import SqliteDatabase
from tests.conformance.bodies import user
from tests.endpoint.asgi import Response
from tests.isolation.attempts import ATTEMPTS, WITHOUT_IDS, Attempt, Route
from tests.isolation.world import Call, Identity, Side, World, nobody

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
WORD = re.compile(r"\b(user|group)-[0-9a-f]{12}\b")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
OTHERS = ("another organization", "another connection")
ABSENT = "00000000-0000-4000-8000-000000000000"


@dataclass
class Scene:
    """The side that asks, and others with what they have and have had; `ids` by (whose, whether it is deleted)."""

    world: World
    mine: Side
    others: dict[str, Side]
    ids: dict[tuple[str, bool], Identity]


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Two organizations, the first with two connections."""
    world = World(tmp_path_factory.mktemp("isolation"))
    first, second = world.organization(), world.organization()
    sides = dict(zip(OTHERS, (world.side(second), world.side(first)), strict=True))
    ids = {}
    for (name, side), organization in zip(sides.items(), (second, first), strict=True):
        for deleted in (False, True):
            ids[name, deleted] = _settle(world, side, organization, deleted=deleted)
    yield Scene(world, world.side(first), sides, ids)
    world.endpoint.close()


def _settle(world: World, side: Side, organization: str, *, deleted: bool) -> Identity:
    """What a side has, or has had."""
    who = world.inhabited(side, organization)
    if deleted:
        assert side.send(Call("DELETE", f"/Users/{who.user}")).status == 204
        assert side.send(Call("DELETE", f"/Groups/{who.group}")).status == 204
    return who


def visible(who: Identity, name: str) -> Identity:
    """An organization's schemas are all its connections' by design: the neighbour's is no secret."""
    return who if name == "another organization" else replace(who, schema=nobody().schema)


def neutral(answer: Response, who: Identity) -> tuple[int, str, dict[str, str]]:
    """Status, body and headers of an answer with what may differ blanked: the ids asked for, new ids, names, times."""
    headers = {name: _blank(value, who) for name, value in answer.headers.items() if name != "x-request-id"}
    return answer.status, _blank(answer.body.decode(), who), headers


def _blank(text: str, who: Identity) -> str:
    for word in who.words():
        text = text.replace(word, "THEIRS")
    return TIME.sub("TIME", WORD.sub("WORD", UUID.sub("ID", text)))


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=str)
@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("deleted", [False, True], ids=["live", "deleted"])
def test_the_others_ids_are_nobodys(scene: Scene, attempt: Attempt, name: str, *, deleted: bool) -> None:
    """The same status, headers and body as for made-up ids; not one of the other's rows moves; no refusal is a change."""
    theirs = visible(scene.ids[name, deleted], name)
    unknown = nobody()
    expected = neutral(scene.mine.send(attempt.build(scene.mine, unknown)), unknown)
    call = attempt.build(scene.mine, theirs)
    before, changes = _state(scene, name), scene.world.changes()

    answer = scene.mine.send(call)

    assert neutral(answer, theirs) == expected
    assert _state(scene, name) == before
    if answer.status >= 400:
        assert scene.world.changes() == changes
    _tidy(scene, answer)


def _state(scene: Scene, name: str) -> dict[str, list[tuple[Any, ...]]]:
    """Of another organization everything, of a neighbour what is its own."""
    side = scene.others[name]
    return scene.world.whole(side) if name == "another organization" else scene.world.state(side)


def _tidy(scene: Scene, answer: Response) -> None:
    """Take away what an attempt made under another's name, so that the next one finds it free."""
    if answer.status == 201:
        assert scene.mine.send(Call("DELETE", answer.headers["location"].partition("/v2")[2])).status == 204
    elif answer.status == 200 and b"BulkResponse" in answer.body:
        for made in answer.json["Operations"]:
            if made["status"] == "201":
                scene.mine.send(Call("DELETE", made["location"].partition("/v2")[2]))


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
    before, changes = _state(scene, name), scene.world.changes()

    answer = scene.mine.send(call, base=other.connection.id)

    assert answer.status == 404
    assert answer.body == scene.mine.send(call, base=made_up).body
    assert _state(scene, name) == before
    assert scene.world.changes() == changes


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
    assert (tried | WITHOUT_IDS) - set(inventory()) == set()
    assert tried & WITHOUT_IDS == set()


def test_attempts_have_names_of_their_own() -> None:
    """No attempt hides another."""
    names = [str(attempt) for attempt in ATTEMPTS]
    assert [name for name, group in itertools.groupby(sorted(names)) if len(list(group)) > 1] == []


@pytest.mark.parametrize("name", OTHERS)
def test_the_attempts_would_find_a_leak(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """With a store that is opened for the other's scope instead, a good part of the attempts sees a difference."""
    world = World(tmp_path)
    first, second = world.organization(), world.organization()
    organization = second if name == "another organization" else first
    mine, other = world.side(first), world.side(organization)
    theirs = world.inhabited(other, organization)
    opened, scope = SqliteDatabase.store, (other.connection.organization, other.connection.owner)

    def leaking(database: SqliteDatabase, wanted: Any, *, nested: bool) -> Any:
        return opened(database, type(wanted)(*scope), nested=nested)

    monkeypatch.setattr(SqliteDatabase, "store", leaking)
    reads = [
        attempt for attempt in ATTEMPTS if attempt.route[0] == "GET" or attempt.route[1].endswith("/.search")
    ]
    different = [attempt for attempt in reads if _differs(mine, attempt, theirs)]
    world.endpoint.close()
    assert len(different) > len(reads) / 2


def _differs(mine: Side, attempt: Attempt, theirs: Identity) -> bool:
    unknown = nobody()
    expected = neutral(mine.send(attempt.build(mine, unknown)), unknown)
    return neutral(mine.send(attempt.build(mine, theirs)), theirs) != expected
