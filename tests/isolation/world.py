"""Connections beside each other in one database: each a side with users and groups of its own.

Law: what a test may see of a side is its answers, and its rows in the database.
"""

from __future__ import annotations

import json
import secrets
import uuid
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from muster.bootstrap import world as outside
from muster.directory.connections import create_connection
from muster.directory.identifiers import new_organization, new_public_id
from muster.directory.organizations import create_organization, organization_named
from muster.directory.records import Connection
from muster.directory.schemas import add_schema
from tests.conformance.bodies import SCHEMA, attribute, enterprise_user, group
from tests.conformance.bulking import delete, request
from tests.endpoint.asgi import Endpoint, Response
from tests.isolation.behind import Behind, BehindPostgres, BehindSqlite, Rows

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
    connection: str
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
            self.connection,
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
        new_public_id(new_organization(secrets.token_bytes), secrets.token_bytes),
        uuid.uuid4().hex * 4,
        uuid.uuid4().hex * 4,
    )


class Side:
    """One connection of one organization."""

    def __init__(self, endpoint: Endpoint, connection: Connection, api_key: str) -> None:
        self._endpoint = endpoint
        self.connection = connection
        self.api_key = api_key
        self._lent: list[str] = []

    def send(self, call: Call, *, base: str | None = None, api_key: str | None = None) -> Response:
        """Send a request as this side; under another connection's base URL ("": the common one) or with another key."""
        body = b"" if call.body is None else json.dumps(call.body).encode()
        query = "&".join(f"{name}={quote(value)}" for name, value in (call.query or {}).items())
        return self._endpoint.request(
            call.method,
            call.path.encode(),
            body,
            query.encode(),
            ((b"content-type", SCIM), *call.headers),
            api_key or self.api_key,
            self.connection.id if base is None else base,
        )

    def make(self, path: str, body: dict[str, Any]) -> str:
        """Create a resource; its id."""
        made = self.send(Call("POST", path, body))
        assert made.status == 201, made.body
        id: str = made.json["id"]
        return id

    def tidy(self, *paths: str) -> None:
        """Delete what was made for a single attempt, and what these paths or locations name."""
        gone = [*(path.partition("/v2")[2] or path for path in paths), *self._lent]
        self._lent = []
        if gone:
            self.send(Call("POST", "/Bulk", request(*(delete(path) for path in gone))))

    def cursor(self, path: str) -> str:
        """The cursor after the first of this side's resources."""
        page = self.send(Call("GET", path, query={"cursor": "", "count": "1"}))
        text: str = page.json["nextCursor"]
        return text

    def crowd(self) -> str:
        """A new group of this side with one new member, until it tidies up; its id."""
        id = self.make("/Groups", group(self.person()))
        self._lent.append(f"/Groups/{id}")
        return id

    def person(self) -> str:
        """A new user of this side, until it tidies up; its id."""
        id = self.make("/Users", enterprise_user())
        self._lent.append(f"/Users/{id}")
        return id


class World:
    """One database with organizations that have connections; a new SQLite file in a folder, or an empty PostgreSQL."""

    def __init__(self, folder: Path, url: str | None = None, **settings: Any) -> None:
        self.endpoint = Endpoint(folder, **({} if url is None else {"database": url}), **settings)
        self.behind: Behind = (
            BehindSqlite(str(self.endpoint.settings.database_path))
            if url is None
            else BehindPostgres(url, self.endpoint.run)
        )
        self.numbers = 0

    def close(self) -> None:
        """Close the database."""
        self.behind.close()
        self.endpoint.close()

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
        """Give a side a user with and as a manager, in a group in a group, and a custom schema to its organization.

        The user and the group have each name and identifier that the identity says.
        """
        who = replace(nobody(), connection=side.connection.id)
        self.schema(organization, who.schema)
        boss = side.make("/Users", enterprise_user())
        names = {"userName": who.user_name, "externalId": who.external_id, "displayName": who.display_name}
        more = {who.schema: {"shade": "red"}}
        user = side.make("/Users", enterprise_user(manager={"value": boss}) | names | more)
        side.make("/Users", enterprise_user(manager={"value": user}))
        crowd = side.make("/Groups", group(user, displayName=who.display_name, externalId=who.external_id))
        side.make("/Groups", group(crowd))
        cursors = {"users_cursor": side.cursor("/Users"), "groups_cursor": side.cursor("/Groups")}
        return replace(who, user=user, group=crowd, member=user, **cursors)

    def schema(self, organization: str, urn: str) -> None:
        """Give an organization a custom schema."""
        document = {"schemas": [SCHEMA], "id": urn, "name": "Theirs", "description": "A custom schema"} | {
            "resourceType": "User"
        }
        attributes = [attribute("shade", type="string")]
        database, run = self.endpoint.database, self.endpoint.run
        number = run(organization_named(database, organization)).organization
        run(add_schema(database, outside(), number, document | {"attributes": attributes}))

    def changes(self, side: Side) -> int:
        """How many changes a side has made."""
        number, id = side.connection.organization, side.connection.id
        return sum(row[0] == "changes" for row in self.behind.rows(organization=number, connection=id))

    def state(self, side: Side) -> Rows:
        """Every row of a side: what its connection owns, its credentials, the changes that it made."""
        number, owner, id = side.connection.organization, side.connection.owner, side.connection.id
        owned = self.behind.rows(organization=number, owner=owner)
        return owned + self.behind.rows(organization=number, connection=id)

    def whole(self, side: Side) -> Rows:
        """Every row of a side's organization but the request log's."""
        return self.behind.rows(organization=side.connection.organization)
