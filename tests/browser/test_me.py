"""One's own page: where one is signed in, another passphrase, out everywhere."""

from __future__ import annotations

from playwright.sync_api import Browser

from tests.browser.visitor import PASSPHRASE, Visitor

NEW = "a wholly different passphrase"


def change(visitor: Visitor, old: str, new: str) -> None:
    """Fill in the form of another passphrase."""
    for field, value in {"#old": old, "#passphrase": new, "#again": new}.items():
        visitor.page.fill(field, value)
    visitor.page.get_by_role("button", name="Change the passphrase").click()


def test_where_there_are_no_passkeys_the_page_says_why(operator: Visitor) -> None:
    """At an address that is no name: what to set is said, and nothing is offered that would not work."""
    operator.go("/console/me")
    told = operator.page.inner_text("#passkeys")
    assert f"no passkeys at {operator.server.origin}" in told
    assert "MUSTER_PUBLIC_URL" in told
    assert operator.page.locator("#passkeys form").count() == 0
    operator.page.get_by_role("button", name="Sign out", exact=True).click()
    operator.page.wait_for_url("**/console/sign-in")
    assert operator.page.get_by_role("button", name="passkey").count() == 0


def test_another_passphrase_ends_the_other_sessions(operator: Visitor, browser: Browser) -> None:
    """The old one is asked, and opens nothing afterwards; out everywhere ends this one too."""
    context = browser.new_context(user_agent="Another <b>browser</b>")
    other = Visitor(context.new_page(), operator.server)
    other.go("/console/sign-in")
    other.sign_in(operator.name)
    other.page.wait_for_url("**/console/organizations")
    operator.page.get_by_role("link", name=operator.name).click()
    page = operator.page
    assert "Another <b>browser</b>" in page.inner_text("main")
    assert "Operator of the platform" in page.inner_text("main")
    assert operator.barriers() == []
    change(operator, "not the one I have", NEW)
    assert "not your passphrase" in page.inner_text("#old-said")
    change(operator, PASSPHRASE, "short")
    assert "12 to 256" in page.inner_text("#passphrase-said") or page.locator("#passphrase:invalid").count()
    other.page.reload()
    assert other.page.get_by_role("heading", name="Organizations").count() == 1  # nothing has happened yet
    change(operator, PASSPHRASE, NEW)
    page.get_by_text("1 other session was ended").wait_for()
    assert "Another <b>browser</b>" not in page.inner_text("main")
    other.page.reload()
    assert "/console/sign-in" in other.page.url
    other.sign_in(operator.name)
    assert "wrong" in other.page.inner_text("main")
    other.sign_in(operator.name, NEW)
    other.page.wait_for_url("**/console/organizations")
    page.locator("summary", has_text="Sign out everywhere").click()
    page.get_by_role("button", name="Sign out everywhere").click()
    page.wait_for_url("**/console/sign-in")
    other.page.reload()
    assert "/console/sign-in" in other.page.url
    context.close()
