"""An alert is opened, or the one that is open is told of one more, in the transaction that it is about.

Law: there is one open alert for each connection and kind; whoever opens it has the organization for itself until it
has committed.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from muster.directory.access import Request
from muster.directory.document import dump
from muster.directory.identifiers import new_public_id
from muster.directory.ports import Transaction
from muster.directory.records import Change, Operation
from muster.directory.registers.alerts import Alert, AlertKind


async def alert(
    transaction: Transaction, request: Request, kind: AlertKind, count: int
) -> tuple[str, list[Change]]:
    """Return the open alert of the request's connection, and the change that tells of it where it is new."""
    alerts, connection, now = transaction.registers.alerts, request.access.connection, request.now
    known = await alerts.renew(connection.id, kind, now)
    if known is not None:
        return known, []
    id = _alert_id(request)
    await alerts.add(Alert(id, connection.id, kind, now, now, count))
    told: dict[str, Any] = {"kind": kind, "connection": connection.id, "count": count}
    return id, [Change(now, request.actor, Operation.ALERT, "Alert", id, None, None, dump(told))]


def _alert_id(request: Request) -> str:
    """Return a new public id, made of a new id of a resource: no other randomness reaches a request."""

    def random(size: int) -> bytes:
        return sha256(request.new_id().encode()).digest()[:size]

    return new_public_id(request.access.connection.organization, random)
