"""One organization's slow work does not take every connection."""

import asyncio

from muster.store.postgres.connecting import Connection
from muster.store.postgres.database import PostgresDatabase
from muster.store.postgres.pool import CONNECTIONS, SHARE
from tests.store.scene import Scene


def test_another_organization_is_served_while_one_has_all_it_may(
    postgres: PostgresDatabase, runner: asyncio.Runner
) -> None:
    """Many more transactions than there are connections, none of which ends; the neighbour reads and writes."""
    scene = Scene(postgres, runner)
    noisy, quiet = scene.side(), scene.side()

    async def work() -> None:
        end, full, begun = asyncio.Event(), asyncio.Event(), 0

        async def stay(_: Connection) -> None:
            nonlocal begun
            begun += 1
            if begun == SHARE:
                full.set()
            await end.wait()

        writes = [
            asyncio.create_task(postgres.pool.write(noisy.scope.organization, stay))
            for _ in range(CONNECTIONS * 3)
        ]
        async with asyncio.timeout(10):
            await full.wait()
            for _ in range(20):
                assert await quiet.store.user("nobody") is None
            await postgres.pool.write(quiet.scope.organization, _nothing)
        assert begun == SHARE < CONNECTIONS
        end.set()
        await asyncio.gather(*writes)
        assert begun == len(writes)

    runner.run(work())


async def _nothing(_: Connection) -> None:
    return
