"""Administrators lose their permission by a group, too: by leaving it, or with it.

Law: SCIM's groups follow the IdP. An account keeps the role that it was an administrator by where nobody else would be
one, until somebody has decided; where the role itself is deleted there is nothing to keep, and only an alert opens.
"""

from __future__ import annotations

from collections.abc import Collection

from muster.directory.access import Request
from muster.directory.alerting import alert
from muster.directory.document import dump
from muster.directory.lifecycle import protected_permission
from muster.directory.ports import Transaction
from muster.directory.records import Change, Operation


async def members_left(
    transaction: Transaction, request: Request, role: str, members: Collection[str]
) -> Collection[Change]:
    """Look whether administrators are left now that these members are in a group no more; return what is to be told."""
    permission = protected_permission(request)
    if permission is None or not members:
        return ()
    registers, owner = transaction.registers, request.access.connection.owner
    await registers.organization.hold()
    await registers.held.release(role, members)
    if await registers.administrators.are_there(permission):
        return ()
    kept = await registers.administrators.among(permission, role, owner, members)
    if not kept:
        return ()
    id, changes = await alert(transaction, request, "last_administrator", len(kept))
    told = list(changes)
    for user, account in kept:
        await registers.held.hold(id, owner, user, (role,), request.now)
        after = dump({"role": role, "user": user, "alert": id})
        told.append(Change(request.now, request.actor, Operation.HOLD, "Account", account, None, None, after))
    return told


async def are_there(transaction: Transaction, request: Request) -> bool:
    """Tell whether there are administrators who could be lost."""
    permission = protected_permission(request)
    return permission is not None and await transaction.registers.administrators.are_there(permission)


async def role_deleted(transaction: Transaction, request: Request) -> Collection[Change]:
    """Look whether administrators are left now that a group is gone, as there were; return what is to be told.

    The group's change is recorded before: who deletes another role at the same moment is looked at after this one.
    """
    if await are_there(transaction, request):
        return ()
    _, changes = await alert(transaction, request, "last_administrator", 1)
    return changes
