"""A copy that ends at any moment goes on where it was: nothing is doubled, nothing is left out."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw
import asyncpg
import pytest

from muster.directory.failures import StoreError
from muster.store.copy import from_sqlite
from muster.store.copy.into_postgres import PostgresTarget
from tests.harness.server import PROGRAM
from tests.store.everything import fill
from tests.store.postgres.agreement import ask, disagreements, of_file, of_postgres
from tests.store.postgres.copying import copied, opened, refused

DEADLINE_SECONDS = 60
UNFINISHED = "SELECT rows FROM copied"


class PulledOut(Exception):
    """The plug."""


def pull_out(
    monkeypatch: pytest.MonkeyPatch, write: Callable[..., Any], after: int, *, committed: bool
) -> None:
    """Have a copy end at a portion: before it is written, or just behind its commit."""
    count = 0

    async def writes(*arguments: Any) -> None:
        nonlocal count
        count += 1
        if count > after and not committed:
            raise PulledOut
        await write(*arguments)
        if count > after:
            raise PulledOut

    monkeypatch.setattr(PostgresTarget, "write", writes)


def test_a_copy_that_ends_at_each_portion_is_whole_in_the_end(
    source: Path, url: str, root: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In portions of four rows, ended some dozen times before and behind a commit."""
    monkeypatch.setattr(from_sqlite, "_ROWS", 4)
    write, ends = PostgresTarget.write, 0
    for turn in range(1000):
        pull_out(monkeypatch, write, turn % 3, committed=turn % 2 == 0)
        before = sum(row["rows"] for row in ask(root, UNFINISHED))
        try:
            copied(source, url)
        except PulledOut:
            ends += 1
            assert sum(row["rows"] for row in ask(root, UNFINISHED)) >= before
        else:
            break
    assert ends > 12
    assert of_postgres(root, source) == of_file(source)
    assert disagreements(root) == []


def test_a_failure_in_the_last_transaction_leaves_it_unfinished(
    source: Path, url: str, root: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No credential is there, no server starts; the next run finishes."""

    async def fails(*_: Any) -> None:
        raise PulledOut

    monkeypatch.setattr(PostgresTarget, "add", fails)
    with pytest.raises(PulledOut):
        copied(source, url)
    monkeypatch.undo()
    add = PostgresTarget.add

    async def fails_at_credentials(target: PostgresTarget, table: Any, *more: Any) -> None:
        await add(target, table, *more)
        if table.name == "credentials":
            raise PulledOut

    monkeypatch.setattr(PostgresTarget, "add", fails_at_credentials)
    with pytest.raises(PulledOut):
        copied(source, url)
    assert ask(root, "SELECT 1 FROM credentials") == []
    with pytest.raises(StoreError, match="unfinished"):
        opened(url)
    monkeypatch.undo()
    copied(source, url)
    assert of_postgres(root, source) == of_file(source)
    opened(url)


def kill_at(table: str, source: Path, url: str, root: str) -> None:
    """Run the program, kill it (SIGKILL) while it writes into a table, and let PostgreSQL find out."""

    async def work() -> None:
        holder = await asyncpg.connect(root, server_settings={"search_path": "muster"})
        try:
            await holder.execute(f"BEGIN; LOCK TABLE {table} IN SHARE MODE")
            process = await asyncio.create_subprocess_exec(
                PROGRAM, "copy", "--from", f"sqlite:///{source}", "--to", url
            )
            deadline = time.monotonic() + DEADLINE_SECONDS
            waits = "SELECT count(*) FROM pg_locks WHERE relation = $1::regclass AND NOT granted"
            while not await holder.fetchval(waits, table):
                assert process.returncode is None
                assert time.monotonic() < deadline
            process.kill()
            await process.wait()
        finally:
            await holder.close()

    asyncio.run(work())


def test_a_program_that_is_killed_goes_on_with_the_next_run(source: Path, url: str, root: str) -> None:
    """Killed while it writes into one table after the other; the locks of the dead hold up nobody for long."""
    for table in ("users", "attribute_keys", "credentials"):
        kill_at(table, source, url, root)
        with pytest.raises(StoreError, match="run `muster copy` again"):
            opened(url)
    copied(source, url)
    assert of_postgres(root, source) == of_file(source)
    assert disagreements(root) == []


@pytest.fixture
def half(source: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that is half copied."""
    with monkeypatch.context() as patched:
        pull_out(patched, PostgresTarget.write, 14, committed=True)
        with pytest.raises(PulledOut):
            copied(source, url)
    return source


def run(path: Path, sql: str) -> None:
    """Change a file."""
    connection = apsw.Connection(str(path))
    connection.execute(sql)
    connection.close()


LOG = """INSERT INTO request_log (organization, connection, request, time, duration, method, target, status)
    SELECT organization, 'c1', 'r', 0, 0, 'GET', '/', 200 FROM organizations, (VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9))"""
CHANGES = {
    "a change": ("UPDATE organizations SET sequence = sequence + 1", "change 14 then, 15 now"),
    "a log entry": (LOG, "has changed since"),
    "an organization": ("INSERT INTO organizations (organization, name, created) VALUES (7, 'new', 0)", "has changed since"),
}  # fmt: skip


@pytest.mark.parametrize("what", CHANGES)
def test_a_source_that_has_changed_since_is_said(half: Path, url: str, root: str, what: str) -> None:
    """One line that says what to do; --anew removes what was written, and begins again."""
    sql, line = CHANGES[what]
    run(half, sql)
    before = of_postgres(root, half)
    told = refused(half, url)
    assert line in told
    assert "--anew" in told
    assert "\n" not in told
    assert of_postgres(root, half) == before

    copied(half, url, anew=True)
    assert of_postgres(root, half) == of_file(half)
    opened(url)


def test_another_source_is_not_mixed_in(half: Path, url: str, tmp_path: Path, root: str) -> None:
    """Not while a copy is unfinished; nothing is written."""
    other = tmp_path / "other.db"
    fill(other, seed=1)
    before = of_postgres(root, half)
    assert "another source" in refused(other, url)
    assert of_postgres(root, half) == before


def test_two_runs_at_once_do_not_meet(half: Path, url: str, root: str) -> None:
    """The second waits for the first, and refuses when that takes long; neither doubles anything."""

    async def work() -> None:
        await asyncio.gather(*(asyncio.to_thread(refused, half, url) for _ in range(2)))

    asyncio.run(work())
    assert of_postgres(root, half) == of_file(half)
