"""Joining: an operator says that a new user is the person whose user was deleted, and their account is theirs again."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.api.asgi import Answer, assert_problem
from tests.api.idp import ALICE, PATCH, Idp
from tests.api.platform import Platform

HELD = {"guard": {"users": 1, "percent": 0, "minutes": 10, "hold": True}}


@pytest.fixture
def gone(idp: Idp) -> str:
    """A user who was deleted."""
    id = idp.user(**ALICE)
    idp.delete(f"/Users/{id}")
    return id


@pytest.fixture
def back(gone: str, idp: Idp) -> str:
    """A new user who is called the same."""
    del gone
    return idp.user(**ALICE)


def account_of(acme: Platform, user: str) -> str:
    """The id of a user's account."""
    id: str = acme.account(user)["id"]
    return id


def joined(acme: Platform, id: str, earlier: str) -> Any:
    """The answer of a join that is done."""
    return acme.post(f"/accounts/{id}/join", {"earlier": earlier})


def refused(acme: Platform, id: str, earlier: str, code: str) -> None:
    """A join is refused, and nothing has happened."""
    before = acme.changes()
    answer = acme.send("POST", f"/accounts/{id}/join", {"earlier": earlier})
    assert_problem(answer, 409, code)
    assert acme.changes() == before


def test_the_earlier_account_is_the_person_s_again(acme: Platform, idp: Idp, gone: str, back: str) -> None:
    """With the roles of the user who is there; what was issued to either account is dead; one change names all four."""
    role = idp.group("Staff", back)
    earlier, later = acme.account(gone), acme.account(back)
    shown = joined(acme, later["id"], earlier["id"])
    assert (shown["id"], shown["user"], shown["status"]) == (earlier["id"], back, "active")
    assert ([one["id"] for one in shown["roles"]], shown["candidates"]) == ([role], [])
    assert shown["created"] == earlier["created"]
    ended = acme.get(f"/accounts/{later['id']}")
    assert (ended["user"], ended["status"], ended["joined"]) == (gone, "removed", earlier["id"])
    assert ended["profile"]["fields"]["username"] == ALICE["userName"]
    answer = acme.access(back, later["created"])
    assert (answer["account"], answer["reason"]) == (earlier["id"], "revoked")
    assert (acme.access(back)["good"], acme.access(gone)["reason"]) == (True, "removed")
    assert acme.access(back)["roles"][0]["why"][0]["path"][0]["group"] == role
    change = acme.changes()[-1]
    assert (change["operation"], change["resource_type"], change["resource"]) == (
        "join", "Account", earlier["id"],
    )  # fmt: skip
    assert change["before"] == {
        earlier["id"]: {"user": gone, "status": "removed"},
        later["id"]: {"user": back, "status": "active"},
    }
    assert change["after"] == {
        earlier["id"]: {"user": back, "status": "active"},
        later["id"]: {"user": gone, "status": "removed"},
    }


def test_the_account_follows_its_new_user(acme: Platform, idp: Idp, gone: str, back: str) -> None:
    """What the IdP says next, of a user that is remembered too, is of the joined account; the other one stays ended."""
    earlier, later = account_of(acme, gone), account_of(acme, back)
    idp.patch(f"/Users/{back}", {"op": "replace", "path": "title", "value": "Boss"})
    joined(acme, later, earlier)
    idp.activate(back, active=False)
    assert acme.get(f"/accounts/{earlier}")["status"] == "inactive"
    idp.activate(back, active=True)
    assert acme.get(f"/accounts/{earlier}")["status"] == "active"
    idp.delete(f"/Users/{back}")
    assert [acme.get(f"/accounts/{id}")["status"] for id in (earlier, later)] == ["removed", "removed"]
    third = idp.user(**ALICE)
    found = acme.get(f"/accounts/{account_of(acme, third)}")
    assert [one["account"] for one in found["candidates"]] == [earlier]
    assert joined(acme, found["id"], earlier)["user"] == third


