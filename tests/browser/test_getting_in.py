"""Getting in and out of the console: the first operator, signing in, signing out, and who does not get in."""

from __future__ import annotations

import re

import httpx2

from tests.browser.command import command
from tests.browser.visitor import PASSPHRASE, Visitor
from tests.harness.server import RunningServer


def first_link(server: RunningServer) -> str:
    """The address that the first start has printed."""
    found = re.search(r"http\S+/console/invitation/\S+", server.log_path.read_text("utf-8"))
    assert found is not None
    return found[0]


def test_the_first_operator_comes_by_the_link_of_the_first_start(visitor: Visitor) -> None:
    """Once; the link is over then, and says so."""
    link = first_link(visitor.server)
    visitor.accept(link)
    visitor.page.get_by_role("heading", name="Organizations").wait_for()
    assert visitor.go(link).status == 404
    assert "used already" in visitor.page.inner_text("main")


def test_signing_out_and_in_again(operator: Visitor) -> None:
    """A session ends on the server, and a wrong passphrase opens nothing."""
    cookies = operator.page.context.cookies()
    operator.page.get_by_role("button", name="Sign out").click()
    operator.page.wait_for_url("**/console/sign-in")
    operator.page.context.add_cookies(cookies)  # type: ignore[arg-type] # as they were given
    operator.go("/console/organizations")
    assert "/console/sign-in" in operator.page.url  # what was signed out stays so, whoever kept the cookie
    operator.sign_in(operator.name, "something else entirely")
    assert "name or the passphrase is wrong" in operator.page.inner_text("main")
    assert (
        operator.page.input_value("#name") == operator.name
    )  # what was typed is kept, the passphrase is not
    assert operator.page.input_value("#passphrase") == ""
    operator.sign_in(operator.name.upper())
    operator.page.wait_for_url("**/console/organizations")


def test_cookies_are_for_this_host_alone(operator: Visitor) -> None:
    """Secure, never to a script, never from another site's form."""
    (cookie,) = operator.page.context.cookies()
    assert cookie["name"].startswith("__Host-")
    assert (cookie["secure"], cookie["httpOnly"], cookie["sameSite"]) == (True, True, "Lax")


def test_a_form_of_somewhere_else_changes_nothing(operator: Visitor) -> None:
    """Without the form's key, with another origin, or without any: 403, and no organization is made."""
    origin = operator.server.origin
    session = {each["name"]: each["value"] for each in operator.page.context.cookies()}
    key = operator.page.locator("input[name=form_key]").first.get_attribute("value")
    for headers, form_key in (({"origin": origin}, ""), ({"origin": "https://evil.example"}, key), ({}, key)):
        answer = httpx2.post(
            f"{origin}/console/organizations",
            data={"name": "forged", "form_key": form_key or ""},
            headers={**headers, "cookie": "; ".join(f"{name}={value}" for name, value in session.items())},
        )
        assert answer.status_code == 403
    operator.page.reload()
    assert "forged" not in operator.page.inner_text("main")


def test_too_many_attempts_have_to_wait(visitor: Visitor) -> None:
    """At one name, whether or not anybody has it."""
    for _ in range(11):
        visitor.go("/console/sign-in")
        visitor.sign_in("nobody@example.com", "not the right one")
    assert "Too many attempts" in visitor.page.inner_text("main")


def test_an_admin_sees_one_organization_alone(visitor: Visitor, pages: RunningServer) -> None:
    """Others are not there, and nor is the fleet."""
    for name in ("theirs", "mine"):
        command(pages, "organization", "create", name)
    ids = {each["organization"]: each["id"] for each in command(pages, "organization", "list")}
    invited = command(pages, "console-user", "invite", "--organization", "mine")
    visitor.accept(invited["url"])
    assert ids["mine"] in visitor.page.url
    assert visitor.go(f"/console/organizations/{ids['theirs']}").status == 404
    assert visitor.go("/console/organizations").status == 404


def test_everything_works_without_a_script(pages: RunningServer) -> None:
    """A form is a form: sign in and create an organization with nothing but HTTP."""
    invited = command(pages, "console-user", "invite")
    form = {"name": "plain@example.com", "passphrase": PASSPHRASE, "again": PASSPHRASE}
    given = httpx2.post(invited["url"], data=form, headers={"origin": pages.origin})
    assert given.status_code == 303
    cookie = given.headers["set-cookie"].partition(";")[0]
    answer = httpx2.get(f"{pages.origin}/console/organizations", headers={"cookie": cookie})
    assert answer.status_code == 200
    assert "plain@example.com" in answer.text
