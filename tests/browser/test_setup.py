"""Setting a connection up through a setup link, from the first page to healthy, with a simulated IdP."""

from __future__ import annotations

import itertools
import re
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from muster.simulator.options import target
from tests.browser.command import aside, command
from tests.browser.visitor import Visitor
from tests.harness.client import ScimClient
from tests.harness.server import RunningServer
from tests.simulator.playing import played, told

_numbers = itertools.count()


def connection(server: RunningServer, provider: str = "generic") -> tuple[str, str]:
    """A new connection in an organization of its own: the organization's name, the connection's id."""
    name = f"acme {next(_numbers)}"
    command(server, "organization", "create", name)
    made = command(server, "connection", "create", "--organization", name, "--provider", provider)
    return name, made["id"]


def invited(server: RunningServer, id: str, *options: str) -> dict[str, Any]:
    """A setup link as it was made."""
    made: dict[str, Any] = command(server, "setup-link", "create", "--connection", id, *options)
    return made


def begun(visitor: Visitor, id: str, *options: str) -> dict[str, Any]:
    """Begin a set-up by a setup link."""
    link = invited(visitor.server, id, *options)
    visitor.go(link["url"])
    visitor.page.get_by_role("button", name="Begin").click()
    visitor.page.wait_for_url("**/setup")
    return link


def new_key(visitor: Visitor) -> tuple[str, str]:
    """Make a key in the guide: the base URL and the key, as the page shows them to be copied."""
    visitor.page.get_by_role("button", name="Create a key").click()
    visitor.page.get_by_text("it is not shown again").wait_for()
    card = visitor.page.locator("#key")
    return card.locator("code").first.inner_text(), card.locator("code.secret").inner_text()


def asked(base: str, key: str) -> int:
    """Ask for users with a key; the status of the answer."""

    def ask() -> int:
        with ScimClient(base, key) as client:
            return client.get("/Users").status

    return aside(ask)


@pytest.mark.parametrize(
    "provider, name, played_as",
    [
        ("okta", "Okta", "okta"),
        ("entra", "Microsoft Entra ID", "entra-flag"),
        ("jumpcloud", "JumpCloud", "jumpcloud"),
    ],
)
def test_a_set_up_from_the_first_page_to_healthy(
    visitor: Visitor, provider: str, name: str, played_as: str
) -> None:
    """By link: provider, guide, key; a wrong key is explained at once, and then everything ticks itself."""
    page = visitor.page
    organization, id = connection(visitor.server)
    begun(visitor, id, "--once")
    assert organization in page.inner_text("h1")
    page.get_by_role("link", name="Next: your provider").click()
    page.get_by_role("button", name=name).click()
    page.get_by_role("heading", name=f"Set up {name}").wait_for()
    base, key = new_key(visitor)
    page.get_by_role("link", name="Next: see what arrives").first.click()
    page.get_by_text("Nothing has come in yet").wait_for()

    wrong = key[:-1] + ("0" if key[-1] != "0" else "1")
    asked(base, wrong)
    page.get_by_role("alert").wait_for()
    assert "cut off, mistyped" in page.inner_text("[role=alert]")

    steps = aside(lambda: played(target(base, key=key), played_as, users=3))
    assert told(steps) == []
    page.locator("#heard").get_by_text("People arrive, and nothing is refused").wait_for()
    missing = page.locator(".ticks li:not(.done) > strong:first-child")
    expect(missing).to_have_text(
        ["First group"] if provider == "jumpcloud" else []
    )  # the simulated one sends none
    page.get_by_role("link", name="Next: who came").click()
    assert page.locator("table").first.locator("tbody tr").count() >= 3
    page.get_by_role("link", name="Next: done").click()
    page.get_by_role("heading", name="All set").wait_for()
    assert key not in visitor.page.content()


def test_a_link_that_is_over_says_so(visitor: Visitor, browser: Browser) -> None:
    """Used by somebody else; revoked while its session is listening; mistyped; and after leaving."""
    server = visitor.server
    _, id = connection(server)
    once = begun(visitor, id, "--once")
    visitor.go(once["url"])  # whoever used it may come back to it
    assert visitor.page.url.endswith("/setup")
    second = browser.new_context()
    other = Visitor(second.new_page(), server)
    assert other.go(once["url"]).status == 403
    assert "for one visit, and has been used" in other.page.inner_text("main")
    assert "Ask whoever sent it to you" in other.page.inner_text("main")
    assert other.go("/setup/guide").status == 403
    assert other.go(once["url"][:-3]).status == 403
    assert "cut off" in other.page.inner_text("main")
    second.close()

    visitor.go("/setup/listening")
    command(server, "setup-link", "revoke", once["id"])
    visitor.page.get_by_text("It was revoked").wait_for()  # by itself: the list asks
    assert visitor.go(once["url"]).status == 403


