"""`muster connection`: with the effect on a server that runs, in another process."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness.client import ScimClient
from tests.harness.server import CommandFailed, RunningServer, muster
from tests.idp.setting import assert_error, new_group, new_user


def run(server: RunningServer, *arguments: str) -> Any:
    """Run one command of `muster connection`."""
    return muster(server.database, "connection", *arguments, public_url=server.origin)


def test_each_state_holds_with_the_next_request(server: RunningServer, client: ScimClient) -> None:
    """The commands and the server are different processes."""
    id = client.connection_id
    for command, state, status in [
        ("pause", "paused", 429),
        ("resume", "active", 200),
        ("disable", "disabled", 403),
        ("enable", "active", 200),
    ]:
        assert run(server, command, id)["state"] in (state, "waiting")
        assert client.get("/Users").status == status


def test_switches_are_written_as_people_write_them(server: RunningServer, client: ScimClient) -> None:
    """On and off, numbers, lists, parts of the guard; what is shown is what holds."""
    given = ["group_management=off", "purge_after_days=30", "guard.users=5", "guard.hold=on"]
    networks = "allowed_networks=127.0.0.0/8, 203.0.113.0/24"
    options = [word for switch in (*given, networks) for word in ("--switch", switch)]
    shown = run(server, "update", client.connection_id, "--name", "Okta", *options)
    assert run(server, "show", client.connection_id) == shown
    switches = shown["switches"]
    assert (switches["group_management"], switches["purge_after_days"]) == (False, 30)
    assert switches["allowed_networks"] == ["127.0.0.0/8", "203.0.113.0/24"]
    assert switches["guard"] == {"users": 5, "percent": 20, "minutes": 10, "hold": True}
    assert client.get("/Groups").status == 404
    run(server, "update", client.connection_id, "--switch", "allowed_networks=203.0.113.0/24")
    assert_error(client.get("/Users"), 403)
    assert (
        run(server, "update", client.connection_id, "--switch", "purge_after_days=never")["switches"][
            "purge_after_days"
        ]
        is None
    )


@pytest.mark.parametrize(
    "switch, said", [("addopt=on", "addopt"), ("adopt=maybe", "true or false"), ("adopt", "NAME=VALUE")]
)
def test_what_cannot_be_switched_is_one_line(
    server: RunningServer, client: ScimClient, switch: str, said: str
) -> None:
    """That names it."""
    with pytest.raises(CommandFailed) as failed:
        run(server, "update", client.connection_id, "--switch", switch)
    assert said in failed.value.stderr
    assert failed.value.stderr.count("\n") == 1


def test_another_provider_needs_yes(server: RunningServer, client: ScimClient) -> None:
    """Without it nothing is done."""
    with pytest.raises(CommandFailed, match="--yes"):
        run(server, "update", client.connection_id, "--provider", "okta")
    assert run(server, "show", client.connection_id)["provider"] == "generic"
    assert run(server, "update", client.connection_id, "--provider", "okta", "--yes")["provider"] == "okta"


def test_a_connection_is_made_with_name_and_switches(server: RunningServer, client: ScimClient) -> None:
    """And listed so."""
    options = ["--organization", client.organization, "--provider", "jumpcloud", "--name", "Cloud"]
    made = run(server, "create", *options, "--switch", "adopt=on")
    assert (made["name"], made["state"], made["switches"]["adopt"]) == ("Cloud", "waiting", True)
    (listed,) = [one for one in run(server, "list") if one["id"] == made["id"]]
    assert (listed["organization"], listed["name"]) == (client.organization, "Cloud")


def test_a_deletion_needs_a_word_on_active_users_and_yes(server: RunningServer, client: ScimClient) -> None:
    """Then the key is dead."""
    ada = new_user(client)
    new_group(client, ada)
    with pytest.raises(CommandFailed, match="1 active users"):
        run(server, "delete", client.connection_id, "--yes")
    with pytest.raises(CommandFailed, match="--yes"):
        run(server, "delete", client.connection_id, "--deactivate-users")
    assert client.get(f"/Users/{ada}").status == 200
    done = run(server, "delete", client.connection_id, "--deactivate-users", "--yes")
    assert (done["deleted"], done["users"], done["groups"], done["credentials"]) == (True, 1, 1, 1)
    assert_error(client.get("/Users"), 401)
    with pytest.raises(CommandFailed, match="no connection"):
        run(server, "show", client.connection_id)
