"""The release before works on the schema that this one leaves, alone and beside this one."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from muster import __version__
from tests.concurrency.test_servers import Servers, at
from tests.conftest import new_connection
from tests.harness.client import ScimClient
from tests.harness.inside import rows
from tests.harness.postgres import OWNER, Cluster
from tests.harness.server import RunningServer, ServerFailed, muster
from tests.migration.conversation import converse
from tests.migration.release import COMMIT, MARK, HistoryMissing, ReleaseBefore, extract
from tests.migration.schema_of import postgres_shape
from tests.service.scrape import scrape


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> ReleaseBefore:
    """The release before."""
    return ReleaseBefore(tmp_path_factory.mktemp("before"))


@pytest.fixture(scope="module")
def servers(
    cluster: Cluster, before: ReleaseBefore, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Servers]:
    """A server of the release before, and one of this, on one database that this one's code has migrated."""
    database, folder = cluster.new_store(), tmp_path_factory.mktemp("servers")
    base = {"MUSTER_PUBLIC_URL": "https://scim.example.com"}
    old = RunningServer().start(database, log=Path(folder / "old.log"), **base, **before.environment)
    new = RunningServer().start(database, log=Path(folder / "new.log"), **base)
    yield old, new
    assert (old.stop(), new.stop()) == (0, 0)


@pytest.fixture(scope="module")
def organization(servers: Servers, before: ReleaseBefore) -> str:
    """The name of an organization that the release before has made."""
    before.muster(servers[0].database, "organization", "create", "old")
    return "old"


def version(server: RunningServer) -> str:
    """Which program answers."""
    (found,) = (dict(labels)["version"] for name, labels in scrape(server) if name == "muster_build_info")
    return found


def test_the_old_server_is_the_old_code(servers: Servers, before: ReleaseBefore) -> None:
    """What answers and what runs as a command is what was taken from the history, and the other is not."""
    old, new = servers
    assert MARK in version(old)
    assert version(new) == __version__
    assert MARK in before.run("--version")


@pytest.mark.parametrize("made_by", ["before", "now"])
@pytest.mark.parametrize("first, second", [(0, 0), (0, 1), (1, 0)], ids=["alone", "old first", "new first"])
def test_the_release_before_works_on_this_schema(
    servers: Servers, before: ReleaseBefore, organization: str, made_by: str, first: int, second: int
) -> None:
    """A whole run at the old server, and one divided between both, with a connection that either program made."""
    client = connection(servers, before, organization, made_by)
    with at(servers[first], client) as one, at(servers[second], client) as other:
        converse(one, other)


def connection(servers: Servers, before: ReleaseBefore, organization: str, made_by: str) -> ScimClient:
    """A client of a new connection: of this release's in a new organization, of the one before in its own."""
    old, new = servers
    if made_by == "now":
        return new_connection(new)
    create = ("connection", "create", "--organization", organization, "--provider", "okta")
    made = before.muster(old.database, *create)
    path = urlsplit(made["base_url"]).path
    return ScimClient(old.origin + path, made["api_key"], credential_id=made["credential_id"])


@pytest.mark.parametrize("command", ["revoke", "rotate"])
@pytest.mark.parametrize("made_by, revoked_by", [("before", "now"), ("now", "before")])
def test_what_one_program_revokes_is_dead_at_both(
    servers: Servers, before: ReleaseBefore, organization: str, made_by: str, command: str, revoked_by: str
) -> None:
    """A key of one program's making, ended by the other: dead for the next request, at the server of either release."""
    client = connection(servers, before, organization, made_by)
    with at(servers[0], client) as old, at(servers[1], client) as new:
        assert [one.get("/Users").status for one in (old, new)] == [200, 200]
        act = muster if revoked_by == "now" else before.muster
        act(servers[0].database, "credential", command, client.credential_id)
        assert [one.get("/Users").status for one in (old, new)] == [401, 401]


def test_a_file_is_served_or_refused(before: ReleaseBefore, tmp_path: Path) -> None:
    """On SQLite the release before serves this one's file, or says in one line that it is too new, and leaves it."""
    database = tmp_path / "muster.db"
    muster(database, "organization", "create", "acme")
    content = database.read_bytes()
    server = RunningServer()
    try:
        server.start(database, log=None, **before.environment)
    except ServerFailed:
        (line,) = server.log_path.read_text().splitlines()
        assert "newer Muster" in line
        assert database.read_bytes() == content
        return
    with new_connection(server) as client:
        converse(client, client)
    assert server.stop() == 0


def test_what_the_release_before_left_comes_to_the_same(
    before: ReleaseBefore, cluster: Cluster, tmp_path: Path
) -> None:
    """A file and a PostgreSQL that it made, migrated by this one, have the schema that new ones have."""
    old, new = tmp_path / "old.db", tmp_path / "new.db"
    before.muster(old, "organization", "create", "acme")
    for path in (old, new):
        muster(path, "migrate")
    assert objects(old) == objects(new)
    assert muster(old, "connection", "list") == []

    names = [cluster.new_database() for _ in range(2)]
    before.muster(cluster.url(names[0]), "migrate", "--as-owner", cluster.url(names[0], OWNER))
    for name in names:
        muster(cluster.url(name), "migrate", "--as-owner", cluster.url(name, OWNER))
    assert postgres_shape(cluster, names[0]) == postgres_shape(cluster, names[1])


def objects(path: Path) -> list[tuple[Any, ...]]:
    """What is in a file, but for what records the steps: 0.1.0 did not."""
    found = rows(path, "SELECT type, name, sql FROM sqlite_schema WHERE name <> 'schema_versions'")
    return sorted(found, key=str)


def test_a_clone_without_history_says_what_to_do(tmp_path: Path) -> None:
    """One line."""
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    with pytest.raises(HistoryMissing, match="git fetch --unshallow") as missing:
        extract(tmp_path, COMMIT, tmp_path)
    assert "\n" not in str(missing.value)
