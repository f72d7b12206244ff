"""Local roles: groups that the platform keeps itself, for local people, through the same operations as an IdP's.

Law: nothing that a connection owns is changed here; where provisioning is enforced, no role appears here; and nobody is
in a local role but local people.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from muster.directory import create, modify
from muster.directory.delete import delete
from muster.directory.document import Document
from muster.directory.enforcement import require_unenforced
from muster.directory.local_users import DIALECT, local_request, refusing
from muster.directory.lookup import users_with
from muster.directory.organizations import Conflict, Refused
from muster.directory.ports import Database
from muster.directory.records import LOCAL_OWNER, Operation
from muster.directory.registers.registers import Registers
from muster.directory.roles import SourcedRole, role
from muster.directory.sources import LOCAL
from muster.directory.world import World
from muster.scim.dialect import Notes
from muster.scim.members import AddMembers, MemberRef, MemberStep, RemoveMembers
from muster.scim.validate import new_document

MOST_MEMBERS: Final = 200
"""How many members may be named at once."""

_NAME = "displayName"


async def create_local_role(database: Database, world: World, organization: int, name: str) -> SourcedRole:
    """Create a role of the platform's own. Raises Refused: provisioning is enforced; Conflict: one is called so."""
    await require_unenforced(database, organization)
    request = await local_request(database, world, organization)
    with refusing():
        body: Mapping[str, Any] = {_NAME: _checked(name)}
        incoming = new_document(request.access.schemas.group, dict(body), DIALECT, Notes())
        made = await create.create_group(request, incoming)
    return await role(database, organization, made.id)


async def rename_local_role(
    database: Database, world: World, organization: int, id: str, name: str
) -> SourcedRole:
    """Call a local role otherwise. Raises Missing, Refused; Conflict: an IdP has it, or another one is called so."""
    checked = _checked(name)

    def following(stored: Document) -> Document:
        return {**stored, _NAME: checked}

    return await _changed(database, world, organization, id, following, ())


async def add_local_member(
    database: Database, world: World, organization: int, id: str, user_name: str
) -> SourcedRole:
    """Put a local person into a local role, by userName. Raises Missing; Refused: no local person is called so."""
    users = await users_with(database, organization, "userName", user_name.strip(), owners=(LOCAL_OWNER,))
    if not users:
        raise Refused(f"There is no local person with the userName {user_name.strip()[:64]!r}.")
    return await _put_in(database, world, organization, id, users)


async def add_local_members(
    database: Database, world: World, organization: int, id: str, users: Sequence[str]
) -> SourcedRole:
    """Put local people into a local role, by the ids of their users, all of them or none.

    Raises Missing; Refused: too many, or one of them is no local person; Conflict: an IdP has the role.
    """
    _bounded(users)
    await _own(database, organization, id)

    async def operation(registers: Registers) -> None:
        for user in users:
            if await registers.users.get(user, (LOCAL_OWNER,)) is None:
                raise Refused(
                    f"There is no local person whose user has the id {user[:64]!r}; nothing was changed."
                )

    await database.consult(organization, operation)
    return await _put_in(database, world, organization, id, users)


async def _put_in(
    database: Database, world: World, organization: int, id: str, users: Sequence[str]
) -> SourcedRole:
    refs = tuple(MemberRef(user, "User") for user in users)
    return await _changed(database, world, organization, id, None, (AddMembers(refs),))


def _bounded(members: Sequence[str]) -> None:
    if not 0 < len(members) <= MOST_MEMBERS:
        raise Refused(f"Name from 1 to {MOST_MEMBERS} members.")


async def remove_local_members(
    database: Database, world: World, organization: int, id: str, members: Sequence[str]
) -> SourcedRole:
    """Take members out of a local role; who is not in it is no error. Raises Missing; Conflict: an IdP has it."""
    _bounded(members)
    return await _changed(database, world, organization, id, None, (RemoveMembers(tuple(members)),))


async def delete_local_role(database: Database, world: World, organization: int, id: str) -> None:
    """Delete a local role with its permissions. Raises Missing; Conflict: an IdP has it."""
    await _own(database, organization, id)
    request = await local_request(database, world, organization)
    with refusing():
        await delete(request, request.access.schemas.group, id, None)


async def _changed(
    database: Database,
    world: World,
    organization: int,
    id: str,
    following: modify.Next | None,
    steps: tuple[MemberStep, ...],
) -> SourcedRole:
    await _own(database, organization, id)
    request = await local_request(database, world, organization)
    with refusing():
        await modify.modify_group(request, id, following, steps, None, Operation.MODIFY)
    return await role(database, organization, id)


def _checked(name: str) -> str:
    """Return the name of a role. Raises Refused."""
    if not name.strip() or "\0" in name:
        raise Refused("A role needs a name, such as Support.")
    return name.strip()


async def _own(database: Database, organization: int, id: str) -> None:
    """Make sure that a role is the platform's own. Raises Missing; Conflict: an IdP has it."""
    found = await role(database, organization, id)
    if found.source != LOCAL:
        raise Conflict(f"This role is owned by the connection {found.source}: change the group in the IdP.")
