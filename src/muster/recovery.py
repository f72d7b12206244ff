"""From a backup to a database that may be served: checked, brought up to date, and with every epoch moved to now.

Law: the database's name points to the old file or to the finished new one, never to anything between; in a PostgreSQL
no server starts on anything between.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from muster.bootstrap import world
from muster.directory.failures import StoreError
from muster.directory.ports import Administration
from muster.directory.revoke import Revoked, revoke_everything, revoke_organization
from muster.store import backup
from muster.store.backup import Report
from muster.store.copy.from_sqlite import SqliteSource
from muster.store.copy.move import copy
from muster.store.lock import ServerLock
from muster.store.sqlite import open_database


class Restored(NamedTuple):
    """What a restore did: what was revoked, and where the database before is kept (None: there was none)."""

    revoked: Revoked
    kept: Path | None


def restore(file: Path, database: Path, report: Report, *, replace: bool, credentials: bool) -> Restored:
    """Put a backup in the place of a database.

    Raises `StoreError`: the database is served, or exists and `replace` is False; the backup is damaged or not ours.
    """
    lock = ServerLock(database)
    if not lock.take():
        raise StoreError(f"{database} is being served; stop that server first")
    unfinished = backup.beside(database, ".restoring")
    try:
        _may_replace(file, database, replace=replace)
        backup.remove(unfinished)
        backup.check(file)
        backup.check_schema(file)
        backup.copy(file, unfinished, report)
        backup.check(unfinished)
        revoked = asyncio.run(_revoke(unfinished, credentials=credentials))
        backup.settle(unfinished)
        return Restored(revoked, backup.put_in_place(unfinished, database, _aside()))
    finally:
        backup.remove(unfinished)
        lock.release()


def restore_into_postgres(file: Path, url: str, report: Report, *, anew: bool, credentials: bool) -> Revoked:
    """Put a backup into a PostgreSQL that holds no organizations, or go on with it; return what was revoked.

    The epochs move in the transaction that finishes it. Raises `StoreError`: the database is not empty, cannot be
    reached, or is not what the backup is; the backup is damaged, not ours, or has another schema.
    """
    backup.check(file)
    outside, revoked = world(), Revoked()

    async def revoke(organization: int, administration: Administration) -> None:
        nonlocal revoked
        more = await revoke_organization(
            administration, world=outside, organization=organization, credentials=credentials
        )
        revoked = revoked.with_more(more)

    source = SqliteSource.open(file)
    try:
        asyncio.run(copy(source, url, report, anew=anew, at_the_end=revoke))
    finally:
        source.close()
    return revoked


def _may_replace(file: Path, database: Path, *, replace: bool) -> None:
    if not file.exists():
        raise StoreError(f"there is no file {file}")
    if database.exists() and file.samefile(database):
        raise StoreError(f"{file} is the database itself")
    if database.exists() and not replace:
        raise StoreError(f"{database} exists already; --replace moves it aside")


async def _revoke(path: Path, *, credentials: bool) -> Revoked:
    """Migrate the copy and move every epoch in it."""
    database = open_database(path, serving=True)
    try:
        return await revoke_everything(database, world(), credentials=credentials)
    finally:
        await database.close()


def _aside() -> str:
    return f".replaced-{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}"
