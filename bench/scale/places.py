"""Where the large databases are kept between runs, and the servers that are measured on them.

Law: a database counts as filled only when its note has been written, last of all; one without is made anew.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from bench.scale.fill import Filled, Report, Sizes, fill
from muster.bootstrap import migrate
from muster.settings import Settings
from tests.harness.postgres import OWNER, Cluster
from tests.harness.server import RunningServer

MEMORY = ("shared_buffers=1GB", "effective_cache_size=4GB", "max_wal_size=8GB")


class Served(NamedTuple):
    """A server on a filled database: its SCIM base URL, an API key, and the processes that work for it."""

    base_url: str
    api_key: str
    processes: list[int]


class Place(Protocol):
    """One kind of store, and the databases of it."""

    name: str
    processes: list[int]

    def url(self, database: str) -> str:
        """The address of a database that is there, with its schema up to date."""

    def new(self, database: str) -> str:
        """The address of a database that is empty."""


class SqlitePlace:
    """Files in a folder."""

    name = "sqlite"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.processes: list[int] = []

    def url(self, database: str) -> str:
        """The address of a file."""
        return f"sqlite:///{self._folder / database}.db"

    def new(self, database: str) -> str:
        """The address of a file that is not there."""
        for path in self._folder.glob(f"{database}.db*"):
            path.unlink()
        return self.url(database)


class PostgresPlace:
    """Databases of one cluster, which syncs its commits and keeps its files."""

    name = "postgresql"

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self.processes = [cluster.pid]

    def url(self, database: str) -> str:
        """The address of a database, brought up to date."""
        url, owner = self._cluster.url(database), self._cluster.url(database, OWNER)
        asyncio.run(migrate(Settings(database=url, migration_database=owner)))
        return url

    def new(self, database: str) -> str:
        """The address of a new database with nothing but tables in it."""
        drop, make = f"DROP DATABASE IF EXISTS {database}", f"CREATE DATABASE {database} OWNER {OWNER}"
        asyncio.run(self._cluster.execute("postgres", drop, make))
        return self.url(database)

    def settle(self, database: str) -> None:
        """Have the planner know its tables, and the next measurement not pay for what filling left to do."""
        asyncio.run(self._cluster.execute(database, "VACUUM (ANALYZE)", "CHECKPOINT"))


@contextlib.contextmanager
def places(folder: Path, names: list[str]) -> Iterator[list[Place]]:
    """The places of these names, PostgreSQL's running."""
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        found: list[Place] = []
        if SqlitePlace.name in names:
            found.append(SqlitePlace(folder))
        if PostgresPlace.name in names:
            cluster = Cluster(synced=True, folder=folder / "postgresql", more=MEMORY)
            cluster.start()
            stack.callback(cluster.remove)
            found.append(PostgresPlace(cluster))
        yield found


def filled(place: Place, folder: Path, database: str, sizes: Sizes) -> tuple[str, Filled]:
    """The address of a database of these sizes and what opens it; made if there is none."""

    def make(url: str) -> Filled:
        begun = time.monotonic()
        made = asyncio.run(fill(Settings(database=url), "bench", sizes, _report(f"{place.name} {database}")))
        if isinstance(place, PostgresPlace):
            place.settle(database)
        print(f"{place.name} {database}: filled in {time.monotonic() - begun:.0f} s", flush=True)
        return made

    url, made = kept(place, folder, database, sizes, make)
    return url, Filled(*made)


def kept(
    place: Place, folder: Path, database: str, sizes: Sizes, make: Callable[[str], Any]
) -> tuple[str, Any]:
    """The address of a database and what its note says that `make` returned; made if there is none of these sizes."""
    note = folder / f"{place.name}-{database}.json"
    with contextlib.suppress(OSError, ValueError):
        known = json.loads(note.read_text())
        if known["sizes"] == json.loads(json.dumps(sizes)):
            return place.url(database), known["filled"]
    note.unlink(missing_ok=True)
    url = place.new(database)
    made = make(url)
    note.write_text(json.dumps({"sizes": sizes, "filled": made}))
    return url, made


def _report(what: str) -> Report:
    def report(done: int, total: int) -> None:
        if sys.stderr.isatty() or done % 100_000 == 0:
            print(f"\r{what}: {done:,} of {total:,} users", end="", file=sys.stderr, flush=True)

    return report


@contextlib.contextmanager
def served(place: Place, folder: Path, url: str, made: Filled) -> Iterator[Served]:
    """`muster serve` on a filled database, one worker."""
    database = url if url.startswith("postgres") else Path(url.removeprefix("sqlite:///"))
    server = RunningServer().start(database, log=folder / f"{place.name}.log")
    try:
        base = f"{server.origin}/scim/{made.connection}/v2"
        yield Served(base, made.api_key, [server.pid, *place.processes])
    finally:
        server.stop()
