"""Listening to a connection that is set up: what has arrived, what went wrong, who came."""

from __future__ import annotations

import hashlib
from typing import Any, Final, NamedTuple

from starlette.responses import Response

from muster.console.guides.guide import Guide, Tick, looks_like
from muster.console.setting import Desk, reading
from muster.console.visit import HEADERS
from muster.directory.arrivals import Arrived, Progress, progress_of, review_of
from muster.directory.sources import name_of

_UNTESTED: Final = "Test the connection in your provider."


class Awaited(NamedTuple):
    """One step of the list that ticks itself: whether it was reached, when and by whom, and what to do for it."""

    tick: Tick
    done: bool
    failed: bool
    time: int | None
    name: str
    todo: str


async def listening(desk: Desk) -> Response:
    """Show the list that ticks itself."""
    return desk.page("setup_listening.html", step="/listening", **await _heard(desk))


async def part(desk: Desk) -> Response:
    """Answer with the list alone, where it is another than the one that is shown."""
    heard = await _heard(desk)
    if desk.visit.asked("seen") == heard["mark"]:
        return Response(status_code=204, headers=HEADERS)
    return desk.page("listening_part.html", **heard)


async def review(desk: Desk) -> Response:
    """Show who came, who was linked, conflicts, roles, the mapping, and what is worth a look."""
    found = await review_of(desk.visit.database, desk.connection, desk.activity)
    roles = [(role, name_of(role.document)) for role in found.roles]
    return desk.page("setup_review.html", step="/review", review=found, roles=roles)


async def done(desk: Desk) -> Response:
    """Show that all is done, or what is not."""
    return desk.page("setup_done.html", step="/done", **await _heard(desk))


async def _heard(desk: Desk) -> dict[str, Any]:
    """Return what a page shows of the progress, with a mark that is another where anything is."""
    visit = desk.visit
    progress = await progress_of(
        visit.database, desk.setting, visit.world.clock(), desk.guide.test_user.casefold()
    )
    awaited = _awaited(desk.guide, progress)
    latest = progress.latest[0] if progress.latest else None
    like = looks_like(latest.user_agent) if latest else None
    told = repr((progress.state, awaited, progress.latest, progress.problems, desk.connection.provider))
    mark = hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()[:12]
    return {
        "awaited": awaited,
        "progress": progress,
        "latest": latest,
        "like": like,
        "mark": mark,
        "state": progress.state,
    }


def _awaited(guide: Guide, progress: Progress) -> list[Awaited]:
    """Return the steps in the order in which they are reached; without those that never come."""
    times: dict[Tick, int | None] = {
        "request": progress.seen,
        "key": progress.opened,
        "probe": progress.served,
    }
    arrived: dict[Tick, Arrived | None] = {"user": progress.user, "deactivation": progress.deactivated}
    if progress.groups_wanted and "group" not in guide.missing:
        arrived = {"user": progress.user, "group": progress.group, "deactivation": progress.deactivated}
    reached = [
        Awaited(
            tick,
            time is not None,
            tick == "key" and progress.state == "failing",
            time,
            "",
            _todo(guide, tick),
        )
        for tick, time in times.items()
    ]
    return reached + [_arrival(tick, one, _todo(guide, tick)) for tick, one in arrived.items()]


def _arrival(tick: Tick, one: Arrived | None, todo: str) -> Awaited:
    done = one is not None
    return Awaited(
        tick, done, failed=False, time=one.time if one else None, name=one.name if one else "", todo=todo
    )


def _todo(guide: Guide, tick: Tick) -> str:
    return guide.ticks.get(tick, guide.ticks.get("request", _UNTESTED))


ROUTES: Final = [
    *reading("/listening", listening),
    *reading("/listening/part", part),
    *reading("/review", review),
    *reading("/done", done),
]
