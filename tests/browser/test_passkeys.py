"""Passkeys: one more, signing in with it, one less; and what does not sign in."""

from __future__ import annotations

import httpx2
import pytest
from playwright.sync_api import Browser, Request

from tests.browser.command import command
from tests.browser.passkey_device import Device, held_back
from tests.browser.visitor import PASSPHRASE, Visitor

HOST = "localhost"
SIGN_IN = "Sign in with a passkey"
REFUSED = "The passkey does not sign you in"


@pytest.fixture
def device(operator: Visitor) -> Device:
    """The operator's device, before there is a passkey on it."""
    return Device(operator.page)


def add(visitor: Visitor, name: str = "Laptop", passphrase: str = PASSPHRASE) -> None:
    """Fill in the form of a passkey."""
    visitor.page.fill("#name", name)
    visitor.page.fill("#confirm", passphrase)
    visitor.page.get_by_role("button", name="Add a passkey").click()


def added(visitor: Visitor) -> None:
    """Add one, from anywhere, and sign out."""
    visitor.go("/console/me")
    add(visitor)
    visitor.page.get_by_text("The passkey is yours").wait_for()
    sign_out(visitor)


def sign_out(visitor: Visitor) -> None:
    """Leave."""
    visitor.page.get_by_role("button", name="Sign out", exact=True).click()
    visitor.page.wait_for_url("**/console/sign-in")


def barriers(visitor: Visitor) -> list[str]:
    """What axe finds; what a page looks like is no matter of the store, so it looks once."""
    return [] if isinstance(visitor.server.database, str) else visitor.barriers()


def posted(visitor: Visitor, sent: Request, cookie: str | None = None) -> httpx2.Response:
    """Send what a browser was to send, by its cookies or by others; the answer."""
    headers = {"content-type": "application/x-www-form-urlencoded", "origin": visitor.server.origin}
    cookies = sent.all_headers()["cookie"] if cookie is None else cookie
    body = sent.post_data_buffer
    return httpx2.post(sent.url, content=body, headers=headers | {"cookie": cookies}, trust_env=False)


def test_a_passkey_from_its_making_to_its_end(operator: Visitor, device: Device) -> None:
    """Offered after the invitation, added, signed in with, removed; each page can be used by everybody."""
    page = operator.page
    assert barriers(operator) == []
    page.get_by_role("link", name="add a passkey").click()
    assert barriers(operator) == []
    add(operator, passphrase="not the one I have")
    assert "not your passphrase" in page.inner_text("#confirm-said")
    assert page.input_value("#name") == "Laptop"
    device.knows_its_owner(False)
    add(operator, "Laptop <b>")
    page.get_by_text("No passkey was made").wait_for()
    assert barriers(operator) == []
    device.knows_its_owner(True)
    page.get_by_role("button", name="Make the passkey").click()
    page.get_by_text("The passkey is yours").wait_for()
    assert "Laptop <b>" in page.inner_text("#passkeys")
    assert barriers(operator) == []
    assert len(device.passkeys()) == 1
    assert operator.name not in str(device.passkeys()[0]["userHandle"])
    add(operator, "Again")
    page.get_by_text("There is a passkey of yours already").wait_for()
    page.get_by_role("link", name="Back").click()
    sign_out(operator)
    operator.go("/console/me")
    assert barriers(operator) == []
    page.get_by_role("button", name=SIGN_IN).click()
    page.wait_for_url("**/console/me")
    assert "-" not in page.locator("#passkeys tbody td").nth(2).inner_text().split()
    page.locator("#passkeys summary", has_text="Remove").click()
    page.locator("#passkeys").get_by_role("button", name="Remove").click()
    page.get_by_text("The passkey is removed").wait_for()
    assert page.locator("#passkeys table").count() == 0
    sign_out(operator)
    page.get_by_role("button", name=SIGN_IN).click()
    page.get_by_text(REFUSED).wait_for()
    assert page.locator("#name").is_visible()  # the other way in stays beside it


def test_an_answer_is_good_once_and_in_its_own_browser(
    operator: Visitor, device: Device, browser: Browser
) -> None:
    """Another browser's challenge does not fit, no challenge does not either; nor the right one a second time."""
    added(operator)
    with held_back(operator.page) as held:
        operator.page.get_by_role("button", name=SIGN_IN).click()
        operator.page.get_by_text("held back").wait_for()
    (sent,) = held
    context = browser.new_context()
    other = Visitor(context.new_page(), operator.server)
    other.go("/console/sign-in")
    other.page.evaluate(
        "fetch('/console/sign-in/challenge', { method: 'POST', body: new URLSearchParams() })"
    )
    (theirs,) = context.cookies()
    cookie = f"{theirs['name']}={theirs['value']}"
    assert theirs["name"] == "__Host-muster-passkey"
    assert (theirs["secure"], theirs["httpOnly"], theirs["path"]) == (True, True, "/")
    for wrong in (cookie, ""):
        refused = posted(operator, sent, wrong)
        assert (refused.status_code, REFUSED in refused.text) == (403, True)
        assert "set-cookie" not in refused.headers
    assert posted(operator, sent).status_code == 303
    again = posted(operator, sent)
    assert (again.status_code, REFUSED in again.text) == (403, True)
    context.close()


def test_who_is_disabled_is_told_no_more_than_anybody(visitor: Visitor) -> None:
    """The same sentence as for a passkey that nobody has; enabled again, the passkey is good again."""
    Device(visitor.page)
    command(visitor.server, "organization", "create", "Acme")
    visitor.accept(command(visitor.server, "console-user", "invite", "--organization", "Acme")["url"])
    added(visitor)
    (user,) = command(visitor.server, "console-user", "list", "--organization", "Acme")
    command(visitor.server, "console-user", "disable", user["id"])
    visitor.page.get_by_role("button", name=SIGN_IN).click()
    visitor.page.get_by_text(REFUSED).wait_for()
    command(visitor.server, "console-user", "enable", user["id"])
    visitor.page.get_by_role("button", name=SIGN_IN).click()
    visitor.page.wait_for_url("**/console/organizations/*")


def test_what_would_not_work_is_not_offered(operator: Visitor, browser: Browser) -> None:
    """Without scripts, and in a browser without passkeys, the page says why; one signs in by passphrase as ever."""
    known = operator.page.context.storage_state()
    context = browser.new_context(java_script_enabled=False, storage_state=known)
    plain = Visitor(context.new_page(), operator.server)
    operator.page.add_init_script("delete window.PublicKeyCredential")
    for visitor, why in (
        (operator, "This browser has no passkeys"),
        (plain, "scripts are off in this browser"),
    ):
        visitor.go("/console/me")
        assert why in visitor.page.inner_text("#passkeys")
        assert not visitor.page.locator("#confirm").is_visible()
    sign_out(plain)
    operator.go("/console/me")
    for visitor in (operator, plain):
        assert visitor.page.get_by_role("button", name=SIGN_IN).count() == 0
        visitor.sign_in(operator.name)
        visitor.page.wait_for_url("**/console/**")
        assert "sign-in" not in visitor.page.url
    context.close()
