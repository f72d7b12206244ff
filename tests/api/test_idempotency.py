"""A POST with an Idempotency-Key: done once, answered each time, and unreadable in the database."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Any

import pytest

from muster.bootstrap import now, world
from muster.directory import idempotency
from muster.directory.failures import StoreUnavailable
from muster.directory.idempotency import Attempt, Sender, begin, finish, prune_idempotency
from muster.directory.identifiers import PLATFORM
from muster.directory.registers.idempotency import Noted
from muster.directory.world import World
from muster.store.registers.idempotency import SqlIdempotency
from tests.api.asgi import Answer, Api, assert_problem

MINUTE = 60 * 1_000_000
DAY = 24 * 60 * MINUTE
CI = {"name": "ci", "ttl": "1h"}


def post(api: Api, path: str, body: Any, name: str = "a-1", **more: Any) -> Answer:
    """Send a POST with an Idempotency-Key."""
    return api.request("POST", path, body, headers=((b"idempotency-key", name.encode()),), **more)


def at(time: int) -> World:
    """The outside at another time."""
    return World(lambda: time, world().random, world().new_request_id)


def noted(api: Api) -> list[Noted]:
    """What the database has of the platform's requests."""

    async def read(registers: Any) -> list[Noted]:
        session = registers.idempotency._session
        sql = (
            "SELECT api_key, digest, request, created, status, answer FROM idempotency WHERE organization = ?"
        )
        return [Noted(*row) for row in await session.fetch(sql, PLATFORM)]

    return api.run(api.database.consult(PLATFORM, read))


def test_the_same_request_is_done_once(api: Api) -> None:
    """The second answer is the first one, the key that is shown once included; quotes around the key mean nothing."""
    first = post(api, "/api-keys", CI)
    assert first.status == 201
    assert "idempotency-replayed" not in first.headers
    second = post(api, "/api-keys", CI, '"a-1"')
    assert (second.status, second.json) == (201, first.json)
    assert second.headers["idempotency-replayed"] == "true"
    assert second.headers["x-request-id"] != first.headers["x-request-id"]
    assert {**second.headers, "x-request-id": ""}.items() >= {**first.headers, "x-request-id": ""}.items()
    assert len(api.request("GET", "/api-keys").json["items"]) == 2
    assert post(api, "/api-keys", CI, "a-2").json["id"] != first.json["id"]


def test_the_same_key_with_another_request_is_refused(api: Api) -> None:
    """Another body, another address, another query: 422 each time, and nothing is made."""
    id = api.new_organization("acme")
    post(api, "/api-keys", CI)
    for path, body in (
        ("/api-keys", {**CI, "name": "cd"}),
        (f"/api-keys?organization={id}", CI),
        ("/organizations", {"name": "new"}),
    ):
        assert_problem(post(api, path, body), 422, "idempotency_key_reused")
    assert len(api.request("GET", "/api-keys").json["items"]) == 2
    assert len(api.request("GET", "/organizations").json["items"]) == 1


def test_a_key_is_its_senders_alone(api: Api) -> None:
    """Two management keys, of one organization or of two, know nothing of each other's."""
    keys = [api.new_key(), api.new_key(api.new_organization("one")), api.new_key(api.new_organization("two"))]
    ids = {post(api, "/api-keys", CI, key=key).json["id"] for key in (*keys, "")}
    assert len(ids) == 4


def test_what_failed_may_be_tried_again(api: Api) -> None:
    """A refusal, of the body or of what it asks for, keeps nothing; neither does a bug."""
    assert post(api, "/api-keys", {"name": 1}).status == 422
    assert post(api, "/api-keys", {"name": "ci", "ttl": "1s"}).status == 422
    assert noted(api) == []
    assert post(api, "/api-keys", CI).status == 201


