"""What a request sent, as it is shown: its body, or the sentence that says why there is none.

Law: nothing is shown without a word; who looks for what was sent is told why it is not there.
"""

from __future__ import annotations

from typing import Final

import orjson

from muster.directory.records import LogEntry
from muster.directory.registers.requests import REFUSED

_WITH_BODY: Final = {"POST", "PUT", "PATCH"}
_NOT_READ: Final = (
    "Its body is not here: the request was refused before that was read. Nothing in it was looked at."
)
_EMPTY: Final = "It was sent without a body."
_BULK: Final = (
    "The body of a bulk request is not kept as a whole: each operation that was looked at has its own below."
)
_PURGED: Final = "Its body is not kept any more: the person whom it was about was purged."


def body_of(entry: LogEntry) -> str | None:
    """Return the body as it is read, JSON with a line for each value; None: there is none."""
    if entry.body is None:
        return None
    try:
        return orjson.dumps(orjson.loads(entry.body), option=orjson.OPT_INDENT_2).decode()
    except ValueError:
        return entry.body.decode("utf-8", "replace")


def why_no_body(entry: LogEntry) -> str | None:
    """Return why a request has no body; None: it has one, or is of a method without."""
    if entry.body is not None or entry.method not in _WITH_BODY:
        return None
    if entry.target.partition("?")[0].lower().endswith("/bulk"):
        return _BULK
    if entry.code == "json-invalid":
        return _EMPTY
    if entry.status >= REFUSED and entry.detail is not None:
        return _NOT_READ
    return _PURGED
