"""The management API under test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.asgi import Api
from tests.api.idp import Idp
from tests.api.platform import Platform
from tests.harness.postgres import Cluster


@pytest.fixture
def api_on_sqlite(tmp_path: Path) -> Iterator[Api]:
    """The API over an empty SQLite database: for what no store has a part in."""
    opened = Api(tmp_path / "muster.db")
    yield opened
    opened.close()


@pytest.fixture
def api_on_postgres(cluster: Cluster) -> Iterator[Api]:
    """The API over an empty PostgreSQL database."""
    opened = Api(cluster.empty_store())
    yield opened
    opened.close()


@pytest.fixture(params=["sqlite", "postgres"])
def api(request: pytest.FixtureRequest) -> Api:
    """The API over an empty database, once on each store."""
    opened: Api = request.getfixturevalue(f"api_on_{request.param}")
    return opened


@pytest.fixture
def acme(api: Api) -> Platform:
    """An organization as its platform manages it, once on each store."""
    return Platform(api, api.new_organization("acme"))


@pytest.fixture
def idp(acme: Platform) -> Idp:
    """An IdP of that organization, whose externalIds may be given to somebody else."""
    return Idp(acme.api, acme.organization)
