"""Roles: the groups of every source as the platform sees them, and the permissions that it gives them.

Law: permissions are the platform's alone. No IdP can give or take one, whatever it writes; they outlive every change of
the group but its deletion.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Final, NamedTuple

from muster.directory.document import dump
from muster.directory.organizations import Missing, Refused
from muster.directory.ports import Administration, Database
from muster.directory.records import Change, Operation
from muster.directory.registers.registers import Registers
from muster.directory.registers.roles import Permission, Place, Role, RoleMember
from muster.directory.sources import Sources, schemas_of, sources_of
from muster.directory.world import World
from muster.scim.schema import SchemaSet

PERMISSION: Final = "[a-z0-9][a-z0-9._:-]{0,99}"
MOST_PERMISSIONS: Final = 200
_PERMISSION: Final = re.compile(PERMISSION)


class SourcedRole(NamedTuple):
    """A role, and the source that its group is of: a connection's id, or `local`."""

    role: Role
    source: str


class Giving(NamedTuple):
    """What is to become of a role's permissions: what is added, what is taken; `anew`: all others are taken too."""

    added: Collection[str] = ()
    taken: Collection[str] = ()
    anew: bool = False


async def list_roles(
    database: Database, organization: int, source: str | None, after: Place | None, limit: int
) -> Sequence[SourcedRole]:
    """Return up to `limit` roles behind a place. Raises Missing: there is no such source."""
    schemas = await schemas_of(database, organization)

    async def operation(registers: Registers) -> Sequence[SourcedRole]:
        sources = await sources_of(registers, schemas)
        found = await registers.roles.list(sources.named(source), after, limit)
        return [SourcedRole(role, sources.name(role.owner)) for role in found]

    return await database.consult(organization, operation)


async def role(database: Database, organization: int, id: str) -> SourcedRole:
    """Return a role. Raises Missing."""
    schemas = await schemas_of(database, organization)
    return await database.consult(organization, lambda registers: _role(registers, schemas, id))


async def role_members(
    database: Database, organization: int, id: str, after: str | None, limit: int
) -> Sequence[RoleMember]:
    """Return up to `limit` direct members of a role behind a place, in an order that stays. Raises Missing."""
    schemas = await schemas_of(database, organization)

    async def operation(registers: Registers) -> Sequence[RoleMember]:
        found = await _role(registers, schemas, id)
        return await registers.roles.members(found.role, after, limit)

    return await database.consult(organization, operation)


async def list_permissions(
    database: Database, organization: int, after: str | None, limit: int
) -> Sequence[Permission]:
    """Return up to `limit` permissions that any role has, behind a name, in the order of names."""
    return await database.consult(organization, lambda registers: registers.roles.permissions(after, limit))


async def give_permissions(
    database: Database, world: World, organization: int, id: str, giving: Giving
) -> SourcedRole:
    """Change the permissions of a role, and return it as it is then. Raises Missing, Refused."""
    _check(giving)
    now, actor = world.clock(), world.actor()
    schemas = await schemas_of(database, organization)

    async def operation(administration: Administration) -> SourcedRole:
        registers = administration.registers
        found = await _role(registers, schemas, id)
        if not await registers.roles.hold(found.role):
            raise _unknown()
        before = (await _role(registers, schemas, id)).role.permissions
        after = _given(before, giving)
        if after != before:
            await _give(registers, id, before, after, now, world.author())
            change = Change(now, actor, Operation.MODIFY, "Role", id, None, _shown(before), _shown(after))
            await administration.record(change)
        return SourcedRole(found.role._replace(permissions=after), found.source)

    return await database.administer(organization, operation)


def _check(giving: Giving) -> None:
    for name in (*giving.added, *giving.taken):
        if _PERMISSION.fullmatch(name) is None:
            raise Refused(
                f"{name[:64]!r} is no name of a permission: it has up to 100 of a-z, 0-9, '.', '_', ':' and '-',"
                " such as billing.read."
            )


def _given(before: Sequence[str], giving: Giving) -> tuple[str, ...]:
    kept = () if giving.anew else before
    after = tuple(sorted({*kept, *giving.added} - set(giving.taken)))
    if len(after) > MOST_PERMISSIONS:
        raise Refused(f"A role has at most {MOST_PERMISSIONS} permissions.")
    return after


async def _give(
    registers: Registers, id: str, before: Sequence[str], after: Sequence[str], now: int, by: str
) -> None:
    for name in after:
        if name not in before:
            await registers.roles.allow(id, name, now, by)
    for name in before:
        if name not in after:
            await registers.roles.disallow(id, name)


def _shown(permissions: Sequence[str]) -> bytes:
    return dump({"permissions": permissions})


async def role_of(registers: Registers, sources: Sources, id: str) -> SourcedRole:
    """Return a role of one of the sources. Raises Missing."""
    found = await registers.roles.get(id, sources.owners)
    if found is None:
        raise _unknown()
    return SourcedRole(found, sources.name(found.owner))


async def _role(registers: Registers, schemas: SchemaSet, id: str) -> SourcedRole:
    return await role_of(registers, await sources_of(registers, schemas), id)


def _unknown() -> Missing:
    return Missing("There is no role with this id.")
