"""Simulations in the background: the key of each is dead when it is over, whatever ends it, and when."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import replace

import pytest

from muster.bootstrap import world
from muster.console.runs import Run, Runs
from muster.console.simulation import Played, Wanted
from muster.directory.credentials import connection_of, list_credentials
from muster.directory.identifiers import new_organization, new_public_id
from muster.directory.organizations import Conflict
from muster.directory.records import Connection, Credential
from muster.directory.registers.credentials import Of
from tests.api.idp import Idp
from tests.api.platform import Platform

WANTED = Wanted("okta", 1, None, (), delete_at_end=False, seed=1)
STEP = Played(1, 2, "a step", "passed", "200", "because", (), 1, ())


class Endless:
    """An IdP that takes one step, and never ends by itself."""

    def __init__(self) -> None:
        self.providers: Mapping[str, str] = {"okta": "Okta"}
        self.faults: Sequence[str] = ("duplicate",)
        self.begun, self._goes_on = asyncio.Event(), asyncio.Event()

    def check(self, _wanted: Wanted) -> None:
        """Everything can be played."""

    async def play(
        self, _connection: Connection, _api_key: str, _wanted: Wanted
    ) -> AsyncGenerator[Played, None]:
        """One step, and no other."""
        self.begun.set()
        yield STEP
        await self._goes_on.wait()


def test_one_organization_leaves_room_for_others(acme: Platform, idp: Idp) -> None:
    """It plays at one connection at a time, however many it has."""
    database = acme.api.database

    async def work() -> None:
        runs = Runs(Endless(), database, lambda: False)
        connection = await connection_of(database, idp.number, idp.connection)
        runs.begin(world(), connection, WANTED)
        with pytest.raises(Conflict, match="Another connection"):
            runs.begin(world(), replace(connection, id=new_public_id(idp.number, os.urandom)), WANTED)
        others = new_organization(os.urandom)
        theirs = replace(connection, organization=others, id=new_public_id(others, os.urandom))
        assert runs.begin(world(), theirs, WANTED).going
        await runs.end()

    acme.api.run(work())


@pytest.mark.parametrize("when", ["before it begins", "while it plays", "while it closes", "twice"])
def test_its_key_is_dead_however_it_ends(acme: Platform, idp: Idp, when: str) -> None:
    """Also where it is closing already because the server drains, and the end comes in the middle of that."""
    database, outside = acme.api.database, world()

    async def work() -> list[Credential]:
        begun: list[Run] = []
        idle = Endless()
        runs = Runs(idle, database, lambda: when == "while it closes" and bool(begun))
        connection = await connection_of(database, idp.number, idp.connection)
        run = runs.begin(outside, connection, WANTED)
        begun.append(run)
        with pytest.raises(Conflict):
            runs.begin(outside, connection, WANTED)  # one at a time
        if when != "before it begins":
            await idle.begun.wait()
        if when == "twice":
            runs.stop(run)
            await asyncio.sleep(0)
            runs.stop(run)
            await asyncio.sleep(0)
        await runs.end()
        assert (run.going, run.outcome, run.problem) == (False, "stopped", None)
        found = await list_credentials(database, idp.number, Of(connection.id), None, 100)
        return [known.credential for known in found]

    credentials = acme.api.run(work())
    own = [one for one in credentials if one.expires - one.created == 3600 * 1_000_000]
    assert [one.revoked is not None for one in own] == ([] if when == "before it begins" else [True])
