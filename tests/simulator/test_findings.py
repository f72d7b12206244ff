"""A server that does not do what it says is found out, at the step where it matters; a good one is not accused."""

import base64
import http.server
import json
import random
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from muster.simulator.options import TargetRefused, target
from muster.simulator.script import PROVIDERS
from tests.conftest import Connect
from tests.harness.client import ScimClient
from tests.simulator import breaks
from tests.simulator.between import Asked, Break, Forward, Told, between
from tests.simulator.playing import EVERY_FAULT, played, told

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
FOUND: list[tuple[Break, str, str, str]] = [
    (breaks.silent_patch, "okta", "Deactivate", "active: False was sent, True is there"),
    (breaks.silent_patch, "entra", "Change", "was sent"),
    (breaks.silent_patch, "entra-flag", "Deactivate", "active: False was sent, True is there"),
    (breaks.silent_put, "okta-custom", "Deactivate", "active: False was sent, True is there"),
    (breaks.silent_put, "jumpcloud", "Replace the test user", "emails: was cleared"),
    (breaks.silent_put, "onelogin", "Change", "displayName"),
    (breaks.silent_delete, "entra", "Delete", "404 was expected, 200 came"),
    (breaks.silent_delete, "jumpcloud", "Take the test user away", "the filter still finds it"),
    (breaks.loses_an_attribute, "okta", "Create", "title"),
    (breaks.loses_members, "okta", "Fill", "are lost"),
    (breaks.loses_members, "onelogin", "Fill", "are lost"),
    (breaks.empties_the_group, "entra", "Take", "are lost"),
    (breaks.ignores_filtered_removal, "entra-flag", "Take", "are there that should not be"),
    (breaks.ignores_filtered_removal, "okta", "Take", "are there that should not be"),
    (breaks.hides_inactive_users, "okta", "Deactivate", "the filter finds nobody"),
    (breaks.tells_strings, "okta", "Test the connection", "totalResults: '0' is no number"),
    (breaks.tells_the_manager_as_a_string, "entra", "Make", "manager"),
    (breaks.finds_nobody_with_404, "entra", "Test the connection", "200 was expected, 404 came: Nobody."),
    (breaks.makes_the_conflict_an_error, "okta", "Fault: create", "409 was expected, 500 came"),
    (breaks.takes_any_key, "okta", "Fault: read and write with a wrong key", "401 was expected, 200 came"),
    (breaks.tells_the_password, "okta", "Create", "password: is in the answer"),
    (breaks.answers_nothing, "okta", "Create", "the answer has no resource"),
    (breaks.tells_the_message, "okta", "Deactivate", "schemas: "),
    (breaks.heeds_no_filter, "entra", "Look for", "the filter was not heeded"),
    (breaks.tells_html, "entra", "Delete", "is no SCIM Error"),
    (breaks.includes_excluded_members, "entra", "Create the group", "were excluded"),
    (breaks.keeps_names_in_letter_case, "okta", "Fault: create", "409 was expected, 201 came"),
    (breaks.finds_everybody_twice, "jumpcloud", "Fault: create", "there are 2 users of that name"),
    (breaks.loses_what_comes_at_once, "entra", "Fault: two changes", "department"),
    (breaks.half_does_what_it_refuses, "okta", "Fault: a member of", "are there that should not be"),
    (breaks.drops_members_who_leave, "okta", "Deactivate", "are lost"),
]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_good_server_is_not_accused(client: ScimClient, provider: str) -> None:
    """The same way round through a server between that breaks nothing: no finding."""
    with between(client, breaks.nothing) as base:
        assert told(played(target(base, key=client.api_key), provider, users=4, groups=None)) == []


@pytest.mark.parametrize(
    "broken, provider, title, words", FOUND, ids=[f"{each[0].__name__}-{each[1]}" for each in FOUND]
)
def test_a_break_is_found(client: ScimClient, broken: Break, provider: str, title: str, words: str) -> None:
    """The step that it hurts fails, and says what is wrong."""
    groups = None if provider == "jumpcloud" else 1
    with between(client, broken) as base:
        where = target(base, key=client.api_key)
        steps = played(where, provider, users=6, groups=groups, seed=11, faults=EVERY_FAULT)

    assert [line for line in told(steps) if line.startswith(title) and words in line] != [], told(steps)
    assert all(step.verdict != "passed" for step in steps if step.findings)


def test_basic_is_sent_as_basic(client: ScimClient) -> None:
    """The id and secret reach the server as HTTP Basic, and the wrong ones too."""

    def broken(asked: Asked, forward: Forward) -> Told:
        scheme, _, value = asked.headers.get("authorization", "").partition(" ")
        known = scheme == "Basic" and base64.b64decode(value) == b"id:sec:ret"
        return forward(asked.bearing(f"Bearer {client.api_key if known else 'mst_wrong'}"))

    with between(client, broken) as base:
        where = target(base, basic="id:sec:ret")
        assert told(played(where, "jumpcloud", users=2, faults=EVERY_FAULT)) == []


