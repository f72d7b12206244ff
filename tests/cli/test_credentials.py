"""Credentials, service accounts and setup links from the command line."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.harness.postgres import Cluster
from tests.harness.server import CommandFailed, Place, muster

NOBODYS = "0" * 21


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, cluster: Cluster) -> Any:
    """A database of each store with one organization."""
    file = tmp_path_factory.mktemp("cli") / "muster.db"
    found: Place = file if request.param == "sqlite" else cluster.new_store()
    muster(found, "organization", "create", "acme")
    return found


@pytest.fixture(scope="module")
def connection(place: Place) -> str:
    """A connection's id."""
    made = muster(place, "connection", "create", "--organization", "acme", "--provider", "jumpcloud")
    return str(made["id"])


def test_a_credential_from_its_beginning_to_its_end(place: Place, connection: str) -> None:
    """Made with a life, shown without what proves it, replaced with an overlap, revoked."""
    made = muster(place, "credential", "create", "--connection", connection, "--ttl", "90d")
    id = made["credential_id"]
    shown = muster(place, "credential", "show", id)
    assert (shown["status"], shown["created_by"], shown["kind"]) == ("live", "command line", "api_key")
    assert made["api_key"].startswith(shown["prefix"])
    assert made["api_key"] not in str(shown)
    rotated = muster(place, "credential", "rotate", id, "--overlap", "2d")
    assert (rotated["replaces"], rotated["old_ends"]) == (
        id,
        muster(place, "credential", "show", id)["replaced_until"],
    )
    with pytest.raises(CommandFailed, match="replaced already"):
        muster(place, "credential", "rotate", id)
    muster(place, "credential", "revoke", id)
    listed = muster(place, "credential", "list", "--connection", connection)
    assert [one["status"] for one in listed[-2:]] == ["revoked", "live"]


def test_a_service_account_from_its_beginning_to_its_end(place: Place, connection: str) -> None:
    """A key id and a secret, once; more keys, rotated and revoked; none is left when it is deleted."""
    made = muster(place, "service-account", "create", "--connection", connection, "--name", "Sync")
    assert re.fullmatch(r"[0-9a-z]{21}", made["key_id"])
    assert re.fullmatch(r"mss_[0-9a-z]{39}", made["secret"])
    second = muster(place, "service-account", "key", "create", made["id"], "--ttl", "1h")
    third = muster(place, "service-account", "key", "rotate", made["key_id"], "--overlap", "1h")
    muster(place, "service-account", "key", "revoke", second["key_id"])
    listed = muster(place, "service-account", "key", "list", made["id"])
    assert {one["credential_id"]: one["status"] for one in listed} == {
        made["key_id"]: "replaced",
        second["key_id"]: "revoked",
        third["key_id"]: "live",
    }
    assert [one["name"] for one in muster(place, "service-account", "list", "--connection", connection)] == [
        "Sync"
    ]
    assert muster(place, "service-account", "delete", made["id"])["keys_revoked"] == 2
    assert muster(place, "service-account", "list", "--connection", connection) == []
    listed = muster(place, "credential", "list", "--connection", connection)
    assert [one["status"] for one in listed[-3:]] == ["revoked", "revoked", "revoked"]


def test_a_setup_link_from_its_beginning_to_its_end(place: Place, connection: str) -> None:
    """An address under the public one, once; a list without it; revoked."""
    arguments = ("setup-link", "create", "--connection", connection, "--ttl", "2d", "--once")
    made = muster(place, *arguments, public_url="https://muster.test")
    assert re.fullmatch(r"https://muster\.test/setup/msl_[0-9a-z]{21}_[0-9a-z]{39}", made["url"])
    (listed,) = muster(place, "setup-link", "list", "--connection", connection)
    assert listed == {name: value for name, value in made.items() if name != "url"}
    assert muster(place, "setup-link", "revoke", made["id"])["status"] == "revoked"


@pytest.mark.parametrize(
    "arguments, saying",
    [
        (("credential", "create", "--connection", "{}", "--ttl", "366d"), "from one hour to 365 days"),
        (("credential", "create", "--connection", "{}", "--ttl", "soon"), "written as 12h or 90d"),
        (("credential", "create", "--connection", NOBODYS), "no connection"),
        (("credential", "rotate", NOBODYS, "--overlap", "8d"), "at most 7 days"),
        (("credential", "rotate", NOBODYS), "no credential"),
        (("credential", "show", "x"), "no credential"),
        (("service-account", "create", "--connection", "{}", "--name", " "), "1 to 200 printable"),
        (("service-account", "key", "create", NOBODYS), "no service account"),
        (("service-account", "key", "list", "x"), "no service account"),
        (("service-account", "delete", NOBODYS), "no service account"),
        (("setup-link", "create", "--connection", "{}", "--ttl", "31d"), "from one hour to 30 days"),
        (("setup-link", "revoke", "x"), "no setup link"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    place: Place, connection: str, arguments: tuple[str, ...], saying: str
) -> None:
    """That says what to do."""
    with pytest.raises(CommandFailed, match=saying) as failed:
        muster(place, *(argument.format(connection) for argument in arguments))
    assert (failed.value.exit_code, failed.value.stderr.count("\n")) == (1, 1)
