"""Every operation that is described, tried on another organization's things: there is nothing there, and nothing changes.

The description is what is gone through, so that a route that is added is tried too.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import pytest

from tests.api.asgi import Answer, Api, assert_problem
from tests.api.made import Operation, ids_of, named_by, operations


class Sides(NamedTuple):
    """Two organizations, each with a key that may write, and with a thing of each kind; and ids that nothing has."""

    mine: str
    key: str
    ids: Mapping[str, str]
    theirs: str
    their_key: str
    their_ids: Mapping[str, str]
    absent: Mapping[str, str]


@pytest.fixture
def sides(api: Api, monkeypatch: pytest.MonkeyPatch) -> Sides:
    """Two organizations that are furnished alike; that their keys were used is not written while they are compared."""
    monkeypatch.setattr("muster.store.log.WITHIN", 3600.0)
    mine, theirs = api.new_organization("mine"), api.new_organization("theirs")
    their_ids = ids_of(api, theirs)
    absent = {kind: _absent(id, mine) for kind, id in their_ids.items()}
    return Sides(mine, api.new_key(mine), ids_of(api, mine), theirs, api.new_key(theirs), their_ids, absent)


def _absent(id: str, mine: str) -> str:
    """An id that nothing has and that looks like this one, in my own organization where it says whose it is."""
    if id.isdecimal():
        return str(int(id) + 1)
    if len(id) == len(mine):
        return "0" * (len(id) - 1) + "1"
    if "-" in id:
        return str(uuid.uuid4())
    return mine + id[len(mine) :][::-1]


def ways(api: Api, sides: Sides, one: Operation) -> Iterator[tuple[str, str]]:
    """Whoever has no right to it: the key, and the query that it asks with."""
    yield sides.key, ""
    if "organization" in one.parameters:
        yield sides.key, f"organization={sides.mine}"
        yield api.key, f"organization={sides.mine}"


def ask(api: Api, one: Operation, ids: Mapping[str, str], key: str, query: str) -> Answer:
    """Send an operation with these ids."""
    return api.request(one.method, one.address(ids, query), one.body(api, ids), key=key)


def told(answer: Answer, ids: Mapping[str, str]) -> Any:
    """What an answer says, whatever the ids."""
    text = answer.body.decode()
    for id in ids.values():
        text = text.replace(id, "ID")
    return answer.status, json.loads(text)


def everything(api: Api, ids: Mapping[str, str], key: str) -> dict[str, Any]:
    """What an organization can see of itself."""
    reading = (one for one in operations(api) if one.method == "GET")
    return {one.id: ask(api, one, ids, key, "").json for one in reading}


def test_another_organizations_things_are_not_there(api: Api, sides: Sides) -> None:
    """By id, in a path, a body or a parameter: exactly as if there were none with it; and they stay as they were."""
    before = everything(api, sides.their_ids, sides.their_key)
    tried = 0
    for one in operations(api):
        for key, query in ways(api, sides, one):
            if not one.kinds:
                continue
            found = told(ask(api, one, sides.their_ids, key, query), sides.their_ids)
            assert found == told(ask(api, one, sides.absent, key, query), sides.absent), one
            assert found[0] == 404, (
                one.id,
                found,
                "a body that is taken goes into BODIES (tests/api/made.py)",
            )
            tried += 1
    assert tried > 10
    assert everything(api, sides.their_ids, sides.their_key) == before


def test_what_names_another_organizations_thing_names_nothing(api: Api, sides: Sides) -> None:
    """Beside my own ids in the path: in each field of a body and each parameter that is called after a kind."""
    before = everything(api, sides.their_ids, sides.their_key)
    for one in operations(api):
        for name in sorted(one.parameters - {"organization"}):
            if named_by(name) not in sides.ids:
                continue
            answers = [
                told(ask(api, one, sides.ids, sides.key, f"{name}={ids[named_by(name)]}"), ids)
                for ids in (sides.their_ids, sides.absent)
            ]
            assert answers[0] == answers[1], (one.id, name)
        body = one.body(api, sides.their_ids)
        if body == one.body(api, sides.absent):
            continue  # it names nothing
        answers = [
            told(api.request(one.method, one.address(sides.ids), one.body(api, ids), key=sides.key), ids)
            for ids in (sides.their_ids, sides.absent)
        ]
        assert answers[0] == answers[1], one.id
        assert answers[0][0] in {404, 422}, (one.id, answers[0])
    assert everything(api, sides.their_ids, sides.their_key) == before


def test_another_organization_cannot_be_named(api: Api, sides: Sides) -> None:
    """`?organization=` with a key of one organization is that one, or there is nothing there."""
    before = everything(api, sides.their_ids, sides.their_key)
    for one in operations(api):
        if "organization" in one.parameters:
            answer = ask(api, one, sides.their_ids, sides.key, f"organization={sides.theirs}")
            assert_problem(answer, 404, "not_found")
    assert everything(api, sides.their_ids, sides.their_key) == before


def test_no_list_has_anothers_things(api: Api, sides: Sides) -> None:
    """Neither with my key nor with the platform's in my organization; mine are there."""
    for one in operations(api):
        if one.method != "GET" or one.kinds:
            continue
        for key, query in ways(api, sides, one):
            answer = ask(api, one, {}, key, query)
            assert answer.status == 200, one.id
            for id in sides.their_ids.values():
                assert id.encode() not in answer.body, one.id
        kind = one.path.strip("/")
        if kind in sides.ids and not sides.ids[kind].isdecimal():  # numbers are each organization's own
            assert sides.ids[kind].encode() in answer.body, one.id


def test_what_only_the_platform_may_is_refused(api: Api, sides: Sides) -> None:
    """Where no organization is named anywhere, a key of one reads its own, or is told that it may not."""
    for one in operations(api):
        if one.kinds or "organization" in one.parameters or one.method == "GET":
            continue
        assert_problem(ask(api, one, sides.ids, sides.key, ""), 403, "forbidden")
