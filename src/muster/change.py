"""`muster change`: what has happened in an organization, in order."""

from __future__ import annotations

import click
import orjson

from muster.command_line import Shown, carry_out_in, common, in_organization, show
from muster.directory.changes import changes_after
from muster.directory.ports import Database
from muster.directory.registers.changes import Numbered
from muster.scim.value import moment


@click.group()
def change() -> None:
    """What has happened in an organization."""


@change.command("list")
@in_organization
@click.option(
    "--after", default=0, type=click.IntRange(min=0), metavar="SEQUENCE", help="Only behind this one (0)."
)
@click.option("--limit", default=100, type=click.IntRange(1, 10_000), help="How many at most (100).")
@click.option("--resource", metavar="ID", help="Only those of one resource.")
@common
def list_(
    organization_name: str,
    after: int,
    limit: int,
    resource: str | None,
    database: str | None,
    as_json: bool,
) -> None:
    """List the changes of an organization in their order, with what was before and after."""

    async def work(database: Database, organization: int) -> list[Shown]:
        found = await changes_after(database, organization, after, resource, limit)
        return [_shown(one) for one in found.changes]

    show(carry_out_in(organization_name, database, work), as_json)


def _shown(found: Numbered) -> Shown:
    change = found.change
    return {
        "sequence": found.sequence,
        "time": moment(change.time),
        "connection": change.actor.connection,
        "credential": change.actor.credential,
        "request": change.actor.request,
        "operation": change.operation.value,
        "resource_type": change.resource_type,
        "resource": change.resource,
        "version": change.version,
        "before": None if change.before is None else orjson.loads(change.before),
        "after": None if change.after is None else orjson.loads(change.after),
    }
