"""Oneself at the console: name and role, where one is signed in, another passphrase, out everywhere; and passkeys.

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
from muster.directory.passkeys import MOST, passkeys_of
from muster.directory.sessions import Visitor, sessions_of

_TOO_OFTEN: Final = "Too many attempts; wait a quarter of an hour."


async def me(visit: Visit) -> Response:
    """Show who is signed in, where, and with which passkeys one may."""
    return await shown(visit)


async def passphrase(visit: Visit) -> Response:
    """Take another passphrase; whoever is signed in elsewhere as this user is out."""
    visitor, surroundings = visitor_of(visit), visit.house.surroundings
    old, new = visit.sent("old"), visit.sent("passphrase")
    key = visitor.user.name_key if visitor.user else ""
    if not visit.house.attempts.may(key, visit.address):
        return await too_often(visit, "old")
    if new != visit.sent("again"):
        return await shown(visit, problems={"again": "The two passphrases differ."})
    try:
        ended = await change_passphrase(
            visit.database, visit.world, surroundings.passphrases, visitor, old, new
        )
    except Refused as error:
        place = "old" if isinstance(error, WrongPassphrase) else "passphrase"
        return await shown(visit, problems={place: str(error)})
    visit.house.attempts.forget(key, visit.address)
    return visit.go(f"/console/me?changed={ended}")


async def sign_out_all(visit: Visit) -> Response:
    """End every session of the visitor."""
    await sign_out_everywhere(visit.database, visit.world, visitor_of(visit))
    response = visit.go("/console/sign-in")
    cookies.take(response, cookies.SIGNED_IN)
    return response


def visitor_of(visit: Visit) -> Visitor:
    """Return whose browser it is. Raises NotHere: nobody's."""
    if visit.visitor is None:
        raise NotHere
    return visit.visitor


async def too_often(visit: Visit, field: str) -> Response:
    """Show the page with the wish to wait at the field of a passphrase that was guessed at."""
    refused = await shown(visit, problems={field: _TOO_OFTEN}, status=429)
    refused.headers["retry-after"] = str(WAIT_SECONDS)
    return refused


async def shown(visit: Visit, problems: dict[str, str] | None = None, status: int = 200) -> Response:
    """Show the page, with what is wrong at its fields."""
    visitor = visitor_of(visit)
    if visitor.user is None:
        raise NotHere
    changed, passkey = visit.asked("changed"), visit.asked("passkey")
    return visit.page(
        "me.html",
        422 if problems and status == 200 else status,  # noqa: PLR2004 - as HTTP has it
        sessions=await sessions_of(visit.database, visit.world, visitor.user),
        passkeys=await passkeys_of(visit.database, visitor.user),
        passkey=passkey if passkey in {"added", "removed"} else None,
        most=MOST,
        typed_name=visit.sent("name"),
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
