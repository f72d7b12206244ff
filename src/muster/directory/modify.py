"""Modify (PATCH) and replace (PUT) a user or a group (RFC 7644 §3.5).

Law: one transaction; the next document is a pure function of the stored one; equal means nothing is written: version,
lastModified and change sequence stand still.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from muster.directory.access import Request
from muster.directory.adoption import refuse_another, refuse_local_name, user_to_write
from muster.directory.condition import Condition, require
from muster.directory.create import HEAVY_MEMBERS
from muster.directory.document import Document, difference, dump, load
from muster.directory.last_administrator import members_left
from muster.directory.lifecycle import follow_active
from muster.directory.membership import Membership
from muster.directory.ports import Store, Transaction, Work
from muster.directory.records import Change, Operation, StoredGroup, StoredUser
from muster.directory.rows import entry_difference, led, next_row, stored_user
from muster.directory.verified import require_verified
from muster.scim.effort import Allowance
from muster.scim.errors import NotFound
from muster.scim.members import (
    AddMembers,
    ExpectMembers,
    MemberStep,
    RemoveMatching,
    RemoveMembers,
    ReplaceMembers,
)
from muster.scim.schema import ENTERPRISE_USER

Next = Callable[[Document], Document]
"""The pure part of a modification: the stored document to the one that is to be."""


def not_found(kind: str, id: str) -> NotFound:
    """Return the one answer for an id that is unknown, deleted, or another organization's."""
    return NotFound(f"There is no {kind} with the id {id[:64]!r}.", code=f"{kind.lower()}-unknown")


async def modify_user(
    request: Request, id: str, next_document: Next, condition: Condition | None, operation: Operation
) -> StoredUser:
    """Change a user and return it as it is then.

    Raises NotFound, PreconditionFailed, Uniqueness, and what `next_document` raises.
    """
    work = user_modification(request, id, next_document, condition, operation)
    return await request.access.store.write(work, single=True)


def user_modification(
    request: Request, id: str, next_document: Next, condition: Condition | None, operation: Operation
) -> Work[StoredUser]:
    """Return the operation that changes a user; it raises as `modify_user` does."""
    resource_type = request.access.schemas.user

    async def work(transaction: Transaction) -> StoredUser:
        found = await user_to_write(transaction, request, id, with_groups=True)
        if found is None:
            raise not_found("User", id)
        stored = found.user
        require(condition, stored.version)
        before = load(resource_type, stored.document)
        after = next_document(before)
        if found.adopted:
            refuse_another(before, after)
        if after == before:
            await transaction.log(request.entry(id))
            return stored
        row = next_row(resource_type, stored, after, request.now)
        if before["userName"] != after["userName"]:
            await refuse_local_name(transaction, request, row.name_key)
        await require_verified(transaction, request, after)
        if _manager(before) != _manager(after):
            stored = await led(transaction, stored, row.manager, after)
        removed, added = entry_difference(resource_type, before, after)
        await transaction.update("User", row, removed, added)
        following = await follow_active(transaction, request, id, before, after)
        change = _change(request, operation, "User", id, row.version, difference(before, after))
        await transaction.record(change, request.entry(id))
        for change in following:
            await transaction.record(change)
        return stored_user(row, stored)

    return work


def _manager(document: Document) -> Any:
    return document.get(ENTERPRISE_USER, {}).get("manager")


async def modify_group(
    request: Request,
    id: str,
    next_document: Next | None,
    steps: tuple[MemberStep, ...],
    condition: Condition | None,
    operation: Operation,
) -> StoredGroup:
    """Change a group and its members and return it; without `next_document` only members change.

    Raises NotFound, PreconditionFailed, Uniqueness, InvalidValue for an unknown member, PayloadTooLarge, and as
    `next_document`.
    """
    store = request.access.store
    work = group_modification(request, id, next_document, steps, condition, operation)
    return await store.write(work, heavy=await _is_heavy(store, id, steps))


def group_modification(
    request: Request,
    id: str,
    next_document: Next | None,
    steps: tuple[MemberStep, ...],
    condition: Condition | None,
    operation: Operation,
    allowance: Allowance | None = None,
) -> Work[StoredGroup]:
    """Return the operation that changes a group; it raises as `modify_group` does.

    `allowance` is what it shares with the other PATCHes of its request.
    """

    async def work(transaction: Transaction) -> StoredGroup:
        stored = await transaction.group(id)
        if stored is None:
            raise not_found("Group", id)
        require(condition, stored.version)
        update = _GroupUpdate(transaction, request, stored, allowance)
        if next_document is not None:
            await update.document(next_document)
        await update.members(steps)
        return await update.finish(operation)

    return work


async def _is_heavy(store: Store, group: str, steps: tuple[MemberStep, ...]) -> bool:
    """Whether the steps may touch many rows: those of the members they name, or of all that the group has."""
    named = 0
    for step in steps:
        match step:
            case AddMembers() | ReplaceMembers():
                named += len(step.refs)
            case RemoveMembers() | ExpectMembers():
                named += len(step.ids)
    if named <= HEAVY_MEMBERS and any(isinstance(step, ReplaceMembers | RemoveMatching) for step in steps):
        stored = await store.group(group)
        return stored is not None and stored.members > HEAVY_MEMBERS
    return named > HEAVY_MEMBERS


class _GroupUpdate:
    """One modification of a group: its document, its members, then one version and one change for both."""

    def __init__(
        self, transaction: Transaction, request: Request, stored: StoredGroup, allowance: Allowance | None
    ) -> None:
        self._transaction = transaction
        self._request = request
        self._stored = stored
        self._membership = Membership(transaction, stored.id, request, allowance)
        self._before: Document = {}
        self._after: Document = {}

    async def document(self, next_document: Next) -> None:
        resource_type = self._request.access.schemas.group
        before = load(resource_type, self._stored.document)
        after = next_document(before)
        if after == before:
            return
        row = next_row(resource_type, self._stored, after, self._request.now)
        removed, added = entry_difference(resource_type, before, after)
        await self._transaction.update("Group", row, removed, added)
        self._before, self._after = difference(before, after)
        self._stored = self._stored._replace(
            version=row.version, last_modified=row.last_modified, document=row.document
        )

    async def members(self, steps: tuple[MemberStep, ...]) -> None:
        await self._membership.carry_out(steps)
        membership = self._membership
        if membership.changed and not (self._before or self._after):
            version = await self._transaction.touch_group(self._stored.id, self._request.now)
            self._stored = self._stored._replace(version=version, last_modified=self._request.now)
        count = self._stored.members + len(membership.added) - len(membership.removed)
        self._stored = self._stored._replace(members=count)

    async def finish(self, operation: Operation) -> StoredGroup:
        before = self._before | self._membership.before()
        after = self._after | self._membership.after()
        id, version = self._stored.id, self._stored.version
        entry = self._request.entry(id)
        if before or after:
            change = _change(self._request, operation, "Group", id, version, (before, after))
            await self._transaction.record(change, entry)
        else:
            await self._transaction.log(entry)
        for change in await members_left(
            self._transaction, self._request, self._stored.id, self._membership.removed
        ):
            await self._transaction.record(change)
        return self._stored


def _change(
    request: Request,
    operation: Operation,
    resource_type: str,
    id: str,
    version: int,
    states: tuple[Document, Document],
) -> Change:
    before, after = states
    return Change(
        time=request.now,
        actor=request.actor,
        operation=operation,
        resource_type=resource_type,
        resource=id,
        version=version,
        before=dump(before),
        after=dump(after),
    )
