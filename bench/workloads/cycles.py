"""What an IdP does for one person, as one operation: a look-up that misses, the create, and what follows."""

from __future__ import annotations

from urllib.parse import quote

from bench import documents
from bench.loop import Figures
from bench.population import ANSWERED, call, check_list, check_user
from bench.wire import Client
from bench.workloads.run import Run


async def okta(run: Run, label: str, _size: int) -> Figures:
    """Filter miss, POST, GET, PATCH active to false."""
    await run.population.load()

    async def operation(client: Client, _number: int, verify: bool) -> None:
        sent, identifier = await _arrive(run, client, "&startIndex=1&count=100")
        _, body = await call(client, "GET", f"/Users/{identifier}")
        if verify:
            check_user(sent, documents.decode(body), identifier)
        await call(client, "PATCH", f"/Users/{identifier}", documents.DEACTIVATE, ANSWERED)

    return await run.measure(label, operation, run.count(500))


async def entra(run: Run, label: str, size: int) -> Figures:
    """Filter miss, POST, PATCH add to a group of `size`; all connections write the same group."""
    group = await run.population.group(size)
    added: list[str] = []

    async def operation(client: Client, _number: int, _verify: bool) -> None:
        _, identifier = await _arrive(run, client, "")
        body = documents.add_member(identifier, "Add")
        await call(client, "PATCH", f"/Groups/{group.id}", body, ANSWERED)
        added.append(identifier)

    figures = await run.measure(label, operation, run.count(300))
    group.members |= set(added)
    client = Client(run.loop.address)
    _, body = await call(client, "GET", f"/Groups/{group.id}")
    client.close()
    have = {member["value"] for member in documents.decode(body).get("members") or []}
    if lost := group.members - have:
        figures.final_state = f"members lost by concurrent PATCH of {len(added)}"
        figures.errors[figures.final_state] += len(lost)
        group.members = have
    return figures


async def _arrive(run: Run, client: Client, more: str) -> tuple[documents.Document, str]:
    """Ask for a user who is not there, and create them: what was sent, and the id."""
    sent = run.population.fresh_user()
    condition = quote(f'userName eq "{sent["userName"]}"')
    _, body = await call(client, "GET", f"/Users?filter={condition}{more}")
    check_list(body, 0)
    _, body = await call(client, "POST", "/Users", documents.encode(sent), (201,))
    return sent, documents.decode(body)["id"]
