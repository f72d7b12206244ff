"""The endpoint with a connection whose switches and state are changed as an operator does, and what is behind it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from muster.bootstrap import world
from muster.directory.connections import Settling, settle_connection
from muster.directory.records import LOCAL_OWNER, Connection, Scope
from muster.scim.catalog import builtin
from tests.endpoint.asgi import Endpoint, Response
from tests.harness.inside import rows
from tests.idp.setting import GROUP, PATCH_OP, USER
from tests.store.scene import Scene, Side

__all__ = ["GROUP", "PATCH_OP", "USER", "Switched"]


class Switched(Endpoint):
    """One connection, and what it is switched to."""

    def __init__(self, directory: Path, **settings: Any) -> None:
        super().__init__(directory, **settings)
        self._closed = False
        self._place: Any = settings.get("database", directory / "muster.db")

    def close(self) -> None:
        """Close the database and the loop, if they are open."""
        if not self._closed:
            self._closed = True
            super().close()

    @property
    def local(self) -> Side:
        """Return the local side of the organization, which no connection has."""
        scope = Scope(self.organization, LOCAL_OWNER)
        itself: Any = self  # which runs what it is given
        scene = Scene(itself.database, itself)
        return Side(scene, scope, self.database.store(scope, nested=True), builtin())

    def settle(self, connection: str = "", **settled: Any) -> Connection:
        """Change what is settled for the connection."""
        id = connection or self.connection_id
        return self.run(settle_connection(self.database, world(), id, Settling(**settled), confirmed=True))

    def switch(self, **switches: Any) -> None:
        """Change switches of the connection."""
        self.settle(switches=switches)

    def send(self, method: str, path: str, body: Any = None, **more: Any) -> Response:
        """Send a request with a JSON body."""
        route, _, query = path.partition("?")
        sent = b"" if body is None else json.dumps(body).encode()
        return self.request(
            method, route.encode(), sent, query.replace(" ", "%20").replace('"', "%22").encode(), **more
        )

    def create(self, user_name: str, **attributes: Any) -> Response:
        """POST a user."""
        return self.send("POST", "/Users", {"schemas": [USER], "userName": user_name, **attributes})

    def group(self, name: str, *members: str) -> Response:
        """POST a group."""
        listed = [{"value": member} for member in members]
        return self.send("POST", "/Groups", {"schemas": [GROUP], "displayName": name, "members": listed})

    def patch(self, path: str, **values: Any) -> Response:
        """PATCH by one `replace` without a path."""
        operations = [{"op": "replace", "value": values}]
        return self.send("PATCH", path, {"schemas": [PATCH_OP], "Operations": operations})

    def look_up(self, user_name: str) -> list[str]:
        """Return the ids that a look-up by userName finds."""
        found = self.send("GET", f'/Users?filter=userName eq "{user_name}"')
        assert found.status == 200, found.body
        return [one["id"] for one in found.json["Resources"]]

    def ask(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Look into the database behind the server's back."""
        return rows(self._place, sql, *values)
