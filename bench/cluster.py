"""The PostgreSQL of one server: a new cluster that syncs its commits, with one empty database, gone after the run."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from bench.processes import NotStarted
from tests.harness.postgres import OWNER, Cluster


@dataclass(frozen=True)
class Database:
    """Its address for the role that owns it and for the one that serves, and the server's process."""

    owner_url: str
    url: str
    pid: int


@contextlib.contextmanager
def postgresql() -> Iterator[Database]:
    """An empty database that nobody else uses, until the block is left. NotStarted where there is no PostgreSQL."""
    cluster = Cluster(synced=True)
    try:
        cluster.start()
    except FileNotFoundError as error:
        raise NotStarted(str(error)) from None
    try:
        name = cluster.new_database()
        yield Database(cluster.url(name, OWNER), cluster.url(name), cluster.pid)
    finally:
        cluster.remove()
