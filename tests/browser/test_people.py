"""People and roles in a browser: a local person's life, for everybody's use; and text that would like to be a script."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, NamedTuple, get_args
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Dialog

from muster.directory.identifiers import organization_of, routing_part
from tests.browser.command import command
from tests.browser.visitor import Visitor
from tests.harness.client import ScimClient
from tests.harness.server import RunningServer

HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(2)>",
    '"><svg onload=alert(3)>',
    "' autofocus onfocus=alert(4) x='",
    "javascript:alert(5)",
    "</title></textarea></pre><script>alert(6)</script>",
    "{{ 7*7 }}{% raw %}${7*7}",
    "<a href=javascript:alert(8) id=main hx-get=/console hx-trigger=load>x</a>",
    "&lt;script&gt;alert(9)&lt;/script&gt;\u202e\u2028",
)
"""What is planted in every attribute, one after another and all together."""


class Planted(NamedTuple):
    """An organization whose IdP has sent it: the address of its pages, the user's and the group's ids, their names."""

    base: str
    user: str
    group: str
    names: tuple[str, ...]


@pytest.fixture(scope="module")
def planted(pages: RunningServer) -> Iterator[Planted]:
    """A user and a group all of whose attributes are hostile, and a user agent that is."""
    name = f"hostile {HOSTILE[0]}"
    command(pages, "organization", "create", name)
    made = command(pages, "connection", "create", "--organization", name, "--provider", "generic")
    client = ScimClient(pages.origin + urlsplit(made["base_url"]).path, made["api_key"])
    agent = {"User-Agent": HOSTILE[1]}
    every = " ".join(HOSTILE)
    user = client.request("POST", "/Users", _user(every), headers=agent).body
    users = [client.request("POST", "/Users", _user(each), headers=agent).body for each in HOSTILE]
    members = [{"value": one["id"]} for one in (user, *users)]
    group = client.request(
        "POST",
        "/Groups",
        {"schemas": [_CORE + "Group"], "displayName": every, "members": members},
        headers=agent,
    ).body
    client.request("PUT", f"/Users/{user['id']}", {**_user(every), "title": HOSTILE[2]}, headers=agent)
    client.request("POST", "/Users", _user(every), headers=agent)  # a conflict, for the log
    number = organization_of(made["id"])
    assert number is not None
    yield Planted(
        f"/console/organizations/{routing_part(number)}", user["id"], group["id"], (every, *HOSTILE)
    )
    client.close()


_Scheme = Literal["light", "dark"]
_CORE = "urn:ietf:params:scim:schemas:core:2.0:"


def _user(text: str) -> dict[str, Any]:
    plain = ("externalId", "displayName", "nickName", "title", "userType", "preferredLanguage")
    return {
        "schemas": [_CORE + "User"],
        "userName": text,
        "name": {"givenName": text, "familyName": text, "formatted": text},
        "emails": [{"type": "work", "value": text, "display": text}],
        "phoneNumbers": [{"type": "mobile", "value": text}],
        "addresses": [{"type": "work", "locality": text, "streetAddress": text}],
        **dict.fromkeys(plain, text),
    }


def test_what_was_sent_is_text(operator: Visitor, planted: Planted) -> None:
    """On every page of people and roles: no dialog, no script, no breach of the policy, and the text as it was sent."""
    dialogs: list[str] = []

    def dismiss(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    operator.page.on("dialog", dismiss)
    paths = {
        "/users": planted.names[1],
        f"/users?name={'%3C'}": HOSTILE[0],
        f"/users/{planted.user}": planted.names[0],
        "/roles": planted.names[0],
        f"/roles/{planted.group}": HOSTILE[3],
        f"/roles/{planted.group}?member=%3Cscript%3Ealert(1)": HOSTILE[0],
        "/users?name=%22%3E%3Csvg%20onload%3Dalert(3)%3E&id=&email=%3Cb%3E": "Nobody is found so",
    }
    for path, text in paths.items():
        assert operator.go(planted.base + path).status == 200
        operator.page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
        shown = " ".join(operator.page.inner_text("main").split())
        assert " ".join(text.split()) in shown, path
        assert (
            operator.page.locator("main script, main svg, main img, [onerror], [onload], [onfocus]").count()
            == 0
        )
        assert operator.page.locator("main a[href^='javascript' i], main [hx-get]").count() == 0
    assert dialogs == []  # and the browser had nothing to complain of, which the fixture sees to


def test_a_local_person_and_a_role(operator: Visitor, planted: Planted) -> None:
    """Added, changed, deactivated with the consequence first; usable by everybody, in light and dark, wide and narrow."""
    page = operator.page
    operator.go(f"{planted.base}/users")
    page.get_by_role("link", name="Add a person").click()
    page.fill("#email", "bo@example.com")
    page.fill("#given_name", "Bo")
    _for_everybody(operator)
    page.get_by_role("button", name="Add").click()
    page.locator("h1", has_text="Bo").wait_for()
    page.locator("summary", has_text="Deactivate").click()
    assert "every session with it" in page.inner_text("aside")
    page.get_by_role("button", name="Deactivate").click()
    page.locator("h1", has_text="inactive").wait_for()
    for path in ("/users", f"/users/{planted.user}", "/roles", f"/roles/{planted.group}"):
        operator.go(planted.base + path)
        _for_everybody(operator)
    page.fill("#permissions", "billing.read")
    page.get_by_role("button", name="Add").click()
    page.locator("li", has_text="billing.read").wait_for()
    page.locator("summary", has_text="Remove").click()
    page.get_by_role("button", name="Remove").click()
    page.get_by_text("opens nothing").wait_for()


def _for_everybody(visitor: Visitor) -> None:
    for scheme in get_args(_Scheme):
        visitor.page.emulate_media(color_scheme=scheme)
        assert visitor.barriers() == []
    visitor.page.set_viewport_size({"width": 360, "height": 740})
    assert not visitor.is_wider_than_the_window()
    visitor.page.set_viewport_size({"width": 1280, "height": 800})
