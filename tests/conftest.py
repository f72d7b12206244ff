"""Fixtures for tests that talk to a running server. One server per test process; isolation by organization."""

import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.harness.client import ScimClient
from tests.harness.postgres import Cluster
from tests.harness.server import RunningServer, muster

Connect = Callable[..., ScimClient]
CLUSTERS = {"cluster", "fragile", "postgres"}  # fixtures


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what asks a PostgreSQL, told by its fixtures or its parameters: `-m postgresql` selects it."""
    for item in items:
        fixtures = item.fixturenames if isinstance(item, pytest.Function) else ()
        if CLUSTERS.intersection(fixtures) or "postgres" in item.name.partition("[")[2]:
            item.add_marker("postgresql")


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL of this test process's own."""
    running = Cluster()
    running.start()
    yield running
    running.remove()


@pytest.fixture(scope="module")
def fragile() -> Iterator[Cluster]:
    """A PostgreSQL that may be stopped without anyone else noticing."""
    cluster = Cluster()
    cluster.start()
    yield cluster
    cluster.remove()


@pytest.fixture(scope="session")
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningServer]:
    """The real program on a database of its own, for the whole session of this test process.

    An SQLite file, or with MUSTER_TEST_STORE=postgresql a PostgreSQL.
    """
    folder, running = tmp_path_factory.mktemp("server"), RunningServer()
    if os.environ.get("MUSTER_TEST_STORE") == "postgresql":
        running.start(request.getfixturevalue("cluster").new_store(), log=folder / "muster.log")
    else:
        running.start(folder / "muster.db")
    yield running
    running.stop()


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[RunningServer]:
    """A server of an SQLite file for one test, which may do anything to it."""
    running = RunningServer().start(tmp_path / "muster.db")
    yield running
    running.kill()


@pytest.fixture
def connect(server: RunningServer) -> Iterator[Connect]:
    """Call it (provider="generic", strict=False, organization=None) for a client of a new connection.

    It is made in a new organization of a unique name, unless an existing one is named.
    """
    opened: list[ScimClient] = []

    def make(
        provider: str = "generic", *, strict: bool = False, organization: str | None = None
    ) -> ScimClient:
        client = new_connection(server, provider, strict=strict, organization=organization)
        opened.append(client)
        return client

    yield make
    for client in opened:
        client.close()


def new_connection(
    server: RunningServer,
    provider: str = "generic",
    *,
    strict: bool = False,
    organization: str | None = None,
) -> ScimClient:
    """Make a connection with its first API key through the command line; a client that uses it."""
    assert server.running, f"the server has ended; its log ends:\n{server.log_tail()}"
    name = organization or f"test-{uuid.uuid4().hex}"
    if organization is None:
        muster(server.database, "organization", "create", name)
    arguments = ["connection", "create", "--organization", name, "--provider", provider]
    made = muster(server.database, *arguments, *(["--strict"] if strict else []), public_url=server.origin)
    return ScimClient(
        server.origin + urlsplit(made["base_url"]).path,
        made["api_key"],
        connection_id=made["id"],
        credential_id=made["credential_id"],
        organization=name,
        strict=strict,
    )


@pytest.fixture
def client(connect: Connect) -> ScimClient:
    """A default-mode client of a new organization."""
    return connect()


@pytest.fixture
def strict_client(connect: Connect) -> ScimClient:
    """A strict-mode client of a new organization."""
    return connect(strict=True)


@pytest.fixture(params=["default", "strict"])
def both_modes(request: pytest.FixtureRequest, connect: Connect) -> ScimClient:
    """A client of a new organization, once in each mode; its `strict` says which."""
    return connect(strict=request.param == "strict")
