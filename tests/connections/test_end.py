"""The end of a connection: refused, or whole; what it owns goes in the way that was asked for."""

from __future__ import annotations

import json
from typing import Any

import pytest

from muster.bootstrap import world
from muster.directory import connection_end
from muster.directory.connection_end import Deletion, Fate, delete_connection, prospect
from muster.directory.connections import connection_by_id
from muster.directory.organizations import Conflict, Missing, Settling, settle_organization
from tests.connections.switched import Switched


def delete(its: Switched, fate: Fate | None = None, **more: Any) -> Deletion:
    """Delete the connection."""
    return its.run(delete_connection(its.database, world(), its.connection_id, fate, **more))


def inhabited(its: Switched) -> tuple[str, str, str]:
    """An active and an inactive user, and a group of both."""
    ada = its.create("ada", nickName="Countess").json["id"]
    bob = its.create("bob", active=False).json["id"]
    return ada, bob, its.group("Team", ada, bob).json["id"]


def test_active_users_stand_against_it(its: Switched) -> None:
    """With the numbers; nothing has changed then, the state included."""
    ada, _, _ = inhabited(its)
    with pytest.raises(Conflict, match="has 1 active users, of 2"):
        delete(its)
    assert its.look_up("ada") == [ada]
    assert its.patch(f"/Users/{ada}", active=False).status == 200
    assert delete(its).done


def test_deactivated_users_are_gone_with_their_accounts(its: Switched) -> None:
    """As if the IdP had deleted each: account, sessions, memberships; each is told of in a change of its own."""
    ada, bob, team = inhabited(its)
    done = delete(its, "deactivate")
    assert done == Deletion(done=True, users=2, groups=1, credentials=1, setup_links=0)
    accounts = its.ask('SELECT "user", status, revoked_before > 0 FROM accounts ORDER BY status')
    assert {user: (status, bool(revoked)) for user, status, revoked in accounts} == {
        ada: ("removed", True),
        bob: ("removed", True),
    }
    assert its.ask("SELECT 1 FROM users") == its.ask("SELECT 1 FROM members") == []
    assert its.ask("SELECT 1 FROM attribute_keys") == []
    kept = its.ask("SELECT id FROM tombstones")
    assert {id for (id,) in kept} == {ada, bob, team}
    told = its.ask("SELECT resource FROM changes WHERE operation = 'delete' ORDER BY sequence")
    assert [one for (one,) in told][-1] == its.connection_id
    assert {one for (one,) in told} == {ada, bob, team, its.connection_id}


def test_what_is_handed_over_is_local_then(its: Switched) -> None:
    """Accounts, ids, memberships and what filters find stay; the local store has them."""
    ada, bob, team = inhabited(its)
    before = its.ask("SELECT id, status, revoked_before FROM accounts ORDER BY id")
    assert delete(its, "hand_over") == Deletion(done=True, users=2, groups=1, credentials=1, setup_links=0)
    assert its.ask("SELECT id, status, revoked_before FROM accounts ORDER BY id") == before
    assert its.ask("SELECT DISTINCT owner FROM accounts") == [(0,)]
    local = its.local
    assert set(local.found("User")) == {ada, bob}
    assert local.found("User", 'nickName eq "countess"') == [ada]
    assert local.found("User", f'groups.value eq "{team}"') == [ada, bob]
    assert local.found("Group", f'members.value eq "{ada}"') == [team]
    assert its.ask("SELECT DISTINCT owner FROM attribute_keys") == [(0,)]
    told = its.ask("SELECT before, after FROM changes WHERE operation = 'adopt'")
    assert {(json.loads(was)["connection"], json.loads(now)["connection"]) for was, now in told} == {
        (its.connection_id, None)
    }
    assert len(told) == 3


def test_a_name_that_a_local_one_has_stands_against_handing_over(its: Switched) -> None:
    """Each is named, and nothing has changed."""
    ada, _, team = inhabited(its)
    other = its.local.user("ADA")
    local = its.local.group("team")
    with pytest.raises(Conflict) as refused:
        delete(its, "hand_over")
    for id in (ada, other, team, local):
        assert id in str(refused.value)
    assert its.look_up("ada") == [ada]


def test_enforced_provisioning_stands_against_handing_over(its: Switched) -> None:
    """No account becomes local then; its users can still be deactivated."""
    inhabited(its)
    settling = Settling(enforced=True)
    its.run(settle_organization(its.database, world(), its.organization, settling))
    with pytest.raises(Conflict, match="enforces provisioning"):
        delete(its, "hand_over")
    assert delete(its, "deactivate").done


