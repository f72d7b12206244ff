"""A thread that writes until the server is killed, and remembers what was acknowledged."""

import http.client
import threading
from random import Random

from tests.durability.world import Person, Step, World, next_step
from tests.harness.client import Answer, ScimClient


class Writer:
    """One connection's writes over the rounds; `world` is what was acknowledged, `pending` what was not answered."""

    def __init__(self, name: str, client: ScimClient, group: str, seed: int) -> None:
        self.name = name
        self.client = client
        self.group = group
        self.random = Random(seed)
        self.world = World()
        self.pending: World | None = None
        self.acknowledged = 0
        self.failure = ""
        self._count = 0

    def write_until_killed(self, acknowledgement: threading.Semaphore) -> None:
        """Send one write after the other; release the semaphore for each that was acknowledged."""
        while not self.failure:
            self._count += 1
            step = next_step(self.world, self.group, f"{self.name}-{self._count}", self.random)
            self.pending = step.after
            try:
                answer = step.send(self.client)
            except (OSError, http.client.HTTPException):
                self.client.close()
                return
            self._accept(step, answer)
            acknowledgement.release()

    def settle(self, seen: World) -> int:
        """Take what was found after the restart as the world; return how many unanswered writes had happened."""
        happened = int(not self.world.like(seen))
        self.world, self.pending = seen, None
        return happened

    def _accept(self, step: Step, answer: Answer) -> None:
        if answer.status != step.status:
            self.failure = f"{answer.status} for {step.status}: {answer.raw[:300]!r}"
            return
        self.world, self.pending = _named(step.after, answer), None
        self.acknowledged += 1


def _named(world: World, answer: Answer) -> World:
    """The world with the id that a create was answered with."""
    for name, person in world.people.items():
        if not person.id:
            return world.with_person(
                name, Person(answer.body["id"], person.mark, person.active, person.version)
            )
    return world
