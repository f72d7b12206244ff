"""POST /Bulk (RFC 7644 §3.7): a BulkRequest in, a BulkResponse out.

Law: what concerns the request as a whole is refused before anything is done; what concerns one operation is in that
operation's answer, in the words of a single request.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import orjson

from muster.directory.access import Request
from muster.directory.bulk import Outcome, carry_out, prepare
from muster.directory.condition import etag
from muster.directory.document import dump
from muster.directory.records import LogEntry
from muster.endpoint.answer import Answer, told
from muster.endpoint.exchange import Exchange, Sent
from muster.scim.bulk import POST, BulkStep, parse_bulk
from muster.scim.dialect import Notes
from muster.scim.errors import PayloadTooLarge, ScimError
from muster.scim.limits import MAX_BULK_BYTES
from muster.scim.message import BULK_RESPONSE

_NO_METHOD = "-"  # in the log, for an operation without one
_LONGEST_PATH = 1000  # characters that the log keeps


class ExchangeJournal:
    """The operations of a bulk request in the request log: as single requests, with a note that says where from."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def request(self, step: BulkStep, notes: Notes, status: int) -> Request:
        """Return the request of an operation that is answered with `status` when it succeeds."""
        return self._exchange.request_of(lambda resource: self._entry(step, notes, status, None, resource))

    def refusal(self, step: BulkStep, notes: Notes, error: ScimError) -> LogEntry:
        """Return the entry of an operation that was refused."""
        return self._entry(step, notes, error.status, error, step.id)

    def _entry(
        self, step: BulkStep, notes: Notes, status: int, error: ScimError | None, resource: str
    ) -> LogEntry:
        notes.add("bulk", f"operation {step.number + 1}")
        body = dump(step.data) if step.data is not None else b""
        part = Sent(step.method or _NO_METHOD, step.path[:_LONGEST_PATH], body, notes, resource)
        return self._exchange.part_entry(part, status, error)


async def bulk(exchange: Exchange) -> Answer:
    """POST /Bulk: 200 with what became of each operation (R247)."""
    try:
        body = await exchange.json(MAX_BULK_BYTES, logged=False)
    except PayloadTooLarge:
        raise PayloadTooLarge(
            f"The body is larger than maxPayloadSize, {MAX_BULK_BYTES} bytes; nothing was done."
        ) from None
    access, journal = exchange.access, ExchangeJournal(exchange)
    plan = await asyncio.to_thread(parse_bulk, body, access.schemas, access.dialect)
    prepared = await asyncio.to_thread(prepare, access, plan, journal, exchange.new_id)
    outcomes = await carry_out(access, plan, prepared, journal)
    return Answer(200, _response(exchange, outcomes))


def _response(exchange: Exchange, outcomes: Sequence[Outcome]) -> bytes:
    operations = [_result(exchange, outcome) for outcome in outcomes]
    return orjson.dumps({"schemas": [BULK_RESPONSE], "Operations": operations})


def _result(exchange: Exchange, outcome: Outcome) -> dict[str, Any]:
    """Return the answer to one operation: a location unless a POST failed, a body only with an error."""
    step, error = outcome.step, outcome.error
    result: dict[str, Any] = {"method": step.method} if step.method else {}
    if step.bulk_id is not None:
        result["bulkId"] = step.bulk_id
    if outcome.version is not None:
        result["version"] = etag(outcome.version)
    if outcome.id and step.resource_type is not None and (error is None or step.method != POST):
        result["location"] = exchange.encoder.location(step.resource_type, outcome.id)
    result["status"] = str(outcome.status)
    if error is not None:
        result["response"] = told(error)
    return result
