"""An endpoint of either store, and the request logs of its organizations as they find them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from muster.bootstrap import world
from muster.directory.connections import create_connection
from muster.directory.organizations import create_organization
from muster.directory.registers.requests import Sought
from muster.directory.requests import Shown, search_requests
from tests.conformance.bodies import operation
from tests.endpoint.asgi import Endpoint, Response

SCIM = ((b"content-type", b"application/scim+json"), (b"user-agent", b"Okta SCIM Client 1.0.0"))


class Log:
    """An endpoint, and what its organizations find in their logs; everything is written when it is looked for."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.endpoint = Endpoint(folder, **settings)
        self.database = self.endpoint.database

    def send(self, method: str, path: str, body: Any = None, query: str = "", **more: Any) -> Response:
        """Send a request as the first connection, unless `api_key` and `connection_id` say otherwise."""
        sent = b"" if body is None else json.dumps(body).encode()
        return self.endpoint.request(method, path.encode(), sent, query.encode(), SCIM, **more)

    def search(
        self, organization: int | None = None, person: str | None = None, limit: int = 50, **sought: Any
    ) -> list[Shown]:
        """What an organization finds, the first one's unless another is named."""
        number = organization or self.endpoint.organization
        self.flush()
        return self.endpoint.run(
            search_requests(self.database, number, Sought(**sought), limit=limit, person=person)
        )

    def flush(self) -> None:
        """Have written what waits."""
        database: Any = self.database
        self.endpoint.run(database._refusals._flush())
        self.endpoint.run(database._log.flush())

    def organization(self, name: str) -> tuple[int, str, str]:
        """Another organization: its number, its connection's id and API key."""
        self.endpoint.run(create_organization(self.database, world(), name))
        made, _, key = self.endpoint.run(
            create_connection(self.database, world(), name, "okta", strict=False)
        )
        return made.organization, made.id, key.api_key


def patch(*given: Any) -> dict[str, Any]:
    """The body of a PATCH with one operation."""
    return {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation(*given)]}
