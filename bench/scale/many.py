"""A database with many organizations of the same size."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bench.scale.fill import Filled, Sizes, fill_open
from bench.scale.places import Place, kept
from muster.bootstrap import open_database
from muster.settings import Settings
from muster.store.postgres.database import PostgresDatabase
from muster.store.sqlite import SqliteDatabase


def filled_organizations(place: Place, folder: Path, number: int, sizes: Sizes) -> tuple[str, list[Filled]]:
    """The address of a database with so many organizations, and what opens each; made if there is none."""

    def make(url: str) -> list[Filled]:
        return asyncio.run(_fill(Settings(database=url), number, sizes))

    url, made = kept(place, folder, f"organizations{number}", sizes, make)
    return url, [Filled(*one) for one in made]


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
