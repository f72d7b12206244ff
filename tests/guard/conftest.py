"""A guarded connection on each store."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.guard.scene import Guarded


@pytest.fixture(params=["sqlite", "postgres"])
def scene(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Guarded]:
    """An organization with one connection in a new database of each store."""
    place = tmp_path / "muster.db"
    if request.param == "postgres":
        place = request.getfixturevalue("cluster").empty_store()
    opened = Guarded(tmp_path, place)
    yield opened
    opened.close()
