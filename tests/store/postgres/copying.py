"""What the tests of copies share: a file with everything in it, a copy, and how far an unfinished one is."""

import asyncio
from pathlib import Path
from urllib.parse import urlsplit

from muster.directory.failures import StoreError
from muster.store.copy.from_sqlite import SqliteSource
from muster.store.copy.move import Copied, copy
from muster.store.postgres.database import open_database
from tests.harness.postgres import SUPERUSER, Cluster


def copied(path: Path, url: str, *, anew: bool = False) -> Copied:
    """Copy a file into a database."""
    source = SqliteSource.open(path)
    try:
        return asyncio.run(copy(source, url, lambda _done, _total: None, anew=anew))
    finally:
        source.close()


def opened(url: str) -> None:
    """Open a database as a server does, and close it."""

    async def work() -> None:
        await (await open_database(url)).close()

    asyncio.run(work())


def refused(path: Path, url: str) -> str:
    """The one line with which a copy is refused; "" when it is finished."""
    try:
        copied(path, url)
    except StoreError as error:
        return str(error)
    return ""


def as_superuser(cluster: Cluster, url: str) -> str:
    """The address of the same database for a superuser."""
    return cluster.url(urlsplit(url).path[1:], SUPERUSER)
