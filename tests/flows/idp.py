"""The IdP's side of a flow. Law: bytes, headers and URLs are those of the simulator's provider; each answer is looked at."""

from __future__ import annotations

import base64
from typing import Any

from muster.simulator.line import Request
from muster.simulator.people import Person
from muster.simulator.provider import Provider
from tests.harness.client import Answer, ScimClient

DONE = (200, 201, 204)


def bearer(api_key: str) -> str:
    """What an API key is sent as."""
    return f"Bearer {api_key}"


def basic(key_id: str, secret: str) -> str:
    """What a service account's key is sent as."""
    return f"Basic {base64.b64encode(f'{key_id}:{secret}'.encode()).decode()}"


class Idp:
    """One IdP that has been given a base URL and an authorization; for one thread."""

    def __init__(self, provider: Provider, base_url: str, authorization: str) -> None:
        self.provider = provider
        self.authorization = authorization
        self._wire = ScimClient(base_url)

    def twin(self, authorization: str | None = None) -> Idp:
        """The same with a socket of its own, and with another authorization if one is named."""
        return Idp(self.provider, self._wire.base_url, authorization or self.authorization)

    def close(self) -> None:
        """Close the socket."""
        self._wire.close()

    def exchange(self, request: Request) -> Answer:
        """Send one request; whatever comes."""
        headers: dict[str, str | None] = {**self.provider.headers, "Authorization": self.authorization}
        if request.body is None:
            headers["Content-Type"] = None
        return self._wire.request(request.method, request.target, request.body, headers=headers)

    def send(self, request: Request, *statuses: int) -> Any:
        """Send a request that has to be answered so (unless said, with success); the JSON of the answer."""
        answer = self.exchange(request)
        assert answer.status in (statuses or DONE), (request, answer.status, answer.body)
        return answer.body

    def listed(self, request: Request) -> list[Any]:
        """Send a query; the ids that it finds."""
        return [one["id"] for one in self.send(request, 200)["Resources"]]

    def read(self, person: Person) -> Any:
        """The user, as it is read by its id."""
        return self.send(Request("GET", f"/Users/{person.id}"), 200)

    def update(self, person: Person) -> None:
        """Send what the provider knows of a person now, in its manner."""
        if self.provider.reads_before_replacing:
            person.read = self.read(person)
        self.send(self.provider.update(person))

    def switch(self, person: Person, *, active: bool) -> None:
        """Make a person active or inactive, in the provider's manner."""
        person.active = active
        if self.provider.reads_before_replacing:
            person.read = self.read(person)
        self.send(self.provider.switch(person))
        assert self.read(person)["active"] is active
        assert self.listed(self.provider.match(person)) == [person.id]
