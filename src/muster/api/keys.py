"""Who asks: the management key of a request.

Law: the key is read anew for each request, so that revocation holds with the next one; without a live key nothing but
the description of the API is answered.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Final, NamedTuple

from fastapi import Depends, Request
from starlette.types import Scope

from muster.api.problem import FORBIDDEN, UNAUTHORIZED, Problem
from muster.api.surroundings import Surroundings
from muster.directory.api_keys import live_key
from muster.directory.identifiers import PLATFORM, SCIM_KEY
from muster.directory.registers.api_keys import ApiKey, ManagementScope
from muster.directory.registers.uses import NotedUse
from muster.directory.secrecy import without_keys

CALLER: Final = "muster.caller"
"""Where the caller stands in a request's scope."""

_LONGEST_USER_AGENT: Final = 500  # bytes that are looked at; fewer are kept
_READING: Final = {"GET", "HEAD", "OPTIONS"}
_MISSING: Final = "Send a management key as `Authorization: Bearer msm_…`."
_REFUSED: Final = (
    "The management key is not valid: it is mistyped, expired or revoked, or its organization is disabled."
)

_OF_AN_IDP: Final = (
    "This is the key of a connection (`mst_…`), for an IdP and for SCIM; management keys begin with `msm_`, and are"
    " made by `muster api-key create`."
)
_TWICE: Final = "`Bearer` stands twice in the Authorization header: send it once."


class Caller(NamedTuple):
    """Who asks: the key's id, its organization (None: it is the platform's), what it may, and when it ends."""

    key: str
    organization: int | None
    scopes: frozenset[ManagementScope]
    expires: int


async def authenticate(surroundings: Surroundings, scope: Scope) -> Caller:
    """Return the caller of a request. Raises Problem: no live key, or it does not allow the method.

    That a live key was used is noted, whatever comes of the request.
    """
    headers, method = scope["headers"], scope["method"]
    now = surroundings.world.clock()
    key = await live_key(surroundings.database, now, presented(headers))
    if key is None:
        raise Problem(UNAUTHORIZED, _why(presented(headers)))
    surroundings.database.note(
        NotedUse(key.organization, None, key.id, now, surroundings.client(scope), _user_agent(headers))
    )
    found = _caller(key)
    if method not in _READING and "write" not in found.scopes:
        raise Problem(FORBIDDEN, "The management key may only read; this needs one with the scope `write`.")
    return found


def _why(sent: str) -> str:
    """Return what is said of a key that opens nothing: of its form alone, never whether there is such a key."""
    if sent.startswith(SCIM_KEY):
        return _OF_AN_IDP
    return _TWICE if sent.lower().startswith("bearer ") else _REFUSED


def presented(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """Return the key that was sent, good or not. Raises Problem: none, or more than one."""
    given = [value for name, value in headers if name == b"authorization"]
    if len(given) != 1:
        raise Problem(UNAUTHORIZED, _MISSING)
    scheme, _, secret = given[0].decode("latin-1").partition(" ")
    if scheme.lower() != "bearer":
        raise Problem(UNAUTHORIZED, _MISSING)
    return secret.strip()


def _user_agent(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """Return what a client calls itself, without anything that looks like a key."""
    named = next((value for name, value in headers if name == b"user-agent"), None)
    return None if named is None else without_keys(named[:_LONGEST_USER_AGENT].decode("latin-1"))


def _caller(key: ApiKey) -> Caller:
    organization = None if key.organization == PLATFORM else key.organization
    return Caller(key.id, organization, frozenset(key.scopes), key.expires)


def caller(request: Request) -> Caller:
    """Return the caller, whom the application has authenticated before any route was looked for."""
    found: Caller = request.scope[CALLER]
    return found


Asking = Annotated[Caller, Depends(caller)]
"""The parameter of a route that has to know who asks."""
