"""Reads: a user by id, by userName, by externalId, by address; a deep page; a substring."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from bench import documents
from bench.loop import Figures, WrongAnswer
from bench.population import call, check_list, check_user
from bench.wire import Client
from bench.workloads.run import Run


async def retrieve(run: Run, label: str, _size: int) -> Figures:
    """GET /Users/{id} of a random user."""
    await run.population.load()
    picks, people = run.picks(2, run.count(12_000)), run.population

    async def operation(client: Client, number: int, verify: bool) -> None:
        identifier = people.ids[picks[number]]
        _, body = await call(client, "GET", f"/Users/{identifier}")
        if verify:
            check_user(people.expected(picks[number]), documents.decode(body), identifier)

    return await run.measure(label, operation, len(picks))


async def user_name_hit(run: Run, label: str, _size: int) -> Figures:
    """The look-up that every IdP does first, of a user that is there."""
    prefix = run.population.prefix

    def condition(number: int) -> str:
        return f'userName eq "{documents.user_name(prefix, number)}"'

    return await _find_one(run, label, condition, 8_000)


async def external_id_hit(run: Run, label: str, _size: int) -> Figures:
    """The same by externalId."""
    prefix = run.population.prefix

    def condition(number: int) -> str:
        return f'externalId eq "ext-{prefix}-{number:06d}"'

    return await _find_one(run, label, condition, 8_000)


async def work_address(run: Run, label: str, _size: int) -> Figures:
    """A value path (RFC 7644 section 3.4.2.2) over the e-mail addresses."""
    prefix = run.population.prefix

    def condition(number: int) -> str:
        return f'emails[type eq "work" and value eq "{documents.work_address(prefix, number)}"]'

    return await _find_one(run, label, condition, 2_000)


async def _find_one(run: Run, label: str, condition: Callable[[int], str], requests: int) -> Figures:
    """A filter that finds exactly the picked user."""
    await run.population.load()
    picks, people = run.picks(3, run.count(requests)), run.population

    async def operation(client: Client, number: int, verify: bool) -> None:
        picked = picks[number]
        _, body = await call(client, "GET", f"/Users?filter={quote(condition(picked))}")
        if verify:
            found = check_list(body, 1)[0]
            check_user(people.expected(picked), found, people.ids[picked])

    return await run.measure(label, operation, len(picks))


async def user_name_miss(run: Run, label: str, _size: int) -> Figures:
    """The look-up before a create: nobody is there. Every body is checked, since it is short."""
    await run.population.load()

    async def operation(client: Client, number: int, _verify: bool) -> None:
        condition = quote(f'userName eq "nobody{number}@example.com"')
        _, body = await call(client, "GET", f"/Users?filter={condition}")
        check_list(body, 0)

    return await run.measure(label, operation, run.count(8_000))


async def user_name_contains(run: Run, label: str, _size: int) -> Figures:
    """A substring that ten users share."""
    await run.population.load()
    people = run.population
    tens = len(people.ids) // 10

    async def operation(client: Client, number: int, verify: bool) -> None:
        condition = quote(f'userName co "{people.prefix[1:]}{number * 7 % tens:05d}"')
        _, body = await call(client, "GET", f"/Users?filter={condition}&count=100")
        if verify:
            check_list(body, 10)

    return await run.measure(label, operation, run.count(600))


async def deep_page(run: Run, label: str, _size: int) -> Figures:
    """A page of 100 from the last fifth of the list."""
    await run.population.load()
    client = Client(run.loop.address)
    _, body = await call(client, "GET", "/Users?startIndex=1&count=1")
    client.close()
    total = int(documents.decode(body)["totalResults"])
    low, high = int(total * 0.8), int(total * 0.99) - 100

    async def operation(client: Client, number: int, verify: bool) -> None:
        start = low + number * 7919 % max(1, high - low)
        _, body = await call(client, "GET", f"/Users?startIndex={start}&count=100")
        if verify and len({user["id"] for user in check_list(body, total, 100)}) != 100:
            message = "a user twice on a page"
            raise WrongAnswer(message)

    return await run.measure(label, operation, run.count(300))
