"""An endpoint with a request log, once on each store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.endpoint.searching import Log
from tests.harness.postgres import Cluster


@pytest.fixture(params=["sqlite", "postgres"])
def log(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Log]:
    """A new database of each store; nothing is written before it is looked for."""
    monkeypatch.setattr("muster.store.log.WITHIN", 3600.0)
    cluster: Cluster | None = request.getfixturevalue("cluster") if request.param == "postgres" else None
    opened = Log(tmp_path, **({"database": cluster.empty_store()} if cluster else {}))
    yield opened
    opened.endpoint.close()
