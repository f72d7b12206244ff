"""Refusals as RFC 9457 problems, and the one place that turns an exception into one.

Law: whatever goes wrong, what goes out is a problem document; it says what to do, and never carries a traceback, SQL,
a secret, or what was sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import structlog
from fastapi.exceptions import RequestValidationError, ResponseValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from muster.directory.failures import OutcomeUnknown, StoreUnavailable, Unwritable
from muster.directory.idempotency import Reused, Underway
from muster.directory.identifiers import KEY_LIKE
from muster.directory.organizations import Conflict, Missing, Refused
from muster.scim.errors import ScimError

_log = structlog.get_logger("muster.api")

MEDIA_TYPE: Final = "application/problem+json"


class Kind(NamedTuple):
    """A kind of problem: its `code`, the HTTP status, and a title that is the same each time."""

    code: str
    status: int
    title: str


MALFORMED: Final = Kind("malformed", 400, "The request cannot be read")
INVALID_PARAMETER: Final = Kind("invalid_parameter", 400, "A parameter is not known, or is sent twice")
INVALID_CURSOR: Final = Kind("invalid_cursor", 400, "The cursor is not one of this list")
ORGANIZATION_REQUIRED: Final = Kind("organization_required", 400, "The organization is not named")
UNAUTHORIZED: Final = Kind("unauthorized", 401, "The management key opens nothing")
FORBIDDEN: Final = Kind("forbidden", 403, "The management key does not allow this")
NOT_FOUND: Final = Kind("not_found", 404, "There is no such thing")
METHOD_NOT_ALLOWED: Final = Kind("method_not_allowed", 405, "The address does not take this method")
CONFLICT: Final = Kind("conflict", 409, "Something stands against this")
UNDERWAY: Final = Kind("idempotency_key_in_use", 409, "The same request is being answered")
TOO_LARGE: Final = Kind("too_large", 413, "The body is too large")
UNSUPPORTED_MEDIA_TYPE: Final = Kind("unsupported_media_type", 415, "The body is not JSON")
INVALID: Final = Kind("invalid", 422, "Something in the request is not as it must be")
REUSED: Final = Kind("idempotency_key_reused", 422, "The Idempotency-Key stands for another request")
REFUSED: Final = Kind("refused", 422, "This cannot be done")
INTERNAL: Final = Kind("internal", 500, "Something went wrong here")
UNAVAILABLE: Final = Kind("unavailable", 503, "The database cannot do this now")
OUTCOME_UNKNOWN: Final = Kind("outcome_unknown", 503, "Whether this was done is not known")

KINDS: Final = (
    MALFORMED, INVALID_PARAMETER, INVALID_CURSOR, ORGANIZATION_REQUIRED, UNAUTHORIZED, FORBIDDEN, NOT_FOUND,
    METHOD_NOT_ALLOWED, CONFLICT, UNDERWAY, TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, INVALID, REUSED, REFUSED, INTERNAL,
    UNAVAILABLE, OUTCOME_UNKNOWN,
)  # fmt: skip
"""Every kind of problem that the API answers with."""

_CHALLENGE: Final = 'Bearer realm="Muster management"'
_BY_STATUS: Final = {kind.status: kind for kind in reversed(KINDS)}


class Fault(NamedTuple):
    """One thing that is wrong in a request: where (`pointer` into the body, or the parameter's name) and what."""

    pointer: str | None
    parameter: str | None
    detail: str


class Problem(Exception):
    """A refusal of the API: its kind, what to do about it, and what is wrong with which part of the request.

    `code` is of the error catalogue; that of its kind unless another is given.
    """

    def __init__(
        self, kind: Kind, detail: str, faults: Sequence[Fault] = (), *, allow: str = "", code: str = ""
    ) -> None:
        super().__init__(detail)
        self.kind = kind
        self.code = code or kind.code
        self.detail = detail
        self.faults = faults
        self.allow = allow


def answer(problem: Problem, base: str) -> JSONResponse:
    """Return the answer that tells of a problem; `base` is the API's address, whose documentation explains it."""
    kind = problem.kind
    content: dict[str, object] = {
        "type": f"{base}/docs#problem-{problem.code}",
        "title": kind.title,
        "status": kind.status,
        "detail": _shown(problem.detail),
        "code": problem.code,
    }
    if problem.faults:
        content["errors"] = [
            {name: _shown(value) for name, value in fault._asdict().items() if value is not None}
            for fault in problem.faults
        ]
    return JSONResponse(content, kind.status, _headers(problem), MEDIA_TYPE)


def _shown(text: str) -> str:
    """Return a text, which may quote what was sent, without anything that looks like a key."""
    return KEY_LIKE.sub("(not shown)", text)


def _headers(problem: Problem) -> dict[str, str]:
    match problem.kind.status:
        case 401:
            return {"www-authenticate": _CHALLENGE}
        case 405:
            return {"allow": problem.allow}
        case 503:
            return {"retry-after": "1"}
    return {}


def problem_of(error: Exception, request_id: str) -> Problem:
    """Return the problem that an exception is told as; what is no refusal is a bug, logged under the request's id."""
    match error:
        case Problem():
            return error
        case Refused():
            return Problem(_refusal(error), str(error), code=error.code)
        case ScimError():
            return Problem(_BY_STATUS.get(error.status, INVALID), error.detail, code=error.code)
        case RequestValidationError():
            return _invalid(error)
        case StoreUnavailable():
            return _unavailable(error)
        case HTTPException():
            return Problem(_BY_STATUS.get(error.status_code, MALFORMED), str(error.detail))
    _log_bug(error)
    return Problem(INTERNAL, f"Something went wrong here; the operator finds it under {request_id}.")


def _refusal(error: Refused) -> Kind:
    match error:
        case Missing():
            return NOT_FOUND
        case Underway():
            return UNDERWAY
        case Conflict():
            return CONFLICT
        case Reused():
            return REUSED
    return REFUSED


def _unavailable(error: StoreUnavailable) -> Problem:
    if isinstance(error, OutcomeUnknown):
        _log.warning("outcome unknown", reason=str(error))
        return Problem(OUTCOME_UNKNOWN, "The database was lost while it committed: look, then try again.")
    if isinstance(error, Unwritable):
        _log.error("database not writable", reason=str(error))
        return Problem(UNAVAILABLE, Unwritable.PUBLIC)
    _log.warning("database unavailable", reason=str(error))
    return Problem(UNAVAILABLE, "The database cannot do this now; nothing was done, try again.")


def _log_bug(error: Exception) -> None:
    if isinstance(error, ResponseValidationError):  # its text quotes the answer, which may hold a secret
        places = [".".join(map(str, one["loc"])) for one in error.errors()]
        _log.error("an answer is not what is described", places=places)
    else:
        _log.error("unexpected error", exc_info=error)


def _invalid(error: RequestValidationError) -> Problem:
    """Tell what is wrong where; never the value that was sent, which may be a secret."""
    found = error.errors()
    if any(one["type"] == "json_invalid" for one in found):
        return Problem(MALFORMED, "The body is not JSON.")
    faults = [_fault(tuple(one["loc"]), str(one["msg"])) for one in found]
    first = faults[0]
    where = first.parameter or first.pointer or "the body"
    return Problem(INVALID, f"{where}: {first.detail}", faults)


def _fault(place: tuple[str | int, ...], message: str) -> Fault:
    source, *path = place
    detail = message.removeprefix("Value error, ").replace(
        "Extra inputs are not permitted", "There is no such field"
    )
    if source == "body":
        steps = (str(step).replace("~", "~0").replace("/", "~1") for step in path)
        return Fault("".join(f"/{step}" for step in steps), None, detail)
    return Fault(None, ".".join(str(step) for step in path), detail)
