"""Changes and requests as somebody reads them: with what the users and groups are called, and whose IdP it was.

Law: as many statements for one change as for many.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from muster.directory.ports import Database
from muster.directory.records import LOCAL_OWNER, Connection, LogEntry
from muster.directory.registers.changes import Numbered
from muster.directory.registers.names import Known
from muster.directory.registers.registers import Registers
from muster.directory.registers.roles import Place
from muster.directory.sources import label_of

_GROUPS: Final = {"Group", "Role"}
_MOST_PLACES: Final = 1000


class Called(NamedTuple):
    """What a user or group is called, or was; `there`: it has not been deleted since."""

    name: str
    there: bool


class Trail(NamedTuple):
    """Some changes, the names of those of their resources that have one, and the organization's connections by id."""

    changes: Sequence[Numbered]
    names: Mapping[str, Called]
    connections: Mapping[str, Connection]


async def latest_trail(
    database: Database, organization: int, before: int | None, resource: str | None, limit: int
) -> Trail:
    """Return up to `limit` changes before a number, or the latest, newest first; of one resource where it is named."""

    async def operation(registers: Registers) -> Trail:
        return await _trail(registers, await registers.changes.before(before, resource, limit))

    return await database.consult(organization, operation)


async def trail_of(database: Database, organization: int, sequences: Sequence[int]) -> Trail:
    """Return the changes of these numbers, in their order; those that there are."""

    async def operation(registers: Registers) -> Trail:
        return await _trail(registers, await registers.changes.numbered(sequences))

    return await database.consult(organization, operation)


async def names_in_log(
    database: Database, organization: int, entries: Sequence[LogEntry], connections: Mapping[str, Connection]
) -> Mapping[str, Called]:
    """Return what the users and groups are called, or were, that entries of the request log are about, by their ids."""
    about = {one.resource: connections.get(one.connection) for one in entries if one.resource is not None}
    places = [Place(one.owner, id) for id, one in about.items() if one is not None]

    async def operation(registers: Registers) -> Sequence[Known]:
        return [*await registers.names.users([*about]), *await registers.names.groups(places)]

    return _by_id(await database.consult(organization, operation))


async def _trail(registers: Registers, changes: Sequence[Numbered]) -> Trail:
    connections = {one.id: one for one in await registers.accounts.connections()}
    users, accounts = (
        [*dict.fromkeys(one.change.resource for one in changes if one.change.resource_type == kind)]
        for kind in ("User", "Account")
    )
    found = [*await registers.names.users(users, accounts)]
    found += await registers.names.groups(_places(changes, connections))
    return Trail(changes, _by_id(found), connections)


def _by_id(found: Sequence[Known]) -> Mapping[str, Called]:
    return {one.id: called for one in found if (called := _called(one))}


def _places(changes: Sequence[Numbered], connections: Mapping[str, Connection]) -> list[Place]:
    """Return where the groups may be that changes are of: at the connection that made one, else at any source."""
    every = [LOCAL_OWNER, *(one.owner for one in connections.values())]
    places: dict[Place, None] = {}
    for one in (one.change for one in changes if one.change.resource_type in _GROUPS):
        connection = connections.get(one.actor.connection or "")
        owners = every if connection is None else [connection.owner]
        places.update(dict.fromkeys(Place(owner, one.resource) for owner in owners))
    return [*places][:_MOST_PLACES]


def _called(known: Known) -> Called | None:
    name = label_of(known.document) if known.document else None
    return Called(name, known.there) if name else None
