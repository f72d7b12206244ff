"""Purging: after it nothing says anything of the person any more, anywhere; that something was done stays."""

import json
from typing import Any

from muster.store.postgres.database import PostgresDatabase
from muster.store.sqlite import SqliteDatabase
from tests.api.asgi import Api, assert_problem
from tests.api.idp import Idp
from tests.api.platform import Platform

SECRETS = ("Zoë.Quill", "zoe.quill@example.org", "Z-4711", "Zoë Quill", "quill-street 7")
PERSON: dict[str, Any] = {
    "externalId": "Z-4711",
    "displayName": "Zoë Quill",
    "emails": [{"type": "work", "value": "zoe.quill@example.org"}],
    "addresses": [{"type": "work", "streetAddress": "quill-street 7"}],
}


def everything(api: Api) -> str:
    """Every row of every table, as text."""
    database = api.database
    if isinstance(database, SqliteDatabase):
        names = [
            name for (name,) in database.reader.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
        ]
        found = [row for name in names for row in database.reader.execute(f'SELECT * FROM "{name}"')]
        return "\n".join(_text(value) for row in found for value in row)
    assert isinstance(database, PostgresDatabase)

    async def work() -> str:
        numbers = [one.organization for one in await database.organizations()]
        return "\n".join([await database.pool.write(number, _all_tables) for number in numbers])

    return api.run(work())


async def _all_tables(connection: Any) -> str:
    names = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'muster'")
    found = [row for (name,) in names for row in await connection.fetch(f"SELECT * FROM {name}")]
    return "\n".join(_text(value) for row in found for value in row)


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def traces(api: Api) -> set[str]:
    """Which of the person's secrets are found anywhere, in whichever letter case and notation."""
    text = everything(api).lower()
    forms = {
        one: (one.lower(), json.dumps(one).lower()[1:-1], one.lower().replace("@", "%40")) for one in SECRETS
    }
    return {one for one, every in forms.items() if any(form in text for form in every)}


def test_nothing_says_anything_of_the_person(acme: Platform, idp: Idp) -> None:
    """Documents, keys, changes, bodies and queries in the request log, group pushes too; numbers and ids stay."""
    id = idp.user("Zoë.Quill", **PERSON)
    other = idp.user("other", displayName="Other Person")
    group = idp.group("Staff")
    member = {"value": id, "display": "Zoë Quill"}
    idp.patch(f"/Groups/{group}", {"op": "add", "path": "members", "value": [member]})
    idp.send("POST", "/Users", {"userName": "zoË.quill", **PERSON})  # 409
    idp.send("GET", "/Users?filter=emails.value%20eq%20%22zoe.quill%40example.org%22")
    idp.delete(f"/Users/{id}")
    idp.patch(f"/Groups/{group}", {"op": "add", "path": "members", "value": [member]})  # pending
    assert traces(acme.api) == set(SECRETS)
    before = acme.changes()
    account = acme.account(id)
    acme.api.run(acme.api.database._log.flush())  # type: ignore[attr-defined]
    acme.post(f"/users/{id}/purge")
    assert traces(acme.api) == set()
    after = acme.changes()
    for was, now in zip(before, after[:-1], strict=True):
        kept = {**was, "before": None, "after": None} if was["resource"] == id else was
        assert now == kept
    assert (after[-1]["operation"], after[-1]["resource"], after[-1]["after"]) == ("purge", id, None)
    left = acme.account(id)
    assert left == {**account, "profile": {"fields": {}, "warnings": []}, "deleted": None}
    assert acme.access(id)["reason"] == "removed"
    assert acme.get(f"/users/{other}")["attributes"]["displayName"] == "Other Person"
    assert "Other Person" in everything(acme.api)
    assert_problem(acme.send("POST", f"/users/{id}/purge"), 404, "not_found")


def test_a_local_user_is_deleted_and_purged_in_one_go(acme: Platform) -> None:
    """Whatever its state; its name is free again."""
    made = acme.post("/users", {"attributes": {"userName": "Zoë.Quill", **PERSON}})
    acme.post(f"/users/{made['id']}/purge")
    assert traces(acme.api) == set()
    assert acme.get(f"/accounts/{made['account']}")["status"] == "removed"
    again = acme.post("/users", {"attributes": {"userName": "Zoë.Quill"}})
    assert again["id"] != made["id"]
    assert "candidate" not in acme.changes()[-1]["after"]


def test_a_purged_person_does_not_come_back(acme: Platform) -> None:
    """The same externalId is a new person, and a membership that waited is nobody's."""
    okta = Idp(acme.api, acme.organization, "okta")
    id = okta.user("Zoë.Quill", **PERSON)
    group = okta.group("Staff")
    okta.delete(f"/Users/{id}")
    okta.patch(f"/Groups/{group}", {"op": "add", "path": "members", "value": [{"value": id}]})
    acme.post(f"/users/{id}/purge")
    again = okta.user("Zoë.Quill", **PERSON)
    assert again != id
    assert acme.access(again)["roles"] == []


def test_nobody_who_never_was_is_purged(acme: Platform) -> None:
    """404."""
    assert_problem(acme.send("POST", "/users/nobody/purge"), 404, "not_found")
