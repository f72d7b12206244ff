"""One's passkeys at the console: one more, in two steps, and one less.

Law: the passphrase is asked for before the browser is; guesses at it are counted like those at the door.
"""

from __future__ import annotations

from typing import Final

from starlette.responses import Response
from starlette.routing import Route

from muster.console import cookies
from muster.console.views.me import shown, too_often, visitor_of
from muster.console.visit import READERS, NotHere, Visit, page
from muster.directory.oneself import WrongPassphrase, user_of
from muster.directory.organizations import Refused
from muster.directory.passkeys import add_passkey, ask_for_passkey, passkey_name, remove_passkey
from muster.directory.relying_party import RelyingParty

_ME: Final = "/console/me"


async def ask(visit: Visit) -> Response:
    """Take the name and the passphrase, and show the page on which the browser makes the passkey."""
    party, visitor, surroundings = _party(visit), visitor_of(visit), visit.house.surroundings
    user = user_of(visitor)
    try:
        name = passkey_name(visit.sent("name"))
    except Refused as error:
        return await shown(visit, problems={"name": str(error)})
    if not visit.house.attempts.may(user.name_key, visit.address):
        return await too_often(visit, "confirm")
    try:
        asked = await ask_for_passkey(
            visit.database, visit.world, surroundings.passphrases, party, visitor, visit.sent("confirm")
        )
    except Refused as error:
        place = "confirm" if isinstance(error, WrongPassphrase) else "passkey"
        return await shown(visit, problems={place: str(error)})
    visit.house.attempts.forget(user.name_key, visit.address)
    response = visit.page("passkey_new.html", options=asked.options, name=name)
    cookies.challenge(response, asked.kept)
    return response


async def add(visit: Visit) -> Response:
    """Keep the passkey that the browser has made."""
    kept = cookies.secret_in(visit.request, cookies.CHALLENGED) or ""
    sent, name = visit.sent("credential"), visit.sent("name")
    try:
        await add_passkey(visit.database, visit.world, _party(visit), visitor_of(visit), kept, sent, name)
    except Refused as error:
        return await shown(visit, problems={"passkey": str(error)})
    response = visit.go(f"{_ME}?passkey=added")
    cookies.take(response, cookies.CHALLENGED)
    return response


async def remove(visit: Visit) -> Response:
    """Remove one of them."""
    await remove_passkey(visit.database, visit.world, user_of(visitor_of(visit)), visit.sent("id"))
    return visit.go(f"{_ME}?passkey=removed")


def _party(visit: Visit) -> RelyingParty:
    """Return what authenticators know the console as. Raises NotHere: there are no passkeys at its address."""
    party = visit.house.surroundings.relying_party
    if party is None:
        raise NotHere
    return party


ROUTES: Final = [
    Route(f"{_ME}/passkeys/ask", page(ask, READERS), methods=["POST"], name="ask-for-passkey"),
    Route(f"{_ME}/passkeys", page(add, READERS), methods=["POST"], name="add-passkey"),
    Route(f"{_ME}/passkeys/remove", page(remove, READERS), methods=["POST"], name="remove-passkey"),
]
