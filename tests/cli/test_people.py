"""People, roles, mapping and changes from the command line, beside a running server."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Connect
from tests.harness.client import ScimClient
from tests.harness.server import CommandFailed, RunningServer, muster


class Line:
    """The command line in one organization."""

    def __init__(self, server: RunningServer, client: ScimClient, folder: Path) -> None:
        self._database, self._client, self._folder = server.database, client, folder

    def run(self, group: str, command: str, *more: str) -> Any:
        """Run a command of the organization."""
        return muster(self._database, group, command, "--organization", str(self._client.organization), *more)

    def mapping(self, command: str, *more: str) -> Any:
        """Run a command on the connection's mapping."""
        return muster(
            self._database, "mapping", command, "--connection", str(self._client.connection_id), *more
        )

    def file(self, value: Any) -> str:
        """A file with a JSON value."""
        path = self._folder / "value.json"
        path.write_text(json.dumps(value))
        return str(path)


@pytest.fixture
def line(server: RunningServer, client: ScimClient, tmp_path: Path) -> Line:
    """In a new organization with one connection."""
    return Line(server, client, tmp_path)


def test_local_users_from_the_command_line(line: Line) -> None:
    """Made, found, replaced, deactivated, reactivated, deleted and purged; the account follows."""
    made = line.run("user", "create", line.file({"userName": "ada", "title": "Countess"}))
    id = made["id"]
    assert (made["source"], made["attributes"]["title"]) == ("local", "Countess")
    assert [one["id"] for one in line.run("user", "list", "--user-name", "AD", "--source", "local")] == [id]
    assert line.run("user", "list", "--email", "ada@example.com") == []
    assert "title" not in line.run("user", "replace", id, line.file({"userName": "ada"}))["attributes"]
    assert line.run("user", "deactivate", id)["active"] is False
    assert line.run("account", "access", made["account"])["reason"] == "inactive"
    assert line.run("user", "reactivate", id)["active"] is True
    assert line.run("user", "show", id)["attributes"]["active"] is True
    line.run("user", "delete", id)
    (account,) = line.run("account", "list", "--status", "removed")
    assert account["profile"]["username"] == "ada"
    assert line.run("user", "purge", id) == {"id": id, "purged": True}
    assert line.run("account", "show", account["id"])["profile"] == {}
    changes = line.run("change", "list", "--resource", id)
    assert [one["operation"] for one in changes] == [
        "create",
        "replace",
        "modify",
        "modify",
        "delete",
        "purge",
    ]
    assert line.run("change", "list", "--after", str(changes[-1]["sequence"])) == []


def test_accounts_are_joined_from_the_command_line(line: Line, client: ScimClient) -> None:
    """The candidate is shown; joined, the earlier account has the new user; what cannot be joined is one line."""
    first = client.post("/Users", {"userName": "ada"}).body["id"]
    (earlier,) = line.run("account", "list")
    client.delete(f"/Users/{first}")
    client.post("/Users", {"userName": "Ada"})
    (later,) = line.run("account", "list", "--status", "active")
    (candidate,) = line.run("account", "show", later["id"])["candidates"]
    assert (candidate["account"], candidate["user"]) == (earlier["id"], first)
    shown = line.run("account", "join", later["id"], earlier["id"])
    assert (shown["id"], shown["user"], shown["status"]) == (earlier["id"], later["user"], "active")
    assert line.run("account", "show", later["id"])["joined"] == earlier["id"]
    with pytest.raises(CommandFailed, match="is not deleted"):
        line.run("account", "join", earlier["id"], earlier["id"])


def test_roles_and_access_from_the_command_line(line: Line, client: ScimClient) -> None:
    """Permissions given and taken; the access answer with why; a revocation."""
    user = client.post("/Users", {"userName": "ada"}).body["id"]
    role = client.post("/Groups", {"displayName": "Staff", "members": [{"value": user}]}).body["id"]
    assert line.run("role", "give", role, "a", "b.c")["permissions"] == ["a", "b.c"]
    assert line.run("role", "take", role, "a")["permissions"] == ["b.c"]
    assert [one["id"] for one in line.run("role", "list", "--source", str(client.connection_id))] == [role]
    assert line.run("role", "show", role)["members"] == 1
    assert [one["name"] for one in line.run("role", "members", role)] == ["ada"]
    (account,) = line.run("account", "list")
    answer = line.run("account", "access", account["id"], "--issued-at", account["created"])
    assert (answer["good"], answer["permissions"]) == (True, [{"name": "b.c", "roles": [role]}])
    assert (answer["user"], answer["revoked_before"]) == (user, None)
    assert answer["roles"][0]["why"][0][0]["change"] is not None
    revoked = line.run("account", "revoke", account["id"])["revoked_before"]
    assert line.run("account", "access", account["id"])["revoked_before"] == revoked is not None
    issued = ("--issued-at", account["created"])
    assert line.run("account", "access", account["id"], *issued)["reason"] == "revoked"


