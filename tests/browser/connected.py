"""An organization with a connection beside the browser, and the IdP that uses it."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

from tests.browser.command import command
from tests.browser.visitor import Visitor
from tests.harness.client import ScimClient
from tests.harness.server import RunningServer

_names = (f"organization {number}" for number in itertools.count())
USER = "urn:ietf:params:scim:schemas:core:2.0:User"


class Connected:
    """One connection of a new organization; `at` is the address of its page."""

    def __init__(self, server: RunningServer, provider: str = "okta") -> None:
        self.server, self.organization = server, next(_names)
        command(server, "organization", "create", self.organization)
        made = command(
            server, "connection", "create", "--organization", self.organization, "--provider", provider
        )
        self.id, self.api_key = made["id"], made["api_key"]
        self.credential = made["credential_id"]
        self.at = f"/console/connections/{self.id}"
        self.home = f"/console/organizations/{self.id[:8]}"
        self.idp = ScimClient(made["base_url"], self.api_key)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.idp.close()

    def opens(self, api_key: str) -> int:
        """What the IdP is answered with a key."""
        with self.idp.twin(api_key) as client:
            return client.get("/Users").status

    def person(self, name: str, **more: Any) -> str:
        """Create a user; its id."""
        answer = self.idp.post("/Users", {"schemas": [USER], "userName": name, **more})
        assert answer.status == 201, answer
        return str(answer.body["id"])

    def deactivate(self, user: str) -> None:
        """Switch a user off."""
        answer = self.idp.patch(f"/Users/{user}", {"op": "replace", "path": "active", "value": False})
        assert answer.status == 200

    def invited(self, role: str) -> str:
        """A link for somebody of the organization."""
        address: str = command(
            self.server, "console-user", "invite", "--organization", self.organization, "--role", role
        )["url"]
        return address

    @contextmanager
    def busy(self) -> Iterator[Traffic]:
        """Let the IdP send one request after the other meanwhile."""
        traffic = Traffic(self.idp.twin())
        traffic.start()
        try:
            yield traffic
        finally:
            traffic.stop()


class Traffic(threading.Thread):
    """Requests one after the other, and what they were answered."""

    def __init__(self, client: ScimClient) -> None:
        super().__init__(daemon=True)
        self.client, self.statuses = client, []  # type: ScimClient, list[int]
        self._enough = threading.Event()
        self._replaced: list[ScimClient] = []

    def run(self) -> None:
        """Ask until told to stop."""
        while not self._enough.is_set():
            self.statuses.append(self.client.get("/Users?count=1").status)

    def use(self, api_key: str) -> None:
        """Enter another key."""
        self.client, before = self.client.twin(api_key), self.client
        self._replaced.append(before)

    def stop(self) -> None:
        """Send no more."""
        self._enough.set()
        self.join()
        for client in (*self._replaced, self.client):
            client.close()


def until(visitor: Visitor, path: str, text: str) -> None:
    """Load a page again and again until it shows a text: what is counted is written within a second."""
    for _ in range(100):
        visitor.go(path)
        if text in visitor.page.inner_text("main"):
            return
        visitor.page.wait_for_timeout(100)
    raise AssertionError(visitor.page.inner_text("main"))
