"""People and roles in a browser: a local person's life, and the permissions of a role."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from muster.scim.schema import CORE_GROUP
from tests.browser.connected import Connected
from tests.browser.visitor import Visitor
from tests.harness.server import RunningServer


@pytest.fixture
def connected(pages: RunningServer) -> Iterator[Connected]:
    """A connection of a new organization."""
    with Connected(pages) as made:
        yield made


def test_a_local_person_and_a_role(operator: Visitor, connected: Connected) -> None:
    """Added, deactivated with the consequence first; given a permission, which is taken again."""
    page = operator.page
    operator.go(f"{connected.home}/users")
    page.get_by_role("link", name="Add a person").click()
    page.fill("#email", "bo@example.com")
    page.fill("#given_name", "Bo")
    page.get_by_role("button", name="Add").click()
    page.locator("h1", has_text="Bo").wait_for()
    page.locator("summary", has_text="Deactivate").click()
    assert "every session with it" in page.inner_text("aside")
    page.get_by_role("button", name="Deactivate").click()
    page.locator("h1", has_text="inactive").wait_for()
    role = connected.idp.post("/Groups", {"schemas": [CORE_GROUP], "displayName": "Staff"}).body["id"]
    operator.go(f"{connected.home}/roles/{role}")
    page.fill("#permissions", "billing.read")
    page.get_by_role("button", name="Add").click()
    page.locator("li", has_text="billing.read").wait_for()
    page.locator("summary", has_text="Remove").click()
    page.get_by_role("button", name="Remove").click()
    page.get_by_text("opens nothing").wait_for()
