"""Random operations of three connections in two organizations, against a model that keeps them apart."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from muster.directory.records import Scope
from muster.store.sqlite import SqliteDatabase
from muster.store.store import SqliteStore
from tests.conformance.bodies import enterprise_user, group, operation, user
from tests.harness.postgres import Cluster
from tests.isolation.attempt import MANAGER, patch
from tests.isolation.walls import Left, without
from tests.isolation.world import Call, Side, World

Settling = Callable[[], AbstractContextManager[None]]

SIDES = st.integers(0, 2)
NAMES = st.sampled_from(["alice", "Bob", "ALICE", "carol"])
PICK = st.integers(0, 10_000)
FEW = st.lists(PICK, min_size=1, max_size=3)
READS = (
    "SELECT * FROM read_as",
    "WITH found",
    "SELECT NULL",
)  # how a query begins, and what it has carried out
UNKNOWN = "00000000-0000-4000-8000-000000000000"


@dataclass
class Person:
    """A user as its side must see it."""

    name: str
    title: str | None = None
    active: bool = True
    manager: str | None = None


@dataclass
class Crowd:
    """A group as its side must see it; `pending` are deleted users, in no answer."""

    name: str
    members: set[str] = field(default_factory=set)
    pending: set[str] = field(default_factory=set)


@dataclass
class Model:
    """All that one side may know."""

    people: dict[str, Person] = field(default_factory=dict)
    crowds: dict[str, Crowd] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    changes: int = 0

    def name_taken(self, name: str, but: str | None = None) -> bool:
        """Whether another user of the side has the name, in whatever case."""
        return any(one.name.lower() == name.lower() for id, one in self.people.items() if id != but)

    def crowd_taken(self, name: str) -> bool:
        """Whether a group of the side has the name."""
        return any(one.name.lower() == name.lower() for one in self.crowds.values())


class Neighbours(RuleBasedStateMachine):
    """Three sides; ids are drawn from everybody's, so that most of them are somebody else's."""

    world: ClassVar[World]
    settling: ClassVar[Any]  # within it new organizations are made

    def __init__(self) -> None:
        super().__init__()
        self.sides: list[Side] = []
        self.models: list[Model] = []
        self.people: list[str] = [UNKNOWN]
        self.crowds: list[str] = [UNKNOWN]
        self.before: list[int] = []

    @initialize()
    def settle(self) -> None:
        """Two connections in one organization, one in another; all of them new."""
        with self.settling():
            first, second = self.world.organization(), self.world.organization()
            self.sides = [self.world.side(first), self.world.side(first), self.world.side(second)]
        self.models = [Model() for _ in self.sides]
        self.before = [self.world.changes(side) for side in self.sides]

    def _send(self, side: int, call: Call, status: int, *, changed: bool = False) -> Any:
        answer = self.sides[side].send(call)
        assert answer.status == status, (call, answer.status, answer.body)
        self.models[side].changes += changed
        return answer.json if answer.body else None

    def _person(self, pick: int) -> str:
        return self.people[pick % len(self.people)]

    def _crowd(self, pick: int) -> str:
        return self.crowds[pick % len(self.crowds)]

    @rule(side=SIDES, name=NAMES, boss=PICK)
    def create_user(self, side: int, name: str, boss: int) -> None:
        """A name is taken by the same connection's users only; a manager may be anybody."""
        model, manager = self.models[side], self._person(boss)
        body = enterprise_user(manager={"value": manager}) | {"userName": name}
        call = Call("POST", "/Users", body)
        if model.name_taken(name):
            self._send(side, call, 409)
            return
        made = self._send(side, call, 201, changed=True)
        model.people[made["id"]] = Person(name, manager=manager)
        self.people.append(made["id"])

    @rule(side=SIDES, name=NAMES, picks=FEW)
    def create_group(self, side: int, name: str, picks: list[int]) -> None:
        """Members are the same connection's users; its deleted ones wait; anybody else is refused."""
        model, ids = self.models[side], {self._person(pick) for pick in picks}
        call = Call("POST", "/Groups", group(*ids, displayName=name))
        if not ids <= model.people.keys() | model.gone:
            self._send(side, call, 409 if model.crowd_taken(name) else 400)
            return
        if model.crowd_taken(name):
            self._send(side, call, 409)
            return
        made = self._send(side, call, 201, changed=True)
        model.crowds[made["id"]] = Crowd(name, ids & model.people.keys(), ids & model.gone)
        self.crowds.append(made["id"])

    @rule(side=SIDES, pick=PICK, title=st.sampled_from(["red", "green"]), active=st.booleans())
    def modify_user(self, side: int, pick: int, title: str, *, active: bool) -> None:
        """Only one's own; what is so already is no change."""
        id, model = self._person(pick), self.models[side]
        person = model.people.get(id)
        call = patch(
            f"/Users/{id}", operation("replace", "title", title), operation("replace", "active", active)
        )
        if person is None:
            self._send(side, call, 404)
            return
        self._send(side, call, 200, changed=(person.title, person.active) != (title, active))
        person.title, person.active = title, active

    @rule(side=SIDES, pick=PICK, name=NAMES)
    def replace_user(self, side: int, pick: int, name: str) -> None:
        """PUT clears title and manager, keeps active, and takes a name that is free."""
        id, model = self._person(pick), self.models[side]
        call = Call("PUT", f"/Users/{id}", user(userName=name))
        person = model.people.get(id)
        if person is None:
            self._send(side, call, 404)
        elif model.name_taken(name, but=id):
            self._send(side, call, 409)
        else:
            same = (person.name, person.title, person.manager) == (name, None, None)
            self._send(side, call, 200, changed=not same)
            person.name, person.title, person.manager = name, None, None

    @rule(side=SIDES, pick=PICK, boss=PICK)
    def set_manager(self, side: int, pick: int, boss: int) -> None:
        """Any id may stand there."""
        id, manager, model = self._person(pick), self._person(boss), self.models[side]
        call = patch(f"/Users/{id}", operation("replace", MANAGER, {"value": manager}))
        person = model.people.get(id)
        if person is None:
            self._send(side, call, 404)
            return
        self._send(side, call, 200, changed=person.manager != manager)
        person.manager = manager

    @rule(side=SIDES, pick=PICK)
    def delete_user(self, side: int, pick: int) -> None:
        """Out of every group of its own side."""
        id, model = self._person(pick), self.models[side]
        if id not in model.people:
            self._send(side, Call("DELETE", f"/Users/{id}"), 404)
            return
        self._send(side, Call("DELETE", f"/Users/{id}"), 204, changed=True)
        del model.people[id]
        model.gone.add(id)
        for crowd in model.crowds.values():
            crowd.members.discard(id)

    @rule(side=SIDES, pick=PICK)
    def delete_group(self, side: int, pick: int) -> None:
        """One's own only."""
        id, model = self._crowd(pick), self.models[side]
        known = model.crowds.pop(id, None) is not None
        self._send(side, Call("DELETE", f"/Groups/{id}"), 204 if known else 404, changed=known)

    @rule(side=SIDES, pick=PICK, picks=FEW)
    def add_members(self, side: int, pick: int, picks: list[int]) -> None:
        """One foreign id, and none of them is added."""
        id, ids, model = self._crowd(pick), {self._person(each) for each in picks}, self.models[side]
        values = [{"value": one} for one in sorted(ids)]
        call = patch(f"/Groups/{id}", operation("add", "members", values))
        crowd = model.crowds.get(id)
        if crowd is None:
            self._send(side, call, 404)
        elif not ids <= model.people.keys() | model.gone:
            self._send(side, call, 400)
        else:
            new = (ids & model.people.keys()) - crowd.members | (ids & model.gone) - crowd.pending
            self._send(side, call, 204, changed=bool(new))
            crowd.members |= ids & model.people.keys()
            crowd.pending |= ids & model.gone

    @rule(side=SIDES, pick=PICK, member=PICK)
    def remove_member(self, side: int, pick: int, member: int) -> None:
        """Removing who is no member changes nothing, whosever the id is."""
        id, one, model = self._crowd(pick), self._person(member), self.models[side]
        call = patch(f"/Groups/{id}", operation("remove", f'members[value eq "{one}"]'))
        crowd = model.crowds.get(id)
        if crowd is None:
            self._send(side, call, 404)
            return
        self._send(side, call, 204, changed=one in crowd.members | crowd.pending)
        crowd.members.discard(one)
        crowd.pending.discard(one)

    @rule(side=SIDES, pick=PICK)
    def look(self, side: int, pick: int) -> None:
        """By id, by filter, as a member: found where it is one's own, and nowhere else."""
        id, model = self._person(pick), self.models[side]
        self._send(side, Call("GET", f"/Users/{id}"), 200 if id in model.people else 404)
        found = self._send(side, Call("GET", "/Users", query={"filter": f'id eq "{id}"'}), 200)
        assert found["totalResults"] == (id in model.people)
        holding = self._send(side, Call("GET", "/Groups", query={"filter": f'members.value eq "{id}"'}), 200)
        assert holding["totalResults"] == sum(id in crowd.members for crowd in model.crowds.values())
        led = self._send(side, Call("GET", "/Users", query={"filter": f'{MANAGER}.value eq "{id}"'}), 200)
        assert led["totalResults"] == sum(person.manager == id for person in model.people.values())

    @invariant()
    def everybody_sees_their_own(self) -> None:
        """Each side's users, groups, members and changes are those of its model."""
        for side, (one, model) in enumerate(zip(self.sides, self.models, strict=True)):
            users = {each["id"]: _seen(each) for each in self._all(side, "/Users")}
            assert users == model.people
            groups = {
                each["id"]: (each["displayName"], {member["value"] for member in each.get("members", ())})
                for each in self._all(side, "/Groups")
            }
            assert groups == {id: (crowd.name, crowd.members) for id, crowd in model.crowds.items()}
            assert self.world.changes(one) == self.before[side] + model.changes

    def _all(self, side: int, path: str) -> list[dict[str, Any]]:
        listed = self._send(side, Call("GET", path, query={"count": "1000"}), 200)
        resources: list[dict[str, Any]] = listed.get("Resources", [])
        assert listed["totalResults"] == len(resources)
        return resources


