"""Delete a user or a group (RFC 7644 §3.6): gone for SCIM, kept as a tombstone with its history for the platform."""

from __future__ import annotations

from collections.abc import Collection

from muster.directory.access import Request
from muster.directory.adoption import user_to_write
from muster.directory.condition import Condition, require
from muster.directory.document import dump, load
from muster.directory.last_administrator import are_there, role_deleted
from muster.directory.lifecycle import Ending, end_account, keep_roles
from muster.directory.modify import not_found
from muster.directory.ports import Transaction, Work
from muster.directory.records import Change, Kind, Operation, Stored
from muster.directory.rows import kind_of
from muster.scim.keys import entries
from muster.scim.schema import ResourceType


async def delete(request: Request, resource_type: ResourceType, id: str, condition: Condition | None) -> None:
    """Delete the resource: out of every group, its names free again, its account removed.

    The account of a user may be held instead (`muster.directory.lifecycle`). Raises NotFound, PreconditionFailed.
    """
    await request.access.store.write(deletion(request, resource_type, id, condition))


def deletion(
    request: Request, resource_type: ResourceType, id: str, condition: Condition | None
) -> Work[None]:
    """Return the operation that deletes the resource; it raises as `delete` does."""
    kind = kind_of(resource_type)

    async def operation(transaction: Transaction) -> None:
        stored: Stored | None = None
        if kind == "Group":
            stored = await transaction.group(id)
        elif written := await user_to_write(transaction, request, id):
            stored = written.user
        if stored is None:
            raise not_found(kind, id)
        require(condition, stored.version)
        document = load(resource_type, stored.document)
        parting = _Parting(transaction, request, kind, id)
        await parting.begin()
        groups = await transaction.delete(kind, id, entries(resource_type, document), request.now)
        before = document | ({"groups": list(groups)} if groups else {})
        await transaction.record(
            Change(
                request.now, request.actor, Operation.DELETE, kind, id, stored.version, dump(before), None
            ),
            request.entry(id),
        )
        for change in await parting.end(groups):
            await transaction.record(change)

    return operation


class _Parting:
    """What ends with a resource: a user's account, and perhaps the last administrators' role."""

    def __init__(self, transaction: Transaction, request: Request, kind: Kind, id: str) -> None:
        self._transaction = transaction
        self._request = request
        self._kind = kind
        self._id = id
        self._ending = Ending()
        self._administrators = False

    async def begin(self) -> None:
        """End the account while the user is still in its groups; of a group, see whether there are administrators."""
        if self._kind == "User":
            self._ending = await end_account(self._transaction, self._request, self._id, "removed")
        else:
            self._administrators = await are_there(self._transaction, self._request)

    async def end(self, groups: Collection[str]) -> Collection[Change]:
        """Keep what is kept, now that the resource is out of these groups; return the changes that are to follow."""
        if self._kind == "User":
            await keep_roles(self._transaction, self._request, self._id, self._ending, groups)
            return self._ending.changes
        return await role_deleted(self._transaction, self._request) if self._administrators else ()
