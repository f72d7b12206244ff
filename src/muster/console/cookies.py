"""The cookies of the console: what a browser is signed in with, and the challenge that its passkey is to answer.

Law: `__Host-` cookies alone: sent over TLS (or to this very machine), never to another host, never to a script.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from muster.directory.challenges import LIFE

SIGNED_IN: Final = "__Host-muster"
SETTING_UP: Final = "__Host-muster-setup"
CHALLENGED: Final = "__Host-muster-passkey"


def secret_in(request: Request, name: str) -> str | None:
    """Return the secret that a browser is signed in with, or None."""
    return request.cookies.get(name)


def give(response: Response, name: str, secret: str, seconds: int) -> None:
    """Have the browser keep a secret for so long."""
    response.set_cookie(name, secret, max_age=seconds, path="/", secure=True, httponly=True, samesite="lax")


def challenge(response: Response, kept: str) -> None:
    """Have the browser keep the challenge that its passkey is to answer, for as long as it is good."""
    give(response, CHALLENGED, kept, LIFE // 1_000_000)


def take(response: Response, name: str) -> None:
    """Have the browser forget a secret."""
    response.delete_cookie(name, path="/", secure=True, httponly=True, samesite="lax")


def form_key(secret: str) -> str:
    """Return what the forms of a session carry: known only to who was given the page (against forged requests)."""
    return hmac.new(secret.encode(), b"muster console form", hashlib.sha256).hexdigest()


def is_form_key(given: str, secret: str) -> bool:
    """Whether a form was given to this session."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), form_key(secret).encode())
