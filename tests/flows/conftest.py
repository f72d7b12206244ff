"""What a flow begins with: the running program on each store, and the platform's own management key."""

from collections.abc import Iterator

import pytest

from tests.flows.management import Management
from tests.harness.server import RunningServer, muster


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def program(
    request: pytest.FixtureRequest, server: RunningServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningServer]:
    """The running program on each store."""
    if request.param == "sqlite":
        yield server
        return
    running = RunningServer()
    log = tmp_path_factory.mktemp("flows") / "muster.log"
    yield running.start(request.getfixturevalue("cluster").new_store(), log=log)
    running.stop()


@pytest.fixture
def platform(program: RunningServer) -> Iterator[Management]:
    """The management API with a key that opens every organization, which only the command line makes."""
    made = muster(program.database, "api-key", "create", "platform", "--scope", "write", "--ttl", "2h")
    management = Management(program.origin, made["api_key"])
    yield management
    management.close()
