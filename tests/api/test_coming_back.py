"""Who comes back after a deletion: the same person where the externalId says so, else a new one that is told of."""

import asyncio
from typing import Any

import pytest

from muster.store.sqlite import SqliteDatabase
from tests.api.asgi import Answer, Api
from tests.api.idp import ALICE, Idp
from tests.api.platform import Platform


@pytest.fixture
def okta(acme: Platform) -> Idp:
    """An IdP whose externalIds are never given to somebody else."""
    return Idp(acme.api, acme.organization, "okta")


def test_the_same_external_id_is_the_same_person(acme: Platform, okta: Idp) -> None:
    """Id, account and history; nothing that was issued before, no membership of before."""
    id = okta.user(**ALICE)
    role = okta.group("Staff", id)
    acme.post(f"/roles/{role}/permissions", {"permissions": ["app.use"]})
    before = acme.account(id)
    okta.delete(f"/Users/{id}")
    again = okta.send("POST", "/Users", {**ALICE, "userName": "alice.jones@example.com"})
    assert (again.status, again.json["id"]) == (201, id)
    assert again.json["meta"]["version"] == 'W/"2"'
    assert again.headers["location"].endswith(id)
    account = acme.account(id)
    assert (account["id"], account["status"], account["created"]) == (
        before["id"],
        "active",
        before["created"],
    )
    assert account["profile"]["fields"]["username"] == "alice.jones@example.com"
    answer = acme.access(id, before["created"])
    assert (answer["reason"], answer["roles"], answer["permissions"]) == ("revoked", [], [])
    assert acme.access(id)["good"] is True
    assert [one["operation"] for one in acme.get(f"/changes?resource={id}")["items"]] == [
        "create",
        "delete",
        "restore",
    ]
    assert okta.send("GET", f"/Users/{id}").json["userName"] == "alice.jones@example.com"
    assert okta.send("GET", '/Users?filter=externalId%20eq%20"a1"').json["totalResults"] == 1
    assert okta.send("GET", "/Users").json["totalResults"] == 1
    okta.patch(f"/Users/{id}", {"op": "replace", "path": "title", "value": "Boss"})
    okta.delete(f"/Users/{id}")
    assert okta.user(**ALICE) == id


def test_who_comes_back_inactive_has_no_access(acme: Platform, okta: Idp) -> None:
    """What the IdP says of `active` holds."""
    id = okta.user(**ALICE)
    okta.delete(f"/Users/{id}")
    assert okta.user(**ALICE, active=False) == id
    assert acme.access(id)["reason"] == "inactive"


def test_a_membership_that_waited_takes_hold(acme: Platform, okta: Idp) -> None:
    """One that was asked for while the person was gone; its change is the one that brought them back."""
    id = okta.user(**ALICE)
    old, waiting, removed = okta.group("Old", id), okta.group("Waiting"), okta.group("Removed")
    okta.delete(f"/Users/{id}")
    member = [{"value": id}]
    for group in (waiting, removed):
        okta.patch(f"/Groups/{group}", {"op": "add", "path": "members", "value": member})
        assert "members" not in okta.send("GET", f"/Groups/{group}").json
    okta.patch(f"/Groups/{removed}", {"op": "remove", "path": f'members[value eq "{id}"]'})
    versions = {
        group: okta.send("GET", f"/Groups/{group}").json["meta"]["version"] for group in (old, waiting)
    }
    assert okta.user(**ALICE) == id
    assert [one["id"] for one in acme.access(id)["roles"]] == [waiting]
    shown = okta.send("GET", f"/Groups/{waiting}").json
    assert [one["value"] for one in shown["members"]] == [id]
    assert shown["meta"]["version"] != versions[waiting]
    assert okta.send("GET", f"/Groups/{old}").json["meta"]["version"] == versions[old]
    assert acme.changes()[-1]["after"]["groups"] == [waiting]
    okta.delete(f"/Users/{id}")
    assert okta.user(**ALICE) == id
    assert acme.access(id)["roles"] == []


def test_another_external_id_is_another_person(acme: Platform, okta: Idp) -> None:
    """A re-hire under a new externalId; whoever had the name is named as a candidate."""
    id = okta.user(**ALICE)
    okta.delete(f"/Users/{id}")
    again = okta.user(**{**ALICE, "externalId": "a2"})
    assert again != id
    change = acme.changes()[-1]
    assert (change["operation"], change["after"]["candidate"]) == ("create", id)
    assert acme.account(id)["status"] == "removed"
    assert "candidate" not in okta.send("GET", f"/Users/{again}").json


def test_without_the_switch_everybody_is_new(acme: Platform, idp: Idp) -> None:
    """The earlier one by externalId, else by name, is a candidate; the one deleted last of several."""
    first = idp.user(**ALICE)
    idp.delete(f"/Users/{first}")
    second = idp.user(**ALICE)
    assert second != first
    assert acme.changes()[-1]["after"]["candidate"] == first
    idp.delete(f"/Users/{second}")
    third = idp.user(**{**ALICE, "userName": "somebody else"})
    assert acme.changes()[-1]["after"]["candidate"] == second
    idp.delete(f"/Users/{third}")
    idp.user("SOMEBODY ELSE")
    assert acme.changes()[-1]["after"]["candidate"] == third
    idp.user("never seen", externalId="zz")
    assert "candidate" not in acme.changes()[-1]["after"]


