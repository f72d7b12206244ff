"""The audit trail: every committed write of an organization, with before and after, and as a file."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from typing import Any, Final

import orjson
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from muster.console.difference import differences
from muster.console.number import number
from muster.console.position import Broken, position
from muster.console.views.organization import organization_of_page
from muster.console.visit import HEADERS, NotHere, Visit, page
from muster.directory.changes import change_numbered, changes_after, latest_changes
from muster.directory.registers.changes import Numbered
from muster.scim.value import moment

_LIMIT: Final = 50
_AT_ONCE: Final = 500  # of a file
_COLUMNS: Final = (
    "sequence", "time", "operation", "resource_type", "resource", "version", "connection", "credential", "request",
    "before", "after",
)  # fmt: skip
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would reckon


async def changes(visit: Visit) -> Response:
    """Show the changes, newest first; those of one resource, where it is named."""
    organization = await organization_of_page(visit)
    resource = visit.asked("resource").strip()
    try:
        before = position(visit.asked("before"), int)
    except Broken as error:
        raise NotHere from error
    found = await latest_changes(
        visit.database, visit.bound, before[0] if before else None, resource or None, _LIMIT + 1
    )
    following = found[_LIMIT - 1].sequence if len(found) > _LIMIT else None
    return visit.page(
        "changes.html",
        organization=organization,
        section="/changes",
        found=found[:_LIMIT],
        following=following,
        resource=resource,
        query=visit.query("resource"),
    )


async def change(visit: Visit) -> Response:
    """Show one change."""
    organization = await organization_of_page(visit)
    found = await change_numbered(visit.database, visit.bound, _sequence(visit))
    changed = differences(found.change.before, found.change.after)
    return visit.page(
        "change.html", organization=organization, section="/changes", found=found, changed=changed
    )


def _sequence(visit: Visit) -> int:
    """Return the number of the change that the address names. Raises NotHere: it is none."""
    found = number(visit.request.path_params["sequence"])
    if found is None:
        raise NotHere
    return found


async def export(visit: Visit) -> Response:
    """Give all changes as a file: CSV, or a JSON object in each line."""
    form = visit.request.path_params["form"]
    if form not in {"csv", "jsonl"}:
        raise NotHere
    await organization_of_page(visit)
    headers = HEADERS | {"content-disposition": f'attachment; filename="changes.{form}"'}
    media_type = "text/csv" if form == "csv" else "application/x-ndjson"
    return StreamingResponse(_portions(visit, form), headers=headers, media_type=media_type)


async def _portions(visit: Visit, form: str) -> AsyncIterator[bytes]:
    if form == "csv":
        yield _csv([dict(zip(_COLUMNS, _COLUMNS, strict=True))])
    after = 0
    while True:
        found = await changes_after(visit.database, visit.bound, after, None, _AT_ONCE)
        if not found.changes:
            return
        rows = [_row(one) for one in found.changes]
        yield _csv(rows) if form == "csv" else b"".join(orjson.dumps(row) + b"\n" for row in rows)
        after = found.next


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


def _csv(rows: list[dict[str, Any]]) -> bytes:
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerows([_cell(row[name]) for name in _COLUMNS] for row in rows)
    return written.getvalue().encode("utf-8", "replace")


def _cell(value: Any) -> str:
    """Return a value as a cell that no spreadsheet takes for a formula."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return f"'{text}" if text.startswith(_FORMULA) else text


_BASE: Final = "/console/organizations/{organization}/changes"
ROUTES: Final = [
    Route(_BASE, page(changes), name="changes"),
    Route(f"{_BASE}/{{sequence}}", page(change), name="change"),
    Route(f"{_BASE}.{{form}}", page(export), name="changes-file"),
]
