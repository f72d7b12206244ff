"""What has come in through a connection so far: how far its set-up is, what stands in its way, and who came.

Law: it is read from what is kept anyway, in one snapshot and a number of statements that does not grow; nothing is
noted for a set-up's sake. A step that was reached may be seen a second late, since requests are counted together.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import orjson

from muster.directory.health import Condition, Health
from muster.directory.mapping import Profile, Source, loaded
from muster.directory.overview import overview_in
from muster.directory.ports import Database
from muster.directory.records import Connection, LogEntry
from muster.directory.registers.beginnings import Beginning, First
from muster.directory.registers.connections import Activity, Used
from muster.directory.registers.registers import Registers
from muster.directory.registers.requests import REFUSED, Logged, Sought
from muster.directory.registers.roles import Role
from muster.directory.registers.users import SourcedUser
from muster.directory.requests import Explanation, explain
from muster.directory.setting_up import Setting
from muster.directory.sources import label_of, schemas_of, sources_of
from muster.directory.switches import switches_of

_LATEST: Final = 8  # requests that are shown
_REFUSALS: Final = 40  # that are looked at
_PROBLEMS: Final = 3  # that are explained
_PEOPLE: Final = 20
_KEPT_OUT: Final[frozenset[Condition]] = frozenset({"off", "paused", "held", "alerted", "failing"})
_REFUSED: Final = (REFUSED, 599)


class Arrived(NamedTuple):
    """A user or group that has come: its id, what people call it, and when, in microseconds."""

    id: str
    name: str
    time: int


class Problem(NamedTuple):
    """A refused request with its explanation; `over`: something has succeeded since."""

    entry: LogEntry
    explanation: Explanation
    over: bool


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a set-up is; what is None has not come yet.

    `seen` is the time of the first request, `opened` of the first that a credential opened, `served` of the first that
    succeeded; `latest` are the latest entries of the request log, newest first; `health` is the connection's.
    """

    health: Health
    seen: int | None
    opened: int | None
    served: int | None
    user: Arrived | None
    group: Arrived | None
    deactivated: Arrived | None
    groups_wanted: bool
    latest: Sequence[LogEntry]
    problems: Sequence[Problem]

    @property
    def state(self) -> Condition:
        """Return how far it is in a word: what keeps requests out, or waits for a decision, is told as everywhere else.

        For the rest a set-up has a rule of its own: `healthy` when people have come and nothing has been refused since.
        What was refused before it was mended makes a connection `degraded` for hours, and a set-up no longer.
        """
        if self.health.condition in _KEPT_OUT:
            return self.health.condition
        if any(not problem.over for problem in self.problems):
            return "degraded"
        return "waiting" if self.user is None else "healthy"


class Came(NamedTuple):
    """A user that has come with the profile that is made of it; `linked`: it was a local one before."""

    user: SourcedUser
    name: str
    active: bool
    profile: Profile
    linked: bool


@dataclass(frozen=True, slots=True)
class Review:
    """What a set-up has brought: users (the latest first) and roles (some of them), the mapping, and conflicts."""

    people: Sequence[Came]
    roles: Sequence[Role]
    mapping: Sequence[Source]
    conflicts: Sequence[Problem]

    @property
    def lacking(self) -> dict[str, int]:
        """Return the fields that are asked for and missing, with how many of the people shown lack them."""
        counted: dict[str, int] = {}
        for came in self.people:
            for field in came.profile.warnings:
                counted[field] = counted.get(field, 0) + 1
        return counted


async def progress_of(database: Database, setting: Setting, now: int, test_user: str = "") -> Progress:
    """Return how far a set-up is; `test_user` is the userName that its provider tests with."""
    connection, activity = setting.connection, setting.activity

    async def operation(registers: Registers) -> Progress:
        used = Used(connection, activity)
        health = (await overview_in(registers, setting.organization, used, now)).health
        latest = await registers.requests.search(Sought((connection.id,)), None, _LATEST)
        problems = await _problems(registers, connection, activity)
        beginning = await registers.beginnings.of(connection.owner)
        return _progress(used, health, latest, problems, beginning, test_user)

    return await database.consult(connection.organization, operation)


async def review_of(database: Database, connection: Connection, activity: Activity | None) -> Review:
    """Return what a connection has brought so far."""
    schemas = await schemas_of(database, connection.organization)

    async def operation(registers: Registers) -> Review:
        sources = await sources_of(registers, schemas)
        users = await registers.users.latest(connection.owner, _PEOPLE)
        adopted = await registers.beginnings.adopted([user.id for user in users])
        people = [_came(user, sources.profile(connection.owner, user.document), adopted) for user in users]
        roles = await registers.roles.list([connection.owner], None, _PEOPLE)
        problems = await _problems(registers, connection, activity, ("uniqueness",))
        return Review(people, roles, loaded(connection.mapping), problems)

    return await database.consult(connection.organization, operation)


async def _problems(
    registers: Registers, connection: Connection, activity: Activity | None, only: Collection[str] = ()
) -> list[Problem]:
    """Return the latest refusals that are explained, newest first, one of each kind; those of some scimTypes only."""
    found = await registers.requests.search(Sought((connection.id,), statuses=_REFUSED), None, _REFUSALS)
    served = activity.last_success if activity is not None else None
    problems: dict[str, Problem] = {}
    for entry in (logged.entry for logged in found):
        explanation = explain(entry, connection.provider)
        wanted = not only or entry.scim_type in only
        if explanation is not None and wanted and explanation.code not in problems:
            problems[explanation.code] = Problem(entry, explanation, (served or 0) > entry.time)
    return [*problems.values()][:_PROBLEMS]


def _progress(
    used: Used,
    health: Health,
    latest: Sequence[Logged],
    problems: Sequence[Problem],
    beginning: Beginning,
    test_user: str,
) -> Progress:
    connection, activity = used.connection, used.activity
    entries = [logged.entry for logged in latest]
    opened = activity.first_request if activity else None
    times = [entry.time for entry in entries[-1:]] + ([opened] if opened is not None else [])
    return Progress(
        health,
        min(times, default=None),
        opened,
        activity.first_success if activity else None,
        _first(beginning.users, test_user),
        _first(beginning.groups),
        _first([*beginning.inactive, *beginning.removed], test_user),
        switches_of(connection.provider, connection.switches).group_management,
        entries,
        problems,
    )


def _first(found: Iterable[First], passing: str = "") -> Arrived | None:
    """Return the first that has come, passing over the user that a provider tests with."""
    for one in found:
        if not passing or _document(one.document).get("userName", "").casefold() != passing:
            return Arrived(one.id, label_of(one.document) or one.id, one.time)
    return None


def _came(user: SourcedUser, profile: Profile, adopted: Collection[str]) -> Came:
    active = _document(user.document).get("active") is not False
    return Came(user, label_of(user.document) or user.id, active, profile, user.id in adopted)


def _document(stored: bytes) -> dict[str, Any]:
    document: dict[str, Any] = orjson.loads(stored)
    return document
