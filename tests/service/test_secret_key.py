"""`MUSTER_SECRET_KEY` on running servers: sealed, rotated, asked for, and never shown; on both stores."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from muster.directory.seal import HEAD_BYTES, key_of
from muster.directory.secret_keys import keys_in, new_secret_key, secret_key_id
from tests.cli.test_errors import assert_one_line, run
from tests.conftest import new_connection
from tests.harness.client import ScimClient
from tests.harness.inside import places_of, rows
from tests.harness.ports import free_port
from tests.harness.postgres import Cluster
from tests.harness.server import CommandFailed, Place, RunningServer, muster, url_of

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
OLD, NEW = new_secret_key(os.urandom), new_secret_key(os.urandom)
OLD_ID, NEW_ID = (secret_key_id(key) for key in keys_in(f"{OLD},{NEW}"))
ORGANIZATIONS = 4
# A rotation whose process is killed before the change of its third organization is written.
KILLED = """
import asyncio, os, signal, sys
from muster.bootstrap import open_database, world
from muster.directory.rotate import rotate_secret_key
from muster.directory.world import World
from muster.settings import Settings

async def rotate():
    outside, numbers = world(), iter(range(3))
    def request_id():
        if next(numbers) == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        return outside.new_request_id()
    database = await open_database(Settings(), serving=False)
    await rotate_secret_key(database, World(outside.clock, outside.random, request_id))

asyncio.run(rotate())
"""


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Where an empty database is to be, or is."""
    if request.param == "sqlite":
        return tmp_path / "muster.db"
    cluster: Cluster = request.getfixturevalue("cluster")
    return cluster.new_store()


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[list[RunningServer]]:
    """Two servers that are not started yet, and end with the test."""
    both = [RunningServer(), RunningServer()]
    for number, server in enumerate(both):
        server.log_path = tmp_path / f"{number}.log"
    yield both
    for server in both:
        if server.running:
            server.stop()


@pytest.fixture
def server(servers: list[RunningServer]) -> RunningServer:
    """One of them."""
    return servers[0]


def start(server: RunningServer, place: Place, key: str | None) -> None:
    """Start a server, anew if it runs, with the keys given."""
    if server.running:
        server.stop()
    server.start(place, log=server.log_path, **({} if key is None else {"MUSTER_SECRET_KEY": key}))


def client_of(server: RunningServer, key: str | None, stack: ExitStack) -> ScimClient:
    """A client of a new organization, made by the command line with these keys, and two users."""
    env = {} if key is None else {"MUSTER_SECRET_KEY": key}
    name = f"organization {len(rows(server.database, 'SELECT 1 FROM organizations'))}"
    muster(server.database, "organization", "create", name, **env)
    client = stack.enter_context(new_connection(server, organization=name))
    for number in range(2):
        assert client.post("/Users", {"schemas": [USER], "userName": f"u{number}"}).status == 201
    return client


def first_page(client: ScimClient) -> str:
    """The cursor to the second page of users."""
    cursor: str = client.get("/Users", query={"cursor": "", "count": 1}).body["nextCursor"]
    return cursor


def assert_good(client: ScimClient, cursor: str) -> None:
    """The cursor leads to the second page, and a new one does too."""
    for one in (cursor, first_page(client)):
        answer = client.get("/Users", query={"cursor": one, "count": 1})
        assert (answer.status, answer.body["Resources"][0]["userName"]) == (200, "u1")


def rotate(place: Place, keys: str) -> Any:
    """Seal everything under the first of the keys; what the command says."""
    return muster(place, "secret-key", "rotate", MUSTER_SECRET_KEY=keys)


def refused(place: Place, *arguments: str, key: str | None = None) -> str:
    """The one line with which a command is refused."""
    with pytest.raises(CommandFailed) as failed:
        muster(place, *arguments, **({} if key is None else {"MUSTER_SECRET_KEY": key}))
    assert (failed.value.exit_code, failed.value.stderr.count("\n")) == (1, 1)
    return failed.value.stderr


def not_served(place: Place, key: str, *words: str) -> None:
    """A server does not start with these keys, and says why in one line."""
    env = {"MUSTER_DATABASE": url_of(place), "MUSTER_PORT": str(free_port()), "MUSTER_SECRET_KEY": key}
    assert_one_line(run(Path.cwd(), "serve", **env), 1, *words)


