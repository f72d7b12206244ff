"""An alert of a connection, and the accounts that are held for it: approved or rejected, all or some."""

from __future__ import annotations

import re
from typing import Any, Final

import orjson
from starlette.responses import Response
from starlette.routing import Route

from muster.console.views.around import at, connection_id, connection_page, looked_at, named
from muster.console.visit import WRITERS, NotHere, Visit, page
from muster.directory.alerts import alert_with_id, decide, held_accounts
from muster.directory.organizations import Refused
from muster.directory.registers.alerts import Alert
from muster.directory.registers.held import Decision, Held

_LISTED: Final = 100
_ID: Final = re.compile("[!-~]{1,64}")  # of an account or a user
_DECISIONS: Final[dict[str, Decision]] = {"approve": "approved", "reject": "rejected"}


async def alert(visit: Visit) -> Response:
    """Show an alert with its accounts."""
    return await _shown(visit, await _alert(visit))


async def decision(visit: Visit) -> Response:
    """Approve or reject accounts: those that were chosen, or all that wait."""
    found, done = await _alert(visit), _DECISIONS.get(visit.sent("decision"))
    if done is None:
        raise NotHere
    everything = visit.sent("which") == "all"
    chosen = [one for one in visit.form.getlist("account") if isinstance(one, str) and _ID.fullmatch(one)]
    if not everything and not chosen:
        return await _shown(visit, found, problem="Choose the accounts that the decision is about.")
    try:
        await decide(visit.database, visit.world, visit.bound, found.id, done, None if everything else chosen)
    except Refused as error:
        return await _shown(visit, found, problem=str(error))
    return visit.go(at(visit, f"/alerts/{found.id}"))


async def _alert(visit: Visit) -> Alert:
    found = await alert_with_id(visit.database, visit.bound, named(visit, "alert"))
    if found.connection != connection_id(visit):
        raise NotHere
    return found


async def _shown(visit: Visit, found: Alert, problem: str | None = None) -> Response:
    after = visit.asked("after") if _ID.fullmatch(visit.asked("after")) else ""
    held = await held_accounts(visit.database, visit.bound, found.id, after, _LISTED + 1)
    waiting = await held_accounts(visit.database, visit.bound, found.id, "", 1, waiting=True)
    return connection_page(
        visit,
        "connection_alert.html",
        await looked_at(visit),
        422 if problem else 200,
        alert=found,
        makers=await visit.makers([found.closed_by]),
        accounts=[(one, _name(one)) for one in held[:_LISTED]],
        waiting=bool(waiting),
        whole=not after and len(held) <= _LISTED,
        following=held[_LISTED - 1].user if len(held) > _LISTED else None,
        problem=problem,
    )


def _name(held: Held) -> str:
    document: dict[str, Any] = orjson.loads(held.document) if held.document else {}
    return str(document.get("userName") or held.user)


_PATH: Final = "/console/connections/{connection}/alerts/{alert}"
ROUTES: Final = [
    Route(_PATH, page(alert), name="alert"),
    Route(_PATH, page(decision, WRITERS), methods=["POST"]),
]
