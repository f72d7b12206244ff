"""`muster copy`: everything from an SQLite file into a PostgreSQL."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from muster.command_line import as_json_option, show
from muster.directory.failures import StoreError
from muster.progress import progress
from muster.settings import database_url, on_postgres, path_of, without_password
from muster.store.copy.from_sqlite import SqliteSource
from muster.store.copy.move import Copied
from muster.store.copy.move import copy as copy_into_postgres
from muster.store.lock import ServerLock


def _address(_context: click.Context, _option: click.Parameter, value: str) -> str:
    try:
        return database_url(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@click.command()
@click.option(
    "--from", "source", required=True, metavar="URL", callback=_address, help="sqlite:///path, not served."
)
@click.option(
    "--to", "target", required=True, metavar="URL", callback=_address, help="postgresql://user@host/name."
)
@click.option("--anew", is_flag=True, help="Remove what an unfinished copy has written, and begin again.")
@as_json_option
def copy(source: str, target: str, anew: bool, as_json: bool) -> None:
    """Copy everything from an SQLite file into a PostgreSQL; what was interrupted goes on where it was."""
    if source == target:
        raise click.UsageError("--from and --to are the same database.")
    if on_postgres(source) or not on_postgres(target):
        raise click.UsageError(
            "Copies go from sqlite:///… to postgresql://…; `muster backup FILE` makes files."
        )
    try:
        copied = _copy(path_of(source), target, anew=anew)
    except StoreError as error:
        raise click.ClickException(str(error)) from None
    places = {"from": without_password(source), "to": without_password(target)}
    counts = {"organizations": copied.organizations, "checksums_ok": True}
    rows = dict(copied.rows)
    show(places | counts | ({"rows": rows} if as_json else rows), as_json)


def _copy(path: Path, url: str, *, anew: bool) -> Copied:
    lock = ServerLock(path)
    if path.exists() and not lock.take():
        raise StoreError(f"{path} is being served; stop that server first")
    try:
        source = SqliteSource.open(path)
        try:
            with progress("copied and compared") as report:
                return asyncio.run(copy_into_postgres(source, url, report, anew=anew))
        finally:
            source.close()
    finally:
        lock.release()