def test_an_inactive_person_stays_inactive(acme: Platform, idp: Idp, gone: str, back: str) -> None:
    """The status goes with the user."""
    idp.activate(back, active=False)
    shown = joined(acme, account_of(acme, back), account_of(acme, gone))
    assert (shown["status"], acme.access(back)["reason"]) == ("inactive", "inactive")


def test_candidates_are_named(acme: Platform, idp: Idp, gone: str, back: str) -> None:
    """Of every source, by name or externalId, the latest first; not who is there, was purged, or is called otherwise."""
    local = acme.post("/users", {"attributes": {"userName": ALICE["userName"]}})["id"]
    acme.send("DELETE", f"/users/{local}")
    other = idp.user("other", externalId="o1")
    idp.delete(f"/Users/{other}")
    found = acme.get(f"/accounts/{account_of(acme, back)}")["candidates"]
    assert [(one["user"], one["source"]) for one in found] == [(local, "local"), (gone, idp.connection)]
    assert found[1]["profile"]["fields"]["username"] == ALICE["userName"]
    acme.post(f"/users/{local}/purge")
    assert [one["user"] for one in acme.get(f"/accounts/{account_of(acme, back)}")["candidates"]] == [gone]
    assert acme.get(f"/accounts/{account_of(acme, gone)}")["candidates"] == []


def test_two_sources_and_local_people(acme: Platform, gone: str) -> None:
    """Whichever sources the two users are of; the account is of the new one then."""
    local = acme.post("/users", {"attributes": {"userName": "alice"}})["id"]
    shown = joined(acme, account_of(acme, local), account_of(acme, gone))
    assert (shown["source"], shown["user"]) == ("local", local)
    acme.post(f"/users/{local}/deactivate")
    assert acme.access(local)["account"] == shown["id"]


def test_again_and_back(acme: Platform, gone: str, back: str) -> None:
    """The same join is done already; the other way round it is undone, and told so."""
    earlier, later = account_of(acme, gone), account_of(acme, back)
    first = joined(acme, later, earlier)
    number = len(acme.changes())
    assert joined(acme, later, earlier) == first
    assert len(acme.changes()) == number
    shown = joined(acme, earlier, later)
    assert (shown["id"], shown["user"], shown["joined"]) == (later, back, None)
    assert acme.get(f"/accounts/{earlier}")["joined"] == later
    assert acme.changes()[-1]["operation"] == "join"


def test_who_is_not_to_be_joined(acme: Platform, idp: Idp, gone: str, back: str) -> None:
    """Two who are there, two who are gone, a purged one, one's own; unknown accounts are not there."""
    other = account_of(acme, idp.user("other"))
    earlier, later = account_of(acme, gone), account_of(acme, back)
    refused(acme, later, other, "join-both-there")
    refused(acme, later, later, "join-both-there")
    refused(acme, earlier, later, "join-nobody-there")
    for pair in ((later, "nobody"), ("nobody", earlier)):
        assert acme.send("POST", f"/accounts/{pair[0]}/join", {"earlier": pair[1]}).status == 404
    acme.post(f"/users/{gone}/purge")
    refused(acme, later, earlier, "join-purged")


def test_another_organization_s_accounts_are_not_there(acme: Platform, gone: str, back: str) -> None:
    """As the earlier one and as the later one."""
    other = Platform(acme.api, acme.api.new_organization("other"))
    theirs = other.post("/users", {"attributes": {"userName": "alice"}})["account"]
    for key, id, earlier in (
        (acme, account_of(acme, back), theirs),
        (other, theirs, account_of(acme, gone)),
        (other, account_of(acme, back), account_of(acme, gone)),
    ):
        assert key.send("POST", f"/accounts/{id}/join", {"earlier": earlier}).status == 404


