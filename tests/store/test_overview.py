"""A connection as somebody looks at it, on both stores: read in one go, however many there are."""

from __future__ import annotations

from typing import Any

import pytest

from muster.directory.connections import Choice, add_connection
from muster.directory.credentials import create_credential, revoke_credential, rotate_credential
from muster.directory.organizations import Missing
from muster.directory.overview import Overview, overview, overviews
from muster.directory.ports import Administration
from muster.directory.records import LogEntry
from muster.directory.registers.alerts import Alert
from muster.directory.registers.credentials import Of
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
        return await administration.registers.held.owners()

    managed.run(managed.database.administer(managed.organization, open_one))
    found = seen(managed)
    assert (found.health.condition, found.alerts) == ("alerted", [alert])
    assert managed.run(managed.database.administer(managed.organization, holding)) == []


def test_however_many_there_are_it_takes_as_many_statements(
    managed: Managed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For one connection or for all of an organization."""
    said: list[str] = []
    for kind in (SqliteSession, PostgresSession):
        fetch = kind.fetch

        async def counted(self: Any, sql: str, *values: Any, fetch: Any = fetch) -> Any:
            said.append(sql)
            return await fetch(self, sql, *values)

        monkeypatch.setattr(kind, "fetch", counted)
    where = managed.database, managed.organization
    managed.run(overview(*where, managed.connection.id, managed.now))
    one, choice = len(said), Choice("entra")
    for _ in range(4):
        managed.run(add_connection(managed.database, managed.world, managed.organization, choice))
    said.clear()
    assert len(managed.run(overviews(*where, None, 9, managed.now))) == 5
    assert len(said) == one <= 8


def test_there_is_none_of_another_organization(managed: Managed, scene: Scene) -> None:
    """Nor of an id that never was."""
    other = Managed(scene)
    for id in (other.connection.id, "x" * 21):
        with pytest.raises(Missing):
            managed.run(overview(managed.database, managed.organization, id, managed.now))
