"""One member in or out of a group of M members, and the group without its members: flat in M, or not.

One connection, as an IdP sends them; after the loop the members are read back and compared.
"""

from __future__ import annotations

from urllib.parse import quote

from bench import documents
from bench.loop import Figures, WrongAnswer
from bench.population import ANSWERED, MadeGroup, call, check_list
from bench.wire import Client
from bench.workloads.run import Run

CHANGES = 200  # few, so that a group of 10 stays a small group


async def add(run: Run, label: str, size: int) -> Figures:
    """PATCH add one member."""
    group = await run.population.group(size)
    joining = await run.population.fill_pool(run.count(CHANGES))
    joining = [identifier for identifier in joining if identifier not in group.members]

    async def operation(client: Client, number: int, _verify: bool) -> None:
        await call(client, "PATCH", f"/Groups/{group.id}", documents.add_member(joining[number]), ANSWERED)

    figures = await run.measure(label, operation, len(joining), connections=1)
    group.members |= set(joining[: figures.operations])
    return await _checked(run, figures, group)


async def remove(run: Run, label: str, size: int) -> Figures:
    """PATCH remove one member, of those that `add` put in."""
    group = await run.population.group(size)
    leaving = [identifier for identifier in run.population.pool if identifier in group.members]
    if not leaving:
        await add(run, f"W7a:{size}", size)
        leaving = [identifier for identifier in run.population.pool if identifier in group.members]

    async def operation(client: Client, number: int, _verify: bool) -> None:
        await call(client, "PATCH", f"/Groups/{group.id}", documents.remove_member(leaving[number]), ANSWERED)

    figures = await run.measure(label, operation, len(leaving), connections=1)
    group.members -= set(leaving[: figures.operations])
    return await _checked(run, figures, group)


async def retrieve_without(run: Run, label: str, size: int) -> Figures:
    """GET the group without its members, half by id and half by displayName as Entra asks."""
    group = await run.population.group(size)
    condition = quote(f'displayName eq "{group.name}"')

    async def operation(client: Client, number: int, verify: bool) -> None:
        if number % 2:
            _, body = await call(client, "GET", f"/Groups?filter={condition}&excludedAttributes=members")
            found = check_list(body, 1)[0] if verify else {}
        else:
            _, body = await call(client, "GET", f"/Groups/{group.id}?excludedAttributes=members")
            found = documents.decode(body) if verify else {}
        if len(body) > 5_000 or (verify and (found["id"] != group.id or found.get("members"))):
            message = "members are not excluded"
            raise WrongAnswer(message)

    return await run.measure(label, operation, run.count(4_000))


async def _checked(run: Run, figures: Figures, group: MadeGroup) -> Figures:
    """The figures, with an error counted when the members read back are not those expected."""
    try:
        await run.population.check_members(group)
    except WrongAnswer as wrong:
        figures.final_state = str(wrong)
        figures.errors[f"after the loop: {wrong}"] += 1
    return figures