def test_another_connections_dead_are_nobodys(acme: Platform, api: Api, okta: Idp) -> None:
    """Neither of the same organization nor of another."""
    id = okta.user(**ALICE)
    okta.delete(f"/Users/{id}")
    for other in (Idp(api, acme.organization, "okta"), Idp(api, api.new_organization("other"), "okta")):
        assert other.user(**ALICE) != id
    assert "candidate" not in acme.changes()[-1]["after"]
    assert okta.user(**ALICE) == id


def test_a_deleted_group_comes_back_as_nobody(acme: Platform, okta: Idp) -> None:
    """The tombstone of a group with that externalId is no person; a living externalId is taken."""
    group = okta.send("POST", "/Groups", {"displayName": "alice", "externalId": "a1"}).json["id"]
    okta.delete(f"/Groups/{group}")
    id = okta.user(**ALICE)
    assert id != group
    assert "candidate" not in acme.changes()[-1]["after"]
    assert okta.send("POST", "/Users", {**ALICE, "userName": "else"}).status == 409


def test_who_cannot_come_back_stays_gone(acme: Platform, okta: Idp) -> None:
    """The name is taken in the meantime: 409, and nothing moved; then it works."""
    id = okta.user(**ALICE)
    okta.delete(f"/Users/{id}")
    other = okta.user(ALICE["userName"])
    before = acme.changes()
    assert okta.send("POST", "/Users", ALICE).status == 409
    assert acme.changes() == before
    assert acme.account(id)["status"] == "removed"
    okta.delete(f"/Users/{other}")
    assert okta.user(**ALICE) == id


def test_bulk_brings_back_too(acme: Platform, okta: Idp) -> None:
    """What names the person by bulkId in the same request means the one who came back."""
    id = okta.user(**ALICE)
    okta.delete(f"/Users/{id}")
    operations: list[dict[str, Any]] = [
        {"method": "POST", "path": "/Users", "bulkId": "u", "data": ALICE},
        {"method": "POST", "path": "/Users", "bulkId": "n", "data": {"userName": "new"}},
        {
            "method": "POST", "path": "/Groups", "bulkId": "g",
            "data": {"displayName": "Staff", "members": [{"value": "bulkId:u"}, {"value": "bulkId:n"}]},
        },
        {"method": "PATCH", "path": "/Users/bulkId:u", "data": {
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{"op": "add", "path": "title", "value": "Boss"}],
        }},
    ]  # fmt: skip
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations}
    done = okta.send("POST", "/Bulk", body).json["Operations"]
    assert [one["status"] for one in done] == ["201", "201", "201", "200"]
    assert done[0]["location"].endswith(id)
    assert done[3]["location"].endswith(id)
    assert [role["name"] for role in acme.access(id)["roles"]] == ["Staff"]
    assert okta.send("GET", f"/Users/{id}").json["title"] == "Boss"


def test_what_nobody_coming_back_costs(acme: Platform, idp: Idp, okta: Idp) -> None:
    """With the switch off nothing; with it on, one more look on SQLite and none on PostgreSQL."""
    statements = acme.api.database.measures().statements

    def cost(of: Idp, name: str) -> int:
        before = acme.api.database.measures().statements["write"]
        of.user(name, externalId=name)
        return int(acme.api.database.measures().statements["write"] - before)

    for of in (idp, okta):
        cost(of, "first")
    assert statements.total() > 0
    more = cost(okta, "second") - cost(idp, "second")
    assert more == (1 if isinstance(acme.api.database, SqliteDatabase) else 0)


def test_two_who_bring_the_same_person_back_at_once(acme: Platform, okta: Idp) -> None:
    """One does, the other is told that the name is taken; nobody is made twice, and no change is lost."""
    id = okta.user(**ALICE)
    okta.delete(f"/Users/{id}")
    before = len(acme.changes())

    async def both() -> list[Answer]:
        return await asyncio.gather(*[okta.sent("POST", "/Users", ALICE) for _ in range(4)])

    answers = acme.api.run(both())
    assert sorted(one.status for one in answers) == [201, 409, 409, 409]
    assert [one.json["id"] for one in answers if one.status == 201] == [id]
    assert [one["operation"] for one in acme.changes(before)] == ["restore"]
    assert okta.send("GET", "/Users").json["totalResults"] == 1


def test_who_is_made_twice_is_told_by_the_name(idp: Idp) -> None:
    """Both userName and externalId are taken: the name is what an IdP can match by."""
    idp.user(**ALICE)
    for way in ("POST", "PUT"):
        path = "/Users" if way == "POST" else f"/Users/{idp.user('other')}"
        answer = idp.send(way, path, ALICE)
        assert (answer.status, answer.json["scimType"]) == (409, "uniqueness")
        assert "[user-name-taken]" in answer.json["detail"]
