"""Connections beside each other in one database: each a side with users and groups of its own.

Law: what a test may see of a side is its answers, and its rows in the file.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import apsw

from muster.bootstrap import world as outside
from muster.directory.connections import create_connection
from muster.directory.organizations import add_schema, create_organization
from muster.directory.records import Connection
from tests.conformance.bodies import SCHEMA, attribute, enterprise_user, group
from tests.endpoint.asgi import Endpoint, Response

SCIM = b"application/scim+json"


class Call(NamedTuple):
    """One request: the path after the base URL as it stands, a JSON body, the parts of the query."""

    method: str
    path: str
    body: Any = None
    query: dict[str, str] | None = None
    headers: tuple[tuple[bytes, bytes], ...] = ()


@dataclass(frozen=True)
class Identity:
    """What a connection may be asked for that is another's, or nobody's."""

    user: str
    group: str
    user_name: str
    display_name: str
    external_id: str
    schema: str
    member: str  # a user in `group`
    users_cursor: str  # where a query of one user a page goes on
    groups_cursor: str

    def words(self) -> tuple[str, ...]:
        """Everything of it that can stand in an answer."""
        return (
            self.user,
            self.group,
            self.user_name,
            self.display_name,
            self.external_id,
            self.schema,
            self.member,
        )


def nobody() -> Identity:
    """An identity that is nobody's; each part as long as those that are somebody's."""
    word = uuid.uuid4().hex[:12]
    return Identity(
        str(uuid.uuid4()),
        str(uuid.uuid4()),
        f"user-{word}",
        f"group-{word}",
        f"external-{word}",
        f"urn:test:{word}:User",
        str(uuid.uuid4()),
        uuid.uuid4().hex * 4,
        uuid.uuid4().hex * 4,
    )


class Side:
    """One connection of one organization."""

    def __init__(self, endpoint: Endpoint, connection: Connection, api_key: str) -> None:
        self._endpoint = endpoint
        self.connection = connection
        self.api_key = api_key

    def send(self, call: Call, *, base: str | None = None, api_key: str | None = None) -> Response:
        """Send a request as this side; under another connection's base URL or with another key if one is given."""
        body = b"" if call.body is None else json.dumps(call.body).encode()
        query = "&".join(f"{name}={quote(value)}" for name, value in (call.query or {}).items())
        return self._endpoint.request(
            call.method,
            call.path.encode(),
            body,
            query.encode(),
            ((b"content-type", SCIM), *call.headers),
            api_key or self.api_key,
            base or self.connection.id,
        )

    def make(self, path: str, body: dict[str, Any]) -> str:
        """Create a resource; its id."""
        made = self.send(Call("POST", path, body))
        assert made.status == 201, made.body
        id: str = made.json["id"]
        return id

    def cursor(self, path: str) -> str:
        """The cursor after the first of this side's resources."""
        page = self.send(Call("GET", path, query={"cursor": "", "count": "1"}))
        text: str = page.json["nextCursor"]
        return text

    def crowd(self) -> str:
        """A new group of this side with one new member; its id."""
        return self.make("/Groups", group(self.person()))

    def person(self) -> str:
        """A new user of this side; its id."""
        return self.make("/Users", enterprise_user())


class World:
    """One database with two organizations, the first of which has two connections."""

    def __init__(self, directory: Path) -> None:
        self.endpoint = Endpoint(directory)
        self._database = self.endpoint.settings.database_path
        self.numbers = 0

    def organization(self) -> str:
        """A new organization's name."""
        self.numbers += 1
        name = f"organization-{self.numbers}"
        self.endpoint.run(create_organization(self.endpoint.database, outside(), name))
        return name

    def side(self, organization: str) -> Side:
        """A new connection of an organization."""
        made, _, key = self.endpoint.run(
            create_connection(self.endpoint.database, outside(), organization, "generic", strict=False)
        )
        return Side(self.endpoint, made, key.api_key)

    def inhabited(self, side: Side, organization: str) -> Identity:
        """Give a side a user with a manager, in a group in a group; a custom schema if its organization has none."""
        who = nobody()
        boss = side.person()
        body = enterprise_user(manager={"value": boss}, userName=who.user_name, externalId=who.external_id)
        user = side.make("/Users", body)
        crowd = side.make("/Groups", group(user, displayName=who.display_name))
        side.make("/Groups", group(crowd))
        return replace(
            who,
            user=user,
            group=crowd,
            member=user,
            schema=self.schema(organization, who.schema),
            users_cursor=side.cursor("/Users"),
            groups_cursor=side.cursor("/Groups"),
        )

    def schema(self, organization: str, urn: str) -> str:
        """Give an organization a custom schema; its URN."""
        document = {"schemas": [SCHEMA], "id": urn, "name": "Theirs", "description": "A custom schema"}
        attributes = [attribute("shade", type="string")]
        work = add_schema(
            self.endpoint.database, outside(), organization, document | {"attributes": attributes}
        )
        return self.endpoint.run(work)

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """What a statement finds in the file."""
        file = apsw.Connection(str(self._database))
        found: list[tuple[Any, ...]] = file.execute(sql, values).fetchall()
        file.close()
        return found

    def changes(self) -> int:
        """How many changes there are of anybody's."""
        ((count,),) = self.rows("SELECT count(*) FROM changes")
        return int(count)

    def state(self, side: Side) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of a side: what its connection owns, its credentials, the changes that it made."""
        number, owner, id = side.connection.organization, side.connection.owner, side.connection.id
        owned = {
            table: self.rows(
                f"SELECT * FROM {table} WHERE organization = ? AND owner = ? ORDER BY 1, 2, 3, 4",
                number,
                owner,
            )
            for table in self._tables("owner")
        }
        made = {
            table: self.rows(
                f"SELECT * FROM {table} WHERE organization = ? AND connection = ? ORDER BY 1, 2, 3",
                number,
                id,
            )
            for table in self._tables("connection")
            if table != "request_log"
        }
        return owned | made

    def whole(self, side: Side) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of a side's organization but the request log's."""
        return {
            table: self.rows(
                f"SELECT * FROM {table} WHERE organization = ? ORDER BY 1, 2, 3, 4",
                side.connection.organization,
            )
            for table in self._tables("organization")
            if table != "request_log"
        }

    def _tables(self, column: str) -> list[str]:
        found = self.rows(
            """SELECT s.name FROM sqlite_schema s JOIN pragma_table_info(s.name) c
               WHERE s.type = 'table' AND c.name = ? ORDER BY s.name""",
            column,
        )
        return [name for (name,) in found]
