"""Getting in and out: the invitation, signing in with a passphrase or a passkey, signing out."""

from __future__ import annotations

from typing import Any, Final

import orjson
import structlog
from starlette.responses import Response
from starlette.routing import Route

from muster.console import cookies
from muster.console.limits import WAIT_SECONDS
from muster.console.visit import HEADERS, READERS, NotHere, Visit, open_page, page
from muster.directory.console_users import accept, console_user_with, invitation_with, name_key
from muster.directory.identifiers import PLATFORM
from muster.directory.organizations import Missing, Refused, organization_numbered
from muster.directory.passkey_sign_in import CounterWentBack, NotAdmitted, ask_to_sign_in, sign_in_by
from muster.directory.registers.console import ConsoleUser
from muster.directory.sessions import LONGEST, From, begin_session, end_session

_log = structlog.get_logger("muster.console")

_SECONDS: Final = LONGEST // 1_000_000
_WRONG: Final = "The name or the passphrase is wrong."
_TOO_OFTEN: Final = "Too many attempts; wait a quarter of an hour."
_NOT_ADMITTED: Final = "The passkey does not sign you in; try once more, or use your name and passphrase."


async def sign_in(visit: Visit) -> Response:
    """Ask for name and passphrase, or a passkey; with both, or with that, begin a session."""
    if visit.request.method != "POST":
        if visit.user is not None:
            return visit.go("/console")
        return visit.page("sign_in.html", name="", problem=None, next=visit.asked("next"))
    if visit.sent("credential"):
        return await _with_passkey(visit)
    name, house = visit.sent("name"), visit.house
    if not house.attempts.may(name_key(name), visit.address):
        return _too_often(visit, name)
    passphrases = house.surroundings.passphrases
    user = await console_user_with(visit.database, passphrases, name, visit.sent("passphrase"))
    if user is None:
        return _again(visit, name, _WRONG, 403)
    try:
        response = await _signed_in(visit, user, _within(visit.sent("next")))
    except Refused as error:
        return _again(visit, name, str(error), 403)
    house.attempts.forget(name_key(name), visit.address)
    return response


async def challenge(visit: Visit) -> Response:
    """Say what the browser is to ask its authenticators for; the challenge is in the browser's keeping."""
    party = visit.house.surroundings.relying_party
    if party is None:
        raise NotHere
    asked = await ask_to_sign_in(visit.database, visit.world, party)
    response = Response(orjson.dumps(asked.options), media_type="application/json", headers=HEADERS)
    cookies.challenge(response, asked.kept)
    return response


async def _with_passkey(visit: Visit) -> Response:
    party, sent = visit.house.surroundings.relying_party, visit.sent("credential")
    if party is None:
        raise NotHere
    if not visit.house.attempts.may_from(visit.address):
        return _too_often(visit, "")
    kept = cookies.secret_in(visit.request, cookies.CHALLENGED) or ""
    try:
        _, secret = await sign_in_by(visit.database, visit.world, party, kept, sent, _where(visit))
    except NotAdmitted as error:
        say = _log.warning if isinstance(error, CounterWentBack) else _log.info
        say("a passkey does not sign in", reason=str(error), address=visit.address)
        return _again(visit, "", _NOT_ADMITTED, 403)
    except Refused as error:
        return _again(visit, "", str(error), 403)
    response = _with_session(visit, secret, _within(visit.sent("next")))
    cookies.take(response, cookies.CHALLENGED)
    return response


async def sign_out(visit: Visit) -> Response:
    """End the session."""
    if visit.visitor is not None:
        await end_session(visit.database, visit.world, visit.visitor.session)
    response = visit.go("/console/sign-in")
    cookies.take(response, cookies.SIGNED_IN)
    return response


async def invitation(visit: Visit) -> Response:
    """Make the console user that a link invites, and sign them in."""
    secret = visit.request.path_params["secret"]
    try:
        invited = await invitation_with(visit.database, visit.world, secret)
    except Missing as error:
        return visit.page("link_over.html", 404, why=str(error))
    shown: dict[str, Any] = {"role": invited.role, "name": visit.sent("name"), "problem": None, "again": None}
    if invited.organization != PLATFORM:
        shown["invited_to"] = (await organization_numbered(visit.database, invited.organization)).name
    if visit.request.method != "POST":
        return visit.page("invitation.html", **shown)
    if visit.sent("passphrase") != visit.sent("again"):
        return visit.page("invitation.html", 422, **shown | {"again": "The two passphrases differ."})
    passphrases = visit.house.surroundings.passphrases
    try:
        user = await accept(
            visit.database, visit.world, passphrases, secret, visit.sent("name"), visit.sent("passphrase")
        )
    except Refused as error:
        return visit.page("invitation.html", 422, **shown | {"problem": str(error)})
    return await _signed_in(visit, user, "/console?welcome=yes")


async def _signed_in(visit: Visit, user: ConsoleUser, path: str) -> Response:
    _, secret = await begin_session(visit.database, visit.world, user, _where(visit))
    return _with_session(visit, secret, path)


def _where(visit: Visit) -> From:
    return From(visit.address, visit.request.headers.get("user-agent", "")[:500])


def _with_session(visit: Visit, secret: str, path: str) -> Response:
    """Return a redirection that gives the browser its session."""
    response = visit.go(path)
    cookies.give(response, cookies.SIGNED_IN, secret, _SECONDS)
    return response


def _again(visit: Visit, name: str, problem: str, status: int) -> Response:
    return visit.page("sign_in.html", status, name=name, problem=problem, next=visit.sent("next"))


def _too_often(visit: Visit, name: str) -> Response:
    refused = _again(visit, name, _TOO_OFTEN, 429)
    refused.headers["retry-after"] = str(WAIT_SECONDS)
    return refused


def _within(path: str) -> str:
    """Return where to go after signing in: a page of the console, whatever was asked for."""
    return path if path.startswith("/console") and "//" not in path and "\\" not in path else "/console"


ROUTES: Final = [
    Route("/console/sign-in", open_page(sign_in), methods=["GET", "POST"], name="sign-in"),
    Route("/console/sign-in/challenge", open_page(challenge), methods=["POST"], name="challenge"),
    Route("/console/sign-out", page(sign_out, READERS), methods=["POST"], name="sign-out"),
    Route("/console/invitation/{secret}", open_page(invitation), methods=["GET", "POST"], name="invitation"),
]