def test_a_server_that_asks_to_wait_is_waited_for(client: ScimClient) -> None:
    """A 429 with whole seconds is sent again after them; one without is a finding."""
    asked_to_wait: list[str] = []

    def polite(asked: Asked, forward: Forward) -> Told:
        if asked.method == "POST" and asked.path not in asked_to_wait:
            asked_to_wait.append(asked.path)
            return Told(429, b"{}", {"retry-after": "0"})
        return forward(asked)

    with between(client, polite) as base:
        assert told(played(target(base, key=client.api_key), "okta", users=2, groups=1)) == []
    assert len(asked_to_wait) == 2

    def rude(asked: Asked, forward: Forward) -> Told:
        return Told(429, b"{}") if asked.method == "DELETE" else forward(asked)

    with between(client, rude) as base:
        steps = played(target(base, key=client.api_key), "jumpcloud", users=2, seed=5)
    assert [line for line in told(steps) if "429 came" in line] != []


def test_a_server_that_falls_silent_is_given_up(client: ScimClient) -> None:
    """After some steps without any answer nothing more is sent; one bad answer is only a finding."""
    heard = 0

    def tiring(asked: Asked, forward: Forward) -> Told:
        nonlocal heard
        heard += 1
        if heard == 4 or heard > 12:
            raise ConnectionAbortedError
        return forward(asked)

    with between(client, tiring) as base, pytest.raises(TargetRefused, match="has stopped answering"):
        played(target(base, key=client.api_key), "okta", users=100, groups=0)
    assert 12 < heard < 20


JUNK = [
    None, [], {}, 7, "x", [1, None], {"schemas": 5, "id": 5}, {"schemas": [LIST, None], "Resources": {"a": 1}},
    {"schemas": [LIST], "Resources": [None, {"id": None}, {}]}, {"schemas": [LIST], "Resources": [{"id": [], "userName": 1}]},
    {"schemas": [USER, GROUP], "id": "x", "members": 5, "emails": 1, "name": [], "active": "no", "displayName": {}},
    {"schemas": [USER, GROUP], "id": "x", "members": [1, {"value": {}}, None], "emails": [[]], "groups": 3},
    {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "detail": ["x"], "scimType": 3},
]  # fmt: skip


@pytest.mark.parametrize("provider", PROVIDERS)
def test_whatever_a_server_answers_is_judged(client: ScimClient, provider: str) -> None:
    """Any status with any JSON is a finding or a refusal, and never the end of the simulator."""
    chance, heard = random.Random(provider), 0

    def mad(asked: Asked, forward: Forward) -> Told:
        nonlocal heard
        heard += 1
        if heard <= 4 or chance.random() < 0.4:
            return forward(asked)
        return Told(chance.choice([200, 201, 400, 404, 409])).having(chance.choice(JUNK))

    with between(client, mad) as base:
        where = target(base, key=client.api_key)
        steps = played(where, provider, users=4, seed=9, faults=EVERY_FAULT, delete_at_end=True)
    assert len(steps) == steps[0].of
    assert "failed" in {step.verdict for step in steps}


@pytest.fixture
def elsewhere() -> Iterator[str]:
    """The address of a web server that is none of SCIM, and sends people on."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(302 if "/old" in self.path else 200)
            self.send_header("location", "https://other.example/scim")
            self.end_headers()
            self.wfile.write(
                json.dumps({"hello": "world"}).encode() if "/json" in self.path else b"<h1>Hi</h1>"
            )

        def log_message(self, *args: Any, **kwargs: Any) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    "path, words",
    [
        ("/page", "not as a SCIM server"),
        ("/json", "not as a SCIM server"),
        ("/old", "redirects to https://other.example/scim"),
    ],
)
def test_another_web_server_is_no_scim_server(elsewhere: str, path: str, words: str) -> None:
    """It is named as what it is, and the key does not follow a redirect."""
    with pytest.raises(TargetRefused, match=words):
        played(target(elsewhere + path, key="secret"), "okta", users=1)


def test_a_small_cast_plays_too(connect: Connect) -> None:
    """One person, with and without a group: each provider has something to do and nothing to stumble over."""
    for provider in PROVIDERS:
        with connect() as client:
            where = target(client.base_url, key=client.api_key)
            groups = 0 if provider == "jumpcloud" else 1
            assert told(played(where, provider, users=1, groups=groups, faults=EVERY_FAULT)) == []
            assert told(played(where, provider, users=2, groups=0, seed=1, delete_at_end=True)) == []