def test_a_bug_keeps_nothing(api_on_sqlite: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is a 500 like every other, and the request may be tried again."""

    async def broken(*_: object) -> None:
        raise RuntimeError("bug")

    with monkeypatch.context() as patched:
        patched.setattr(api_on_sqlite.database, "add_organization", broken)
        assert_problem(post(api_on_sqlite, "/organizations", {"name": "acme"}), 500, "internal")
    assert noted(api_on_sqlite) == []
    assert post(api_on_sqlite, "/organizations", {"name": "acme"}).status == 201


def test_two_at_once_are_one(api: Api) -> None:
    """Of eight that come together one is done; the others are told that it is under way, or what was answered."""
    headers = ((b"idempotency-key", b"a-1"),)

    async def all_at_once() -> list[Answer]:
        return await asyncio.gather(*(api.send("POST", "/api-keys", CI, headers=headers) for _ in range(8)))

    answers = api.run(all_at_once())
    made = [answer.json["id"] for answer in answers if answer.status == 201]
    assert len(set(made)) == 1
    for answer in answers:
        if answer.status != 201:
            assert_problem(answer, 409, "idempotency_key_in_use")
    assert len(api.request("GET", "/api-keys").json["items"]) == 2


def test_what_was_never_answered_is_taken_for_lost_after_a_minute(api: Api) -> None:
    """Until then it is under way; whoever comes back then can no longer say how it went."""
    start, sender = now(), Sender(PLATFORM, "k", "secret")

    def ask(time: int) -> Any:
        return api.run(begin(api.database, at(time), sender, "a-1", b"request"))

    first = ask(start)
    with pytest.raises(idempotency.Underway):
        ask(start + MINUTE)
    second = ask(start + MINUTE + 1)
    assert isinstance(second, Attempt)
    for attempt in (first, second):
        api.run(finish(api.database, world(), attempt, 201, str(attempt.noted.created - start).encode()))
    assert ask(start + MINUTE + 2).answer == str(MINUTE + 1).encode()


def test_after_a_day_it_is_a_new_request(api: Api) -> None:
    """The same or another one; pruning forgets it in every organization, and nothing younger."""
    id = api.new_organization("acme")
    key = api.new_key(id)
    first = post(api, "/api-keys", CI, key=key).json["id"]
    assert api.run(prune_idempotency(api.database, at(now() + DAY - MINUTE))) == 0
    api.ahead = DAY + MINUTE
    again = post(api, "/api-keys", {**CI, "name": "other"}, key=key)
    assert (again.status, again.json["id"] != first) == (201, True)
    post(api, "/api-keys", CI)
    assert api.run(prune_idempotency(api.database, at(now() + DAY))) == 0
    assert api.run(prune_idempotency(api.database, at(now() + 2 * DAY + 2 * MINUTE))) == 2
    assert noted(api) == []


def test_the_database_alone_opens_nothing(api: Api) -> None:
    """No key, no name, no Idempotency-Key stands in it; and an answer does not open in another's place."""
    made = post(api, "/api-keys", CI, "invoice-17")
    post(api, "/api-keys", {**CI, "name": "cd"}, "invoice-18")
    first, second = noted(api)
    assert first.answer is not None
    kept = first.answer + repr(first).encode()
    for secret in (made.json["api_key"], "invoice", hashlib.sha256(b"invoice-17").hexdigest(), "last_four"):
        assert secret.encode() not in kept
    swapped = [first.answer, second.answer]

    async def swap(administration: Any) -> None:
        session = administration.registers.idempotency._session
        for row, answer in zip((second, first), swapped, strict=True):
            sql = "UPDATE idempotency SET answer = ? WHERE organization = ? AND digest = ?"
            await session.execute(sql, answer, PLATFORM, row.digest)

    api.run(api.database.administer(PLATFORM, swap))
    assert_problem(post(api, "/api-keys", CI, "invoice-17"), 500, "internal")


def test_an_answer_that_cannot_be_kept_is_given(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """It was done: saying otherwise would have it done twice."""

    async def lost(*_: object) -> bool:
        raise StoreUnavailable("gone")

    monkeypatch.setattr(SqlIdempotency, "keep", lost)
    assert post(api, "/api-keys", CI).status == 201
    assert_problem(post(api, "/api-keys", CI), 409, "idempotency_key_in_use")


@pytest.mark.parametrize("name", ["", "a b", '"a', "a\\b", "ä", "x" * 256])
def test_what_is_no_idempotency_key_is_refused(api_on_sqlite: Api, name: str) -> None:
    """400, naming the header; so are two of them. On other methods it means nothing."""
    document = assert_problem(post(api_on_sqlite, "/api-keys", CI, name), 400, "malformed")
    assert document["errors"][0]["parameter"] == "Idempotency-Key"
    twice = ((b"idempotency-key", b"a"), (b"idempotency-key", b"b"))
    assert_problem(api_on_sqlite.request("POST", "/api-keys", CI, headers=twice), 400, "malformed")
    assert api_on_sqlite.request("GET", "/api-keys", headers=twice).status == 200


def test_a_dead_key_is_answered_nothing_again(api: Api) -> None:
    """Whoever has lost the right to ask does not get the first answer either."""
    made = post(api, "/api-keys", {"name": "ci", "scopes": ["write"]}).json
    first = post(api, "/api-keys", CI, key=made["api_key"])
    assert first.status == 201
    api.request("POST", f"/api-keys/{made['id']}/revoke")
    assert_problem(post(api, "/api-keys", CI, key=made["api_key"]), 401, "unauthorized")
