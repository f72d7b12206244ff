"""Having a deleted user back as the same person: the same id, account and history, and nothing of what was revoked.

Law: a user comes back only where the connection says that its externalId is never given to somebody else. Whatever was
issued before stays dead, and the memberships of before stay gone; only those that were asked for in the meantime, and
had to wait, take hold.
"""

from __future__ import annotations

from typing import Final

from muster.directory.access import Request
from muster.directory.document import Document, dump
from muster.directory.ports import Transaction
from muster.directory.records import Buried, Change, Operation, Row, StoredUser
from muster.directory.rows import led
from muster.scim.keys import entries

CANDIDATE: Final = "candidate"
"""Where the change of a new user names the deleted one who was called the same: no attribute of SCIM's."""


async def returning(transaction: Transaction, request: Request, row: Row) -> Buried | None:
    """Return the deleted user who comes back with this row, or None; with the switch off, nobody is asked."""
    if row.external_id is None or not request.access.switches.external_id_immutable:
        return None
    return await transaction.buried(row.external_id)


async def restored(
    transaction: Transaction, request: Request, buried: Buried, new: Row, document: Document
) -> StoredUser:
    """Put the deleted user back with what a new one would have, and return it. Raises Uniqueness."""
    row = new._replace(id=buried.id, version=buried.version + 1, created=buried.created)
    stored = StoredUser(0, row.id, row.version, row.created, row.last_modified, row.document)
    stored = await led(transaction, stored, row.manager, document)
    user_type, now = request.access.schemas.user, request.now
    groups = await transaction.restore(row, entries(user_type, document), now, request.id)
    await transaction.set_account(row.id, "inactive", now, revoke=True)
    if row.active is not False:
        await transaction.reactivate(row.id, now)
    await transaction.registers.held.forget(row.id)
    after = {**document, "groups": list(groups)} if groups else document
    change = Change(now, request.actor, Operation.RESTORE, "User", row.id, row.version, None, dump(after))
    await transaction.record(change, request.entry(row.id))
    return stored
