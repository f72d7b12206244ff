"""The simulations that this process plays: begun, watched, stopped.

Law: a run has a credential of its own that lives for an hour and is revoked when the run ends, however it ends. What is
known of a run is in the memory of the process that plays it; one organization has one run at a time there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Final, Literal

import structlog

from muster.console.simulation import Played, Simulation, Unplayable, Wanted
from muster.directory.credentials import create_credential, revoke_credential
from muster.directory.identifiers import organization_of
from muster.directory.lifetime import SHORTEST
from muster.directory.organizations import Conflict, Missing, Refused
from muster.directory.ports import Database
from muster.directory.records import Connection, Credential
from muster.directory.world import World

Outcome = Literal["passed", "failed", "stopped", "broken"]

_AT_ONCE: Final = 3
_REMEMBERED: Final = 20
_LONGEST: Final = 30 * 60.0  # seconds

_BROKEN: Final = "Something went wrong here. Whoever runs this server finds it in its log."
_NOT_REVOKED: Final = (
    "The key of the simulation could not be revoked. It ends by itself within an hour; on the page Credentials it can"
    " be revoked now."
)

_log = structlog.get_logger("muster.console")


@dataclass(slots=True, eq=False)
class Run:
    """One simulation; `outcome` counts once it is over, and `problem` says what kept it from its end.

    `stopping`: somebody wants it to end. It is `playing` for as long as it may be interrupted at any point.
    """

    id: str
    connection: str
    wanted: Wanted
    steps: list[Played] = field(default_factory=list)
    outcome: Outcome = "stopped"
    problem: str | None = None
    task: asyncio.Task[None] | None = None
    stopping: bool = False
    playing: bool = False

    @property
    def going(self) -> bool:
        """Whether it is being played."""
        return self.task is not None and not self.task.done()

    @property
    def failed(self) -> list[Played]:
        """Return the steps that did not pass."""
        return [step for step in self.steps if step.verdict != "passed"]

    @property
    def requests(self) -> int:
        """Return how many requests were sent."""
        return sum(step.requests for step in self.steps)

    @property
    def mark(self) -> str:
        """Return what is another when there is more to show."""
        return f"{self.id}.{len(self.steps)}.{'' if self.going else self.outcome}"


class Runs:
    """The runs of one process, the latest when they are over too; `ending`: the server is on its way out."""

    def __init__(self, simulation: Simulation, database: Database, ending: Callable[[], bool]) -> None:
        self.simulation = simulation
        self._database = database
        self._ending = ending
        self._runs: dict[str, Run] = {}

    def of(self, connection: str, id: str = "") -> Run | None:
        """Return the run of a connection with an id, or its latest; None: this process knows of none."""
        found = [run for run in self._runs.values() if run.connection == connection and id in ("", run.id)]
        return found[-1] if found else None

    def begin(self, world: World, connection: Connection, wanted: Wanted) -> Run:
        """Begin a run. Raises Conflict: there is one, or there are too many; ValueError: it cannot be played."""
        self.simulation.check(wanted)
        going = [run for run in self._runs.values() if run.going]
        if any(run.connection == connection.id for run in going):
            raise Conflict("A simulation is being played here already; wait for its end, or stop it.")
        if any(organization_of(run.connection) == connection.organization for run in going):
            raise Conflict("Another connection here is playing one: wait for its end, or stop it there.")
        if len(going) >= _AT_ONCE or self._ending():
            raise Conflict(
                "This server plays as many simulations as it can right now; try again in a minute."
            )
        run = Run(world.new_request_id(), connection.id, wanted)
        run.task = asyncio.get_running_loop().create_task(self._play(run, world, connection))
        self._runs[run.id] = run
        over = [each.id for each in self._runs.values() if not each.going]
        for id in over[: max(0, len(self._runs) - _REMEMBERED)]:
            del self._runs[id]
        return run

    def stop(self, run: Run) -> None:
        """Have a run end; what it has made stays. Its key is not left half made or half revoked by that."""
        run.stopping = True
        if run.playing and run.task is not None:
            run.task.cancel()

    async def end(self) -> None:
        """End all runs, and wait for that."""
        for run in self._runs.values():
            self.stop(run)
        tasks = [run.task for run in self._runs.values() if run.task is not None]
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _play(self, run: Run, world: World, connection: Connection) -> None:
        if run.stopping:
            return
        try:
            credential, key = await create_credential(self._database, world, connection, SHORTEST)
            try:
                run.outcome = await self._played(run, connection, key.api_key)
            finally:
                await self._close(run, world, credential)
        except (Unplayable, Refused) as error:
            run.outcome, run.problem = "broken", str(error)
        except TimeoutError:
            run.outcome, run.problem = "broken", "It took more than half an hour, and was ended."
        except Exception as error:  # noqa: BLE001 - whatever it is, the page has to tell that it is over
            _log.error("a simulation broke", exc_info=error)
            run.outcome, run.problem = "broken", run.problem or _BROKEN

    async def _played(self, run: Run, connection: Connection, api_key: str) -> Outcome:
        if run.stopping:
            return "stopped"
        steps = self.simulation.play(connection, api_key, run.wanted)
        run.playing = True
        try:
            async with asyncio.timeout(_LONGEST), aclosing(steps):
                async for step in steps:
                    run.steps.append(step)
                    if self._ending():
                        return "stopped"
        finally:
            run.playing = False
        return "failed" if run.failed else "passed"

    async def _close(self, run: Run, world: World, credential: Credential) -> None:
        """Revoke what the run came in with."""
        try:
            await revoke_credential(self._database, world, credential.organization, credential.id)
        except (Conflict, Missing):
            pass  # somebody has, or the connection is gone with all of its credentials
        except Exception:
            run.problem = _NOT_REVOKED
            raise
