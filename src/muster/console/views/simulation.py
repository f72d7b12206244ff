"""A simulated IdP at a connection: chosen, begun, watched while it plays, stopped.

Law: where people of a real IdP are, or may be, it is asked first, with the numbers of what would be made.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from starlette.responses import Response
from starlette.routing import Route

from muster.console.number import number
from muster.console.runs import Run
from muster.console.simulation import Wanted
from muster.console.views.around import at, connection_id, connection_page, looked_at
from muster.console.visit import HEADERS, WRITERS, Visit, page
from muster.directory.organizations import Conflict
from muster.directory.overview import Overview

MOST_USERS: Final = 50
MOST_GROUPS: Final = 10
_STAND_INS: Final = 3  # people who are made beside the others where faults are provoked
_SEEDS: Final = 1_000_000


async def simulation(visit: Visit) -> Response:
    """Show the run of a connection, and ask for another one."""
    return _shown(visit, await looked_at(visit))


async def part(visit: Visit) -> Response:
    """Answer with the steps alone, where there are others than those that are shown."""
    run, id = _run(visit)
    if visit.asked("seen") == (run.mark if run else "unknown"):
        answer = Response(status_code=204, headers=HEADERS)
    else:
        here = at(visit, "/simulation")
        answer = visit.page("simulation_part.html", run=run, run_id=id, here=here, alone=True)
    if run is None:
        answer.headers["connection"] = (
            "close"  # so that the next question may come to the process that plays it
        )
    return answer


async def begin(visit: Visit) -> Response:
    """Begin a run; where there is something already, ask first."""
    seen = await looked_at(visit)
    wanted, problems = _wanted(visit)
    if seen.health.condition in ("off", "paused"):
        problems["form"] = "Every request is refused as it is; enable or resume the connection first."
    if not problems and _is_used(seen) and visit.sent("sure") != "yes":
        return connection_page(
            visit, "simulation_sure.html", seen, wanted=wanted, stand_ins=_STAND_INS, typed=_typed(visit)
        )
    try:
        if not problems:
            run = visit.house.runs.begin(visit.world, seen.used.connection, wanted)
            return visit.go(at(visit, f"/simulation?run={run.id}"))
    except Conflict as error:
        problems["form"] = str(error)
    except ValueError as error:
        problems["provider"] = str(error)
    return _shown(visit, seen, problems)


async def stop(visit: Visit) -> Response:
    """Have a run end; the page then says what became of it."""
    id = visit.sent("run")
    run = visit.house.runs.of(connection_id(visit), id)
    if run is not None:
        visit.house.runs.stop(run)
    return visit.go(at(visit, f"/simulation?{urlencode({'run': id})}"))


def _run(visit: Visit) -> tuple[Run | None, str]:
    """Return the run that is asked for, as far as this process knows it, and its id; without one the latest here."""
    id = visit.asked("run")[:50]
    return visit.house.runs.of(connection_id(visit), id), id


def _is_used(seen: Overview) -> bool:
    connection = seen.used.connection
    return seen.used.activity is not None or bool(connection.users or connection.groups)


def _wanted(visit: Visit) -> tuple[Wanted, dict[str, str]]:
    """Return what is asked for, and what is wrong with it at which field."""
    known = visit.house.runs.simulation
    typed, problems = _typed(visit), {}
    users = _number(typed["users"], 1, MOST_USERS)
    groups = _number(typed["groups"], 0, MOST_GROUPS) if typed["groups"] else None
    if typed["provider"] not in known.providers:
        problems["provider"] = "Choose the IdP that is to be played."
    if users is None:
        problems["users"] = f"From 1 to {MOST_USERS} people."
    if typed["groups"] and groups is None:
        problems["groups"] = f"From 0 to {MOST_GROUPS} groups, or nothing for as many as is usual."
    faults = tuple(fault for fault in known.faults if fault in typed["faults"])
    seed = int.from_bytes(visit.world.random(4)) % _SEEDS
    wanted = Wanted(
        typed["provider"], users or 1, groups, faults, delete_at_end=bool(typed["delete_at_end"]), seed=seed
    )
    return wanted, problems


def _number(text: str, least: int, most: int) -> int | None:
    found = number(text, len(str(most)))
    return found if found is not None and least <= found <= most else None


def _typed(visit: Visit) -> dict[str, Any]:
    typed: dict[str, Any] = {
        name: visit.sent(name).strip() for name in ("provider", "users", "groups", "delete_at_end")
    }
    return typed | {"faults": [each for each in visit.form.getlist("faults") if isinstance(each, str)]}


def _shown(visit: Visit, seen: Overview, problems: dict[str, str] | None = None) -> Response:
    run, id = _run(visit)
    runs = visit.house.runs
    blank = {"provider": _usual(visit, seen), "users": "10", "groups": "", "delete_at_end": "", "faults": []}
    status = 422 if problems else 200
    return connection_page(
        visit,
        "simulation.html",
        seen,
        status,
        run=run,
        run_id=id,
        alone=False,
        here=at(visit, "/simulation"),
        idps=runs.simulation.providers,
        faults=runs.simulation.faults,
        typed=_typed(visit) if problems else blank,
        problems=problems or {},
        most_users=MOST_USERS,
        most_groups=MOST_GROUPS,
    )


def _usual(visit: Visit, seen: Overview) -> str:
    """Return the IdP that is played unless another is chosen: the connection's own, where it can be."""
    provider = seen.used.connection.provider
    known = visit.house.runs.simulation.providers
    return provider if provider in known else next(iter(known))


_PATH: Final = "/console/connections/{connection}/simulation"
ROUTES: Final = [
    Route(_PATH, page(simulation), name="simulation"),
    Route(_PATH, page(begin, WRITERS), methods=["POST"]),
    Route(f"{_PATH}/part", page(part), name="simulation-part"),
    Route(f"{_PATH}/stop", page(stop, WRITERS), methods=["POST"], name="stop-simulation"),
]
