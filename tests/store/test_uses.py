"""What was last used, on both stores: noted in memory, written together, never at a request's cost."""

from __future__ import annotations

from dataclasses import replace

import pytest

from muster.bootstrap import world as outside
from muster.directory.credentials import credential_by_id
from muster.directory.registers.hours import HOUR, KEPT, Hour
from muster.directory.registers.uses import Activity, NotedUse, Use
from muster.directory.retention import forget_hours
from tests.store.managed import Managed
from tests.store.scene import Scene


@pytest.fixture
def managed(scene: Scene) -> Managed:
    """A connection with its first API key."""
    return Managed(scene)


def note(managed: Managed, time: int, status: int = 200, *, agent: str | None = "idp/1") -> None:
    """Note one request."""
    organization, connection, credential = managed.organization, managed.connection.id, managed.key.id

    async def noted() -> None:
        managed.database.note(NotedUse(organization, connection, credential, time, "::1", agent, status))

    managed.run(noted())


def flush(managed: Managed) -> None:
    """Do now what is done within a second."""
    managed.run(managed.database._log.flush())


def commits(managed: Managed) -> int:
    """How many transactions this process has committed."""
    return sum(managed.database.measures().batches.counts)


def used(managed: Managed) -> Use | None:
    """The last use of the credential."""
    return managed.run(credential_by_id(managed.database, managed.organization, managed.key.id)).used


def activity(managed: Managed) -> Activity | None:
    """What came in through the connection."""
    found = managed.run(
        managed.database.consult(
            managed.organization, lambda registers: registers.uses.activity(managed.connection.id)
        )
    )
    every = managed.run(
        managed.database.consult(managed.organization, lambda registers: registers.uses.activities())
    )
    assert every == ([] if found is None else [found])
    return found


def test_what_was_used_is_known_within_a_second(managed: Managed) -> None:
    """The latest use of the credential; of the connection the first and the last request and success, and how many."""
    assert (used(managed), activity(managed)) == (None, None)
    note(managed, 10, 400)
    note(managed, 20)
    flush(managed)
    assert used(managed) == Use(managed.key.id, 20, "::1", "idp/1")
    assert activity(managed) == Activity(managed.connection.id, 10, 20, 20, 20, 2, 1)
    note(managed, 30)
    note(managed, 40, 404, agent=None)
    flush(managed)
    assert used(managed) == Use(managed.key.id, 40, "::1", None)
    assert activity(managed) == Activity(managed.connection.id, 10, 40, 20, 30, 4, 2)


def hours(managed: Managed, since: int, *others: str) -> list[Hour]:
    """The hours from a moment on, of the connection and perhaps of others."""
    asked = [managed.connection.id, *others]
    work = managed.database.consult(
        managed.organization, lambda registers: registers.hours.since(since, asked)
    )
    return [*managed.run(work)]


def test_what_came_in_is_counted_by_the_hour(managed: Managed) -> None:
    """Each hour for itself; 404 and 409 are how an IdP looks for somebody, and 429 asks to come again: no errors."""
    first, second = 10 * HOUR, 11 * HOUR
    for status in (200, 404, 409, 429, 400):
        note(managed, first + 5, status)
    flush(managed)
    note(managed, second - 1, 500)
    note(managed, second, 201)
    flush(managed)
    id = managed.connection.id
    assert hours(managed, first) == [Hour(id, first, 6, 2), Hour(id, second, 1, 0)]
    assert hours(managed, first + 1, "another") == [Hour(id, second, 1, 0)]
    world = replace(outside(), clock=lambda: KEPT + second)
    assert managed.run(forget_hours(managed.database, world)) == 1
    assert hours(managed, 0) == [Hour(id, second, 1, 0)]


def test_a_later_use_is_not_forgotten_for_an_earlier_one(managed: Managed) -> None:
    """Where another process writes late what it has noted before."""
    note(managed, 50)
    flush(managed)
    note(managed, 40)
    flush(managed)
    assert used(managed) == Use(managed.key.id, 50, "::1", "idp/1")
    found = activity(managed)
    assert found is not None
    assert (found.last_request, found.last_success, found.requests) == (50, 50, 2)


def test_what_software_calls_itself_is_kept_short(managed: Managed) -> None:
    """And without what PostgreSQL cannot hold."""
    note(managed, 10, agent="a\0b" * 1000)
    flush(managed)
    found = used(managed)
    assert found is not None
    assert found.user_agent is not None
    assert len(found.user_agent) <= 200
    assert found.user_agent.startswith("abab")


def test_many_requests_are_written_at_once(managed: Managed, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many there were, one transaction follows; noting runs no statement, and grants go on to hold."""
    monkeypatch.setattr("muster.store.log.WITHIN", 3600.0)
    grant = managed.run(managed.database.grant(managed.organization, managed.key.id))
    flush(managed)
    before, generation = commits(managed), managed.database.generation()
    for time in range(100):
        note(managed, time)
    assert commits(managed) == before
    assert managed.database.generation() == generation
    flush(managed)
    assert commits(managed) == before + 1
    assert managed.run(managed.database.grant(managed.organization, managed.key.id)) == grant
    found = activity(managed)
    assert found is not None
    assert found.requests == 100


def test_what_waits_is_written_when_the_database_is_closed(managed: Managed, scene: Scene) -> None:
    """By the last breath of the process, without an entry of the log beside it."""
    note(managed, 10)
    managed.run(managed.database._log.close())
    assert used(managed) is not None
