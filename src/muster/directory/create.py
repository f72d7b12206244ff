"""Create a user or a group (RFC 7644 §3.3)."""

from __future__ import annotations

from typing import Any

from muster.directory.access import Request
from muster.directory.adoption import refuse_local_name
from muster.directory.document import dump
from muster.directory.membership import Membership
from muster.directory.ports import Transaction, Work
from muster.directory.records import Change, Operation, Row, StoredGroup, StoredUser
from muster.directory.restore import CANDIDATE, restored, returning
from muster.directory.rows import led, new_row
from muster.directory.verified import require_verified
from muster.scim.keys import entries
from muster.scim.members import AddMembers
from muster.scim.schema import ResourceType
from muster.scim.validate import Incoming


async def create_user(request: Request, incoming: Incoming) -> StoredUser:
    """Create the user with its account, or have a deleted one back, and return it. Raises Uniqueness."""
    return await request.access.store.write(user_creation(request, incoming, request.new_id()), single=True)


def user_creation(request: Request, incoming: Incoming, id: str) -> Work[StoredUser]:
    """Return the operation that creates the user with this new id and its account. It raises Uniqueness.

    Where the connection says that an externalId is always the same person, a deleted user with it comes back instead,
    under its own id. Otherwise the change names whoever was called the same as a candidate.
    """
    resource_type = request.access.schemas.user
    row = new_row(resource_type, id, incoming.document, request.now)
    account = request.new_id()

    async def operation(transaction: Transaction) -> StoredUser:
        await refuse_local_name(transaction, request, row.name_key)
        await require_verified(transaction, request, incoming.document)
        buried = await returning(transaction, request, row)
        if buried is not None:
            return await restored(transaction, request, buried, row, incoming.document)
        stored = StoredUser(0, row.id, row.version, row.created, row.last_modified, row.document)
        stored = await led(transaction, stored, row.manager, incoming.document)
        earlier = await transaction.insert("User", row, entries(resource_type, incoming.document))
        await transaction.add_account(account, row.id, row.active is not False, request.now)
        after = {**incoming.document, CANDIDATE: earlier} if earlier else incoming.document
        await _record(transaction, request, resource_type, row, after)
        return stored

    return operation


async def create_group(request: Request, incoming: Incoming) -> StoredGroup:
    """Create the group with its members, and return it. Raises Uniqueness, InvalidValue (an unknown member)."""
    operation = group_creation(request, incoming, request.new_id())
    return await request.access.store.write(operation, heavy=len(incoming.members or ()) > HEAVY_MEMBERS)


def group_creation(request: Request, incoming: Incoming, id: str) -> Work[StoredGroup]:
    """Return the operation that creates the group with this new id. It raises Uniqueness, InvalidValue."""
    resource_type = request.access.schemas.group
    row = new_row(resource_type, id, incoming.document, request.now)
    members = incoming.members or ()

    async def operation(transaction: Transaction) -> StoredGroup:
        await transaction.insert("Group", row, entries(resource_type, incoming.document))
        membership = Membership(transaction, row.id, request)
        if members:
            await membership.carry_out((AddMembers(members),))
        after = {**incoming.document, **membership.after()}
        await _record(transaction, request, resource_type, row, after)
        return StoredGroup(0, row.id, 1, row.created, row.last_modified, row.document, len(membership.added))

    return operation


HEAVY_MEMBERS = 500
"""More members than this in one request are not written on the event loop."""


async def _record(
    transaction: Transaction, request: Request, resource_type: ResourceType, row: Row, after: dict[str, Any]
) -> None:
    await transaction.record(
        Change(
            time=request.now,
            actor=request.actor,
            operation=Operation.CREATE,
            resource_type=resource_type.name,
            resource=row.id,
            version=row.version,
            before=None,
            after=dump(after),
        ),
        request.entry(row.id),
    )
