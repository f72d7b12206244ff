"""Copies of a database that is in use, as an SQLite file, and putting such a file back in the place of one.

Law: a copy is one moment of the database, checked before it gets its name; a file that is in the way is never
overwritten; what a restore replaces is moved aside, together with its write-ahead log, and kept.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

import apsw

from muster.directory.failures import StoreError
from muster.store.connection import connect, connect_reader, explain
from muster.store.migrate import is_current, newest, version

_PAGES: Final = 2000  # copied between two reports
_COMPANIONS: Final = ("-wal", "-shm", "-journal")

Report = Callable[[int, int], None]
"""Is told how many pages or rows are done, and how many there are."""


def back_up(source: Path, target: Path, report: Report) -> int:
    """Copy a database, served or not, into a new file; return its size in bytes.

    Writers are not held up. Raises `StoreError`: no database there, `target` exists, or the copy is not sound.
    """
    if not source.exists():
        raise StoreError(f"there is no database at {source}")
    return give_name(target, lambda unfinished: copy(source, unfinished, report))


def give_name(target: Path, fill: Callable[[Path], None]) -> int:
    """Have a new file filled under another name, and give it its own when it is sound; return its size in bytes.

    Raises `StoreError`: `target` exists, cannot be written, or what `fill` made is not sound.
    """
    if target.exists():
        raise StoreError(f"{target} exists already; name a new file")
    if not target.parent.is_dir():
        raise StoreError(f"cannot write {target}: the directory {target.parent} does not exist; create it")
    unfinished = beside(target, ".unfinished")
    remove(unfinished)
    try:
        fill(unfinished)
        check(unfinished)
        _sync(unfinished)
        os.link(unfinished, target)  # unlike a rename it fails when another process has just made the file
    except FileExistsError as error:
        raise StoreError(f"{target} exists already; name a new file") from error
    except OSError as error:
        raise StoreError(f"cannot write {target}: {error.strerror}") from error
    finally:
        remove(unfinished)
    _sync(target.parent)
    return target.stat().st_size


def copy(source: Path, target: Path, report: Report) -> None:
    """Copy one moment of a database into a file of its own without a write-ahead log. Raises `StoreError`."""
    reading = connect_reader(source)
    try:
        if version(reading) == 0:
            raise StoreError(f"{source} is an empty database")
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o600))
        writing = connect(target)
        try:
            _copy_pages(reading, writing, report)
            writing.execute("PRAGMA journal_mode=DELETE").fetchall()
        finally:
            writing.close()
    except (apsw.Error, OSError) as error:
        raise StoreError(f"cannot copy {source} to {target}: {error}") from error
    finally:
        reading.close()


def _copy_pages(reading: apsw.Connection, writing: apsw.Connection, report: Report) -> None:
    # The read transaction holds the moment: however much is written meanwhile, the copy need not begin anew.
    reading.execute("BEGIN; SELECT count(*) FROM sqlite_schema").fetchall()
    with writing.backup("main", reading, "main") as backup:
        while not backup.done:
            backup.step(_PAGES)
            report(backup.page_count - backup.remaining, backup.page_count)
    reading.execute("ROLLBACK").fetchall()


def check(path: Path) -> None:
    """Have SQLite look at every page, index and reference of a file of ours. Raises `StoreError`: it is not sound."""
    if not path.exists():
        raise StoreError(f"there is no file {path}")
    connection = connect_reader(path)
    try:
        if version(connection) == 0:
            raise StoreError(f"{path} is an empty database")
        findings = connection.execute("PRAGMA integrity_check(1)").fetchall()
        if findings != [("ok",)]:
            raise StoreError(f"{path} is damaged: {' '.join(str(findings[0][0]).split())}")
        if connection.execute("PRAGMA foreign_key_check").fetchall():
            raise StoreError(f"{path} is damaged: a row refers to one that is not there")
    except apsw.Error as error:
        raise StoreError(explain(path, error)) from error
    finally:
        connection.close()


def check_schema(path: Path) -> None:
    """Make sure that this program can work with a file of ours, or bring it up to date. Raises `StoreError`."""
    connection = connect_reader(path)
    try:
        is_current(connection, newest())
    except apsw.Error as error:
        raise StoreError(explain(path, error)) from error
    finally:
        connection.close()


def settle(path: Path) -> None:
    """Leave a file that nobody has open without a write-ahead log: all there is, is in the one file."""
    connection = connect(path)
    try:
        connection.execute("PRAGMA journal_mode=DELETE").fetchall()
    except apsw.Error as error:
        raise StoreError(explain(path, error)) from error
    finally:
        connection.close()


def put_in_place(restored: Path, database: Path, aside: str) -> Path | None:
    """Give a checked file the database's name; return where the one before is kept, `aside` being added to its name.

    The caller holds the server lock. Raises `StoreError`.
    """
    kept = beside(database, aside)
    try:
        _sync(restored)
        replaced = database.exists()
        if replaced:
            database.replace(kept)
        for companion in _COMPANIONS:
            if beside(database, companion).exists():
                beside(database, companion).replace(beside(kept, companion))
        restored.replace(database)
        _sync(database.parent)
    except OSError as error:
        raise StoreError(f"cannot put {restored} in the place of {database}: {error.strerror}") from error
    return kept if replaced else None


def beside(path: Path, ending: str) -> Path:
    """Return the path with something added to the file's name."""
    return path.with_name(path.name + ending)


def remove(path: Path) -> None:
    """Take away an unfinished copy with its companions and its lock."""
    for each in (path, *(beside(path, ending) for ending in (*_COMPANIONS, ".lock"))):
        each.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
