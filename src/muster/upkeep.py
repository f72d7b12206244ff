"""`muster backup` and `muster restore`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import click

from muster.bootstrap import migrate as bring_up_to_date
from muster.bootstrap import world
from muster.command_line import Shown, carry_out, common, settings_of, show
from muster.directory.failures import StoreError
from muster.directory.revoke import Revoked, revoke_everything
from muster.recovery import restore as restore_file
from muster.settings import Settings
from muster.store.backup import Report, back_up

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.option(
    "--as-owner",
    metavar="URL",
    help="PostgreSQL, as the role that owns the tables (MUSTER_MIGRATION_DATABASE).",
)
@common
def migrate(as_owner: str | None, database: str | None, as_json: bool) -> None:
    """Bring the database's schema to what this program needs; on PostgreSQL let the server's role use it."""
    settings = settings_of(database=database, migration_database=as_owner)
    try:
        steps = asyncio.run(bring_up_to_date(settings))
    except StoreError as error:
        raise click.ClickException(str(error)) from None
    show({"database": settings.database_shown, "steps": steps}, as_json)


@click.command()
@click.argument("file", type=_FILE)
@common
def backup(file: Path, database: str | None, as_json: bool) -> None:
    """Copy the database into the new FILE, while it is served or not."""
    settings = _of_file(database, "pg_dump")
    try:
        size = back_up(settings.database_path, file, _progress("copied"))
    except StoreError as error:
        raise click.ClickException(str(error)) from None
    show({"backup": str(file), "bytes": size}, as_json)


@click.command()
@click.argument("file", type=_FILE, required=False)
@click.option("--replace", is_flag=True, help="Move a database that is there aside, and keep it.")
@click.option(
    "--revoke-credentials", is_flag=True, help="Revoke every credential too: all IdPs need new keys."
)
@click.option(
    "--revoke-only", is_flag=True, help="Restore nothing, only revoke: after another tool has restored."
)
@common
def restore(
    file: Path | None,
    replace: bool,
    revoke_credentials: bool,
    revoke_only: bool,
    database: str | None,
    as_json: bool,
) -> None:
    """Put the backup FILE in the database's place; whatever was issued to people before is dead."""
    if revoke_only == (file is not None):
        raise click.UsageError("Give a FILE to restore, or --revoke-only without one.")
    settings = settings_of(database=database) if file is None else _of_file(database, "pg_restore")
    if file is None:
        revoked = carry_out(
            settings, lambda opened: revoke_everything(opened, world(), credentials=revoke_credentials)
        )
        show(_revoked(settings, revoked), as_json)
        return
    try:
        restored = restore_file(
            file,
            settings.database_path,
            _progress("restored"),
            replace=replace,
            credentials=revoke_credentials,
        )
    except StoreError as error:
        raise click.ClickException(str(error)) from None
    kept = str(restored.kept) if restored.kept else None
    show(_revoked(settings, restored.revoked) | {"before": kept}, as_json)


def _of_file(database: str | None, tool: str) -> Settings:
    """Return the settings where they name a file. Raises click.ClickException."""
    settings = settings_of(database=database)
    if settings.on_postgres:
        raise click.ClickException(
            f"PostgreSQL comes with its own: {tool}; after a restore: muster restore --revoke-only"
        )
    return settings


def _revoked(settings: Settings, revoked: Revoked) -> Shown:
    return {"database": settings.database_shown} | {
        "organizations": revoked.organizations,
        "accounts_revoked": revoked.accounts,
        "credentials_revoked": revoked.credentials,
    }


def _progress(what: str) -> Report:
    """Return what shows on a terminal how far a copy is, and nothing anywhere else."""

    def report(done: int, total: int) -> None:
        if sys.stderr.isatty():
            click.echo(f"\r{done * 100 // max(total, 1)} % {what}", nl=done == total, err=True)

    return report
