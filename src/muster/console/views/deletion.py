"""The end of a connection: what would go with it, and the decision on its users."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response
from starlette.routing import Route

from muster.console.views.around import connection_id, connection_page, looked_at
from muster.console.visit import WRITERS, Visit, page
from muster.directory.connection_end import Fate, delete_connection, prospect
from muster.directory.organizations import Conflict

_STEPS: Final = 25  # of a deletion, within one request
_FATES: Final[dict[str, Fate]] = {"deactivate": "deactivate", "hand_over": "hand_over"}


async def deletion(visit: Visit) -> Response:
    """Say what would follow, for each of the ways."""
    return await _asked(visit)


async def delete(visit: Visit) -> Response:
    """Delete the connection, as far as one request takes it; say what has gone."""
    fate, seen = _FATES.get(visit.sent("users")), await looked_at(visit)
    try:
        done = await delete_connection(visit.database, visit.world, connection_id(visit), fate, steps=_STEPS)
    except Conflict as error:
        return await _asked(visit, str(error))
    return visit.page(
        "connection_deleted.html",
        organization=seen.organization,
        connection=seen.used.connection,
        section="",
        done=done,
        fate=visit.sent("users"),
    )


async def _asked(visit: Visit, problem: str | None = None) -> Response:
    seen, meets = await looked_at(visit), await prospect(visit.database, connection_id(visit))
    return connection_page(
        visit,
        "connection_delete.html",
        seen,
        409 if problem else 200,
        accounts=meets.accounts,
        consequences={fate: meets.consequences(fate) for fate in _FATES.values()},
        chosen=visit.sent("users"),
        problem=problem,
    )


_PATH: Final = "/console/connections/{connection}/delete"
ROUTES: Final = [
    Route(_PATH, page(deletion, WRITERS), name="delete-connection"),
    Route(_PATH, page(delete, WRITERS), methods=["POST"]),
]
