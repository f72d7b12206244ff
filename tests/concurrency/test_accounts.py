"""The account ends with its user, in one transaction: no reader ever sees the one without the other."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest

from tests.harness.client import ScimClient
from tests.harness.server import RunningServer

TURNS = 60
PAIR = """
    SELECT users.active, accounts.status, accounts.revoked_before, users.version
    FROM users JOIN accounts ON accounts.organization = users.organization AND accounts."user" = users.id
    WHERE users.id = ?
"""


@pytest.fixture
def person(client: ScimClient) -> str:
    """The id of an active user."""
    return str(client.post("/Users", {"userName": "leaver", "active": True}).body["id"])


def pair(connection: apsw.Connection, user: str) -> Any:
    """Activity of the user, status and revoked_before of the account, version of the user: one snapshot."""
    (row,) = connection.execute(PAIR, (user,)).fetchall()
    return row


def set_active(client: ScimClient, user: str, active: bool) -> None:
    """PATCH active, acknowledged."""
    answer = client.patch(f"/Users/{user}", {"op": "replace", "path": "active", "value": active})
    assert answer.status == 200, answer.raw


def opened(database: Path) -> apsw.Connection:
    """A reader of its own."""
    connection = apsw.Connection(str(database), flags=apsw.SQLITE_OPEN_READONLY)
    connection.set_busy_timeout(5000)
    return connection


def test_deactivation_moves_revoked_before_forward(
    server: RunningServer, client: ScimClient, person: str
) -> None:
    """Each deactivation moves it on, and each reactivation: what was issued while the account ended stays dead too."""
    connection = opened(server.database)
    epochs = [pair(connection, person)[2]]
    for _ in range(3):
        set_active(client, person, active=False)
        active, status, revoked, _ = pair(connection, person)
        assert (bool(active), status) == (False, "inactive")
        assert revoked > epochs[-1]
        epochs.append(revoked)
        set_active(client, person, active=True)
        active, status, again, _ = pair(connection, person)
        assert (bool(active), status) == (True, "active")
        assert again > revoked


@pytest.mark.parametrize("active", [True, False])
def test_removing_active_leaves_the_account_as_it_is(
    server: RunningServer, client: ScimClient, person: str, *, active: bool
) -> None:
    """Neither a PATCH remove nor a PUT without it switches anybody on or off; what is said later counts again."""
    set_active(client, person, active=active)
    connection = opened(server.database)
    before = pair(connection, person)[:3]

    removed = client.patch(f"/Users/{person}", {"op": "remove", "path": "active"})
    assert "active" not in removed.body
    assert pair(connection, person)[:3] == before
    replaced = client.put(f"/Users/{person}", {"userName": "leaver", "title": "T"})
    assert replaced.body["title"] == "T"
    assert pair(connection, person)[:3] == before

    set_active(client, person, active=not active)
    assert pair(connection, person)[:2] == (not active, "inactive" if active else "active")


def snapshots(database: Path, user: str, done: threading.Event) -> Iterator[tuple[Any, ...]]:
    """What a reader sees, again and again, until the writer is done."""
    connection = opened(database)
    while not done.is_set():
        yield pair(connection, user)


def test_no_reader_sees_an_inactive_user_with_a_living_account(
    server: RunningServer, client: ScimClient, person: str
) -> None:
    """While a user is switched on and off, every snapshot of the file has user and account agree."""
    done, seen = threading.Event(), set[tuple[Any, ...]]()

    def watch() -> None:
        seen.update(snapshots(server.database, person, done))

    watcher = threading.Thread(target=watch)
    watcher.start()
    for turn in range(TURNS):
        set_active(client, person, active=bool(turn % 2))
    done.set()
    watcher.join()

    assert len(seen) > 2, "the reader was too slow to see anything"
    assert [row for row in seen if bool(row[0]) != (row[1] == "active")] == []
    first_by_epoch: dict[Any, int] = {}
    for active, _, revoked, version in sorted(seen, key=lambda row: int(row[3])):
        if not active:
            assert first_by_epoch.setdefault(revoked, version) == version, "one epoch for two deactivations"


def test_deletion_ends_the_account(server: RunningServer, client: ScimClient, person: str) -> None:
    """DELETE: the user is gone for SCIM; its account stays, ended and revoked."""
    connection = opened(server.database)

    assert client.delete(f"/Users/{person}").status == 204

    query = 'SELECT status, revoked_before FROM accounts WHERE "user" = ?'
    ((status, revoked),) = connection.execute(query, (person,)).fetchall()
    assert status != "active"
    assert revoked != 0
