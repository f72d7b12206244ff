"""The sources of an organization's users and groups: its connections, and the platform's own hand, called `local`.

Law: whatever is owned by a connection is changed through that connection alone; elsewhere it is read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import orjson

from muster.directory.authenticate import custom_schemas
from muster.directory.document import Document, load
from muster.directory.mapping import Mapped, Profile, loaded
from muster.directory.organizations import Missing
from muster.directory.ports import Database
from muster.directory.records import LOCAL_OWNER, Connection
from muster.directory.registers.registers import Registers
from muster.scim.catalog import builtin, with_extensions
from muster.scim.schema import SchemaSet

LOCAL: Final = "local"
_NOBODY: Final = Profile({}, ())


@dataclass(frozen=True, slots=True)
class Sources:
    """The connections of an organization by the number that their rows carry, and the schemas that hold in it."""

    connections: dict[int, Connection]
    schemas: SchemaSet
    _mapped: dict[int, Mapped] = field(default_factory=dict)

    @property
    def owners(self) -> Sequence[int]:
        """Return the numbers of all sources."""
        return (LOCAL_OWNER, *self.connections)

    def name(self, owner: int) -> str:
        """Return what a source is called: the id of a connection, or `local`."""
        return self.connections[owner].id if owner in self.connections else LOCAL

    def named(self, source: str | None) -> Sequence[int]:
        """Return the numbers of the source of that name, or of all. Raises Missing."""
        if source is None:
            return self.owners
        if source == LOCAL:
            return (LOCAL_OWNER,)
        return (self.connection(source).owner,)

    def connection(self, id: str) -> Connection:
        """Return a connection. Raises Missing."""
        for connection in self.connections.values():
            if connection.id == id:
                return connection
        raise Missing("There is no connection with this id; `muster connection list` shows them.")

    def profile(self, owner: int, document: bytes | None) -> Profile:
        """Return the profile that the source's mapping makes of a user's stored document; None: it was purged."""
        if document is None:
            return _NOBODY
        return self._mapping(owner).profile(self.user(document))

    def user(self, document: bytes) -> Document:
        """Return a user's stored document."""
        return load(self.schemas.user, document)

    def _mapping(self, owner: int) -> Mapped:
        if owner not in self._mapped:
            connection = self.connections.get(owner)
            sources = loaded(connection.mapping if connection else None)
            self._mapped[owner] = Mapped(sources, self.schemas.user)
        return self._mapped[owner]


async def schemas_of(database: Database, organization: int) -> SchemaSet:
    """Return the schemas that hold in an organization."""
    custom = await custom_schemas(database, organization)
    return with_extensions(builtin(), custom) if custom else builtin()


async def connections_by_id(database: Database, organization: int) -> Mapping[str, Connection]:
    """Return the connections of an organization by their ids, those that are deleted too, oldest first."""
    found = await database.consult(organization, lambda registers: registers.accounts.connections())
    return {one.id: one for one in found}


async def sources_of(registers: Registers, schemas: SchemaSet) -> Sources:
    """Return the sources of the organization that the registers are of."""
    connections = await registers.accounts.connections()
    return Sources({one.owner: one for one in connections}, schemas)


def label_of(document: bytes) -> str | None:
    """Return what people call a user or a group, from its stored document: displayName, else userName."""
    stored: Mapping[str, str] = orjson.loads(document)
    return stored.get("displayName") or stored.get("userName")


def name_of(document: bytes) -> str:
    """Return what a group is called, from its stored document."""
    return str(orjson.loads(document).get("displayName", ""))