def test_a_session_is_for_one_connection_alone(visitor: Visitor) -> None:
    """No page of the console opens to it, nor another connection's key; leaving ends it."""
    server, page = visitor.server, visitor.page
    organization, id = connection(server)
    other = command(server, "connection", "create", "--organization", organization, "--provider", "okta")
    keys = command(server, "credential", "list", "--connection", other["id"])
    begun(visitor, id)
    for path in (f"/console/connections/{id}/setup", f"/console/connections/{other['id']}/setup"):
        visitor.go(path)
        assert "/console/sign-in" in page.url
    visitor.go("/setup/guide")
    page.locator(".keys summary", has_text="Revoke").first.click()
    page.locator(".keys input[name=key]").evaluate_all(
        "(inputs, id) => inputs.forEach((input) => { input.value = id; })", keys[0]["credential_id"]
    )
    page.locator(".keys details[open] button").click()
    page.get_by_text("There is no such page").wait_for()
    visitor.go("/setup/done")
    page.locator("summary", has_text="End this session").click()
    page.get_by_role("button", name="End this session").click()
    page.get_by_role("heading", name="You have left").wait_for()
    assert visitor.go("/setup").status == 403


def test_keys_are_replaced_and_providers_changed_with_their_consequences(operator: Visitor) -> None:
    """Signed in: a key is replaced with two days of both; after a request a provider is changed when confirmed."""
    server, page = operator.server, operator.page
    _, id = connection(server, "okta")
    base = f"/console/connections/{id}/setup"
    operator.go(f"{base}/guide")
    url, first = new_key(operator)
    operator.go(f"{base}/guide")
    page.locator(".keys summary", has_text="Replace").first.click()
    assert "stays good for two days" in page.inner_text(".keys")
    page.locator(".keys details[open] button").click()
    page.get_by_text("it is not shown again").wait_for()
    second = page.locator("#key code.secret").inner_text()
    for key in (first, second):
        assert asked(url, key) == 200
    operator.go(f"{base}/listening")
    page.locator(".ticks li.done").first.wait_for()
    operator.go(f"{base}/provider")
    page.get_by_role("button", name="JumpCloud").click()
    page.get_by_text("The provider changes from okta to jumpcloud").wait_for()
    page.get_by_role("button", name="Change to JumpCloud").click()
    page.get_by_role("heading", name="Set up JumpCloud").wait_for()


def test_a_setup_link_is_made_and_revoked_in_the_console(operator: Visitor, browser: Browser) -> None:
    """Its address is shown once, and opens; an auditor sees the list, and cannot make one."""
    server, page = operator.server, operator.page
    organization, id = connection(server)
    path = f"/console/connections/{id}/setup-links"
    operator.go(path)
    page.get_by_role("button", name="Create a setup link").click()
    url = page.locator("code.secret").inner_text()
    assert url.startswith(f"{server.origin}/setup/msl_")
    page.goto(page.url)
    assert url not in page.content()
    page.locator("summary", has_text="Revoke").click()
    page.locator("details[open] button").click()
    page.locator("td", has_text=re.compile("^revoked")).wait_for()
    assert operator.go(url).status == 403

    invitation = command(
        server, "console-user", "invite", "--organization", organization, "--role", "auditor"
    )
    context = browser.new_context()
    auditor = Visitor(context.new_page(), server)
    auditor.accept(invitation["url"])
    for watched in (path, f"/console/connections/{id}/setup/guide"):
        assert auditor.go(watched).status == 200
        assert auditor.page.locator("main form").count() == 0
    context.close()


def test_listening_goes_on_after_a_lost_connection(visitor: Visitor) -> None:
    """It says that it was lost, and goes on by itself when the server is back."""
    server, page = visitor.server, visitor.page
    _, id = connection(server, "okta")
    begun(visitor, id)
    visitor.go("/setup/guide")
    base, key = new_key(visitor)
    visitor.go("/setup/listening")
    database, log = server.database, server.log_path
    server.stop()
    page.locator("#heard.lost").wait_for()
    aside(lambda: server.start(database, log=log))
    asked(base, key)
    page.locator(".ticks li.done").first.wait_for()
    assert page.locator("#heard.lost").count() == 0
    visitor.complaints.clear()  # the browser told of the lost connection
