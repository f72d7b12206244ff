"""What has to be decided on a connection: held accounts, its end; and who only looks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import httpx2
import pytest

from tests.browser.command import command
from tests.browser.connected import Connected
from tests.browser.visitor import Visitor
from tests.harness.server import RunningServer


@pytest.fixture
def connected(pages: RunningServer) -> Iterator[Connected]:
    """A connection whose guard holds what is more than one."""
    guard = '{"users": 1, "percent": 0, "minutes": 10, "hold": true}'
    with Connected(pages) as made:
        command(pages, "connection", "update", made.id, "--switch", f"guard={guard}")
        yield made


def statuses(visitor: Visitor) -> Mapping[str, str]:
    """The accounts that the page of an alert shows, by the names of their people."""
    rows = visitor.page.locator("tbody tr")
    return {
        row.locator("a").inner_text(): row.locator(".badge").inner_text()
        for row in (rows.nth(place) for place in range(rows.count()))
    }


def test_held_accounts_are_decided_on(operator: Visitor, connected: Connected) -> None:
    """Some are kept, the others end; the alert is on top until nothing waits."""
    page = operator.page
    people = {name: connected.person(name) for name in ("ada", "bob", "<i>eve</i>", "joe")}
    for id in people.values():
        connected.deactivate(id)
    operator.go(connected.at)
    assert "held by guard" in page.inner_text(".head")
    page.get_by_role("link", name="See who, and decide").click()
    page.wait_for_url("**/alerts/*")
    assert statuses(operator) == {"bob": "held", "<i>eve</i>": "held", "joe": "held"}
    assert "The others ended before there were too many" in page.inner_text("main")
    assert page.get_by_role("link", name="See who, and decide").count() == 0
    assert "Reject: they stay active" in page.inner_text("main")
    page.get_by_role("button", name="Reject: they stay").click()
    page.locator("[role=alert]", has_text="Choose the accounts").wait_for()
    page.get_by_label("Choose <i>eve</i>").check()
    page.get_by_role("button", name="Reject: they stay").click()
    page.get_by_role("cell", name="rejected").wait_for()
    assert statuses(operator) == {"bob": "held", "<i>eve</i>": "active", "joe": "held"}
    page.get_by_label("all that wait").check()
    page.get_by_role("button", name="Approve: they end").click()
    page.get_by_text("closed").wait_for()
    assert statuses(operator) == {"bob": "inactive", "<i>eve</i>": "active", "joe": "inactive"}
    operator.go(connected.at)
    assert page.get_by_role("link", name="See who, and decide").count() == 0


def test_an_alert_without_held_accounts_is_closed(operator: Visitor, connected: Connected) -> None:
    """They have ended already: it only remains to have seen it."""
    page = operator.page
    command(operator.server, "connection", "update", connected.id, "--switch", 'guard={"hold": false}')
    for id in [connected.person(name) for name in ("ada", "bob")]:
        connected.deactivate(id)
    operator.go(connected.at)
    page.get_by_role("link", name="See who, and decide").click()
    page.get_by_role("button", name="Close the alert").click()
    page.get_by_text("approved").wait_for()
    assert page.locator("[role=alert]").count() == 0


def test_the_end_of_a_connection_is_decided_on(operator: Visitor, connected: Connected) -> None:
    """Refused with the numbers until it is said what becomes of its people; then all that opened it is dead."""
    page = operator.page
    connected.person("ada")
    operator.go(connected.at)
    page.get_by_role("link", name="Delete").click()
    assert "1 user with 1 active account, and 0 groups" in page.inner_text("main")
    page.get_by_role("button", name="Delete for good").click()
    assert "1" in page.inner_text("[role=alert]")
    assert connected.idp.get("/Users").status == 200
    page.get_by_label("Deactivate them").check()
    page.get_by_role("button", name="Delete for good").click()
    page.get_by_role("heading", name="The connection is deleted").wait_for()
    assert "1 user, 0 groups, 1 credential and 0 setup links" in page.inner_text("main")
    assert connected.idp.get("/Users").status == 401
    assert operator.go(connected.at).status == 404


def test_an_auditor_sees_everything_and_changes_nothing(visitor: Visitor, connected: Connected) -> None:
    """No page has a form but to sign out, and what is sent nevertheless is not there."""
    for id in [connected.person(name) for name in ("ada", "bob", "eve")]:
        connected.deactivate(id)
    visitor.accept(connected.invited("auditor"))
    (alert,) = command(connected.server, "alert", "list", "--organization", connected.organization)
    pages = {"", "/credentials", "/mapping", "/switches", f"/alerts/{alert['id']}"}
    for path in pages:
        assert visitor.go(connected.at + path).status == 200
        assert visitor.page.locator("main form[method=post] button, main form button").count() == 0
    cookie = "; ".join(f"{each['name']}={each['value']}" for each in visitor.page.context.cookies())
    form_key = visitor.page.locator("input[name=form_key]").first.get_attribute("value") or ""
    sent = {
        "form_key": form_key,
        "state": "paused",
        "decision": "approve",
        "which": "all",
        "users": "deactivate",
    }
    key = f"/credentials/{connected.credential}"
    writes = {
        "/state",
        "/credentials",
        f"{key}/rotate",
        f"{key}/revoke",
        "/service-accounts",
        "/provider",
        "/delete",
    }
    for path in pages - {""} | writes:
        answer = httpx2.post(
            connected.server.origin + connected.at + path,
            data=sent,
            headers={"origin": connected.server.origin, "cookie": cookie},
        )
        assert answer.status_code in (404, 405), path
    assert visitor.go(connected.at + "/delete").status == 404
    assert connected.idp.get("/Users").body["totalResults"] == 3
    with Connected(connected.server) as elsewhere:
        assert visitor.go(elsewhere.at).status == 404
