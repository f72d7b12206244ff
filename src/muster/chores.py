"""`muster chores`: what servers do from time to time, done now."""

from __future__ import annotations

import click

from muster.bootstrap import world
from muster.command_line import carry_out, common, settings_of, show
from muster.directory.chores import Done, run_chores
from muster.directory.ports import Database


@click.command()
@common
def chores(database: str | None, as_json: bool) -> None:
    """Do all periodic work that is due now, as servers do from time to time."""
    settings = settings_of(database=database)

    async def work(database: Database) -> list[Done]:
        return [done async for done in run_chores(database, world(settings))]

    every = carry_out(settings, work)
    failed = [done for done in every if done.failure is not None]
    if failed:
        told = "; ".join(f"{done.chore}: {' '.join(str(done.failure).split())}" for done in failed)
        raise click.ClickException(f"{len(failed)} of {len(every)} chores failed: {told}")
    show([{"chore": done.chore, "things": done.things} for done in every], as_json)
