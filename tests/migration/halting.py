"""`muster migrate` in a process of its own, which stops in a step until it is let go on, or killed.

The step does what the real one does; it stops at its beginning, when the steps before it are done, or at its end, when
all of it is done and not committed.
"""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg

from tests.architecture.sources import ROOT
from tests.harness.postgres import OWNER, SUPERUSER, Cluster

BEGINNING, END = "beginning", "end"
_MARK = 4711  # an advisory lock of the tests'
_PROGRAM = """
import asyncio, sys
from pathlib import Path
import apsw
from muster.store import sqlite
from muster.store.postgres import migrate as postgres

def halt():
    print("halted", flush=True)
    sys.stdin.readline()

def halting(steps, sql):
    number, place = int(sys.argv[2]), sys.argv[3]
    return [
        step if step.number != number
        else step._replace(sql=f"{sql}; {step.sql}" if place == "beginning" else f"{step.sql}; {sql}")
        for step in steps
    ]

if sys.argv[1] == "sqlite":
    apsw.connection_hooks.append(lambda connection: connection.create_scalar_function("halt", halt))
    steps = halting(sqlite.migrations(), "SELECT halt()")
    sqlite.migrations = lambda: steps
    print(sqlite.migrate_file(Path(sys.argv[4])))
else:
    steps = halting(postgres.migrations(), f"SELECT pg_advisory_xact_lock({sys.argv[6]})")
    print(asyncio.run(postgres.migrate(sys.argv[4], sys.argv[5], steps)))
"""
_WAITING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"


class Halted:
    """A migration that has stopped in a step."""

    def __init__(self, store: str, number: int, place: str, *where: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, store, str(number), place, *where],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def says(self) -> str:
        """Its next line."""
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def kill(self) -> None:
        """SIGKILL."""
        self._process.kill()
        self._process.communicate()

    def finish(self) -> int:
        """Let it go on; how many steps it took."""
        output, errors = self._process.communicate("\n", timeout=60)
        assert self._process.returncode == 0, errors
        return int(output)


@contextmanager
def halted_on_sqlite(path: Path, number: int, place: str) -> Iterator[Halted]:
    """A migration of a file; killed at the end if it is still there."""
    migration = Halted("sqlite", number, place, str(path))
    try:
        assert migration.says() == "halted"
        yield migration
    finally:
        migration.kill()


class Gate:
    """What a migration of a PostgreSQL database stops at; open it, and it goes on."""

    def __init__(self, cluster: Cluster, database: str) -> None:
        self._runner = asyncio.Runner()
        self._connection: Any = self._runner.run(asyncpg.connect(cluster.url(database, SUPERUSER)))
        self._ask(f"SELECT pg_advisory_lock({_MARK})")

    def _ask(self, sql: str) -> Any:
        async def fetch() -> Any:
            return await self._connection.fetchval(sql)

        return self._runner.run(fetch())

    def wait_for(self, migrations: int) -> None:
        """Return when so many migrations wait, at the gate or for each other."""
        while self._ask(_WAITING) < migrations:
            pass  # the database's own word: each look is a round trip

    def open(self) -> None:
        """Let them through."""
        self._ask(f"SELECT pg_advisory_unlock({_MARK})")

    def close(self) -> None:
        """Open it for good."""
        self._runner.run(self._connection.close())
        self._runner.close()


@contextmanager
def halted_on_postgres(
    cluster: Cluster, database: str, number: int, place: str
) -> Iterator[tuple[Halted, Gate]]:
    """A migration of a database, and what it waits at; killed at the end if it is still there."""
    gate = Gate(cluster, database)
    where = (cluster.url(database, OWNER), cluster.url(database), str(_MARK))
    migration = Halted("postgres", number, place, *where)
    try:
        gate.wait_for(1)
        yield migration, gate
    finally:
        migration.kill()
        gate.close()
