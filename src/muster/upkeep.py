"""`muster backup` and `muster restore`."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from muster.bootstrap import migrate as bring_up_to_date
from muster.bootstrap import world
from muster.command_line import Shown, carry_out, common, settings_of, show
from muster.directory.failures import StoreError
from muster.directory.revoke import Revoked, revoke_everything
from muster.progress import progress
from muster.recovery import Restored, restore_into_postgres
from muster.recovery import restore as restore_file
from muster.settings import Settings
from muster.store.backup import Report, back_up
from muster.store.copy.snapshot import back_up as back_up_postgres

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
    """Copy the database into the new FILE, an SQLite database, while it is served or not."""
    settings = settings_of(database=database)
    try:
        with progress("copied") as report:
            if settings.on_postgres:
                size = back_up_postgres(settings.database, file, report)
            else:
                size = back_up(settings.database_path, file, report)
    except StoreError as error:
        raise click.ClickException(str(error)) from None
    show({"backup": str(file), "bytes": size}, as_json)


@click.command()
@click.argument("file", type=_FILE, required=False)
@click.option("--replace", is_flag=True, help="SQLite: move a database that is there aside, and keep it.")
@click.option(
    "--anew", is_flag=True, help="PostgreSQL: remove what an unfinished restore has written, and begin again."
)
@click.option(
    "--revoke-credentials",
    is_flag=True,
    help="End every credential, management key and setup link too: all IdPs need new keys.",
)
@click.option(
    "--revoke-only", is_flag=True, help="Restore nothing, only revoke: after another tool has restored."
)
@common
def restore(
    file: Path | None,
    replace: bool,
    anew: bool,
    revoke_credentials: bool,
    revoke_only: bool,
    database: str | None,
    as_json: bool,
) -> None:
    """Put the backup FILE in the database's place; whatever was issued to people before is dead."""
    if revoke_only == (file is not None):
        raise click.UsageError("Give a FILE to restore, or --revoke-only without one.")
    settings = settings_of(database=database)
    if (anew and not settings.on_postgres) or (replace and settings.on_postgres):
        raise click.UsageError("--replace is for an SQLite file, --anew for a PostgreSQL.")
    if file is None:
        revoked = carry_out(
            settings, lambda opened: revoke_everything(opened, world(), credentials=revoke_credentials)
        )
        show(_revoked(settings, revoked), as_json)
        return
    try:
        with progress("restored") as report:
            restored = _restore(file, settings, report, replace or anew, revoke_credentials)
    except StoreError as error:
        raise click.ClickException(str(error)) from None
    kept = str(restored.kept) if restored.kept else None
    show(_revoked(settings, restored.revoked) | {"before": kept}, as_json)


def _restore(file: Path, settings: Settings, report: Report, over: bool, credentials: bool) -> Restored:
    if settings.on_postgres:
        revoked = restore_into_postgres(file, settings.database, report, anew=over, credentials=credentials)
        return Restored(revoked, None)
    return restore_file(file, settings.database_path, report, replace=over, credentials=credentials)


def _revoked(settings: Settings, revoked: Revoked) -> Shown:
    return {"database": settings.database_shown} | {
        "organizations": revoked.organizations,
        "accounts_revoked": revoked.accounts,
        "credentials_revoked": revoked.credentials,
        "api_keys_revoked": revoked.api_keys,
        "sessions_ended": revoked.sessions,
        "invitations_revoked": revoked.invitations,
    }
