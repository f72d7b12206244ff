"""Oneself at the console: name and role, where one is signed in, another passphrase, out everywhere.

Law: the passphrase is asked for again before another is taken, and guesses at it are counted like those at the door.
"""

from __future__ import annotations

from typing import Final

from starlette.responses import Response
from starlette.routing import Route

from muster.console import cookies
from muster.console.limits import WAIT_SECONDS
from muster.console.visit import READERS, NotHere, Visit, page
from muster.directory.oneself import WrongPassphrase, change_passphrase, sign_out_everywhere
from muster.directory.organizations import Refused
from muster.directory.sessions import Visitor, sessions_of

_TOO_OFTEN: Final = "Too many attempts; wait a quarter of an hour."


async def me(visit: Visit) -> Response:
    """Show who is signed in, and where."""
    return await _shown(visit)


async def passphrase(visit: Visit) -> Response:
    """Take another passphrase; whoever is signed in elsewhere as this user is out."""
    visitor, surroundings = _visitor(visit), visit.house.surroundings
    old, new = visit.sent("old"), visit.sent("passphrase")
    key = visitor.user.name_key if visitor.user else ""
    if not visit.house.attempts.may(key, visit.address):
        refused = await _shown(visit, problems={"old": _TOO_OFTEN}, status=429)
        refused.headers["retry-after"] = str(WAIT_SECONDS)
        return refused
    if new != visit.sent("again"):
        return await _shown(visit, problems={"again": "The two passphrases differ."})
    try:
        ended = await change_passphrase(
            visit.database, visit.world, surroundings.passphrases, visitor, old, new
        )
    except Refused as error:
        place = "old" if isinstance(error, WrongPassphrase) else "passphrase"
        return await _shown(visit, problems={place: str(error)})
    visit.house.attempts.forget(key, visit.address)
    return visit.go(f"/console/me?changed={ended}")


async def sign_out_all(visit: Visit) -> Response:
    """End every session of the visitor."""
    await sign_out_everywhere(visit.database, visit.world, _visitor(visit))
    response = visit.go("/console/sign-in")
    cookies.take(response, cookies.SIGNED_IN)
    return response


def _visitor(visit: Visit) -> Visitor:
    if visit.visitor is None:
        raise NotHere
    return visit.visitor


async def _shown(visit: Visit, problems: dict[str, str] | None = None, status: int = 200) -> Response:
    visitor = _visitor(visit)
    if visitor.user is None:
        raise NotHere
    changed = visit.asked("changed")
    return visit.page(
        "me.html",
        422 if problems and status == 200 else status,  # noqa: PLR2004 - as HTTP has it
        sessions=await sessions_of(visit.database, visit.world, visitor.user),
        this=visitor.session.id,
        problems=problems or {},
        ended=int(changed) if changed.isascii() and changed.isdigit() and len(changed) < 6 else None,  # noqa: PLR2004
    )


_ME: Final = "/console/me"
ROUTES: Final = [
    Route(_ME, page(me, READERS), name="me"),
    Route(f"{_ME}/passphrase", page(passphrase, READERS), methods=["POST"], name="passphrase"),
    Route(f"{_ME}/sign-out", page(sign_out_all, READERS), methods=["POST"], name="sign-out-everywhere"),
]
