"""`muster log`: what IdPs sent and were answered, why something was refused, and what mends it."""

from __future__ import annotations

import click
import orjson

from muster.bootstrap import now
from muster.command_line import Shown, as_typed, carry_out, common, settings_of, show
from muster.directory.connections import connection_by_id
from muster.directory.criteria import known_code, known_method, point_in_time, status_range
from muster.directory.organizations import organization_named
from muster.directory.ports import Database
from muster.directory.registers.requests import Sought
from muster.directory.requests import Shown as Found
from muster.directory.requests import request_entries, search_requests
from muster.scim.value import moment

_REFUSED = (400, 599)


@click.command("log")
@click.option("--connection", "connection_id", metavar="ID", help="Of one connection.")
@click.option("--organization", "organization_name", metavar="NAME", help="Of all connections of one.")
@click.option("--request", metavar="ID", help="One request, with what was sent, by its X-Request-Id.")
@click.option("--user", metavar="NAME", help="About one person: a userName, or the id of a user or group.")
@click.option("--status", metavar="STATUS", help="404, or 4xx for all of its class.")
@click.option("--refused", is_flag=True, help="Only what was refused.")
@click.option("--code", metavar="CODE", help="What was wrong, as a code of the error catalogue.")
@click.option("--method", metavar="METHOD", help="GET, POST, PUT, PATCH or DELETE.")
@click.option("--since", metavar="TIME", help="Not before: 30m, 2h or 7d ago, or 2026-11-22T10:00:00Z.")
@click.option("--until", metavar="TIME", help="Not after; written as --since.")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, help="How many at most (20).")
@common
def log(  # noqa: PLR0913 - one for each option
    *,
    connection_id: str | None,
    organization_name: str | None,
    request: str | None,
    user: str | None,
    status: str | None,
    refused: bool,
    code: str | None,
    method: str | None,
    since: str | None,
    until: str | None,
    limit: int,
    database: str | None,
    as_json: bool,
) -> None:
    """Show the request log, newest first, and explain what was refused."""
    if (connection_id is None) == (organization_name is None):
        both = "not both" if connection_id is not None else "whose log is meant"
        raise click.UsageError(f"Name either --connection or --organization: {both}.")

    async def work(database: Database) -> list[Shown]:
        moment_now, organization = now(), await _organization(database, connection_id, organization_name)
        if request is not None:
            return [_whole(found) for found in await request_entries(database, organization, request)]
        sought = Sought(
            connections=(connection_id,) if connection_id is not None else (),
            statuses=status_range(status) if status else _REFUSED if refused else None,
            code=known_code(code) if code is not None else None,
            method=known_method(method) if method is not None else None,
            since=point_in_time(since, moment_now) if since else None,
            until=point_in_time(until, moment_now) if until else None,
        )
        found = await search_requests(database, organization, sought, None, limit, user)
        return [_shown(one) for one in found]

    show(carry_out(settings_of(database=database), work), as_json)


async def _organization(database: Database, connection: str | None, name: str | None) -> int:
    if connection is not None:
        return (await connection_by_id(database, connection)).organization
    return (await organization_named(database, name or "")).organization


def _shown(found: Found) -> Shown:
    """Return what is shown of an entry: what is not there is left out."""
    entry = found.entry
    told = {
        "time": moment(entry.time),
        "request": entry.request,
        "connection": entry.connection,
        "credential": entry.credential,
        "method": entry.method,
        "target": entry.target,
        "status": entry.status,
        "resource": entry.resource,
        "sequence": entry.sequence,
        "subject": entry.subject,
        "address": entry.address,
        "user_agent": entry.user_agent,
        "repeated": entry.repeated if entry.repeated > 1 else None,
        "notes": ", ".join(f"{rule} at {where}" for rule, where in orjson.loads(entry.notes or b"[]")),
        "detail": entry.detail,
    }
    if found.explanation is not None:
        told |= {name: as_typed(text) for name, text in found.explanation._asdict().items()}
    return {name: value for name, value in told.items() if value not in (None, "")}


def _whole(found: Found) -> Shown:
    body = found.entry.body
    return _shown(found) | ({"body": body.decode("utf-8", "replace")} if body else {})
