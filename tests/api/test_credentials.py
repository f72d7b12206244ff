"""Credentials, service accounts and setup links over the management API: made, shown once, replaced, dead."""

from __future__ import annotations

from typing import Any

import pytest

from muster.bootstrap import world
from muster.directory.authenticate import Authenticator
from muster.directory.connections import create_connection
from muster.directory.setup_links import follow_setup_link
from tests.api.asgi import ORIGIN, Api, assert_problem


class Acme:
    """An organization with a connection, and a management key of its own."""

    def __init__(self, api: Api, name: str = "acme") -> None:
        self._api = api
        self.id = api.new_organization(name)
        made = api.run(create_connection(api.database, world(), name, "okta", strict=False))
        self.connection, self.credential = made[0].id, made[1].id
        self.key = api.new_key(self.id)

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Send a request with the organization's key; the answer."""
        return self._api.request(method, path, body, key=self.key)

    def opens(self, proof: str, kind: Any = "api_key") -> bool:
        """Whether a credential opens the SCIM endpoint."""
        server = Authenticator(self._api.database, world().clock)
        return self._api.run(server.access(proof, kind)) is not None


@pytest.fixture
def acme(api: Api) -> Acme:
    """An organization with a connection."""
    return Acme(api)


def test_an_api_key_is_shown_once_and_rotated_with_an_overlap(acme: Acme) -> None:
    """Both open then; the old one is `replaced`, cannot be again, and is revoked at once."""
    made = acme.ask("POST", "/credentials", {"connection": acme.connection, "ttl": "2w"})
    assert made.status == 201
    old = made.json
    assert (old["status"], old["kind"], old["secret"], old["last_used"]) == ("live", "api_key", None, None)
    assert old["api_key"].startswith(old["prefix"])
    assert old["api_key"].endswith(old["last_four"])
    rotated = acme.ask("POST", f"/credentials/{old['id']}/rotate", {"overlap": "2d"})
    assert rotated.status == 201
    assert acme.opens(old["api_key"])
    assert acme.opens(rotated.json["api_key"])
    shown = acme.ask("GET", f"/credentials/{old['id']}").json
    assert (shown["status"], shown["revoked"]) == ("replaced", None)
    assert shown["replaced_until"] is not None
    assert_problem(acme.ask("POST", f"/credentials/{old['id']}/rotate"), 409, "conflict")
    assert acme.ask("POST", f"/credentials/{old['id']}/revoke").json["status"] == "revoked"
    assert not acme.opens(old["api_key"])
    listed = acme.ask("GET", f"/credentials?connection={acme.connection}")
    assert [one["status"] for one in listed.json["items"]] == ["live", "revoked", "live"]
    assert old["api_key"].encode() not in listed.body


def test_a_service_account_has_keys_that_die_with_it(acme: Acme) -> None:
    """Made with a first key, given a second, rotated like any credential, deleted."""
    made = acme.ask("POST", "/service-accounts", {"connection": acme.connection, "name": "JumpCloud"})
    assert made.status == 201
    account, first = made.json["service_account"], made.json["key"]
    assert (account["role"], first["api_key"]) == ("SCIM Authenticator", None)
    second = acme.ask("POST", f"/service-accounts/{account['id']}/keys", {"ttl": "1h"}).json
    third = acme.ask("POST", f"/credentials/{first['id']}/rotate", {"overlap": "7d"}).json
    keys = [f"{key['id']}:{key['secret']}" for key in (first, second, third)]
    assert [acme.opens(key, "service_account_key") for key in keys] == [True] * 3
    listed = acme.ask("GET", f"/service-accounts/{account['id']}/keys").json["items"]
    assert [one["service_account"] for one in listed] == [account["id"]] * 3
    assert acme.ask("GET", f"/service-accounts/{account['id']}").json == account
    assert acme.ask("GET", "/service-accounts").json["items"] == [account]
    assert acme.ask("DELETE", f"/service-accounts/{account['id']}").json["keys_revoked"] == 3
    assert [acme.opens(key, "service_account_key") for key in keys] == [False] * 3
    assert_problem(acme.ask("GET", f"/service-accounts/{account['id']}"), 404, "not_found")


def test_a_setup_link_has_an_address(api: Api, acme: Acme) -> None:
    """Answered once; what is listed later does not tell it."""
    made = acme.ask("POST", "/setup-links", {"connection": acme.connection, "once": True})
    assert made.status == 201
    start = f"{ORIGIN}/setup/"
    assert made.json["url"].startswith(start)
    followed = api.run(follow_setup_link(api.database, world(), made.json["url"].removeprefix(start)))
    assert followed is not None
    listed = acme.ask("GET", f"/setup-links?connection={acme.connection}").json["items"]
    assert [(one["status"], "url" in one) for one in listed] == [("used", False)]
    assert acme.ask("POST", f"/setup-links/{made.json['id']}/revoke").json["status"] == "revoked"
    assert_problem(acme.ask("POST", f"/setup-links/{made.json['id']}/revoke"), 409, "conflict")
    assert acme.ask("GET", f"/setup-links/{made.json['id']}").json["status"] == "revoked"


