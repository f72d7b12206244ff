"""Answers as values, and the one place that turns an error into a SCIM Error (RFC 7644 §3.12).

Law: nothing is sent that was not an `Answer`; an answer never carries a traceback, SQL or a secret.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import orjson

from muster.endpoint.redact import redacted_text
from muster.scim.errors import ScimError
from muster.scim.message import SCIM_MEDIA_TYPE

Header = tuple[bytes, bytes]

_CONTENT_TYPE: Header = (b"content-type", f"{SCIM_MEDIA_TYPE}; charset=utf-8".encode())
_NO_STORE: Header = (b"cache-control", b"no-store")


PAUSE: Final = 300
"""Seconds after which a paused connection is to be asked again."""


class Answer(NamedTuple):
    """Status, the body (b"" for none), headers beyond the common ones, and the error it tells of, if any.

    `stream` is the body of an answer that is too long to be held whole, in portions made as they are sent.
    """

    status: int
    body: bytes = b""
    headers: tuple[Header, ...] = ()
    error: ScimError | None = None
    stream: Iterable[bytes] | None = None


class MethodNotAllowed(ScimError):
    """The route exists, the method does not (RFC 9110 §15.5.6)."""

    status = 405
    code = "method-not-allowed"

    def __init__(self, allowed: Sequence[str]) -> None:
        super().__init__(f"This address takes {', '.join(allowed)}.")
        self.allowed = ", ".join(allowed)


class Unauthorized(ScimError):
    """No credential, or one that opens nothing; `challenge` is the value of WWW-Authenticate (RFC 9110 §11.6.1)."""

    status = 401
    code = "key-refused"

    def __init__(self, detail: str, challenge: str, *, code: str | None = None) -> None:
        super().__init__(detail, code=code)
        self.challenge = challenge


class UnsupportedMediaType(ScimError):
    """The body is not JSON by its Content-Type."""

    status = 415
    code = "media-type"


class TooManyRequests(ScimError):
    """More requests under way for one organization than it may have; come back in a second."""

    status = 429
    code = "too-many-requests"


class Unavailable(ScimError):
    """The database cannot answer now; the detail says whether anything was done."""

    status = 503
    code = "database-unavailable"


class Paused(ScimError):
    """The connection is paused. 429 with Retry-After is what IdPs are documented to try again by themselves."""

    status = 429
    code = "connection-paused"

    def __init__(self) -> None:
        super().__init__(
            "This connection is paused in Muster: nothing was read or changed. Send the same again once it is resumed."
        )


class InternalError(ScimError):
    """A bug of ours; the detail is the correlation id and nothing else."""

    status = 500
    code = "internal-error"


def failure(error: ScimError) -> Answer:
    """Return the SCIM Error answer of an error."""
    headers: tuple[Header, ...] = ()
    match error:
        case MethodNotAllowed():
            headers = ((b"allow", error.allowed.encode()),)
        case Unauthorized():
            headers = ((b"www-authenticate", error.challenge.encode()),)
        case Paused():
            headers = ((b"retry-after", b"%d" % PAUSE),)
        case TooManyRequests() | Unavailable():
            headers = ((b"retry-after", b"1"),)
    return Answer(error.status, orjson.dumps(told(error)), headers, error=error)


def told(error: ScimError) -> dict[str, object]:
    """Return the SCIM Error of an error: what it quotes of a request is without anything that looks like a key."""
    message = error.body()
    return message | {"detail": redacted_text(str(message["detail"]))}


def common_headers(answer: Answer, request_id: str) -> list[Header]:
    """Return all headers of an answer."""
    headers = [(b"x-request-id", request_id.encode()), _NO_STORE, *answer.headers]
    if answer.body or answer.stream is not None:
        headers.append(_CONTENT_TYPE)
    if answer.status not in (204, 304) and answer.stream is None:
        headers.append((b"content-length", b"%d" % len(answer.body)))
    return headers
