"""The side that asks, others whose ids it knows, and the judge of what it gets for them.

Law: an answer is judged by what the same request gets with ids that nobody has.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from tests.conformance.bodies import group, user
from tests.endpoint.asgi import Response
from tests.isolation.attempt import Attempt
from tests.isolation.behind import Rows
from tests.isolation.world import Call, Identity, Side, World, nobody

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
WORD = re.compile(r"\b(user|group)-[0-9a-f]{12}\b")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
OTHERS = ("another organization", "another connection")
REFUSED, FAILED, NOT_HERE = 400, 500, 501

Neutral = tuple[int, str, dict[str, str]]
"""Status, body and headers of an answer without what may differ."""


@dataclass
class Scene:
    """The side that asks, and others with what they have and have had; `ids` by (whose, whether it is deleted)."""

    world: World
    mine: Side
    others: dict[str, Side]
    ids: dict[tuple[str, bool], Identity]
    unknown: dict[str, Neutral] = field(default_factory=dict)


def settle(world: World) -> Scene:
    """Two organizations, the first with two connections: each organization's first owner has one and the same number."""
    first, second = world.organization(), world.organization()
    mine = world.side(first)
    sides = dict(zip(OTHERS, (world.side(second), world.side(first)), strict=True))
    assert sides["another organization"].connection.owner == mine.connection.owner
    mine.make("/Groups", group(mine.make("/Groups", group(mine.make("/Users", user())))))
    ids = {}
    for (name, side), organization in zip(sides.items(), (second, first), strict=True):
        for deleted in (False, True):
            ids[name, deleted] = _inhabited(world, side, organization, deleted=deleted)
    return Scene(world, mine, sides, ids)


def _inhabited(world: World, side: Side, organization: str, *, deleted: bool) -> Identity:
    """What a side has, or has had."""
    who = world.inhabited(side, organization)
    if deleted:
        assert side.send(Call("DELETE", f"/Users/{who.user}")).status == 204
        assert side.send(Call("DELETE", f"/Groups/{who.group}")).status == 204
    return who


def judge(scene: Scene, attempt: Attempt, name: str, *, deleted: bool) -> None:
    """Assert the same status, headers and body as for made-up ids, and that not one of the other's rows moves.

    A refusal and a read move nothing of anybody's.
    """
    theirs = visible(scene.ids[name, deleted], name)
    expected = _unknown(scene, attempt)
    call = attempt.build(scene.mine, theirs)
    rows = None if attempt.reads else state(scene, name)
    everything = scene.world.behind.everything()

    answer = scene.mine.send(call)

    try:
        assert answer.status < FAILED or answer.status == NOT_HERE
        assert neutral(answer, theirs) == expected
        if answer.status >= REFUSED or rows is None:
            assert scene.world.behind.everything() == everything
        else:
            assert state(scene, name) == rows
    finally:
        _tidy(scene, call, answer)


def _unknown(scene: Scene, attempt: Attempt) -> Neutral:
    """What the attempt is answered with ids that nobody has; a write is asked for it once."""
    if str(attempt) in scene.unknown:
        return scene.unknown[str(attempt)]
    unknown = nobody()
    call = attempt.build(scene.mine, unknown)
    answer = scene.mine.send(call)
    _tidy(scene, call, answer)
    found = neutral(answer, unknown)
    if not attempt.reads:
        scene.unknown[str(attempt)] = found
    return found


def visible(who: Identity, name: str) -> Identity:
    """An organization's schemas are all its connections' by design: the neighbour's is no secret."""
    return who if name == "another organization" else replace(who, schema=nobody().schema)


def neutral(answer: Response, who: Identity) -> Neutral:
    """An answer with what may differ blanked: the ids asked for, new ids, names, times."""
    headers = {name: _blank(value, who) for name, value in answer.headers.items() if name != "x-request-id"}
    return answer.status, _blank(answer.body.decode(), who), headers


def _blank(text: str, who: Identity) -> str:
    for word in who.words():
        text = text.replace(word, "THEIRS")
    return TIME.sub("TIME", WORD.sub("WORD", UUID.sub("ID", text)))


def state(scene: Scene, name: str) -> Rows:
    """Of another organization everything, of a neighbour what is its own."""
    side = scene.others[name]
    return scene.world.whole(side) if name == "another organization" else scene.world.state(side)


def _tidy(scene: Scene, call: Call, answer: Response) -> None:
    """Take away what an attempt made or named after another, so that the next one finds the name free."""
    made = []
    if answer.status == 201:
        made = [answer.headers["location"]]
    elif answer.status < REFUSED and call.method in ("PUT", "PATCH"):
        made = [call.path]
    elif answer.status == 200 and b"BulkResponse" in answer.body:
        listed = answer.json["Operations"]
        made = [one["location"] for one in listed if one["status"] in ("200", "201")]
    scene.mine.tidy(*made)


def differs(scene: Scene, attempt: Attempt, name: str) -> bool:
    """Whether an answer, no failure of ours, betrays that the ids are somebody's."""
    theirs = visible(scene.ids[name, False], name)
    answer, expected = scene.mine.send(attempt.build(scene.mine, theirs)), _unknown(scene, attempt)
    return max(answer.status, expected[0]) < FAILED and neutral(answer, theirs) != expected
