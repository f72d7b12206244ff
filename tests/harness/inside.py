"""A look into a server's database behind its back, whichever it is; on PostgreSQL as the superuser, whom no policy holds."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import apsw
import asyncpg

from tests.harness.postgres import SUPERUSER
from tests.harness.server import Place, RunningServer

_COLUMNS = """SELECT table_name, column_name, data_type FROM information_schema.columns
  WHERE table_schema = 'muster' AND data_type IN ('text', 'bytea')"""


def rows(database: Place, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    """Run a statement with `?` for its values, committed at once; what it returns."""
    if isinstance(database, Path):
        connection = apsw.Connection(str(database))
        connection.set_busy_timeout(10_000)
        try:
            return connection.execute(sql, values).fetchall()
        finally:
            connection.close()
    return asyncio.run(_rows(database, sql, values))


async def _rows(url: str, sql: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    first, *rest = sql.split("?")
    numbered = first + "".join(f"${number}{piece}" for number, piece in enumerate(rest, 1))
    async with _connected(url) as connection:
        return [tuple(row) for row in await connection.fetch(numbered, *values)]


@contextlib.asynccontextmanager
async def _connected(url: str) -> AsyncIterator[Any]:
    parts = urlsplit(url)
    address = parts._replace(netloc=f"{SUPERUSER}@{parts.hostname}:{parts.port}").geturl()
    connection = await asyncpg.connect(address, server_settings={"search_path": "muster"})
    try:
        yield connection
    finally:
        await connection.close()


@contextlib.contextmanager
def held(database: Place) -> Iterator[None]:
    """While inside, nobody else can write."""
    if isinstance(database, Path):
        intruder = apsw.Connection(str(database))
        try:
            intruder.execute("BEGIN IMMEDIATE")
            yield
        finally:
            intruder.close()
        return
    with asyncio.Runner() as runner:
        opened = contextlib.AsyncExitStack()
        connection = runner.run(opened.enter_async_context(_connected(database)))
        try:
            runner.run(connection.execute("BEGIN; LOCK TABLE organizations IN SHARE ROW EXCLUSIVE MODE"))
            yield
        finally:
            runner.run(opened.aclose())


def places_of(server: RunningServer, texts: list[str]) -> dict[str, list[str]]:
    """Where the database, or the server's log, holds one of the texts."""
    if isinstance(server.database, Path):
        files = [path for path in server.database.parent.iterdir() if path.is_file()] if texts else []
        places = {text: [path.name for path in files if text.encode() in path.read_bytes()] for text in texts}
    else:
        log = server.log_path.read_bytes()
        places = {
            text: asyncio.run(_columns_with(server.database, text)) + ["log"] * (text.encode() in log)
            for text in texts
        }
    return {text: names for text, names in places.items() if names}


async def _columns_with(url: str, text: str) -> list[str]:
    found = []
    async with _connected(url) as connection:
        for table, column, type_ in await connection.fetch(_COLUMNS):
            part = text.encode() if type_ == "bytea" else text
            sql = f'SELECT 1 FROM {table} WHERE position($1 IN "{column}") > 0 LIMIT 1'
            if await connection.fetch(sql, part):
                found.append(f"{table}.{column}")
    return found
