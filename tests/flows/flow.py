"""A connection from its set-up to its end, with its platform and its IdP.

Law: a step asserts what it is for, and notes the changes that the platform has to be told of, in their order.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from contextlib import AbstractContextManager, contextmanager
from typing import Any, NamedTuple

from muster.simulator.line import Request
from muster.simulator.people import Person
from muster.simulator.provider import Provider
from tests.flows.idp import Idp, bearer
from tests.flows.management import Management, eventually, following

OPERATIONS = {"POST": "create", "PUT": "replace", "PATCH": "modify", "DELETE": "delete"}

UNAUTHORIZED, TAKEN = 401, 409

Told = tuple[str, str, str]
"""A change: what was done, to which type of thing, to which one."""


class Refusal(NamedTuple):
    """What was refused, with what status, where it is mended, and by what the log finds it."""

    code: str
    status: int
    menu: str
    sought: Mapping[str, str]


class Flow:
    """One connection of an organization of its own: its platform, its IdP, and what the changes have to tell."""

    def __init__(self, management: Management, provider: Provider, settings: Mapping[str, Any]) -> None:
        self.management = management
        self.provider = provider
        self.expected: list[Told] = []
        self.refusals: list[Refusal] = []
        self.after = management.latest()
        self.apart: set[int] = set()  # sequence numbers that are accounted for already
        self.connection = management.post("/connections", settings)
        self.credential = self.connection["credential"]
        self.tell("create", "Connection", self.connection["id"])
        self.tell("create", "Credential", self.credential["id"])
        assert self.state == "waiting"
        self.idp = Idp(provider, self.connection["base_url"], bearer(self.credential["api_key"]))

    @property
    def state(self) -> str:
        """The connection's state."""
        return str(self.management.get(f"/connections/{self.connection['id']}")["state"])

    def follow(self) -> AbstractContextManager[Future[list[Any]]]:
        """Follow the changes from now on, to the end of the connection."""
        return following(self.management, self.after, self.connection["id"])

    def tell(self, operation: str, resource_type: str, resource: str) -> None:
        """Note a change that has to come now."""
        self.expected.append((operation, resource_type, resource))

    def use(self, credential: Mapping[str, Any], authorization: str) -> None:
        """Enter a new credential into the IdP, and end the one that it had."""
        self.tell("create", "Credential", credential["id"])
        old = self.credential["id"]
        self.management.post(f"/credentials/{old}/revoke")
        self.tell("revoke", "Credential", old)
        assert self.idp.exchange(Request("GET", "/Users")).status == UNAUTHORIZED
        self.credential, self.idp.authorization = credential, authorization

    def use_another_key(self) -> None:
        """Make an API key with a life of its own, and enter it into the IdP in the place of the first one."""
        body = {"connection": self.connection["id"], "ttl": "90d"}
        made = self.management.post("/credentials", body)
        self.use(made, bearer(made["api_key"]))

    def make_setup_link(self) -> None:
        """Make a setup link, which dies with the connection."""
        made = self.management.post("/setup-links", {"connection": self.connection["id"], "ttl": "1h"})
        self.tell("create", "SetupLink", made["id"])

    def test_connection(self) -> None:
        """Press the IdP's button: it finds what it asks for."""
        for probe in self.provider.probes():
            found = self.idp.send(probe.request, 200)
            assert not (probe.empty and found["totalResults"])

    def refused(self, code: str, status: int, menu: str, **sought: str) -> None:
        """Note a refusal that the log has to explain; it may be there a second later."""
        self.refusals.append(Refusal(code, status, menu, sought))

    def check_log(self) -> None:
        """The log says of each refusal what was wrong, what shows it, and the menu of the IdP in which it is mended."""
        for code, status, menu, sought in self.refusals:
            found = self.management.logged(code=code, connection=self.connection["id"], **sought)
            assert (found["status"], found["explanation"]["code"]) == (status, code)
            assert found["explanation"]["evidence"]
            assert menu in found["explanation"]["fix"]
            (whole,) = self.management.get(f"/requests/{found['id']}")["items"]
            assert (whole["body"] is not None) == (status == TAKEN)  # the others were refused unread
            assert "Sim-" not in str(whole)  # how the simulator's passwords begin
        self.refusals.clear()

    def end(self, people: list[Person], groups: int = 0, **dead: int) -> None:
        """Delete the connection: refused while it has active users, then all of it ends, users and keys included."""
        where = f"/connections/{self.connection['id']}"
        eventually(lambda: self.state == "active")
        active = sum(person.active for person in people)
        problem = self.management.ask("DELETE", where, expect=409)
        assert f"has {active} active users, of {len(people)}" in problem["detail"]
        assert self.idp.exchange(Request("GET", "/Users")).status == 200

        done = self.management.ask("DELETE", where, expect=200, users="deactivate")
        assert done == {"deleted": True, "users": len(people), "groups": groups, **dead}
        self.tell("modify", "Connection", self.connection["id"])
        assert self.idp.exchange(Request("GET", "/Users")).status == UNAUTHORIZED
        assert {self.management.access(person.id)["reason"] for person in people} == {"removed"}
        self.management.ask("GET", where, expect=404)

    def check_told(self, changes: list[Any], gone: set[str]) -> None:
        """The platform was told of everything, in order and without a gap; the last is how the connection ended."""
        sequences = [one["sequence"] for one in changes]
        assert sequences == list(range(self.after + 1, self.after + 1 + len(changes)))
        told = [
            (one["operation"], one["resource_type"], one["resource"])
            for one in changes
            if one["sequence"] not in self.apart
        ]
        assert told[: len(self.expected)] == self.expected
        *ended, last = told[len(self.expected) :]
        assert {(operation, resource) for operation, _, resource in ended} == {
            ("delete", resource) for resource in gone
        }
        assert len(ended) == len(gone)
        assert last == ("delete", "Connection", self.connection["id"])


@contextmanager
def flow(platform: Management, provider: Provider, settings: Mapping[str, Any]) -> Iterator[Flow]:
    """Set up an organization with a management key of its own, and in it a connection, all of it over HTTP."""
    made = platform.post("/organizations", {"name": f"flow-{uuid.uuid4().hex}"})
    body = {"name": "the platform", "scopes": ["write"], "ttl": "1h"}
    key = platform.post("/api-keys", body, organization=made["id"])
    running = Flow(Management(platform.origin, key["api_key"]), provider, settings)
    try:
        yield running
    finally:
        running.idp.close()
        running.management.close()
