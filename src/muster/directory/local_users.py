"""Local users: those whom the platform keeps itself, through the same operations as an IdP's.

Law: nothing that a connection owns is changed here; and where provisioning is enforced, nobody appears here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final

from muster.directory import create, modify
from muster.directory.access import Access, Request
from muster.directory.cursors import Cursors
from muster.directory.delete import delete
from muster.directory.document import Document
from muster.directory.enforcement import require_unenforced
from muster.directory.identifiers import new_uuid
from muster.directory.organizations import Conflict, Missing, Refused, organization_numbered
from muster.directory.ports import Database
from muster.directory.records import LOCAL_OWNER, Connection, Operation, Scope
from muster.directory.sources import LOCAL, schemas_of
from muster.directory.users import KnownUser, user
from muster.directory.world import World
from muster.scim.dialect import STRICT, Notes
from muster.scim.errors import NotFound, ScimError, Uniqueness
from muster.scim.validate import new_document, read_body, replaced_document

# Whatever is not known is refused by name; only that the schemas need not be listed is a kindness.
_DIALECT: Final = replace(STRICT, missing_schemas=True, unlisted_extensions=True)


async def create_local_user(
    database: Database, world: World, organization: int, attributes: Mapping[str, Any]
) -> KnownUser:
    """Create a user of the platform's own, from its attributes in SCIM's form.

    Raises Refused: provisioning is enforced, or the attributes are not such; Conflict: another one has the name.
    """
    await require_unenforced(database, organization)
    request = await _request(database, world, organization)
    with _refusing():
        incoming = new_document(request.access.schemas.user, dict(attributes), _DIALECT, Notes())
        made = await create.create_user(request, incoming)
    return await user(database, organization, made.id)


async def replace_local_user(
    database: Database, world: World, organization: int, id: str, attributes: Mapping[str, Any]
) -> KnownUser:
    """Give a local user other attributes; `active` stays where it is not named. Raises as `create_local_user` does."""
    request = await _request(database, world, organization)
    resource_type = request.access.schemas.user
    with _refusing():
        incoming = read_body(resource_type, dict(attributes), _DIALECT, Notes())

    def following(stored: Document) -> Document:
        return replaced_document(resource_type, stored, incoming)

    return await _changed(database, request, organization, id, following, Operation.REPLACE)


async def activate_local_user(
    database: Database, world: World, organization: int, id: str, *, active: bool
) -> KnownUser:
    """Deactivate a local user, which revokes, or reactivate it. Raises Missing; Conflict: an IdP has it."""
    request = await _request(database, world, organization)

    def following(stored: Document) -> Document:
        return {**stored, "active": active}

    return await _changed(database, request, organization, id, following, Operation.MODIFY)


async def delete_local_user(database: Database, world: World, organization: int, id: str) -> None:
    """Delete a local user: its account is removed and revoked, its history kept. Raises Missing, Conflict."""
    await _own(database, organization, id)
    request = await _request(database, world, organization)
    with _refusing():
        await delete(request, request.access.schemas.user, id, None)


async def _changed(
    database: Database,
    request: Request,
    organization: int,
    id: str,
    following: modify.Next,
    operation: Operation,
) -> KnownUser:
    await _own(database, organization, id)
    with _refusing():
        await modify.modify_user(request, id, following, None, operation)
    return await user(database, organization, id)


@contextmanager
def _refusing() -> Iterator[None]:
    """Tell the refusals of SCIM in the words of management."""
    try:
        yield
    except ScimError as error:
        kinds: dict[int, type[Refused]] = {NotFound.status: Missing, Uniqueness.status: Conflict}
        raise kinds.get(error.status, Refused)(error.detail) from None


async def _own(database: Database, organization: int, id: str) -> None:
    """Make sure that a user is the platform's own. Raises Missing; Conflict: an IdP has it."""
    found = await user(database, organization, id)
    if found.source != LOCAL:
        raise Conflict(
            f"This user is owned by the connection {found.source}: change it in the IdP, which would undo it here."
        )


async def _request(database: Database, world: World, organization: int) -> Request:
    """Return a request for the platform's own users, asked for by whoever the world says."""
    found = await organization_numbered(database, organization)
    store = database.store(Scope(organization, LOCAL_OWNER), nested=found.nested)
    schemas = await schemas_of(database, organization)
    connection = Connection(organization, "", LOCAL_OWNER, LOCAL, strict=True, created=found.created)
    access = Access(
        found,
        connection,
        world.management_key or world.console_user or "",
        schemas,
        _DIALECT,
        store,
        Cursors(_no_cursor_key),
    )
    return Request(
        access, world.new_request_id(), world.clock(), lambda: new_uuid(world.random), lambda _: None
    )


def _no_cursor_key() -> bytes:
    raise AssertionError("the platform's own users are not queried through SCIM")
