"""What a request costs in a large database against a small one: CPU of server and database, the least of some rounds.

Law: both servers run all the time and are asked in turns, so that whatever else the machine does meets both.
"""

from __future__ import annotations

import asyncio
from typing import NamedTuple
from urllib.parse import quote

from bench import documents, usage
from bench.loop import Bounds, Figures, Loop, WrongAnswer
from bench.population import call, check_list
from bench.scale import people
from bench.scale.fill import Sizes
from bench.scale.places import Served
from bench.scale.requests import AGAINST_EMPTY, BIG, REQUESTS, Population, Request
from bench.wire import Address, Client

ROUNDS = 3
SECONDS = 4.0
MOST_PAGES = 9_000


class Row(NamedTuple):
    """CPU in milliseconds per request, in the small and in the large case, and what the second may cost."""

    name: str
    small: float
    large: float
    flat: float | None = None

    @property
    def ratio(self) -> float:
        """How many times the small one's cost."""
        return self.large / self.small


class Side:
    """One served database."""

    def __init__(self, served: Served, sizes: Sizes) -> None:
        self.loop = Loop(
            Address(served.base_url, served.api_key),
            Bounds(seconds=SECONDS, verify_every=20),
            served.processes,
        )
        self.population = Population.of(sizes)

    async def cost(self, request: Request) -> float:
        """CPU milliseconds per request of one round. Raises WrongAnswer."""
        figures = Figures(request.name, request.connections)
        await self.loop.run(figures, request.make(self.population), request.times)
        if figures.errors:
            raise WrongAnswer(f"{request.name}: {figures.errors.most_common(1)}")
        return 1000 * figures.server_cpu / figures.operations


async def compare(small: Side, large: Side) -> list[Row]:
    """Every request on both; 256 members on an empty and on a big group of the large one."""
    rows = []
    for request in REQUESTS:
        best = await _turns((small, request), (large, request))
        rows.append(Row(request.name, *best, request.flat))
        print(f"  {rows[-1].name}: {rows[-1].ratio:.2f}", flush=True)
    empty, big = AGAINST_EMPTY
    best = await _turns((large, empty), (large, big))
    return [*rows, Row("256 members in or out, of a big group against an empty one", *best, 1.5)]


async def _turns(first: tuple[Side, Request], second: tuple[Side, Request]) -> tuple[float, float]:
    least = float("inf"), float("inf")
    for _ in range(ROUNDS):
        costs = [await side.cost(request) for side, request in (first, second)]
        least = min(least[0], costs[0]), min(least[1], costs[1])
    return least


async def pages(side: Side, sort: str) -> Row:
    """Every page by cursor up to the nine-thousandth: the first hundred against the last hundred."""
    client = Client(side.loop.address)
    last = min(MOST_PAGES, side.population.sizes.users // people.PAGE)
    cursor, page = "", 0

    async def walk(until: int) -> float:
        nonlocal cursor, page
        before, first = usage.cpu_seconds(side.loop.processes), page
        while page < until:
            target = f"/Users?count={people.PAGE}{sort}&cursor={quote(cursor)}"
            _, body = await call(client, "GET", target)
            answer = documents.decode(body)
            if len(answer["Resources"]) != people.PAGE:
                raise WrongAnswer(f"{len(answer['Resources'])} on page {page + 1}")
            cursor, page = answer.get("nextCursor", ""), page + 1
        return 1000 * (usage.cpu_seconds(side.loop.processes) - before) / max(1, until - first)

    begin = await walk(100)
    await walk(last - 100)
    end = await walk(last)
    client.close()
    return Row(f"page {last:,} by cursor against page 1{', sorted' if sort else ''}", begin, end, 1.3)


async def long_list(side: Side) -> str:
    """What the whole list of the big group's members needs of memory."""
    client = Client(side.loop.address)
    target = f"/Groups/{people.id_of('Group', BIG)}"
    await call(client, "GET", f"{target}?excludedAttributes=members")
    server = side.loop.processes[:1]
    before, peak, reading = usage.memory_mb(server), 0.0, True

    async def watch() -> None:
        nonlocal peak
        while reading:
            peak = max(peak, usage.memory_mb(server))
            await asyncio.sleep(0.01)

    watching = asyncio.create_task(watch())
    _, body = await call(client, "GET", target)
    reading = False
    await watching
    client.close()
    members = len(documents.decode(body)["members"])
    held = max(0.0, peak - before)
    return f"all {members:,} members in one answer: {len(body) / 1e6:.1f} MB sent, {held:.1f} MB held"


async def spread(side: Side, openings: list[tuple[str, str]]) -> float:
    """CPU milliseconds of a look-up that each time another organization makes; `openings` are base URLs and keys."""
    addresses = [Address(*opening) for opening in openings]

    async def operation(client: Client, number: int, verify: bool) -> None:
        client.address = addresses[number * 7919 % len(addresses)]
        condition = quote(f'userName eq "{people.user_name(number % side.population.sizes.users)}"')
        _, body = await call(client, "GET", f"/Users?filter={condition}")
        if verify:
            check_list(body, 1)

    await side.loop.run(Figures("known", 4), operation, len(addresses))  # each key has been used before
    figures = Figures("spread", 4)
    await side.loop.run(figures, operation, 6000)
    if figures.errors:
        raise WrongAnswer(str(figures.errors.most_common(1)))
    return 1000 * figures.server_cpu / figures.operations