def test_a_local_role_from_the_command_line(line: Line) -> None:
    """Made, filled, renamed, emptied and deleted."""
    user = line.run("user", "create", line.file({"userName": "ada"}))["id"]
    role = line.run("role", "create", "Support")["id"]
    assert line.run("role", "put-in", role, user)["members"] == 1
    assert line.run("role", "rename", role, "Desk")["name"] == "Desk"
    assert [one["id"] for one in line.run("role", "members", role)] == [user]
    assert line.run("role", "take-out", role, user)["members"] == 0
    assert line.run("role", "delete", role) == {"id": role, "deleted": True}
    assert line.run("role", "list") == []


def test_a_mapping_from_the_command_line(line: Line, client: ScimClient) -> None:
    """What is shown can be tried and kept; reset is the default again."""
    client.post("/Users", {"userName": "ADA"})
    default = line.mapping("show")
    assert line.mapping("replace", line.file(default)) == default
    lower = line.file([{"field": "username", "source": "userName", "transform": "lower"}])
    (tried,) = line.mapping("preview", lower, "--limit", "5")
    assert (tried["before"]["fields"]["username"], tried["after"]["fields"]["username"]) == ("ADA", "ada")
    line.mapping("replace", lower)
    assert line.run("account", "list")[0]["profile"] == {"username": "ada"}
    assert line.mapping("reset") == default


def test_an_organization_is_renamed_from_the_command_line(server: RunningServer) -> None:
    """Commands find it by the new name, and by that alone; a name that is taken is one line."""
    for name in ("before", "other"):
        muster(server.database, "organization", "create", name)
    renamed = muster(server.database, "organization", "rename", "before", "after")
    assert muster(server.database, "organization", "show", "after") == renamed
    assert muster(server.database, "role", "list", "--organization", "after") == []
    for arguments, said in ((("before", "x"), "no organization"), (("after", "other"), "already")):
        with pytest.raises(CommandFailed, match=said):
            muster(server.database, "organization", "rename", *arguments)


@pytest.mark.parametrize(
    "arguments, said",
    [
        (("user", "show", "nobody"), "no user"),
        (("user", "purge", "nobody"), "no user"),
        (("account", "show", "nobody"), "no account"),
        (("account", "access", "x", "--issued-at", "yesterday"), "RFC 3339"),
        (("account", "access", "x", "--issued-at", "2026-11-26T10:00:00"), "with Z or an offset"),
        (("account", "list", "--source", "x"), "no connection"),
        (("account", "join", "x", "y"), "no account"),
        (("role", "give", "x", "a"), "no role"),
        (("role", "put-in", "x", "nobody"), "no role"),
        (("role", "delete", "x"), "no role"),
        (("role", "give", "x", "A b"), "no name of a permission"),
        (("change", "list", "--after", "99999"), "has not happened"),
    ],
)
def test_what_cannot_be_done_is_one_line(line: Line, arguments: tuple[str, ...], said: str) -> None:
    """On standard error, with exit code 1."""
    with pytest.raises(CommandFailed) as failed:
        line.run(*arguments)
    assert failed.value.exit_code == 1
    assert said in failed.value.stderr
    assert len(failed.value.stderr.splitlines()) == 1


@pytest.mark.parametrize("option", ["--email", "--user-name"])
@pytest.mark.parametrize("group", ["account", "user"])
def test_an_empty_option_narrows_nothing_and_is_refused(line: Line, group: str, option: str) -> None:
    """Rather than everybody being listed."""
    with pytest.raises(CommandFailed, match="it is empty") as failed:
        line.run(group, "list", option, "")
    assert failed.value.exit_code == 2


@pytest.mark.parametrize(
    "value, said",
    [
        ({}, "a JSON array"),
        (["x"], "entry 0"),
        ([{"field": "email"}], "field and source"),
        ([{"field": "email", "source": "title", "warn": True}], "'warn'"),
        ([{"field": "email", "source": 1}], "source takes"),
        ([{"field": "email", "source": "mails"}], "mails"),
        ([{"field": "surname", "source": "title"}], "'surname'"),
    ],
)
def test_a_mapping_that_is_none_is_one_line(line: Line, value: Any, said: str) -> None:
    """It says which entry, and nothing is changed."""
    before = line.mapping("show")
    with pytest.raises(CommandFailed) as failed:
        line.mapping("replace", line.file(value))
    assert said in failed.value.stderr
    assert len(failed.value.stderr.splitlines()) == 1
    assert line.mapping("show") == before


def test_attributes_that_are_none_are_one_line(line: Line, tmp_path: Path) -> None:
    """No JSON, no object, no such attribute."""
    broken = tmp_path / "broken.json"
    broken.write_text("{")
    for file in (str(broken), line.file([]), line.file({"userName": "a", "shoe": 1})):
        with pytest.raises(CommandFailed) as failed:
            line.run("user", "create", file)
        assert len(failed.value.stderr.splitlines()) == 1
    assert line.run("user", "list") == []


def test_another_organizations_people_are_nobodys(
    line: Line, server: RunningServer, connect: Connect, tmp_path: Path
) -> None:
    """By an id that exists elsewhere."""
    id = line.run("user", "create", line.file({"userName": "ada"}))["id"]
    other = Line(server, connect(), tmp_path)
    for command in ("show", "deactivate", "delete", "purge"):
        with pytest.raises(CommandFailed, match="no user"):
            other.run("user", command, id)
    assert line.run("user", "show", id)["active"] is True
