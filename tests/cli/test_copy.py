"""`muster copy`: from an SQLite file that was served to a PostgreSQL that is, with the same answers."""

from pathlib import Path
from typing import Any

import pytest

from muster.progress import lines
from muster.store.copy.into_postgres import PostgresTarget
from muster.store.copy.tables import TABLES
from tests.cli.test_backup import GROUP, USER, first_version, people
from tests.cli.test_errors import assert_one_line, run
from tests.conftest import new_connection
from tests.harness.client import ScimClient
from tests.harness.inside import rows
from tests.harness.ports import free_port
from tests.harness.postgres import Cluster
from tests.harness.server import CommandFailed, Place, RunningServer, muster
from tests.store.consistency import violations
from tests.store.everything import MANAGED

URN = "urn:example:scim:schemas:badge:1.0:User"
SCHEMA = f"""{{"id": "{URN}", "name": "Badge", "attributes": [
  {{"name": "number", "type": "integer"}}, {{"name": "weight", "type": "decimal"}}, {{"name": "issued", "type": "dateTime"}}]}}"""
LONG = "x" * 400
NUMBERS = (-(2**63), -1, 0, 2**53 + 1, 2**63 - 1)
WEIGHTS = (-2.5, 0.1, 3, 1e300, -0.001)
QUERIES = [
    f'userName eq "{LONG}"', f'title sw "{LONG}"', f'title eq "{LONG}!"', 'title co "x!"', "title pr", "active eq false",
    f"{URN}:number eq {2**53 + 1}", f"{URN}:number gt -1", f"{URN}:number lt 0", f"{URN}:weight ge 0.1", f"{URN}:weight eq 3",
    f'{URN}:issued lt "2000-01-01T00:00:00Z"', 'emails[type eq "work" and value sw "a"]', "emails pr",
    'displayName eq "ada"', 'groups.display eq "Inner"', 'meta.created gt "2020-01-01T00:00:00Z"',
]  # fmt: skip
SORTS = ["userName", "emails.value", f"{URN}:number", f"{URN}:weight", "meta.lastModified"]

PAGES: list[dict[str, Any]] = [{"count": 2}, {"count": 2, "sortBy": "userName"}]


def command(source: Path, target: str, *more: str) -> tuple[str, ...]:
    """The arguments of a copy."""
    return ("copy", "--from", f"sqlite:///{source}", "--to", target, *more)


def refused(exit_code: int, word: str, database: Place | None, *arguments: str) -> str:
    """The one line with which a command is refused."""
    with pytest.raises(CommandFailed) as failed:
        muster(database, *arguments)
    assert failed.value.exit_code == exit_code, failed.value.stderr
    assert word in failed.value.stderr
    assert failed.value.stderr.count("\n") == 1, failed.value.stderr
    return failed.value.stderr


def fill(server: RunningServer, client: ScimClient, folder: Path) -> None:
    """Users with every kind of value, groups in groups, a pending member, a deleted user."""
    (folder / "badge.json").write_text(SCHEMA)
    muster(
        server.database, "schema", "add", "--organization", client.organization, str(folder / "badge.json")
    )
    ids = people(client, 4)
    for position, (number, weight) in enumerate(zip(NUMBERS, WEIGHTS, strict=True)):
        body: dict[str, Any] = {
            "schemas": [USER, URN], "userName": f"n{position}" if position else LONG, "title": LONG + "!" * position,
            "emails": [{"value": f"a{position}@x", "type": "work"}], "displayName": "Ada",
            URN: {"number": number, "weight": weight, "issued": f"{1965 + 10 * position}-02-03T04:05:06.789Z"},
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"manager": {"value": ids[0]}},
        }  # fmt: skip
        created = client.post("/Users", body)
        assert created.status == 201, created.body
        ids.append(created.body["id"])
    replaced = client.put(f"/Users/{ids[0]}", {"schemas": [USER], "userName": "u0", "displayName": "Ada"})
    assert replaced.status == 200
    inner = _group(client, "Inner", ids[:3])
    outer = _group(client, "Outer", [inner, ids[5]])
    assert client.delete(f"/Users/{ids[1]}").status == 204
    again = {"op": "add", "path": "members", "value": [{"value": ids[1]}]}
    assert client.patch(f"/Groups/{outer}", again).status == 204
    assert client.get("/Users/nobody").status == 404