def test_what_is_undecided_waits(acme: Platform, idp: Idp) -> None:
    """An account that is held, on either side; approved, it can be joined."""
    acme.post(f"/connections/{idp.connection}", {"switches": HELD}, method="PATCH")
    old = [idp.user(name, externalId=name) for name in ("first", "second")]
    for user in old:
        idp.delete(f"/Users/{user}")
    kept = account_of(acme, old[1])
    new = idp.user("second", externalId="second")
    refused(acme, account_of(acme, new), kept, "join-undecided")
    (alert,) = acme.items("/alerts?open=true")
    acme.post(f"/alerts/{alert['id']}/approve", {})
    assert joined(acme, account_of(acme, new), kept)["user"] == new
    again = idp.user("third")
    for name in ("fourth", "third"):
        user = again if name == "third" else idp.user(name)
        idp.activate(user, active=False)
    assert acme.account(again)["status"] == "held"
    refused(acme, account_of(acme, again), account_of(acme, old[0]), "join-undecided")


def test_who_comes_back_after_all_is_somebody(acme: Platform) -> None:
    """Under the earlier user's externalId, where that is immutable: with the account that took the place; nothing lives."""
    okta = Idp(acme.api, acme.organization, "okta")
    first = okta.user(**ALICE)
    okta.delete(f"/Users/{first}")
    second = okta.user(**{**ALICE, "externalId": "a2"})
    earlier, later = account_of(acme, first), acme.account(second)
    joined(acme, later["id"], earlier)
    okta.delete(f"/Users/{second}")
    assert okta.user(**ALICE) == first
    shown = acme.account(first)
    assert (shown["id"], shown["status"], shown["joined"]) == (later["id"], "active", None)
    assert acme.access(first, later["created"])["reason"] == "revoked"
    assert acme.account(second)["id"] == earlier


def test_purged_afterward_nothing_but_ids_stays(acme: Platform, idp: Idp, gone: str, back: str) -> None:
    """The earlier user is purged with what was said of them; the person goes on."""
    earlier, later = account_of(acme, gone), account_of(acme, back)
    joined(acme, later, earlier)
    acme.post(f"/users/{gone}/purge")
    assert acme.get(f"/accounts/{later}")["profile"]["fields"] == {}
    assert acme.access(back)["account"] == earlier
    idp.delete(f"/Users/{back}")
    acme.post(f"/users/{back}/purge")
    told = str(acme.changes())
    assert ALICE["userName"] not in told
    assert earlier in told


def test_a_join_and_its_key(acme: Platform, gone: str, back: str) -> None:
    """With an Idempotency-Key the first answer comes again; a key that may only read is refused."""
    path, body = f"/accounts/{account_of(acme, back)}/join", {"earlier": account_of(acme, gone)}
    headers = [(b"idempotency-key", b"k")]
    answers = [acme.api.request("POST", path, body, key=acme.key, headers=headers) for _ in range(2)]
    assert answers[0].json == answers[1].json
    assert answers[1].headers["idempotency-replayed"] == "true"
    reader = acme.api.new_key(acme.organization, scopes=("read",))
    assert_problem(acme.api.request("POST", path, body, key=reader), 403, "forbidden")


def test_a_join_among_what_the_idp_says(acme: Platform, idp: Idp, gone: str, back: str) -> None:
    """However they meet: each user has one account with the status that follows from it."""
    earlier, later = account_of(acme, gone), account_of(acme, back)

    async def all_at_once() -> list[Answer]:
        operations = [{"op": "replace", "path": "active", "value": number % 2 == 1} for number in range(6)]
        body: dict[str, Any] = {"schemas": [PATCH]}
        return await asyncio.gather(
            *[idp.sent("PATCH", f"/Users/{back}", {**body, "Operations": [one]}) for one in operations],
            *[
                acme.api.send("POST", f"/accounts/{later}/join", {"earlier": earlier}, key=acme.key)
                for _ in range(3)
            ],
            acme.api.send("POST", f"/accounts/{later}/revoke", key=acme.key),
        )

    answers = acme.api.run(all_at_once())
    assert {one.status for one in answers} == {200}
    active = idp.send("GET", f"/Users/{back}").json["active"]
    account = acme.account(back)
    assert (account["id"], account["status"]) == (earlier, "active" if active else "inactive")
    assert acme.get(f"/accounts/{later}")["status"] == "removed"
