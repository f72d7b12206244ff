"""What a connection's attributes are mapped to: shown, tried on users that were really received, and changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from muster.directory.document import dump
from muster.directory.mapping import Mapped, MappingError, Profile, Source, checked, dumped, loaded
from muster.directory.organizations import Conflict, Refused
from muster.directory.ports import Administration, Database
from muster.directory.received import Received, received_paths
from muster.directory.records import Change, Connection, Operation
from muster.directory.registers.registers import Registers
from muster.directory.sources import schemas_of, sources_of
from muster.directory.world import World
from muster.scim.schema import SchemaSet

MOST_PREVIEWED: Final = 50


class Preview(NamedTuple):
    """A user that was received, with its profile as it is and as it would be."""

    user: str
    account: str
    before: Profile
    after: Profile


class UnusableMapping(Refused):
    """A mapping that cannot be used; `place` is the number of the entry that is at fault."""

    def __init__(self, error: MappingError) -> None:
        super().__init__(str(error))
        self.place = error.place


async def mapping_of(database: Database, organization: int, connection: str) -> tuple[Sequence[Source], bool]:
    """Return the mapping of a connection, and whether it is the default one. Raises Missing."""
    schemas = await schemas_of(database, organization)

    async def operation(registers: Registers) -> Connection:
        return (await sources_of(registers, schemas)).connection(connection)

    found = await database.consult(organization, operation)
    return loaded(found.mapping), found.mapping is None


async def preview_mapping(
    database: Database, organization: int, connection: str, proposed: Sequence[Source], limit: int
) -> Sequence[Preview]:
    """Return what a mapping would make of the users that a connection changed last; nothing is changed.

    Raises Missing, `UnusableMapping`.
    """
    schemas = await schemas_of(database, organization)
    mapped = Mapped(_usable(proposed, schemas), schemas.user)

    async def operation(registers: Registers) -> Sequence[Preview]:
        sources = await sources_of(registers, schemas)
        owner = sources.connection(connection).owner
        return [
            Preview(
                one.id,
                one.account,
                sources.profile(owner, one.document),
                mapped.profile(sources.user(one.document)),
            )
            for one in await registers.users.latest(owner, min(limit, MOST_PREVIEWED))
        ]

    return await database.consult(organization, operation)


async def received_attributes(database: Database, organization: int, connection: str) -> Sequence[Received]:
    """Return the attributes that the users whom a connection changed last really have. Raises Missing."""
    schemas = await schemas_of(database, organization)

    async def operation(registers: Registers) -> Sequence[Received]:
        sources = await sources_of(registers, schemas)
        owner = sources.connection(connection).owner
        latest = await registers.users.latest(owner, MOST_PREVIEWED)
        return received_paths([sources.user(one.document) for one in latest], schemas.user)

    return await database.consult(organization, operation)


async def settle_mapping(
    database: Database, world: World, organization: int, connection: str, proposed: Sequence[Source] | None
) -> Sequence[Source]:
    """Change what a connection's attributes are mapped to, from now on and for every user; None is the default.

    Returns the mapping. Raises Missing, Conflict: the connection is deleted; `UnusableMapping`.
    """
    schemas = await schemas_of(database, organization)
    after = None if proposed is None else dumped(_usable(proposed, schemas))
    now, actor = world.clock(), world.actor()

    async def operation(administration: Administration) -> None:
        before = await _live(administration, schemas, connection)
        if before.mapping == after:
            return
        await administration.registers.users.map(connection, after)
        states = (_shown(before.mapping), _shown(after))
        await administration.record(
            Change(now, actor, Operation.MODIFY, "Connection", connection, None, *states)
        )

    await database.administer(organization, operation)
    return loaded(after)


def _usable(proposed: Sequence[Source], schemas: SchemaSet) -> Sequence[Source]:
    try:
        return checked(proposed, schemas.user)
    except MappingError as error:
        raise UnusableMapping(error) from None


async def _live(administration: Administration, schemas: SchemaSet, id: str) -> Connection:
    found = (await sources_of(administration.registers, schemas)).connection(id)
    if found.deleted is not None:
        raise Conflict("The connection is deleted; what it left is mapped as it was.")
    return found


def _shown(mapping: str | None) -> bytes:
    return dump({"mapping": None if mapping is None else [one._asdict() for one in loaded(mapping)]})
