"""What the command line revokes is dead for the next request, while traffic goes on."""

import base64
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from tests.conftest import Connect
from tests.harness.client import ScimClient
from tests.harness.inside import rows
from tests.harness.server import RunningServer, muster

CALLERS = 6
DEADLINE_SECONDS = 60


@dataclass(frozen=True)
class Call:
    """One request: when it was begun (monotonic seconds), how it was answered, and when."""

    begun: float
    status: int
    ended: float


def call_until_refused(
    client: ScimClient,
    started: threading.Event,
    revoked: threading.Event,
    request: Callable[[ScimClient], int],
) -> list[Call]:
    """Requests one after the other, until some have been refused after the revocation, or time is up."""
    calls: list[Call] = []
    refused = 0
    deadline = time.monotonic() + DEADLINE_SECONDS
    with client.twin() as twin:
        while time.monotonic() < deadline and refused < 20:
            known, begun = revoked.is_set(), time.monotonic()
            calls.append(Call(begun, request(twin), time.monotonic()))
            refused += known and calls[-1].status == 401
            started.set()
    return calls


@contextmanager
def traffic(client: ScimClient, *requests: Callable[[ScimClient], int]) -> Iterator[list[Future[list[Call]]]]:
    """Callers that use the key until it is refused; each has been answered once before the block begins.

    It is revoked when the block ends.
    """
    revoked = threading.Event()
    with ThreadPoolExecutor(CALLERS) as pool:
        events = [threading.Event() for _ in range(CALLERS)]
        futures = [
            pool.submit(call_until_refused, client, event, revoked, requests[number % len(requests)])
            for number, event in enumerate(events)
        ]
        assert all(event.wait(DEADLINE_SECONDS) for event in events)
        try:
            yield futures
        finally:
            revoked.set()


def read(client: ScimClient) -> int:
    """A request that reads."""
    return client.get("/Users?count=1").status


def look_up(client: ScimClient) -> int:
    """A request that an index answers."""
    return client.get("/Users", query={"filter": 'userName eq "nobody"'}).status


def write(client: ScimClient) -> int:
    """A request that writes; the number makes the name unique."""
    return client.post("/Users", {"userName": f"u{time.monotonic_ns()}-{threading.get_ident()}"}).status


def assert_dead_since(moment: float, futures: list[Future[list[Call]]]) -> None:
    """Every request begun after the moment was refused, and there were such requests."""
    calls = [call for future in futures for call in future.result(DEADLINE_SECONDS)]
    later = [call for call in calls if call.begun > moment]
    assert later
    assert {call.status for call in later} == {401}
    assert {call.status for call in calls} - {401} <= {200, 201}


@pytest.mark.parametrize("turn", range(3))
def test_a_revoked_key_is_dead_for_the_next_request(
    server: RunningServer, client: ScimClient, turn: int
) -> None:
    """After `credential revoke` has returned, no request that begins is answered with data."""
    with traffic(client, read, look_up, write) as futures:
        muster(server.database, "credential", "revoke", client.credential_id)
        revoked = time.monotonic()

    assert_dead_since(revoked, futures)


@pytest.mark.parametrize("turn", range(3))
def test_a_rotated_key_is_dead_and_the_new_one_lives(
    server: RunningServer, client: ScimClient, turn: int
) -> None:
    """After `credential rotate` has returned, the old key is refused and the new one works."""
    with traffic(client, read, write) as futures:
        rotated = muster(server.database, "credential", "rotate", client.credential_id)
        moment = time.monotonic()
        with client.twin(rotated["api_key"]) as fresh:
            assert read(fresh) == 200
            assert write(fresh) == 201

    assert_dead_since(moment, futures)


def test_with_an_overlap_no_request_fails_until_it_ends(server: RunningServer, client: ScimClient) -> None:
    """The old key is answered all the while that the IdP is changed over, and refused once its time has come."""
    with traffic(client, read, look_up, write) as futures:
        rotated = muster(server.database, "credential", "rotate", client.credential_id, "--overlap", "7d")
        with client.twin() as old, client.twin(rotated["api_key"]) as fresh:
            for _ in range(20):
                assert (read(old), write(old)) == (200, 201)
                assert (read(fresh), write(fresh)) == (200, 201)
            before_the_end = time.monotonic()
            ended = "UPDATE credentials SET overlap = created WHERE id = ? RETURNING id"
            assert rows(server.database, ended, client.credential_id) == [(client.credential_id,)]
            moment = time.monotonic()
            assert (read(fresh), write(fresh)) == (200, 201)

    assert_dead_since(moment, futures)
    calls = [call for future in futures for call in future.result()]
    refused = [call for call in calls if call.status == 401]
    assert all(call.ended > before_the_end for call in refused)


def test_a_service_accounts_key_is_rotated_in_the_same_way(server: RunningServer, client: ScimClient) -> None:
    """Both pairs open during the overlap; the old one is revoked at once, and all die with their account."""
    arguments = ("--connection", client.connection_id, "--name", "Sync")
    made = muster(server.database, "service-account", "create", *arguments)
    rotated = muster(server.database, "service-account", "key", "rotate", made["key_id"], "--overlap", "1h")
    assert [paired(client, pair) for pair in (made, rotated)] == [200, 200]
    muster(server.database, "credential", "revoke", made["key_id"])
    assert [paired(client, pair) for pair in (made, rotated)] == [401, 200]
    muster(server.database, "service-account", "delete", made["id"])
    assert [paired(client, pair) for pair in (made, rotated)] == [401, 401]
    assert read(client) == 200


def paired(client: ScimClient, pair: dict[str, str]) -> int:
    """A request that reads, with a key id and a secret."""
    encoded = base64.b64encode(f"{pair['key_id']}:{pair['secret']}".encode()).decode()
    return client.get("/Users?count=1", headers={"Authorization": f"Basic {encoded}"}).status


def test_revoking_one_key_leaves_the_other(server: RunningServer, connect: Connect) -> None:
    """Two keys of one connection: the end of one is not the end of the other."""
    client = connect()
    second = muster(server.database, "credential", "create", "--connection", client.connection_id)
    with client.twin(second["api_key"]) as other:
        muster(server.database, "credential", "revoke", client.credential_id)

        assert read(client) == 401
        assert read(other) == 200