@pytest.mark.parametrize(
    "path, body, code",
    [
        ("/credentials", {"ttl": "366d"}, "refused"),
        ("/credentials", {"ttl": "59m"}, "refused"),
        ("/credentials", {"ttl": "soon"}, "invalid"),
        ("/credentials", {"kind": "api_key"}, "invalid"),
        ("/service-accounts", {}, "invalid"),
        ("/service-accounts", {"name": "a", "description": "a\nb"}, "refused"),
        ("/service-accounts", {"name": "a", "role": "administrator"}, "invalid"),
        ("/setup-links", {"ttl": "31d"}, "refused"),
        ("/setup-links", {"once": "yes"}, "invalid"),
    ],
)
def test_what_is_wrong_is_refused_and_nothing_is_made(acme: Acme, path: str, body: Any, code: str) -> None:
    """A life out of bounds, a field that is not there, a role that nobody has."""
    before = acme.ask("GET", path).json
    assert_problem(acme.ask("POST", path, {"connection": acme.connection} | body), 422, code)
    assert acme.ask("GET", path).json == before


@pytest.mark.parametrize("overlap", ["8d", "0s", "2w"])
def test_an_overlap_out_of_bounds_is_refused(acme: Acme, overlap: str) -> None:
    """The credential stays as it is."""
    answer = acme.ask("POST", f"/credentials/{acme.credential}/rotate", {"overlap": overlap})
    assert "at most 7 days" in assert_problem(answer, 422, "refused")["detail"]
    assert acme.ask("GET", f"/credentials/{acme.credential}").json["status"] == "live"


def test_another_organizations_are_not_there(api: Api, acme: Acme) -> None:
    """By its id, its connection's, in any place: 404 like what nobody has, and nothing of it changes."""
    other = Acme(api, "other")
    account = other.ask("POST", "/service-accounts", {"connection": other.connection, "name": "a"}).json
    link = other.ask("POST", "/setup-links", {"connection": other.connection}).json
    number = account["service_account"]["id"]
    for method, path, body in (
        ("GET", f"/credentials/{other.credential}", None),
        ("POST", f"/credentials/{other.credential}/rotate", None),
        ("POST", f"/credentials/{other.credential}/revoke", None),
        ("GET", f"/credentials?connection={other.connection}", None),
        ("GET", "/credentials?connection=%00", None),
        ("POST", "/credentials", {"connection": other.connection}),
        ("GET", f"/service-accounts/{number}", None),
        ("GET", f"/service-accounts/{number}/keys", None),
        ("POST", f"/service-accounts/{number}/keys", {}),
        ("POST", f"/service-accounts/{number}/keys", None),
        ("DELETE", f"/service-accounts/{number}", None),
        ("GET", f"/service-accounts?connection={other.connection}", None),
        ("POST", "/service-accounts", {"connection": other.connection, "name": "a"}),
        ("GET", f"/setup-links/{link['id']}", None),
        ("POST", f"/setup-links/{link['id']}/revoke", None),
        ("GET", f"/setup-links?connection={other.connection}", None),
        ("POST", "/setup-links", {"connection": other.connection}),
    ):
        assert_problem(acme.ask(method, path, body), 404, "not_found")
    assert [one["id"] for one in acme.ask("GET", "/credentials").json["items"]] == [acme.credential]
    assert acme.ask("GET", "/service-accounts").json["items"] == []
    shown = other.ask("GET", "/credentials").json["items"]
    assert [one["status"] for one in shown] == ["live", "live"]


def test_lists_come_in_parts(acme: Acme) -> None:
    """Each once, oldest first; the cursor of one connection's list is not that of another list."""
    for _ in range(3):
        acme.ask("POST", "/credentials", {"connection": acme.connection})
    path, found = f"/credentials?connection={acme.connection}&limit=3", []
    page = acme.ask("GET", path).json
    found += page["items"]
    assert_problem(acme.ask("GET", f"/credentials?cursor={page['next']}"), 400, "invalid_cursor")
    page = acme.ask("GET", f"{path}&cursor={page['next']}").json
    found += page["items"]
    assert (len({one["id"] for one in found}), page["next"]) == (4, None)
    assert [one["created"] for one in found] == sorted(one["created"] for one in found)


def test_what_idps_are_given_outlives_the_key_that_makes_it(api: Api, acme: Acme) -> None:
    """By decision 15: a key of an hour makes and rotates a credential of a year, but no management key of two hours."""
    hour = acme.ask("POST", "/api-keys", {"name": "deploy", "scopes": ["write"], "ttl": "1h"}).json

    def ask(path: str, body: Any = None) -> Any:
        return api.request("POST", path, body, key=hour["api_key"])

    made = ask("/credentials", {"connection": acme.connection, "ttl": "365d"}).json
    again = ask(f"/credentials/{made['id']}/rotate", {}).json
    link = ask("/setup-links", {"connection": acme.connection, "ttl": "30d"}).json
    for one in (made, again, link):
        assert one["expires"] > hour["expires"]
        assert one["created_by"] == hour["id"]
    assert_problem(ask("/api-keys", {"name": "longer", "scopes": ["write"], "ttl": "2h"}), 422, "refused")
