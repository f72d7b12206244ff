"""What an authenticated request may reach, and what a use case knows of the request it serves.

Law: an `Access` is made by `authenticate` alone and carries the only store: there is no way to data without one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from muster.directory.cursors import Cursors
from muster.directory.ports import NewId, Store
from muster.directory.records import LOCAL_OWNER, Actor, Connection, LogEntry, Organization
from muster.directory.switches import NOTHING_CHOSEN, Switches
from muster.scim.dialect import Dialect
from muster.scim.schema import SchemaSet


@dataclass(frozen=True, slots=True)
class Access:
    """One connection's view of its organization, opened by a credential for one request.

    It may rest on what was read for an earlier request: no answer that tells anything leaves before the store has
    confirmed it. `hidden` are the attributes whose values the request log does not keep, in lower case.
    `adoptable` is the store of the local users, where the connection may adopt them.
    """

    organization: Organization
    connection: Connection
    credential: str
    schemas: SchemaSet
    dialect: Dialect
    store: Store
    cursors: Cursors
    hidden: frozenset[str] = frozenset()
    switches: Switches = NOTHING_CHOSEN
    adoptable: Store | None = None


@dataclass(slots=True)
class Request:
    """One request as the use cases see it; `entry` makes the entry of the request log, about a resource's id.

    What the platform itself asks for has no entry: the request log is of what IdPs send.
    """

    access: Access
    id: str
    now: int
    new_id: NewId
    entry: Callable[[str], LogEntry | None]

    @property
    def actor(self) -> Actor:
        """Return who asks, for the change row; for the platform's own users no connection does."""
        connection = self.access.connection
        return Actor(
            None if connection.owner == LOCAL_OWNER else connection.id,
            self.access.credential or None,
            self.id,
        )