def _seen(resource: dict[str, Any]) -> Person:
    manager = resource.get(MANAGER.rpartition(":")[0], {}).get("manager", {}).get("value")
    return Person(resource["userName"], resource.get("title"), resource["active"], manager)


@contextmanager
def one_world(url: str | None = None) -> Iterator[World]:
    """A database for all runs of the machine; each run takes new organizations in it."""
    with tempfile.TemporaryDirectory(prefix="muster-neighbours-") as folder:
        world = World(Path(folder), url)
        try:
            yield world
        finally:
            world.close()


def _machine(world: World, settling: Settling) -> type[Neighbours]:
    class Here(Neighbours):
        pass

    Here.world, Here.settling = world, staticmethod(settling)
    return Here


def run(world: World, settling: Settling = nullcontext, **options: Any) -> None:
    """Run the machine in a world."""
    chosen = settings(
        stateful_step_count=40,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
        **options,
    )
    run_state_machine_as_test(_machine(world, settling), settings=chosen)


@pytest.mark.parametrize(("store", "examples"), [("sqlite", 40), ("postgresql", 12)])
def test_neighbours_do_not_know_of_each_other(
    request: pytest.FixtureRequest, store: str, examples: int
) -> None:
    """Whatever three connections do, with each other's ids too, each sees exactly what it would see alone."""
    url = request.getfixturevalue("cluster").new_store() if store == "postgresql" else None
    with one_world(url) as world:
        run(world, max_examples=examples)
        assert world.behind.count("changes") > 5 * examples  # it did something


