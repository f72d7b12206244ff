"""The measured requests: each is made for a small and a large database alike, with the same number of matches."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import NamedTuple
from urllib.parse import quote

from bench import documents
from bench.loop import Operation
from bench.population import ANSWERED, call, check_list
from bench.scale import people
from bench.scale.fill import Sizes
from bench.wire import Client

EMPTY, TEN, ALSO_EMPTY, BIG = range(4)
"""The groups of a database, by their numbers."""

SEVERAL = 256
"""Members that an IdP sends in one request at most."""


class Population(NamedTuple):
    """What a database holds, and a source of users that are in no group."""

    sizes: Sizes
    free: Iterator[int]

    @classmethod
    def of(cls, sizes: Sizes) -> Population:
        """The population of a database of these sizes."""
        return cls(sizes, iter(range(max(sizes.groups, default=0), sizes.users)))

    def picks(self, seed: int) -> Callable[[int], int]:
        """Users at random, the same for each call."""
        chosen = random.Random(seed)
        numbers = [chosen.randrange(self.sizes.users) for _ in range(4096)]
        return lambda position: numbers[position % len(numbers)]


class Request(NamedTuple):
    """A request that is measured: its name, how an operation is made, over how many connections, how many times.

    `flat`: what it may cost in the large database, as a multiple of the small one; None where no bound is asked.
    """

    name: str
    make: Callable[[Population], Operation]
    connections: int
    times: int
    flat: float | None = 1.3


def _get(population: Population, seed: int, target: Callable[[int], str], total: int | None) -> Operation:
    """GETs about users at random; `total` results are expected, None: a single resource."""
    pick = population.picks(seed)

    async def operation(client: Client, number: int, verify: bool) -> None:
        _, body = await call(client, "GET", target(pick(number)))
        if verify and total is not None:
            check_list(body, total)

    return operation


def _found(filter_of: Callable[[int], str], total: int, seed: int) -> Callable[[Population], Operation]:
    def make(population: Population) -> Operation:
        return _get(population, seed, lambda number: f"/Users?filter={quote(filter_of(number))}", total)

    return make


def _first_ten(target: Callable[[int], str], total: int | None) -> Callable[[Population], Operation]:
    """GETs about the ten users that every group but the empty ones has."""

    def make(_: Population) -> Operation:
        async def operation(client: Client, number: int, verify: bool) -> None:
            _, body = await call(client, "GET", target(number % 10))
            if verify and total is not None:
                check_list(body, total)

        return operation

    return make


def _in_and_out(group: int, count: int) -> Callable[[Population], Operation]:
    """Add members who are in no group; then take them out again: every second request."""

    def make(population: Population) -> Operation:
        address, inside = f"/Groups/{people.id_of('Group', group)}", list[str]()

        async def operation(client: Client, number: int, _verify: bool) -> None:
            if number % 2 == 0:
                inside[:] = [people.id_of("User", next(population.free)) for _ in range(count)]
                body = documents.add_members(inside)
            else:
                body = documents.remove_members(inside)
            await call(client, "PATCH", address, body, ANSWERED)

        return operation

    return make


def _deep(population: Population) -> Operation:
    """A page of the last tenth, by index and sorted."""
    start = population.sizes.users * 9 // 10

    async def operation(client: Client, number: int, verify: bool) -> None:
        _, body = await call(
            client,
            "GET",
            f"/Users?sortBy=userName&count={people.PAGE}&startIndex={start - number % people.PAGE}",
        )
        if verify:
            check_list(body, population.sizes.users, people.PAGE)

    return operation


def _user(number: int) -> str:
    return f"/Users/{people.id_of('User', number)}"


def _stem(number: int) -> str:
    return people.user_name(number).partition("@")[0][:-1]


def _groups_with(number: int) -> str:
    member = people.id_of("User", number)
    condition = f'members[value eq "{member}"]'
    return f"/Groups?excludedAttributes=members&filter={quote(condition)}"


_BIG = f"/Groups/{people.id_of('Group', BIG)}?excludedAttributes=members"
_ADDRESS = 'emails[type eq "work" and value eq "{}"]'

REQUESTS = (
    Request("retrieve", lambda it: _get(it, 1, _user, None), 4, 6000),
    Request("userName eq", _found(lambda n: f'userName eq "{people.user_name(n)}"', 1, 2), 4, 6000),
    Request("externalId eq", _found(lambda n: f'externalId eq "{people.external_id(n)}"', 1, 3), 4, 6000),
    Request("e-mail value path eq", _found(lambda n: _ADDRESS.format(people.address(n)), 1, 4), 4, 4000),
    Request("userName sw, ten found", _found(lambda n: f'userName sw "{_stem(n)}"', 10, 5), 4, 3000),
    Request("userName co, ten found", _found(lambda n: f'userName co "{_stem(n)}"', 10, 6), 2, 200, None),
    Request("page by index of the last tenth, sorted", _deep, 2, 200, None),
    Request("groups with a member", _first_ten(_groups_with, 2), 4, 4000),
    Request("groups of a user", _first_ten(lambda n: f"{_user(n)}?attributes=groups", None), 4, 4000),
    Request("group without members", _first_ten(lambda _: _BIG, None), 4, 4000),
    Request("one member in or out", _in_and_out(BIG, 1), 1, 400),
)

AGAINST_EMPTY = (
    Request("256 members in or out, empty group", _in_and_out(EMPTY, SEVERAL), 1, 40),
    Request("256 members in or out, big group", _in_and_out(BIG, SEVERAL), 1, 40),
)
"""Both in the large database: the second may cost 1.5 times the first."""
