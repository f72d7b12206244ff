"""kill -9 at random points under mixed writes: nothing acknowledged is lost, nothing is half there.

MUSTER_CRASH_ROUNDS says how often (`make crash`: 200), MUSTER_CRASH_SEED makes a run repeatable in its choices.
"""

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from tests.conftest import new_connection
from tests.durability.reading import assert_gone, assert_sound, change_counts, seen_world
from tests.durability.world import World
from tests.durability.writer import Writer
from tests.harness.client import ScimClient
from tests.harness.server import RunningServer

ROUNDS = int(os.environ.get("MUSTER_CRASH_ROUNDS", "20"))
SEED = int(os.environ.get("MUSTER_CRASH_SEED", "20261122"))
WRITERS = 6
DEADLINE_SECONDS = 60


@pytest.fixture
def writers(crashing: RunningServer) -> Iterator[list[Writer]]:
    """Six writers on one connection and one group, each with users of its own."""
    random = Random(SEED)
    with new_connection(crashing) as client:
        group = client.post("/Groups", {"displayName": "crowd"}).body["id"]
        made = [Writer(f"w{n}", client.twin(), group, random.getrandbits(32)) for n in range(WRITERS)]
        yield made
    for writer in made:
        writer.client.close()


@pytest.fixture
def crashing(tmp_path: Path) -> Iterator[RunningServer]:
    """A server of this test's own, on a database of its own."""
    running = RunningServer().start(tmp_path / "crash.db")
    yield running
    running.kill()


def test_kill_9_loses_nothing_and_leaves_nothing_half_done(
    crashing: RunningServer, writers: list[Writer]
) -> None:
    """Every acknowledged write is there, every other wholly or not at all, and changes have no gap."""
    random = Random(SEED)
    changes = sum(change_counts(crashing.database).values())
    for number in range(ROUNDS):
        acknowledged = sum(writer.acknowledged for writer in writers)
        _write_and_kill(crashing, writers, random)
        crashing.start(crashing.database)
        happened = sum(_check(writer) for writer in writers)
        changes += sum(writer.acknowledged for writer in writers) - acknowledged + happened
        assert sum(change_counts(crashing.database).values()) == changes, f"round {number}"
        assert_sound(crashing.database)
    assert sum(writer.acknowledged for writer in writers) > ROUNDS * WRITERS


def _write_and_kill(server: RunningServer, writers: list[Writer], random: Random) -> None:
    """Let all writers write at once; SIGKILL the server after a random number of acknowledged writes."""
    acknowledgement = threading.Semaphore(0)
    threads = [
        threading.Thread(target=writer.write_until_killed, args=(acknowledgement,)) for writer in writers
    ]
    for thread in threads:
        thread.start()
    for _ in range(random.randint(5, 150)):
        assert acknowledgement.acquire(timeout=DEADLINE_SECONDS), "the server has stopped answering"
    time.sleep(random.uniform(0, 0.01))  # waits for nothing: it moves the kill to any point of a batch
    server.kill()
    for thread in threads:
        thread.join(DEADLINE_SECONDS)
    assert not [writer.failure for writer in writers if writer.failure]


def _check(writer: Writer) -> int:
    """Compare what is there with what was promised; how many unanswered writes (0 or 1) had happened."""
    client, promised, possible = writer.client, writer.world, writer.pending
    worlds = [promised] if possible is None else [promised, possible]
    names = {name for world in worlds for name in world.people}
    seen = seen_world(client, writer.group, sorted(names))
    assert any(world.like(seen) for world in worlds), f"{writer.name}: {seen} is neither of {worlds}"
    _check_absent(client, writer.group, worlds, seen)
    return writer.settle(seen)


def _check_absent(client: ScimClient, group: str, worlds: list[World], seen: World) -> None:
    """What was there in either world and is not now has left nothing behind."""
    people = [(name, person) for world in worlds for name, person in world.people.items()]
    assert_gone(client, group, [person for name, person in people if name not in seen.people])
