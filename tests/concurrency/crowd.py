"""Many clients that begin at the same moment."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from tests.harness.client import Answer, ScimClient

DEADLINE_SECONDS = 60


def all_at_once(client: ScimClient, count: int, request: Callable[[ScimClient, int], Answer]) -> list[Answer]:
    """Call request(client, n) for n in range(count), each on a connection of its own; their answers in order.

    All connections are open before the first request is sent.
    """
    barrier = threading.Barrier(count, timeout=DEADLINE_SECONDS)

    def one(number: int) -> Answer:
        with client.twin() as twin:
            assert twin.get("/ServiceProviderConfig").status == 200
            barrier.wait()
            return request(twin, number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))
