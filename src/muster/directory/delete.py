"""Delete a user or a group (RFC 7644 §3.6): gone for SCIM, kept as a tombstone with its history for the platform."""

from __future__ import annotations

from muster.directory.access import Request
from muster.directory.condition import Condition, require
from muster.directory.document import dump, load
from muster.directory.lifecycle import remove_account
from muster.directory.modify import not_found
from muster.directory.ports import Transaction, Work
from muster.directory.records import Change, Operation
from muster.directory.rows import kind_of
from muster.scim.keys import entries
from muster.scim.schema import ResourceType


async def delete(request: Request, resource_type: ResourceType, id: str, condition: Condition | None) -> None:
    """Delete the resource: out of every group, its names free again, its account removed.

    Raises NotFound, PreconditionFailed.
    """
    await request.access.store.write(deletion(request, resource_type, id, condition))


def deletion(
    request: Request, resource_type: ResourceType, id: str, condition: Condition | None
) -> Work[None]:
    """Return the operation that deletes the resource; it raises as `delete` does."""
    kind = kind_of(resource_type)

    async def operation(transaction: Transaction) -> None:
        stored = await (transaction.user(id) if kind == "User" else transaction.group(id))
        if stored is None:
            raise not_found(kind, id)
        require(condition, stored.version)
        document = load(resource_type, stored.document)
        groups = await transaction.delete(kind, id, entries(resource_type, document), request.now)
        if kind == "User":
            await remove_account(transaction, id, request.now)
        before = document | ({"groups": list(groups)} if groups else {})
        await transaction.record(
            Change(
                request.now, request.actor, Operation.DELETE, kind, id, stored.version, dump(before), None
            ),
            request.entry(id),
        )

    return operation
