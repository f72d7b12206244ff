"""An IdP at work on several lines at once, while its key is changed. Law: nothing is sent twice; every answer is counted."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

from muster.simulator.line import Request
from muster.simulator.people import Person
from tests.flows.idp import Idp
from tests.flows.management import DEADLINE_SECONDS, eventually

LINES = 3
_ENOUGH = 15  # answers, after which something counts as seen under traffic


class Traffic:
    """What is under way: the authorization that each next round is sent with, and how everything was answered."""

    def __init__(self, authorization: str) -> None:
        self.authorization = authorization
        self.writes = 0
        self._answers: Counter[tuple[str, int]] = Counter()
        self._rounds: dict[str, str] = {}  # by person, what their present round is sent with
        self._lock = threading.Lock()
        self._over = threading.Event()

    def statuses(self) -> set[int]:
        """The statuses of all answers."""
        with self._lock:
            return {status for _, status in self._answers}

    def flow_on(self) -> None:
        """Wait until a good deal more was answered with the present authorization, and no line still sends another."""
        sent, before = self.authorization, self._count(self.authorization)
        eventually(lambda: self._count(sent) >= before + _ENOUGH and self._all_send(sent))

    def end(self) -> None:
        """Let every line finish its round."""
        self._over.set()

    def run(self, idp: Idp, person: Person) -> None:
        """Look a person up, read them, give them another display name: until it is over."""
        name = 0
        while not self._over.is_set():
            name += 1
            person.sent, person.profile = person.profile, replace(person.profile, display=f"Shift {name}")
            idp.authorization = self._begin(person)
            read = Request("GET", f"/Users/{person.id}")
            for request in (idp.provider.match(person), read, idp.provider.update(person)):
                self._note(idp.authorization, request, idp.exchange(request).status)
        idp.close()

    def _begin(self, person: Person) -> str:
        """Return what a new round is sent with; from here to its end nobody takes the line for one of another."""
        with self._lock:
            self._rounds[person.id] = self.authorization
            return self.authorization

    def _all_send(self, authorization: str) -> bool:
        with self._lock:
            return set(self._rounds.values()) == {authorization}

    def _count(self, authorization: str) -> int:
        with self._lock:
            return sum(number for (sent, _), number in self._answers.items() if sent == authorization)

    def _note(self, authorization: str, request: Request, status: int) -> None:
        with self._lock:
            self._answers[authorization, status] += 1
            self.writes += request.method in {"PUT", "PATCH"}


@contextmanager
def traffic(idp: Idp, people: list[Person]) -> Iterator[Traffic]:
    """Lines on which the IdP works until the block is over, with one person each."""
    running = Traffic(idp.authorization)
    with ThreadPoolExecutor(LINES) as pool:
        try:
            lines = [pool.submit(running.run, idp.twin(), person) for person in people[:LINES]]
            running.flow_on()
            yield running
        finally:
            running.end()
    for line in lines:
        line.result(DEADLINE_SECONDS)
