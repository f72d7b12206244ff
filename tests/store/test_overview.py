"""A connection as somebody looks at it, on both stores: read in one go, however many there are."""

from __future__ import annotations

from typing import Any

import pytest

from muster.directory.connections import Choice, add_connection
from muster.directory.credentials import create_credential, revoke_credential, rotate_credential
from muster.directory.organizations import Missing
from muster.directory.overview import Overview, overview, overviews
from muster.directory.ports import Administration
from muster.directory.records import Connection, LogEntry
from muster.directory.registers.alerts import Alert
from muster.directory.registers.credentials import Of
from muster.directory.registers.hours import Hour
from muster.directory.registers.uses import NotedUse
from muster.store.postgres.session import PostgresSession
from muster.store.session import SqliteSession
from tests.store.managed import HOUR, Managed
from tests.store.scene import Scene


@pytest.fixture
def managed(scene: Scene) -> Managed:
    """A connection with its first API key."""
    return Managed(scene)


def seen(managed: Managed) -> Overview:
    """The connection; among all of the organization it is the same."""
    where = managed.database, managed.organization
    found = managed.run(overview(*where, managed.connection.id, managed.now))
    (every,) = managed.run(overviews(*where, None, 9, managed.now))
    assert every == found
    return found


def note(managed: Managed, ago: int, status: int) -> None:
    """A request that the key has opened so long ago."""
    id, key = managed.connection.id, managed.key.id

    async def noted() -> None:
        managed.database.note(NotedUse(managed.organization, id, key, managed.now - ago, None, None, status))
        await managed.database._log.flush()

    managed.run(noted())


def shut_out(managed: Managed, ago: int, status: int = 401) -> None:
    """A request so long ago that its key has opened nothing for."""
    entry = LogEntry(
        managed.organization, managed.connection.id, None, f"r{ago}", managed.now - ago, 1, "GET", "/Users", status,
        None, None, None, None, code="key-expired",
    )  # fmt: skip

    async def keep(administration: Administration) -> None:
        await administration.registers.requests.keep(entry)

    managed.run(managed.database.administer(managed.organization, keep))


def test_how_it_is_follows_what_happens(managed: Managed) -> None:
    """From waiting on: what comes in, what opens nothing, until the next success."""
    assert seen(managed).health.condition == "waiting"
    shut_out(managed, 50)
    shut_out(managed, 40, 400)
    assert seen(managed).health.condition == "failing"
    note(managed, 30, 200)
    assert seen(managed).health.condition == "healthy"
    shut_out(managed, 20)
    shut_out(managed, 10)
    found = seen(managed)
    assert found.health.condition == "failing"
    assert "end of its life" in found.health.reason
    note(managed, 5, 404)  # nothing has succeeded since
    assert seen(managed).health.condition == "failing"
    note(managed, 1, 200)
    found = seen(managed)
    assert (found.health.condition, sum(hour.requests for hour in found.hours)) == ("healthy", 3)
    note(managed, 0, 500)
    assert seen(managed).health.condition == "degraded"


def test_only_living_credentials_are_seen(managed: Managed) -> None:
    """One that was replaced until its end; the dead ones are in the list of all, newest first."""
    own = (managed.database, managed.world, managed.organization)
    revoked, _ = managed.run(create_credential(managed.database, managed.world, managed.connection))
    managed.run(revoke_credential(*own, revoked.id))
    managed.now += 1
    successor = managed.run(rotate_credential(*own, managed.key.id, HOUR)).credential
    assert {known.credential.id for known in seen(managed).credentials} == {managed.key.id, successor.id}
    managed.now += HOUR
    assert [known.credential.id for known in seen(managed).credentials] == [successor.id]

    async def latest(administration: Administration) -> list[str]:
        found = await administration.registers.credentials.latest(Of(managed.connection.id), 2)
        return [known.credential.id for known in found]

    newest = managed.run(managed.database.administer(managed.organization, latest))
    assert (newest[0], len(newest)) == (successor.id, 2)


def test_an_open_alert_is_on_top(managed: Managed) -> None:
    """With accounts that are held, or without."""
    alert = Alert("a" * 21, managed.connection.id, "mass_deactivation", managed.now - 2, managed.now - 1, 11)

    async def open_one(administration: Administration) -> None:
        await administration.registers.alerts.add(alert)

    async def holding(administration: Administration) -> Any:
        return await administration.registers.held.among([managed.connection.owner])

    managed.run(managed.database.administer(managed.organization, open_one))
    found = seen(managed)
    assert (found.health.condition, found.alerts) == ("alerted", [alert])
    assert managed.run(managed.database.administer(managed.organization, holding)) == []


def test_however_many_there_are_it_takes_as_many_statements(
    managed: Managed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For one connection or for a page of them; and the rows of those on the page alone."""
    said: list[int] = []
    for kind in (SqliteSession, PostgresSession):
        fetch = kind.fetch

        async def counted(self: Any, sql: str, *values: Any, fetch: Any = fetch) -> Any:
            found = await fetch(self, sql, *values)
            said.append(len(found))
            return found

        monkeypatch.setattr(kind, "fetch", counted)

    def page(limit: int) -> list[int]:
        said.clear()
        managed.run(overviews(managed.database, managed.organization, None, limit, managed.now))
        return [*said]

    managed.run(overview(managed.database, managed.organization, managed.connection.id, managed.now))
    one, alone = len(said), page(9)
    for _ in range(4):
        managed.now += 1
        made, _, _ = managed.run(
            add_connection(managed.database, managed.world, managed.organization, Choice("entra"))
        )
        happens(managed, made)
    assert len(page(9)) == one == len(alone) <= 8
    assert sum(page(9)) == sum(alone) + 4 * 5
    assert page(1) == alone


def happens(managed: Managed, made: Connection) -> None:
    """What an overview tells of beside the connection and its key: an hour, a refusal and an alert."""
    alert = Alert(made.id[:-1] + "a", made.id, "mass_deactivation", managed.now, managed.now, 11)
    entry = LogEntry(
        managed.organization,
        made.id,
        None,
        made.id,
        managed.now,
        1,
        "GET",
        "/Users",
        401,
        None,
        None,
        None,
        None,
    )

    async def all_of_it(administration: Administration) -> None:
        await administration.registers.alerts.add(alert)
        await administration.registers.requests.keep(entry)
        await administration.registers.hours.add([Hour(made.id, managed.now // HOUR * HOUR, 1, 1)])

    managed.run(managed.database.administer(managed.organization, all_of_it))


def test_there_is_none_of_another_organization(managed: Managed, scene: Scene) -> None:
    """Nor of an id that never was."""
    other = Managed(scene)
    for id in (other.connection.id, "x" * 21):
        with pytest.raises(Missing):
            managed.run(overview(managed.database, managed.organization, id, managed.now))
