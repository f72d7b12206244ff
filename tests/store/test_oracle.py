"""Design law 9: a store answers what `evaluate` answers, on every filter. At least 10,000 filters on some population."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from muster.directory.ports import Transaction
from muster.directory.records import Kind
from muster.scim.evaluate import matches
from muster.scim.expression import And, Constant, Filter, Not, Or
from muster.scim.value import moment
from tests.scim.sample import SCHEMAS
from tests.scim.strategies import IDS, OUTSIDE, questions
from tests.store.scene import NOW, Document, Scene, Side, group_document, new_id, user_document

EXAMPLES: Final = int(os.environ.get("MUSTER_ORACLE_EXAMPLES", "260"))
ASKED: Final = 20

# Filters stay within the population: 6 resources at most. The others are who they are related to.
OTHERS: Final = IDS[8:12]
NAMES: Final = ("Staff", "a%b", "\u00c5", "zoo")

KNOWN: Final[Mapping[str, Sequence[str]]] = {
    "id": IDS[:6],
    "members.value": (*IDS[:6], *OTHERS),
    "groups.value": OTHERS,
    "groups.display": (*NAMES, "staff"),
    "members.type": ("User", "Group"),
    "groups.type": ("direct", "indirect"),
    "meta.version": [f'W/"{version}"' for version in range(1, 5)],
    "meta.created": [moment(NOW), moment(NOW + 1000), "2023-11-14T22:13:20.0005Z"],
    "meta.lastModified": [moment(NOW), moment(NOW + 2000), "2023-11-14T22:13:20.001001Z"],
    "meta.resourceType": ("User", "Group"),
}

Edges = list[tuple[int, int]]
edges = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5)), max_size=8, unique=True)
inner_edges = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=4, unique=True)


@dataclass(frozen=True)
class Relations:
    """Who is in which group, by position; a group is only in groups before it, so there is no cycle."""

    users: Edges
    groups: Edges

    def members(self, group: int, users: Sequence[str], groups: Sequence[str]) -> dict[str, Kind]:
        """The direct members of a group."""
        inside: dict[str, Kind] = {
            users[user]: "User" for of, user in self.users if of == group and user < len(users)
        }
        inside |= {
            groups[inner]: "Group" for of, inner in self.groups if of == group and of < inner < len(groups)
        }
        return inside


relations = st.builds(Relations, edges, inner_edges)


def plain(resource: Document) -> Document:
    """The document of a resource."""
    return {name: value for name, value in resource.items() if name not in OUTSIDE - {"schemas"}}


async def store_all(
    side: Side, transaction: Transaction, kind: Kind, stored: Sequence[tuple[str, Document]]
) -> None:
    """Store resources, some in the same millisecond, some changed later."""
    for position, (id, document) in enumerate(stored):
        created = NOW + 400 * position
        row = side.row(kind, document, id, version=1 + position % 4, created=created)
        row = row._replace(last_modified=created + 700 * (position % 3))
        await side.insert(transaction, kind, row, document)


def meta(kind: Kind, position: int) -> Document:
    """The `meta` that is answered for the resource at a position."""
    created = NOW + 400 * position
    return {
        "resourceType": kind,
        "created": moment(created),
        "lastModified": moment(created + 700 * (position % 3)),
        "version": f'W/"{1 + position % 4}"',
    }


def answered(
    kind: Kind, population: Sequence[Document], related: Mapping[str, list[Document]]
) -> list[Document]:
    """The resources as they are answered."""
    name = "groups" if kind == "User" else "members"
    found = []
    for position, resource in enumerate(population):
        elements = related.get(resource["id"])
        more = {name: elements} if elements else {}
        found.append({**plain(resource), "id": resource["id"], "meta": meta(kind, position), **more})
    return found


def groups_of(
    user: str, inside: Mapping[str, Mapping[str, Kind]], names: Mapping[str, str]
) -> list[Document]:
    """The groups of a user, worked out here from who is in what."""
    direct = [group for group, members in inside.items() if user in members]
    reached, waiting = set(direct), list(direct)
    while waiting:
        inner = waiting.pop()
        above = [group for group, members in inside.items() if inner in members and group not in reached]
        reached.update(above)
        waiting += above
    return [
        {"value": group, "display": names[group], "type": "direct" if group in direct else "indirect"}
        for group in inside
        if group in reached
    ]


def populate_users(side: Side, population: Sequence[Document], related: Relations) -> list[Document]:
    """Store the users with four groups; the resources as they are answered."""
    users = [resource["id"] for resource in population]
    inside = {group: related.members(number, users, OTHERS) for number, group in enumerate(OTHERS)}

    async def operation(transaction: Transaction) -> None:
        await store_all(side, transaction, "User", [(one["id"], plain(one)) for one in population])
        groups = [(id, group_document(name)) for id, name in zip(OTHERS, NAMES, strict=True)]
        await store_all(side, transaction, "Group", groups)
        for group, members in inside.items():
            await transaction.add_members(group, members, NOW, "r")

    side.write(operation, heavy=True)
    names = dict(zip(OTHERS, NAMES, strict=True))
    return answered("User", population, {user: groups_of(user, inside, names) for user in users})


def populate_groups(side: Side, population: Sequence[Document], related: Relations) -> list[Document]:
    """Store the groups with four users; the resources as they are answered."""
    groups = [resource["id"] for resource in population]
    inside = {group: related.members(number, OTHERS, groups) for number, group in enumerate(groups)}

    async def operation(transaction: Transaction) -> None:
        await store_all(side, transaction, "User", [(id, user_document(id)) for id in OTHERS])
        await store_all(side, transaction, "Group", [(one["id"], plain(one)) for one in population])
        for group, members in inside.items():
            await transaction.add_members(group, members, NOW, "r")

    side.write(operation, heavy=True)
    elements = {
        group: [{"value": id, "type": kind} for id, kind in members.items()]
        for group, members in inside.items()
    }
    return answered("Group", population, elements)


def neighbour(scene: Scene, side: Side, population: Sequence[Document], kind: Kind) -> None:
    """Another connection of the same organization with the same names and values, which no answer may show."""
    other = scene.side(side.scope.organization, schemas=SCHEMAS)
    stored = [(new_id(), plain(one)) for one in population[:2]]
    other.write(lambda transaction: store_all(other, transaction, kind, stored), heavy=True)


def check(side: Side, kind: Kind, resources: Sequence[Document], filters: Sequence[Filter]) -> None:
    """Each filter finds in the store what it finds in the resources, in the order of creation."""

    async def ask() -> list[Any]:
        return [await side.store.query(side.plan(kind, one)) for one in filters]

    for one, page in zip(filters, side.run(ask()), strict=True):
        expected = [resource["id"] for resource in resources if matches(one, resource)]
        assert [found.id for found in page.resources] == expected, str(one)
        assert page.total == len(expected), str(one)


@pytest.mark.parametrize("kind", ["User", "Group"])
@pytest.mark.parametrize("nested", [True, False], ids=["nested", "flat"])
def test_a_store_answers_what_evaluate_answers(
    scene: Scene, kind: Kind, monkeypatch: pytest.MonkeyPatch, *, nested: bool
) -> None:
    """Over all attributes, custom ones of every type included, members, groups, groups in groups, and two connections."""
    # Whether what an index finds is few enough to be sorted must make no difference.
    monkeypatch.setattr("muster.store.query.FEW", 1 if nested else 2000)
    strategy = questions(SCHEMAS.resource_type(kind), KNOWN, asked=ASKED)
    populate = populate_users if kind == "User" else populate_groups

    @settings(
        max_examples=EXAMPLES // 2, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True
    )
    @given(strategy, relations)
    def proven(question: tuple[list[Document], list[Filter]], related: Relations) -> None:
        population, filters = question
        side = scene.side(nested=nested, schemas=SCHEMAS)
        related = related if nested else replace(related, groups=[])
        resources = populate(side, population, related)
        neighbour(scene, side, population, kind)
        check(side, kind, resources, filters)

    proven()


def test_constants_of_a_query_over_all_types(scene: Scene) -> None:
    """An attribute that this resource type has not (R140) is true or false alike for every resource."""
    side = scene.side()
    ada = side.user("ada")
    side.user("grace")
    true, false, name = Constant(value=True), Constant(value=False), side.parse("User", 'userName eq "ada"')
    for node, found in (
        (true, 2), (false, 0), (Not(true), 0), (And((true, name)), 1), (Or((false, name)), 1), (Or((true, name)), 2),
    ):  # fmt: skip
        assert side.query("User", node).total == found
    assert side.found("User", And((name, Not(false)))) == [ada]
