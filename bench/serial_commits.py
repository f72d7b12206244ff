"""What the gap-free sequence costs: durable creates on PostgreSQL with one organization and with eight at once.

Run it as `python -m bench.serial_commits`; it brings its own PostgreSQL, which syncs every commit.
"""

import asyncio
import time

from muster.directory.ports import Transaction
from muster.directory.records import Actor, Change, Operation, Organization, Scope
from muster.directory.rows import new_row
from muster.scim.catalog import builtin
from muster.scim.keys import entries
from muster.scim.schema import CORE_USER
from muster.store.postgres.database import PostgresDatabase, open_database
from tests.harness.postgres import Cluster

WRITERS = 8
SECONDS = 8.0
FIRST = 0xB000000000


async def create(database: PostgresDatabase, organization: int, name: str) -> None:
    """Create one user with its account and its change row, committed and synced."""
    document = {"schemas": [CORE_USER], "userName": name, "displayName": name}
    resource_type, now = builtin().user, time.time_ns() // 1000
    row = new_row(resource_type, f"id-{organization}-{name}", document, now)
    actor = Actor(None, None, "bench")

    async def operation(transaction: Transaction) -> None:
        await transaction.insert("User", row, entries(resource_type, document))
        await transaction.add_account(f"a-{row.id}", row.id, active=True, now=now)
        await transaction.record(Change(now, actor, Operation.CREATE, "User", row.id, 1, None, row.document))

    await database.store(Scope(organization, 1), nested=False).write(operation, single=True)


async def writes_per_second(url: str, organizations: int, first: int) -> float:
    """Return how many creates a second eight writers reach, spread over a number of organizations."""
    database = await open_database(url)
    change = Change(0, Actor(None, None, "bench"), Operation.CREATE, "Organization", "x", 1, None, None)
    for number in range(organizations):
        made = Organization(first + number, f"o{first + number}", 0, 0, nested=False)
        await database.add_organization(made, change)
    done, until = 0, time.monotonic() + SECONDS

    async def write(writer: int) -> None:
        nonlocal done
        number = 0
        while time.monotonic() < until:
            await create(database, first + writer % organizations, f"{writer}-{number}")
            number += 1
            done += 1

    await asyncio.gather(*(write(writer) for writer in range(WRITERS)))
    await database.close()
    return done / SECONDS


def main() -> None:
    """Measure both and print a table."""
    cluster = Cluster(synced=True)
    cluster.start()
    try:
        url = cluster.new_store()
        print("organizations  writers  creates/s")
        for organizations, first in ((1, FIRST), (8, FIRST + 100), (1, FIRST + 200), (8, FIRST + 300)):
            rate = asyncio.run(writes_per_second(url, organizations, first))
            print(f"{organizations:13}  {WRITERS:7}  {rate:9.0f}", flush=True)
    finally:
        cluster.remove()


if __name__ == "__main__":
    main()
