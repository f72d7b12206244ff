"""A database with many organizations of the same size."""

from __future__ import annotations

import asyncio
import contextlib
import json
from pathlib import Path

from bench.scale.fill import Filled, Sizes, fill_open
from bench.scale.places import Place
from muster.bootstrap import open_database
from muster.settings import Settings
from muster.store.postgres.database import PostgresDatabase
from muster.store.sqlite import SqliteDatabase


def filled_organizations(place: Place, folder: Path, number: int, sizes: Sizes) -> tuple[str, list[Filled]]:
    """The address of a database with so many organizations, and what opens each; made if there is none."""
    database = f"organizations{number}"
    note = folder / f"{place.name}-{database}.json"
    with contextlib.suppress(OSError, ValueError):
        known = json.loads(note.read_text())
        if known["sizes"] == json.loads(json.dumps(sizes)):
            return place.url(database), [Filled(*one) for one in known["filled"]]
    note.unlink(missing_ok=True)
    url = place.new(database)
    made = asyncio.run(_fill(Settings(database=url), number, sizes))
    note.write_text(json.dumps({"sizes": sizes, "filled": made}))
    return url, made


async def _fill(settings: Settings, number: int, sizes: Sizes) -> list[Filled]:
    database = await open_database(settings, serving=True)
    assert isinstance(database, SqliteDatabase | PostgresDatabase)
    try:
        return [
            await fill_open(database, f"organization {each}", sizes, lambda _done, _total: None)
            for each in range(number)
        ]
    finally:
        await database.close()