def keys_in_use(place: Place) -> list[str | None]:
    """The id of the key of each organization's cursor key; None: it is readable."""
    found = rows(place, "SELECT cursor_key, cursor_key_sealed FROM organizations")
    assert all((plain is None) != (sealed is None) for plain, sealed in found)
    return [key_of(sealed[:HEAD_BYTES]) if sealed else None for _, sealed in found]


def test_cursors_outlive_a_rotation(server: RunningServer, place: Place) -> None:
    """One given under the old key is good during and after; the old key can be left out then."""
    with ExitStack() as stack:
        start(server, place, OLD)
        assert f"sealed under the secret key {OLD_ID}" in server.log_tail()
        client = client_of(server, OLD, stack)
        cursor = first_page(client)
        start(server, place, f"{NEW},{OLD}")
        assert_good(client, cursor)
        assert keys_in_use(place) == [OLD_ID] * 2
        done = {"secret_key_id": NEW_ID, "organizations": 2, "secrets_sealed_anew": 2}
        assert rotate(place, f"{NEW},{OLD}") == done
        assert keys_in_use(place) == [NEW_ID] * 2
        assert_good(client, cursor)
        assert rotate(place, NEW) == done | {"secrets_sealed_anew": 0}
        start(server, place, NEW)
        assert_good(client, cursor)
    server.stop()
    not_served(place, OLD, NEW_ID, "MUSTER_SECRET_KEY", OLD_ID)
    not_served(place, "", NEW_ID, "set MUSTER_SECRET_KEY")
    assert NEW_ID in refused(place, "organization", "create", "x")
    assert NEW_ID in refused(place, "secret-key", "rotate", key=OLD)
    assert muster(place, "connection", "list")


def test_what_was_readable_is_sealed_by_the_first_rotation(server: RunningServer, place: Place) -> None:
    """Until then it stays as it was; the change says who did what."""
    with ExitStack() as stack:
        start(server, place, None)
        assert "Secrets are kept readable" in server.log_tail()
        client = client_of(server, None, stack)
        cursor = first_page(client)
        ((secret,),) = rows(place, "SELECT cursor_key FROM organizations WHERE name = 'organization 1'")
        assert "secret-key create" in refused(place, "secret-key", "rotate")
        start(server, place, NEW)
        assert keys_in_use(place) == [None] * 2
        assert_good(client, cursor)
        assert rotate(place, NEW)["secrets_sealed_anew"] == 2
        assert keys_in_use(place) == [NEW_ID] * 2
        assert_good(client, cursor)
    columns = rows(place, "SELECT cursor_key, cursor_key_sealed FROM organizations")
    assert not [1 for plain, sealed in columns if plain is not None or secret in sealed]
    changes = rows(place, "SELECT connection, after FROM changes WHERE operation = 'rotate'")
    assert changes == [(None, f'{{"secret_key":"{NEW_ID}","secrets":1}}'.encode())] * 2


def test_a_rotation_that_was_killed_is_finished_by_the_next(server: RunningServer, place: Place) -> None:
    """What was sealed stays so; until the end both keys are asked for."""
    with ExitStack() as stack:
        start(server, place, f"{OLD},{NEW}")
        clients = [client_of(server, OLD, stack) for _ in range(ORGANIZATIONS - 1)]
        cursors = [first_page(client) for client in clients]
        env = {**os.environ, "MUSTER_DATABASE": url_of(place), "MUSTER_SECRET_KEY": f"{NEW},{OLD}"}
        killed = subprocess.run([sys.executable, "-c", KILLED], env=env, check=False, timeout=60)
        assert killed.returncode == -signal.SIGKILL
        assert sorted(map(str, keys_in_use(place))) == sorted([OLD_ID] * 2 + [NEW_ID] * 2)
        for client, cursor in zip(clients, cursors, strict=True):
            assert_good(client, cursor)
        for key, missing in ((OLD, NEW_ID), (NEW, OLD_ID)):
            assert missing in refused(place, "secret-key", "rotate", key=key)
        assert rotate(place, f"{NEW},{OLD}")["secrets_sealed_anew"] == 2
        start(server, place, NEW)
        for client, cursor in zip(clients, cursors, strict=True):
            assert_good(client, cursor)


