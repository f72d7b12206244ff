"""Changes as a file: CSV, or a JSON object in each line.

Law: a file ends at what was the latest change when it was asked for, and after so many changes or bytes: whoever reads
slowly is not waited for, so what a file holds is what may be in memory. A session has one at a time, and is asked for
again between two portions. A file that ends before its time says so in its last line.
"""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from typing import Any, Final, Literal

import orjson
from starlette.exceptions import HTTPException
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from muster.console.visit import HEADERS, NotHere, Visit
from muster.directory.changes import changes_after, latest_change
from muster.directory.failures import StoreUnavailable
from muster.directory.registers.changes import Numbered
from muster.directory.sessions import visitor_with
from muster.scim.value import moment

ROWS: Final = 10_000
"""Changes of one file."""

Form = Literal["csv", "jsonl"]

_BYTES: Final = 64 * 1024 * 1024  # about which a file ends, too
_AT_ONCE: Final = 500  # changes
_COLUMNS: Final = (
    "sequence", "time", "operation", "resource_type", "resource", "version", "connection", "credential", "request",
    "before", "after",
)  # fmt: skip
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would reckon
_SIGNED_OUT: Final = "This file is not whole: whoever asked for it is not signed in any more."
_LARGE: Final = "This file is not whole: it has become too large. Go on with ?after={} in its address."
_BUSY: Final = "This file is not whole: the database cannot be reached. Try again in a moment."
_TWICE: Final = "A file is on its way to you already: wait until it is there, then ask for the next one."


class Export(StreamingResponse):
    """The changes behind a number as a file; raises HTTPException (429) while the session has another one."""

    def __init__(self, visit: Visit, form: Form, after: int, last: int) -> None:
        if visit.visitor is None:
            raise NotHere
        self._under_way, self._session = visit.house.exporting, visit.visitor.session.id
        if self._session in self._under_way:
            raise HTTPException(429, _TWICE)
        super().__init__(_portions(visit, form, after, last), headers=head(form))
        self._under_way.add(self._session)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the file; whatever becomes of it, the session may ask for another one then."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._under_way.discard(self._session)


async def export(visit: Visit, form: Form, after: int) -> Response:
    """Return the changes behind a number as a file, up to `ROWS` of those that there are now."""
    if visit.request.method == "HEAD":
        return Response(headers=head(form))
    latest = await latest_change(visit.database, visit.bound)
    return Export(visit, form, after, min(latest, after + ROWS))


def head(form: Form) -> dict[str, str]:
    """Return the headers of a file."""
    media_type = "text/csv; charset=utf-8" if form == "csv" else "application/x-ndjson"
    disposition = f'attachment; filename="changes.{form}"'
    return HEADERS | {"content-disposition": disposition, "content-type": media_type}


async def _portions(visit: Visit, form: Form, after: int, last: int) -> AsyncIterator[bytes]:
    """Yield the file in portions, none of them empty."""
    if form == "csv":
        yield _line(form, dict(zip(_COLUMNS, _COLUMNS, strict=True)))
    size = 0
    while after < last:
        if size > _BYTES:
            yield _end(form, _LARGE.format(after))
            return
        try:
            if not await _is_signed_in(visit):
                yield _end(form, _SIGNED_OUT)
                return
            limit = min(_AT_ONCE, last - after)
            found = await changes_after(visit.database, visit.bound, after, None, limit)
        except StoreUnavailable:
            yield _end(form, _BUSY)
            return
        portion = b"".join(_line(form, _row(one)) for one in found.changes)
        size, after = size + len(portion), found.next
        yield portion


async def _is_signed_in(visit: Visit) -> bool:
    surroundings = visit.house.surroundings
    return (await visitor_with(surroundings.database, surroundings.world, visit.secret or "")) is not None


def _row(found: Numbered) -> dict[str, Any]:
    one = found.change
    return {
        "sequence": found.sequence,
        "time": moment(one.time),
        "operation": one.operation.value,
        "resource_type": one.resource_type,
        "resource": one.resource,
        "version": one.version,
        "connection": one.actor.connection,
        "credential": one.actor.credential,
        "request": one.actor.request,
        "before": None if one.before is None else orjson.loads(one.before),
        "after": None if one.after is None else orjson.loads(one.after),
    }


def _end(form: Form, why: str) -> bytes:
    """Return the last line of a file that is not whole."""
    return _csv([why]) if form == "csv" else orjson.dumps({"incomplete": why}) + b"\n"


def _line(form: Form, row: dict[str, Any]) -> bytes:
    if form == "jsonl":
        return orjson.dumps(row) + b"\n"
    return _csv([_cell(row[name]) for name in _COLUMNS])


def _csv(cells: list[str]) -> bytes:
    written = io.StringIO()
    csv.writer(written).writerow(cells)
    return written.getvalue().encode("utf-8", "replace")


def _cell(value: Any) -> str:
    """Return a value as a cell that no spreadsheet takes for a formula."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return f"'{text}" if text.startswith(_FORMULA) else text