def _group(client: ScimClient, name: str, ids: list[str]) -> str:
    members = [{"value": id} for id in ids]
    created = client.post("/Groups", {"schemas": [GROUP], "displayName": name, "members": members})
    assert created.status == 201
    return str(created.body["id"])


def answers(client: ScimClient) -> dict[str, tuple[int, str, bytes]]:
    """What a connection is answered, by what it asks: status, ETag, body."""
    asked = [
        ("/Users", {}),
        ("/Groups", {}),
        ("/Schemas", {}),
        ("/Groups", {"excludedAttributes": "members"}),
    ]
    asked += [("/Users", {"filter": text}) for text in QUERIES]
    asked += [
        ("/Users", {"sortBy": by, "sortOrder": order})
        for by in SORTS
        for order in ("ascending", "descending")
    ]
    for path in ("/Users", "/Groups"):
        asked += [(f"{path}/{one['id']}", {}) for one in client.get(path).body["Resources"]]
    found = {}
    for target, query in asked:
        answer = client.get(target, query=query) if query else client.get(target)
        assert answer.status == 200, (target, query, answer.body)
        found[f"{target} {query}"] = (answer.status, answer.headers.get("etag", ""), answer.raw)
    return found


def test_the_same_answers_from_both_stores(own_server: RunningServer, address: str, tmp_path: Path) -> None:
    """The same keys, base URLs, bodies, ETags, filters and orders; and what is written next goes on from there."""
    database = own_server.database
    with new_connection(own_server) as client, new_connection(own_server) as other:
        fill(own_server, client, tmp_path)
        people(other, 2)
        before = answers(client), other.get("/Users").raw
        cursors = [_cursor(client, query) for query in PAGES]
        with pytest.raises(CommandFailed, match="being served"):
            muster(None, *command(database, address))
        own_server.stop()
        shown = muster(None, *command(database, address))
        _assert_counted(shown, database, address)

        own_server.start(address, log=tmp_path / "postgres.log")
        after = answers(client), other.get("/Users").raw
        assert after[0].keys() == before[0].keys()
        assert [asked for asked in before[0] if before[0][asked] != after[0][asked]] == []
        assert after[1] == before[1]
        for query, cursor in zip(PAGES, cursors, strict=True):
            assert client.get("/Users", query=query | {"cursor": cursor}).body["scimType"] == "invalidCursor"
            assert _cursor(client, query)
        _go_on(client)
        own_server.stop()
    muster(address, "backup", str(tmp_path / "back.db"))
    assert violations(tmp_path / "back.db") == []


def _cursor(client: ScimClient, query: dict[str, Any]) -> str:
    """The cursor behind a first page."""
    return str(client.get("/Users", query={"cursor": ""} | query).body["nextCursor"])


def _assert_counted(shown: dict[str, Any], database: Path, address: str) -> None:
    """What is printed is what is there."""
    assert (shown["from"], shown["to"]) == (str(database), address.replace("muster@", ""))
    assert shown["checksums_ok"] is True
    assert shown["organizations"] == 3  # with the example's
    counts = {one.name: rows(database, f"SELECT count(*) FROM {one.name}")[0][0] for one in TABLES}
    assert shown["rows"] == counts
    managed = {name for name, _, _ in MANAGED} | {"console_users", "passkeys"}
    assert all(count for name, count in counts.items() if name not in managed)


