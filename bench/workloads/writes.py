"""Writes of users: create, modify, replace. On a durable server each answer comes after its sync."""

from __future__ import annotations

from bench import documents
from bench.loop import Figures, WrongAnswer
from bench.population import ANSWERED, call, check_user
from bench.wire import Client
from bench.workloads.run import Run


async def create(run: Run, label: str, _size: int) -> Figures:
    """POST /Users, the load itself; RuntimeError when another workload has loaded already."""
    figures = await run.population.load(label)
    if figures is None:
        message = "W1 must come first: it is the load"
        raise RuntimeError(message)
    return figures


async def modify_active(run: Run, label: str, _size: int) -> Figures:
    """PATCH active to false (as Okta writes it) and to true (with a path); counted per PATCH."""
    await run.population.load()
    ids = run.population.ids

    async def operation(client: Client, number: int, verify: bool) -> None:
        identifier = ids[number * 7919 % len(ids)]
        for body, active in ((documents.DEACTIVATE, False), (documents.ACTIVATE, True)):
            status, answer = await call(client, "PATCH", f"/Users/{identifier}", body, ANSWERED)
            if not verify:
                continue
            if status == 204:
                _, answer = await call(client, "GET", f"/Users/{identifier}")
            if documents.decode(answer).get("active") is not active:
                message = f"active is not {active}"
                raise WrongAnswer(message)

    return await run.measure(label, operation, run.count(2_000), requests=2)


async def replace(run: Run, label: str, _size: int) -> Figures:
    """PUT /Users/{id}, the whole user with a new title."""
    await run.population.load()
    people = run.population

    async def operation(client: Client, number: int, verify: bool) -> None:
        picked = (number * 7907 + 1) % len(people.ids)
        people.titles[picked] = f"Title {number}"
        sent = people.expected(picked)
        sent["id"] = people.ids[picked]
        _, body = await call(client, "PUT", f"/Users/{sent['id']}", documents.encode(sent))
        if verify:
            check_user(sent, documents.decode(body), sent["id"])

    return await run.measure(label, operation, run.count(3_000))
