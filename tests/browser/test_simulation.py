"""The button that plays a simulated IdP, and what everybody may see of a connection."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.command import aside, command
from tests.browser.connected import Connected
from tests.browser.visitor import Visitor
from tests.harness.server import RunningServer


@pytest.fixture
def connected(pages: RunningServer) -> Iterator[Connected]:
    """A connection of a new organization, through which nothing has come."""
    with Connected(pages) as made:
        yield made


def begin(visitor: Visitor, users: int) -> None:
    """Fill in the form, and send it."""
    visitor.page.get_by_label("People").fill(str(users))
    visitor.page.get_by_role("button", name="Begin").click()


def ended(visitor: Visitor, words: str) -> str:
    """What the steps say when the run is over."""
    visitor.page.locator("#played .badge", has_text=words).wait_for(timeout=60_000)
    return visitor.page.inner_text("#played")


def keys_of(connected: Connected) -> list[bool]:
    """For each credential of the connection, oldest first, whether it is revoked."""
    found = command(connected.server, "credential", "list", "--connection", connected.id)
    return [one["status"] == "revoked" for one in found]


def test_a_simulated_idp_fills_a_connection(operator: Visitor, connected: Connected) -> None:
    """Live, to its end; its key is dead then. A second time it is said first what would be made."""
    page = operator.page
    operator.go(connected.at)
    page.get_by_role("link", name="try it with a simulated IdP").click()
    page.get_by_label("Plays").select_option("jumpcloud")
    page.get_by_label("Groups", exact=True).fill("1")
    begin(operator, 2)
    assert "simulated without groups" in page.inner_text("#provider-said")
    assert page.get_by_label("People").input_value() == "2"
    page.get_by_label("Plays").select_option("okta")
    page.get_by_label("It uses a wrong key").check()
    begin(operator, 2)
    page.wait_for_url("**/simulation?run=*")
    page.locator("#played .ticks li").first.wait_for()
    assert page.get_by_role("button", name="Begin").count() == 0  # one at a time
    assert operator.barriers() == []
    told = ended(operator, "passed")
    assert "read back" in told
    assert "wrong key" in told
    assert keys_of(connected) == [False, True]
    assert command(connected.server, "connection", "show", connected.id)["users"] >= 2
    page.get_by_role("link", name="Play another one").click()
    page.get_by_label("Plays").select_option("jumpcloud")
    page.get_by_label("Delete everything").check()
    begin(operator, 3)
    assert "used already" in page.inner_text("main")
    assert "3 made-up people" in page.inner_text("main")
    assert len(keys_of(connected)) == 2  # nothing has begun
    assert operator.barriers() == []
    page.get_by_role("button", name="Make them, and begin").click()
    page.locator("#played .ticks li").nth(1).wait_for()
    page.get_by_role("button", name="Stop").click()
    assert "What it has made stays" in ended(operator, "stopped")
    assert keys_of(connected) == [False, True, True]


def test_each_role_sees_what_it_may(visitor: Visitor, connected: Connected) -> None:
    """An auditor reads all pages of a connection and changes nothing; the ways there are the connection's own."""
    page = visitor.page
    connected.person("ada")
    visitor.accept(connected.invited("auditor"))
    visitor.go(connected.at)
    for name, words in {
        "Setup links": "There is none yet",
        "Simulation": "Nothing is being played here",
        "Set-up": connected.organization,
    }.items():
        page.locator(".tabs").get_by_role("link", name=name).click()
        page.get_by_text(words).first.wait_for()
        assert page.locator("main form").count() == 0, name
        visitor.go(connected.at)
    page.locator(".tabs").get_by_role("link", name="Requests").click()
    assert page.url.endswith(f"/requests?connection={connected.id}")
    visitor.go(connected.at)
    page.locator(".tabs").get_by_role("link", name="People").click()
    assert page.url.endswith(f"/users?source={connected.id}")
    assert "ada" in page.inner_text("main")
    refused = page.request.post(
        f"{visitor.server.origin}{connected.at}/simulation", headers={"origin": visitor.server.origin}
    )
    assert refused.status == 404


def test_a_run_ends_with_its_server(operator: Visitor, connected: Connected) -> None:
    """Its key is dead when the server has ended, and the new server says that it does not know the run."""
    server = connected.server
    operator.go(f"{connected.at}/simulation")
    begin(operator, 50)
    operator.page.locator("#played .ticks li").first.wait_for()
    address = operator.page.url
    operator.page.goto("about:blank")  # which does not ask for more steps
    aside(server.stop)
    try:
        assert keys_of(connected) == [False, True]
    finally:
        aside(lambda: server.start(server.database, log=server.log_path))
    operator.go(address)
    assert "does not know this run" in operator.page.inner_text("#played")