@pytest.mark.parametrize("fate", [None, "deactivate", "hand_over"])
def test_held_accounts_stand_against_it(its: Switched, fate: Fate | None) -> None:
    """Somebody has to decide on them first, whatever becomes of the others."""
    ada, _, _ = inhabited(its)
    its.ask("UPDATE accounts SET status = 'held' WHERE \"user\" = ?", ada)
    with pytest.raises(Conflict, match="1 accounts that are held"):
        delete(its, fate)
    assert its.look_up("ada") == [ada]


def test_an_account_that_was_kept_though_its_user_is_gone_ends_too(its: Switched) -> None:
    """Nobody else could end it any more; a change tells of it."""
    ada, _, _ = inhabited(its)
    assert its.send("DELETE", f"/Users/{ada}").status == 204
    its.ask("UPDATE accounts SET status = 'active', revoked_before = 0 WHERE \"user\" = ?", ada)
    with pytest.raises(Conflict, match="has 1 active users"):
        delete(its)
    assert delete(its, "deactivate").done
    ((status, revoked),) = its.ask('SELECT status, revoked_before FROM accounts WHERE "user" = ?', ada)
    assert (status, revoked > 0) == ("removed", True)
    ((after,),) = its.ask("SELECT after FROM changes WHERE resource_type = 'Account'")
    assert json.loads(after) == {"status": "removed", "user": ada}


def test_all_that_opens_it_is_dead(its: Switched) -> None:
    """Every credential with the next request, setup links and service accounts too; its row is kept for its owner."""
    for id in ("l1", "l2"):
        its.ask(
            "INSERT INTO setup_links (organization, id, connection, hash, created, created_by, expires, once)"
            " VALUES (?, ?, ?, ?, 1, '', 2, ?)",
            *(its.organization, id, its.connection_id, bytes(32), True),
        )
    assert its.send("GET", "/Users").status == 200
    assert delete(its)[-2:] == (1, 2)
    assert its.send("GET", "/Users").status == 401
    assert its.ask("SELECT count(*) FROM credentials WHERE revoked IS NULL") == [(0,)]
    assert its.ask("SELECT count(*) FROM setup_links WHERE revoked IS NULL") == [(0,)]
    assert its.ask("SELECT count(*) FROM connections WHERE deleted IS NOT NULL") == [(1,)]
    with pytest.raises(Missing):
        its.run(connection_by_id(its.database, its.connection_id))
    with pytest.raises(Missing):
        delete(its)


@pytest.mark.parametrize("fate", ["deactivate", "hand_over"])
def test_an_end_that_was_stopped_is_gone_on_with(
    its: Switched, fate: Fate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is disabled meanwhile, and not called deleted before everything has gone."""
    monkeypatch.setattr(connection_end, "STEP", 2)
    for number in range(5):
        its.create(f"user-{number}")
    its.group("Team", *its.look_up("user-0"), *its.look_up("user-4"))
    done = delete(its, fate, steps=1)
    assert done == Deletion(done=False, users=2, groups=0)
    assert its.send("GET", "/Users").status == 403
    left = its.run(prospect(its.database, its.connection_id))
    assert (left.connection.state, left.connection.users, left.accounts.active) == ("disabled", 3, 3)
    assert delete(its, fate) == Deletion(done=True, users=3, groups=1, credentials=1, setup_links=0)
    assert len(its.local.found("User")) == (5 if fate == "hand_over" else 0)
    assert its.ask("SELECT users, groups FROM connections WHERE deleted IS NOT NULL") == [(0, 0)]


def test_the_other_connections_keep_theirs(its: Switched) -> None:
    """Whatever they are called."""
    other, key = its.connection(strict=False)
    its.create("ada")
    body = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ada"}
    ada = its.send("POST", "/Users", body, api_key=key, connection_id=other).json["id"]
    assert delete(its, "deactivate").users == 1
    assert its.send("GET", f"/Users/{ada}", api_key=key, connection_id=other).status == 200


def test_what_follows_is_said_before(its: Switched) -> None:
    """With the numbers, for each way."""
    inhabited(its)
    found = its.run(prospect(its.database, its.connection_id))
    assert "2 users, 1 active account, and 1 group are deleted" in " ".join(found.consequences("deactivate"))
    assert "become local ones" in " ".join(found.consequences("hand_over"))
    assert "credentials" in found.consequences(None)[0]