def test_servers_with_the_keys_in_either_order_understand_each_other(
    servers: list[RunningServer], cluster: Cluster
) -> None:
    """While the setting is changed server by server: what one seals, the other opens, and cursors go from one to the other."""
    place = cluster.new_store()
    settings = (f"{OLD},{NEW}", f"{NEW},{OLD}")
    with ExitStack() as stack:
        for server, keys in zip(servers, settings, strict=True):
            start(server, place, keys)
        for keys in settings:
            client = client_of(servers[0], keys, stack)
            other = ScimClient(servers[1].origin + urlsplit(client.base_url).path, client.api_key)
            stack.enter_context(other)
            assert_good(other, first_page(client))
            assert_good(client, first_page(other))
        assert keys_in_use(place) == [OLD_ID, OLD_ID, NEW_ID]  # the first is the example organization's
        assert rotate(place, settings[1])["secrets_sealed_anew"] == 2
        assert_good(other, first_page(client))


def test_a_server_without_the_key_says_so_where_it_needs_it(server: RunningServer, place: Place) -> None:
    """A command sealed under a key that the running server does not have: cursors are 503, all else is served."""
    with ExitStack() as stack:
        start(server, place, OLD)
        client = client_of(server, f"{NEW},{OLD}", stack)
        refused = client.get("/Users", query={"cursor": "", "count": 1})
        assert (refused.status, refused.body["status"]) == (503, "503")
        assert NEW_ID not in refused.raw.decode()
        assert client.get("/Users", query={"count": 1}).body["totalResults"] == 2
        assert NEW_ID in server.log_tail()
        start(server, place, f"{OLD},{NEW}")
        assert_good(client, first_page(client))


def test_the_key_is_nowhere(server: RunningServer, place: Place, tmp_path: Path) -> None:
    """Neither in the database nor in the log, a traceback included; the ids of keys may be."""
    keys = f"{NEW},{OLD}"
    with ExitStack() as stack:
        start(server, place, keys)
        client = client_of(server, keys, stack)
        assert_good(client, first_page(client))
        rotate(place, f"{OLD},{NEW}")
        damaged = b"\x01" + bytes.fromhex(NEW_ID) + bytes(64)
        rows(place, "UPDATE organizations SET cursor_key = NULL, cursor_key_sealed = ?", damaged)
        assert client.get("/Users", query={"cursor": "", "count": 1}).status == 500
        assert "NotOpened" in server.log_tail()
        assert NEW_ID in refused(place, "secret-key", "rotate", key=f"{OLD},{NEW}")
        raw = keys_in(keys)
        texts = [
            NEW.rstrip("="),
            OLD.rstrip("="),
            *(key.hex() for key in raw),
            *(key.hex().upper() for key in raw),
        ]
        assert set(places_of(server, [*texts, NEW_ID])) == {NEW_ID}
        files = [path.read_bytes() for path in tmp_path.iterdir() if path.is_file()]
        assert [key for key in raw if any(key in content for content in files)] == []


def test_what_is_sealed_goes_along_and_asks_for_its_key(
    server: RunningServer, tmp_path: Path, cluster: Cluster
) -> None:
    """From a file to PostgreSQL, into a backup, and back: sealed as before, and served with its key only."""
    file, moved, again = tmp_path / "muster.db", cluster.new_store(), tmp_path / "again.db"
    with ExitStack() as stack:
        start(server, file, OLD)
        client = client_of(server, OLD, stack)
        first_page(client)
        server.stop()
        muster(None, "copy", "--from", url_of(file), "--to", moved)
        muster(moved, "backup", str(tmp_path / "backup.db"))
        muster(again, "restore", str(tmp_path / "backup.db"))
        for place in (moved, again):
            assert keys_in_use(place) == keys_in_use(file) == [OLD_ID, OLD_ID]
            not_served(place, "", OLD_ID, "set MUSTER_SECRET_KEY")
            start(server, place, OLD)
            assert_good(client, first_page(client))
            server.stop()
