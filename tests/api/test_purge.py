"""Purging: after it nothing says anything of the person any more, anywhere; that something was done stays."""

import json
from typing import Any

from muster.bootstrap import world
from muster.directory.connections import Settling, settle_connection
from muster.directory.registers.requests import Sought
from muster.store.postgres.database import PostgresDatabase
from muster.store.sqlite import SqliteDatabase
from tests.api.asgi import Api, assert_problem
from tests.api.idp import PATCH, Idp
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


def logged(idp: Idp) -> list[tuple[str, bytes | None]]:
    """The targets and bodies that the log has of a connection, oldest first."""
    database: Any = idp.api.database
    idp.api.run(database._log.flush())
    sought = Sought(connections=(idp.connection,))
    found = idp.api.run(
        database.consult(idp.number, lambda registers: registers.requests.search(sought, None, 1000))
    )
    return [(one.entry.target.partition("/v2")[2], one.entry.body) for one in reversed(found)]


def bodies(idp: Idp) -> list[bytes | None]:
    """The bodies alone."""
    return [body for _, body in logged(idp)]


WORDS = (
    "Operations",
    "schemas",
    "userName",
    "op",
    "replace",
    "work",
    "value",
    PATCH,
    "title",
    "{}",
    "%",
    "User",
)


def test_a_word_of_the_protocol_is_nobodys_name(acme: Platform, idp: Idp) -> None:
    """Whoever is called as something that is in every body takes along their own alone."""
    other = idp.user("other", emails=[{"type": "work", "value": "other@example.org"}])
    idp.patch(f"/Users/{other}", {"op": "replace", "path": "title", "value": "kept"})
    idp.patch(f"/Users/{other}", {"op": "replace", "value": {"userName": "somebody"}})
    kept = bodies(idp)
    named = [idp.user(word, emails=[{"type": "work", "value": f"{word}@example.org"}]) for word in WORDS]
    for id in named:
        idp.patch(f"/Users/{id}", {"op": "replace", "path": "title", "value": "gone"})
        idp.delete(f"/Users/{id}")
        acme.post(f"/users/{id}/purge")
    assert bodies(idp) == kept + [None] * 3 * len(WORDS)
    assert None not in kept


def test_a_name_is_found_wherever_it_is_a_value(acme: Platform, idp: Idp) -> None:
    """In lists, in filters, in a body that was refused, and in one that nobody can read."""
    id = idp.user("Zoë.Quill", **PERSON)
    idp.delete(f"/Users/{id}")
    group = idp.group("Staff")
    path = 'emails[value eq "zoe.quill@example.org"]'
    sent: list[Any] = [
        {"schemas": [PATCH], "Operations": [{"op": "remove", "path": path}]},
        {"schemas": [PATCH], "Operations": [{"op": "add", "value": {f"{path}.type": "work"}}]},
        {"unknown": [[{"deep": "zoë.quill"}]]},
        {"members": [{"value": "x", "$ref": f"https://example.com/Users/{id}"}]},
    ]
    for body in sent:
        idp.send("PATCH", f"/Groups/{group}", body)
    for raw in (b'{"userName":"Z-4711","userName":"b"}', b'{"a": "Z-4711"'):
        idp.api.run(idp._send("POST", "/Users", raw))
    for query in ("userName%20eq%20%22Zo%C3%AB.Quill%22", "emails+co+%22zoe.quill%40example.org%22"):
        idp.send("GET", f"/Groups?filter={query}")
    acme.api.run(acme.api.database._log.flush())  # type: ignore[attr-defined]
    acme.post(f"/users/{id}/purge")
    assert traces(acme.api) == set()
    assert bodies(idp).count(None) == len(bodies(idp)) - 1  # all but the group's


def test_who_has_the_same_name_elsewhere_is_somebody_else(acme: Platform, idp: Idp) -> None:
    """What another connection has received stays, however alike; and what the platform's own user is called, too."""
    elsewhere = Idp(acme.api, acme.organization)
    made = [(one, one.user("Zoë.Quill", **PERSON)) for one in (idp, elsewhere)]
    for one, id in made:
        one.send("GET", "/Users?filter=userName%20eq%20%22Zo%C3%AB.Quill%22")
        one.send("POST", "/Users", {"userName": "Zoë.Quill"})  # 409
        one.patch(f"/Users/{id}", {"op": "replace", "path": "title", "value": "Z-4711"})
    before = logged(elsewhere)
    local = acme.post("/users", {"attributes": {"userName": "Zoë.Quill", **PERSON}})
    acme.post(f"/users/{local['id']}/purge")
    assert logged(elsewhere) == before
    idp.delete(f"/Users/{made[0][1]}")
    acme.post(f"/users/{made[0][1]}/purge")
    assert logged(elsewhere) == before
    assert set(bodies(idp)) == {None}


def test_a_local_user_takes_along_what_adopting_connections_were_told(acme: Platform, idp: Idp) -> None:
    """They find local users, and may be refused one; what they have received of one who goes is erased."""
    settling = Settling(switches={"adopt": True})
    acme.api.run(settle_connection(acme.api.database, world(), idp.connection, settling, confirmed=True))
    local = acme.post("/users", {"attributes": {"userName": "Zoë.Quill", **PERSON}})
    assert idp.send("POST", "/Users", {"userName": "zoë.quill", **PERSON}).status == 409
    acme.api.run(acme.api.database._log.flush())  # type: ignore[attr-defined]
    acme.post(f"/users/{local['id']}/purge")
    assert traces(acme.api) == set()


def test_a_log_is_looked_through_in_portions(acme: Platform, idp: Idp) -> None:
    """Every entry is found, also of somebody with many names."""
    many = [{"value": f"zoe-{number}@example.org"} for number in range(40)]
    id = idp.user("zoe", emails=many)
    group = idp.group("Staff")
    for number in range(230):
        body = {"unknown": f"zoe-{number % 40}@example.org"} if number % 2 else {"unknown": "kept"}
        idp.send("PATCH", f"/Groups/{group}", body)
    idp.delete(f"/Users/{id}")
    acme.api.run(acme.api.database._log.flush())  # type: ignore[attr-defined]
    acme.post(f"/users/{id}/purge")
    assert "zoe-" not in everything(acme.api)
    assert everything(acme.api).count('{"unknown": "kept"}') == 115
