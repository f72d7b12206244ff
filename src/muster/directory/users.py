"""The users of an organization over all sources, as they stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson

from muster.directory.accounts import Asked, wanted
from muster.directory.organizations import Missing
from muster.directory.ports import Database
from muster.directory.registers.registers import Registers
from muster.directory.registers.roles import Place
from muster.directory.registers.users import SourcedUser
from muster.directory.sources import Sources, schemas_of, sources_of


class KnownUser(NamedTuple):
    """A user with its attributes in SCIM's form, and the source that it is of: a connection's id, or `local`."""

    user: SourcedUser
    attributes: dict[str, Any]
    source: str


async def list_users(
    database: Database, organization: int, asked: Asked, after: Place | None, limit: int
) -> Sequence[KnownUser]:
    """Return up to `limit` users behind a place, in the order of sources and ids. Raises Missing, Refused."""
    schemas = await schemas_of(database, organization)

    async def operation(registers: Registers) -> Sequence[KnownUser]:
        sources = await sources_of(registers, schemas)
        found = await registers.users.list(wanted(sources, asked), after, limit)
        return [_known(sources, user) for user in found]

    return await database.consult(organization, operation)


async def user(database: Database, organization: int, id: str) -> KnownUser:
    """Return a user. Raises Missing: it is not here, or it is gone."""
    schemas = await schemas_of(database, organization)

    async def operation(registers: Registers) -> KnownUser:
        sources = await sources_of(registers, schemas)
        found = await registers.users.get(id, sources.owners)
        if found is None:
            raise Missing("There is no user with this id.")
        return _known(sources, found)

    return await database.consult(organization, operation)


def _known(sources: Sources, found: SourcedUser) -> KnownUser:
    return KnownUser(found, orjson.loads(found.document), sources.name(found.owner))