def _go_on(client: ScimClient) -> None:
    """Change, delete and create what was copied; a pending member's place is still there."""
    users = client.get("/Users").body["Resources"]
    version = {"if-match": users[0]["meta"]["version"]}
    set_title = {"op": "replace", "path": "title", "value": "New"}
    assert client.patch(f"/Users/{users[0]['id']}", set_title, headers=version).status == 200
    assert client.delete(f"/Users/{users[1]['id']}").status == 204
    assert client.post("/Users", {"schemas": [USER], "userName": "later"}).status == 201
    assert client.post("/Users", {"schemas": [USER], "userName": LONG.upper()}).status == 409


def test_an_unfinished_copy_is_not_served(
    address: str, cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`serve`, commands that write and backups say in one line what to do; the copy goes on."""
    source = tmp_path / "muster.db"
    muster(source, "organization", "create", "acme")

    async def ends(*_: object) -> None:
        raise OSError("pulled out")

    monkeypatch.setattr(PostgresTarget, "write", ends)
    with pytest.raises(CommandFailed, match="pulled out; run it again"):
        muster(None, *command(source, address))
    monkeypatch.undo()

    result = run(tmp_path, "serve", "--port", str(free_port()), MUSTER_DATABASE=address)
    assert_one_line(result, 1, "unfinished copy", "muster copy")
    refused(1, "unfinished copy", address, "organization", "create", "other")
    refused(1, "unfinished copy", address, "restore", "--revoke-only")
    refused(1, "unfinished copy", address, "backup", str(tmp_path / "copy.db"))
    assert muster(None, *command(source, address))["organizations"] == 1
    muster(address, "organization", "create", "other")


def test_what_cannot_be_copied_is_one_line(address: str, cluster: Cluster, tmp_path: Path) -> None:
    """Each end unreachable, not there, not ours, or with another schema; nothing comes into being."""
    source, nowhere = tmp_path / "muster.db", tmp_path / "nowhere.db"
    refused(1, f"there is no database at {nowhere}", None, *command(nowhere, address))
    assert list(tmp_path.iterdir()) == []
    muster(source, "organization", "create", "acme")
    closed = f"postgresql://muster:secret@127.0.0.1:{free_port()}/x"
    told = refused(1, "check the address", None, *command(source, closed))
    told += refused(1, "check the address", closed, "backup", str(tmp_path / "copy.db"))
    told += refused(1, "check the address", closed, "restore", str(source))
    assert "secret" not in told
    refused(1, "muster migrate", None, *command(source, cluster.url(cluster.new_database())))
    first_version(tmp_path / "old.db")
    refused(1, "old.db has schema 1", None, *command(tmp_path / "old.db", address))
    (tmp_path / "text").write_text("not a database " * 1000)
    refused(1, "not an SQLite database", None, *command(tmp_path / "text", address))


@pytest.mark.parametrize(
    "source, target, word",
    [
        ("sqlite:///a.db", "sqlite:///a.db", "the same"),
        ("postgresql://u@h/d", "postgresql://u@h/d", "the same"),
        ("postgresql://u@h/d", "sqlite:///a.db", "muster backup"),
        ("sqlite:///a.db", "sqlite:///b.db", "muster backup"),
        ("mysql://x", "postgresql://u@h/d", "--from"),
        ("sqlite:///a.db", "mysql://x", "--to"),
        ("sqlite:///a.db", "postgresql://h", "--to"),
    ],
)
def test_a_wrong_address_is_a_wrong_command_line(tmp_path: Path, source: str, target: str, word: str) -> None:
    """One line and exit code 2; nothing comes into being."""
    refused(2, word, None, "copy", "--from", source, "--to", target)
    assert list(tmp_path.iterdir()) == []


def test_progress_without_a_terminal_is_a_line_now_and_then() -> None:
    """At most one in ten seconds."""
    said: list[str] = []
    times = iter([0.0, 1.0, 10.0, 10.0, 12.0, 20.0, 20.0])
    report = lines("copied", lambda: next(times), said.append)
    for done in (10, 50, 60, 99):
        report(done, 100)
    assert said == ["50 % copied", "99 % copied"]
