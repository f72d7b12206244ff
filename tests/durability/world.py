"""What one writer knows of its resources, as a value: before and after each step, so that both can be compared.

Law: a world is immutable, and a step says what the world is if it happened wholly; there is nothing between.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from tests.harness.client import Answer, ScimClient

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
CROWD = 24


@dataclass(frozen=True)
class Person:
    """One user as it must be; title and department are always written together. An empty id is not known yet."""

    id: str
    mark: str
    active: bool
    version: int

    def like(self, other: "Person") -> bool:
        """Equal, where an id that is not known yet equals any."""
        return replace(self, id="") == replace(other, id="") and (not self.id or self.id == other.id)


@dataclass(frozen=True)
class World:
    """The users of one writer by userName, and which of them are in the group."""

    people: Mapping[str, Person] = field(default_factory=dict)
    members: frozenset[str] = frozenset()

    def like(self, seen: "World") -> bool:
        """Whether `seen` is this world."""
        return (
            self.members == seen.members
            and self.people.keys() == seen.people.keys()
            and all(person.like(seen.people[name]) for name, person in self.people.items())
        )

    def with_person(self, name: str, person: Person) -> "World":
        """This world with one user more, or another state of it."""
        return replace(self, people={**self.people, name: person})

    def without(self, name: str) -> "World":
        """This world with one user less, also in the group."""
        people = {key: person for key, person in self.people.items() if key != name}
        return World(people, self.members - {name})


@dataclass(frozen=True)
class Step:
    """One write: what is sent, which status acknowledges it, and the world it leads to."""

    send: Callable[[ScimClient], Answer]
    status: int
    after: World


Maker = Callable[[World, str, str, Random], Step]


def next_step(world: World, group: str, name: str, random: Random) -> Step:
    """A random write that changes something; `name` is a userName that was never used."""
    kinds: list[Maker] = [create]
    if world.people:
        kinds += [modify, modify, delete]
    if world.people.keys() - world.members:
        kinds += [join, join]
    if world.members:
        kinds += [leave]
    if len(world.people) > CROWD:
        kinds = [delete]
    return random.choice(kinds)(world, group, name, random)


def create(world: World, _group: str, name: str, random: Random) -> Step:
    """POST a user."""
    mark = _mark(random)
    body = {"schemas": [USER, ENTERPRISE], "userName": name, "title": mark, ENTERPRISE: {"department": mark}}
    after = world.with_person(name, Person("", mark, active=True, version=1))
    return Step(lambda client: client.post("/Users", {**body, "active": True}), 201, after)


def modify(world: World, _group: str, _name: str, random: Random) -> Step:
    """PATCH two attributes and the activity of a user in one request."""
    name = random.choice(sorted(world.people))
    person, mark = world.people[name], _mark(random)
    value = {"title": mark, f"{ENTERPRISE}:department": mark, "active": not person.active}
    operation = {"op": "replace", "value": value}
    changed = replace(person, mark=mark, active=not person.active, version=person.version + 1)
    return Step(
        lambda client: client.patch(f"/Users/{person.id}", operation), 200, world.with_person(name, changed)
    )


def delete(world: World, _group: str, _name: str, random: Random) -> Step:
    """DELETE a user, who may be in the group."""
    name = random.choice(sorted(world.people))
    target = f"/Users/{world.people[name].id}"
    return Step(lambda client: client.delete(target), 204, world.without(name))


def join(world: World, group: str, _name: str, random: Random) -> Step:
    """PATCH up to three users into the group in one request."""
    outside = sorted(world.people.keys() - world.members)
    chosen = random.sample(outside, min(len(outside), random.randint(1, 3)))
    operation = {
        "op": "add",
        "path": "members",
        "value": [{"value": world.people[name].id} for name in chosen],
    }
    return _membership(group, operation, replace(world, members=world.members | set(chosen)))


def leave(world: World, group: str, _name: str, random: Random) -> Step:
    """PATCH one user out of the group."""
    name = random.choice(sorted(world.members))
    operation = {"op": "remove", "path": f'members[value eq "{world.people[name].id}"]'}
    return _membership(group, operation, replace(world, members=world.members - {name}))


def _membership(group: str, operation: Mapping[str, Any], after: World) -> Step:
    return Step(lambda client: client.patch(f"/Groups/{group}", operation), 204, after)


def _mark(random: Random) -> str:
    """A value that no other write uses, so that the attribute index can be asked for it."""
    return f"mark-{random.getrandbits(64):016x}"
