"""The users and groups that the workloads work on, made through the protocol before the clock starts.

Law: a run uses fresh names, so it may be repeated on a server that keeps its data; and what was made is read
back before anything is measured on it.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from bench import documents
from bench.loop import Figures, Loop, WrongAnswer
from bench.wire import Client

ANSWERED = (200, 204)


@dataclass
class MadeGroup:
    """A group as the run made it; `members` is what it must contain."""

    id: str
    name: str
    members: set[str]


class Population:
    """What exists on the server for one run."""

    def __init__(self, loop: Loop, users: int, load_seconds: float) -> None:
        self.loop = loop
        self.wanted = users
        self.load_seconds = load_seconds
        self.prefix = f"m{secrets.token_hex(3)}x"
        self.ids: list[str] = []
        self.groups: dict[int, MadeGroup] = {}
        self.pool: list[str] = []
        self.titles: dict[int, str] = {}
        self._extra = 900_000

    async def load(self, label: str = "LOAD") -> Figures | None:
        """Create the users, once; the figures of it are those of W1. WrongAnswer when a create fails."""
        if self.ids:
            return None
        made: dict[int, str] = {}

        async def create(client: Client, number: int, verify: bool) -> None:
            sent = documents.user(self.prefix, number)
            _, body = await call(client, "POST", "/Users", documents.encode(sent), (201,))
            got = documents.decode(body)
            made[number] = got["id"]
            if verify:
                check_user(sent, got)

        figures = Figures(label, self.loop.bounds.connections)
        await self.loop.run(figures, create, self.wanted, seconds=self.load_seconds)
        if figures.errors:
            message = f"users could not be created: {dict(figures.errors.most_common(2))}"
            raise WrongAnswer(message)
        self.ids = [made[number] for number in range(len(made))]
        return figures

    def expected(self, number: int) -> documents.Document:
        """User `number` as it must be now, the titles that W5 has given included."""
        return documents.user(self.prefix, number, self.titles.get(number, documents.TITLE))

    def fresh_user(self) -> documents.Document:
        """A user that does not exist yet, outside the numbers of the load."""
        self._extra += 1
        return documents.user(self.prefix, self._extra)

    async def fill_pool(self, count: int) -> list[str]:
        """At least `count` ids of users that are in no group."""
        client = Client(self.loop.address)
        while len(self.pool) < count:
            body = documents.encode(self.fresh_user())
            _, answer = await call(client, "POST", "/Users", body, (201,))
            self.pool.append(documents.decode(answer)["id"])
        client.close()
        return self.pool[:count]

    async def group(self, size: int) -> MadeGroup:
        """The group of `size` members, made by one POST at its first use."""
        if size in self.groups:
            return self.groups[size]
        await self.load()
        if size > len(self.ids):
            message = f"a group of {size} needs {size} users"
            raise RuntimeError(message)
        name, members = f"g-{self.prefix}-{size}", self.ids[:size]
        client = Client(self.loop.address)
        body = documents.encode(documents.group(name, members))
        _, answer = await call(client, "POST", "/Groups", body, (201,))
        client.close()
        made = MadeGroup(documents.decode(answer)["id"], name, set(members))
        await self.check_members(made)
        self.groups[size] = made
        return made

    async def check_members(self, group: MadeGroup) -> None:
        """WrongAnswer unless the group has exactly its members."""
        client = Client(self.loop.address)
        _, body = await call(client, "GET", f"/Groups/{group.id}")
        client.close()
        have = {member["value"] for member in documents.decode(body).get("members") or []}
        if have != group.members:
            message = f"{len(have)} members, {len(group.members)} expected"
            raise WrongAnswer(message)


async def call(
    client: Client, method: str, target: str, body: bytes | None = None, expected: tuple[int, ...] = (200,)
) -> tuple[int, bytes]:
    """One request whose status must be expected; WrongAnswer otherwise."""
    status, answer = await client.request(method, target, body)
    if status not in expected:
        message = f"status {status}: {answer[:160].decode('utf-8', 'replace')}"
        raise WrongAnswer(message)
    return status, answer


def check_user(sent: documents.Document, got: Any, identifier: str | None = None) -> None:
    """WrongAnswer unless `got` is the user that was sent (its scalar attributes and its addresses)."""
    if identifier is not None and got.get("id") != identifier:
        message = "another user"
        raise WrongAnswer(message)
    for name in ("userName", "externalId", "displayName", "title", "active"):
        if got.get(name) != sent[name]:
            message = f"{name} is {got.get(name)!r}"
            raise WrongAnswer(message)
    if {mail["value"] for mail in got.get("emails", [])} != {mail["value"] for mail in sent["emails"]}:
        message = "emails differ"
        raise WrongAnswer(message)


def check_list(body: bytes, total: int, page: int | None = None) -> list[Any]:
    """The resources of a ListResponse with `total` results and `page` of them here; WrongAnswer otherwise."""
    answer = documents.decode(body)
    resources: list[Any] = answer.get("Resources") or []
    if answer.get("totalResults") != total:
        message = f"totalResults {answer.get('totalResults')}, expected {total}"
        raise WrongAnswer(message)
    if len(resources) != (total if page is None else page):
        message = f"{len(resources)} resources on a page of {page} of {total}"
        raise WrongAnswer(message)
    return resources
