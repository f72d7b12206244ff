"""Writes of every kind that meet on PostgreSQL wait for one another, and never in a circle, which would stop them all."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.concurrency.crowd import all_at_once
from tests.concurrency.test_servers import at
from tests.concurrency.test_writes import create_group, create_user
from tests.conformance.bodies import operation, user
from tests.conftest import new_connection
from tests.harness.client import Answer, ScimClient
from tests.harness.inside import rows
from tests.harness.postgres import Cluster
from tests.harness.server import RunningServer, muster

MANY, KINDS = 84, 6
CLIENTS, TURNS = 16, 24
# A circle is found after a second, and counted when the connection ends that was chosen to give way.
_DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"


@pytest.fixture
def served(cluster: Cluster, tmp_path: Path) -> Iterator[RunningServer]:
    """A server of a PostgreSQL, which the test stops."""
    running = RunningServer().start(cluster.new_store(), log=tmp_path / "muster.log")
    yield running
    running.kill()


@pytest.mark.parametrize("administrators", [False, True], ids=["any", "with administrators"])
def test_writes_that_meet_never_wait_in_a_circle(served: RunningServer, administrators: bool) -> None:
    """Users come, change, end and go, all of them in one group, which changes too, while other groups come and go."""
    with new_connection(served) as client:
        people = [create_user(client, f"u{number}")["id"] for number in range(MANY)]
        crowd = create_group(client, "crowd", people)
        if administrators:
            here = ("--organization", client.organization)
            muster(served.database, "role", "give", crowd, "platform.administer", *here)
            named = ("settings", client.organization, "--administrators", "platform.administer")
            muster(served.database, "organization", *named)
        teams = [create_group(client, f"team{number}", people[:2]) for number in range(MANY)]

        def write(twin: ScimClient, number: int) -> Answer:
            path, team = f"/Users/{people[number]}", teams[number]
            match number % KINDS:
                case 0:
                    return twin.delete(path)
                case 1:
                    return twin.post("/Users", user(userName=f"new{number}"))
                case 2:
                    return twin.patch(path, operation("replace", "active", value=False))
                case 3:
                    leaver = f'members[value eq "{people[number]}"]'
                    return twin.patch(f"/Groups/{crowd}", operation("remove", leaver))
                case 4:
                    return twin.delete(f"/Groups/{team}")
                case _:
                    return twin.post(
                        "/Groups", {"displayName": f"new{number}", "members": [{"value": people[1]}]}
                    )

        answers = all_at_once(client, MANY, write)
        assert {answer.status for answer in answers} <= {200, 201, 204}
    served.stop()
    assert rows(served.database, _DEADLOCKS) == [(0,)]


def test_servers_that_change_the_same_users_never_wait_in_a_circle(
    served: RunningServer, tmp_path: Path
) -> None:
    """A few users, each changed again and again at both servers, in batches that begin with another one each time."""
    other = RunningServer().start(served.database, log=tmp_path / "other.log")
    with new_connection(served) as client:
        people = [create_user(client, f"u{number}")["id"] for number in range(CLIENTS // 2)]

        def write(twin: ScimClient, number: int) -> Answer:
            with at(other, twin) as elsewhere:
                one = elsewhere if number % 2 else twin
                for turn in range(number, number + TURNS):
                    path = f"/Users/{people[turn % len(people)]}"
                    answer = one.patch(path, operation("replace", "title", value=f"{number}/{turn}"))
                    assert answer.status == 200
            return answer

        all_at_once(client, CLIENTS, write)
    assert other.stop() == 0
    served.stop()
    assert rows(served.database, _DEADLOCKS) == [(0,)]
