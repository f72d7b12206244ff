"""The platform's side of a flow: the management API of the running program, over HTTP. Law: what is not said to fail succeeds."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from tests.harness.client import ScimClient

DEADLINE_SECONDS = 60
JSON = {"Content-Type": "application/json", "Accept": "application/json"}
SUCCESSES = (200, 201)


class Management:
    """The management API with one management key; for one thread."""

    def __init__(self, origin: str, key: str) -> None:
        self.origin = origin
        self._key = key
        self._wire = ScimClient(f"{origin}/api/v1", key)

    def twin(self) -> Management:
        """The same with a socket of its own, for another thread."""
        return Management(self.origin, self._key)

    def close(self) -> None:
        """Close the socket."""
        self._wire.close()

    def ask(
        self, method: str, path: str, body: Any = None, *, expect: int | None = None, **query: Any
    ) -> Any:
        """The JSON of an answer, whose status has to be `expect` (None: one of success)."""
        answer = self._wire.request(method, path, body, query=query, headers=JSON)
        wanted = SUCCESSES if expect is None else (expect,)
        assert answer.status in wanted, (method, path, answer.status, answer.body)
        return answer.body

    def get(self, path: str, **query: Any) -> Any:
        """The JSON of what is there."""
        return self.ask("GET", path, **query)

    def post(self, path: str, body: Any = None, **query: Any) -> Any:
        """The JSON of what was made or done."""
        return self.ask("POST", path, body, **query)

    def access(self, user: str, issued_at: str | None = None) -> Any:
        """The access answer for a user; without a time, for what would be issued now."""
        return self.get(f"/users/{user}/access", **({"issued_at": issued_at} if issued_at else {}))

    def account(self, user: str) -> Any:
        """The account of a user."""
        (found,) = self.get("/accounts", user=user)["items"]
        return found

    def latest(self, after: int = 0) -> int:
        """The number of the latest change; `after` is one that has happened."""
        return after + len(self.changes(after))  # there are no gaps

    def changes(self, after: int) -> list[Any]:
        """All changes behind a number."""
        found: list[Any] = []
        while page := self.get("/changes", after=after, limit=1000)["items"]:
            found += page
            after = page[-1]["sequence"]
        return found

    def logged(self, **sought: Any) -> Any:
        """The newest entry of the request log that is sought. Those of reads and refusals may be a second late."""

        def question() -> list[Any]:
            found: list[Any] = self.get("/requests", **sought)["items"]
            return found

        return eventually(question)[0]


def eventually(question: Callable[[], Any]) -> Any:
    """The first answer that is something."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not (answer := question()):
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.02)  # nothing to wait on: what is late says nothing when it comes
    return answer


@contextmanager
def following(management: Management, after: int, ends: str) -> Iterator[Future[list[Any]]]:
    """Follow the changes behind a number as they happen, as a platform does, until a connection is deleted."""
    over = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        try:
            yield pool.submit(_follow, management.twin(), after, ends, over)
        finally:
            over.set()


def _follow(management: Management, after: int, ends: str, over: threading.Event) -> list[Any]:
    found: list[Any] = []
    while not over.is_set() and ("delete", ends) not in [
        (one["operation"], one["resource"]) for one in found
    ]:
        page = management.get("/changes", after=after, wait=2, limit=7)
        found += page["items"]
        after = page["next"]
    management.close()
    return found