@pytest.mark.parametrize("left", ["policies", "code"])
def test_one_wall_keeps_them_apart(cluster: Cluster, tmp_path: Path, left: Left) -> None:
    """The same with the code's predicate taken away, and with row-level security off."""
    with without(cluster, tmp_path) as walls:
        walls.leave(left)
        run(walls.world, walls.settling, max_examples=6)
        assert (walls.bound() == []) == (left == "policies")


@pytest.mark.parametrize("left", ["policies", "code", "nothing"])
def test_without_both_walls_the_machine_sees_a_leak(cluster: Cluster, tmp_path: Path, left: Left) -> None:
    """A user on each side of the two organizations: seen over there only if neither wall stands before the reads."""
    with without(cluster, tmp_path) as walls:
        walls.leave(left, writing=False)
        change, walls.ear.change = walls.ear.change, lambda sql: change(sql) if sql.startswith(READS) else sql
        machine = _machine(walls.world, walls.settling)()
        machine.settle()
        machine.create_user(side=0, name="alice", boss=0)
        machine.create_user(side=2, name="carol", boss=0)
        with pytest.raises(AssertionError) if left == "nothing" else nullcontext():
            machine.everybody_sees_their_own()


def test_the_machine_would_find_a_leak(monkeypatch: pytest.MonkeyPatch) -> None:
    """With stores that are opened for whichever connection comes first in the organization, it does not get far."""
    opened_store = SqliteDatabase.store

    def leaking(database: SqliteDatabase, scope: Scope, *, nested: bool) -> SqliteStore:
        return opened_store(database, scope._replace(owner=1), nested=nested)

    monkeypatch.setattr(SqliteDatabase, "store", leaking)
    with one_world() as world, pytest.raises((AssertionError, BaseExceptionGroup)):
        run(world, max_examples=10, phases=[Phase.generate])
