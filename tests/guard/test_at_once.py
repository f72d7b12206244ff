"""Many deactivations at the same moment, through several processes too: as many end as may, and there is one alert."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from muster.bootstrap import open_database
from muster.endpoint.application import Endpoint
from muster.front import endpoint
from tests.conformance.bodies import PATCH_OP, operation
from tests.guard.scene import Guarded
from tests.harness.postgres import Cluster

MAY = 5
ALL = 24


async def ask(application: Endpoint, scene: Guarded, method: str, user: str) -> int:
    """Send a request about a user to a process; the status."""
    body = {"schemas": [PATCH_OP], "Operations": [operation("replace", "active", value=False)]}
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": json.dumps(body).encode(), "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [
        (b"authorization", f"Bearer {scene.endpoint.api_key}".encode()),
        (b"content-type", b"application/scim+json"),
    ]
    path = f"/scim/{scene.endpoint.connection_id}/v2/Users/{user}".encode()
    scope = {"type": "http", "method": method, "path": "/scim", "raw_path": path, "query_string": b""}
    await application({**scope, "headers": headers}, receive, send)
    return int(sent[0]["status"])


def assert_held(scene: Guarded, people: list[str]) -> None:
    """No more than those that may have ended; all others wait for a decision, in one alert that counts them all."""
    found = [scene.status(one) for one in people]
    assert found.count("held") == ALL - MAY
    (alert,) = scene.alerts()
    assert alert.count == ALL
    assert {one.user for one in scene.held(alert.id)} == {
        one for one, status in zip(people, found, strict=True) if status == "held"
    }
    assert len(scene.changes("alert")) == 1


def test_one_process(scene: Guarded) -> None:
    """PATCH and DELETE at once, on either store."""
    people = scene.people(ALL)
    scene.guard(users=MAY, percent=0, hold=True)

    async def all_at_once() -> list[int]:
        application = endpoint(scene.database, scene.endpoint.settings)
        asked = (
            ask(application, scene, "DELETE" if place % 3 == 0 else "PATCH", one)
            for place, one in enumerate(people)
        )
        return await asyncio.gather(*asked)

    assert set(scene.run(all_at_once())) == {200, 204}
    assert_held(scene, people)


def test_two_processes(cluster: Cluster, tmp_path: Path) -> None:
    """On one PostgreSQL, each with connections of its own to it."""
    scene = Guarded(tmp_path, cluster.empty_store())
    people = scene.people(ALL)
    scene.guard(users=MAY, percent=0, hold=True)

    async def all_at_once() -> list[int]:
        other = await open_database(scene.endpoint.settings, serving=True)
        try:
            processes = [endpoint(one, scene.endpoint.settings) for one in (scene.database, other)]
            asked = (ask(processes[place % 2], scene, "PATCH", one) for place, one in enumerate(people))
            return await asyncio.gather(*asked)
        finally:
            await other.close()

    assert set(scene.run(all_at_once())) == {200}
    assert_held(scene, people)
    scene.close()


def test_two_last_administrators(scene: Guarded) -> None:
    """Who are deactivated at the same moment: one of them is held."""
    ada, grace = scene.people(2)
    scene.give(scene.team(ada, grace))
    scene.protect()

    async def both_at_once() -> list[int]:
        application = endpoint(scene.database, scene.endpoint.settings)
        return await asyncio.gather(*(ask(application, scene, "PATCH", one) for one in (ada, grace)))

    assert scene.run(both_at_once()) == [200, 200]
    assert sorted((scene.status(ada), scene.status(grace))) == ["held", "inactive"]
