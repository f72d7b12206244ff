"""Watching an organization: why a push failed, what changed, as a file too, and what is settled."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.command import aside, command
from tests.browser.visitor import Visitor
from tests.conftest import new_connection
from tests.harness.client import ScimClient

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"


@pytest.fixture
def idp(operator: Visitor) -> Iterator[ScimClient]:
    """An Okta that pushes into a new organization."""
    client = aside(lambda: new_connection(operator.server, "okta"))
    yield client
    client.close()


@pytest.fixture
def home(operator: Visitor, idp: ScimClient) -> str:
    """The address of the organization's pages."""
    listed = command(operator.server, "organization", "list")
    id = next(one["id"] for one in listed if one["organization"] == idp.organization)
    return f"/console/organizations/{id}"


def send(idp: ScimClient, path: str, body: Any, status: int) -> Any:
    """What a POST is answered with."""
    answer = aside(lambda: idp.post(path, body))
    assert answer.status == status, answer.body
    return answer.body


def test_why_a_push_failed(operator: Visitor, idp: ScimClient, home: str) -> None:
    """A taken name and an unknown member: the log says what is wrong, and what mends it in Okta."""
    send(idp, "/Users", {"schemas": [USER], "userName": "ada"}, 201)
    send(idp, "/Users", {"schemas": [USER], "userName": "ADA"}, 409)
    send(idp, "/Groups", {"schemas": [GROUP], "displayName": "Staff", "members": [{"value": "nobody"}]}, 400)
    page = operator.page
    operator.go(f"{home}/requests?refused=yes")
    page.get_by_text("409").first.wait_for()
    assert "Okta" in page.inner_text("#rows")
    link = page.get_by_role("row").filter(has_text="409").get_by_role("link").first
    link.focus()
    focused = link.get_attribute("id")
    send(idp, "/Users", {"schemas": [USER], "userName": "Ada"}, 409)
    page.locator("#rows tbody tr:nth-child(3)").wait_for()  # it has come by itself
    assert page.evaluate("document.activeElement.id") == focused
    page.locator(f"#{focused}").click()
    told = page.inner_text("main")
    assert "To fix this" in told
    assert "ADA" in told
    assert "$KEY" in told
    assert str(idp.api_key) not in page.content()
    assert operator.barriers() == []


def test_what_changed_is_shown_and_given_as_a_file(operator: Visitor, idp: ScimClient, home: str) -> None:
    """Newest first, with before and after; a cell that a spreadsheet would reckon is quoted."""
    ada = send(idp, "/Users", {"schemas": [USER], "userName": "ada", "title": '=HYPERLINK("x")'}, 201)["id"]
    aside(lambda: idp.patch(f"/Users/{ada}", {"op": "replace", "path": "active", "value": False}))
    page = operator.page
    operator.go(f"{home}/changes?resource={ada}")
    assert operator.barriers() == []
    page.get_by_role("row").filter(has_text="modified").get_by_role("link").first.click()
    assert "active" in page.inner_text("main")
    for form in ("csv", "jsonl"):
        operator.go(f"{home}/changes")
        with page.expect_download() as begun:
            page.get_by_role("link", name="CSV" if form == "csv" else "JSON lines").click()
        text = begun.value.path().read_text("utf-8")
        if form == "jsonl":
            rows = [json.loads(line) for line in text.splitlines()]
        else:
            rows = list(csv.DictReader(io.StringIO(text)))
            assert all(not cell.startswith(("=", "+", "@")) for row in rows for cell in row.values())
        assert [int(row["sequence"]) for row in rows] == list(range(1, len(rows) + 1))


def test_what_is_settled(operator: Visitor, home: str) -> None:
    """A key is shown once; what is wrong is said at the field, and what was typed is kept."""
    page = operator.page
    operator.go(f"{home}/settings")
    assert operator.barriers() == []
    page.fill("#log_days", "7")
    page.get_by_role("button", name="Save").click()
    assert page.input_value("#log_days") == "7"
    page.fill("#name", "ci")
    page.fill("#ttl", "3 years")
    page.get_by_role("button", name="Make a key").click()
    assert "one hour to 365 days" in page.inner_text("#keys")
    assert page.input_value("#name") == "ci"
    page.fill("#ttl", "1d")
    page.get_by_role("button", name="Make a key").click()
    key = page.locator("#keys code.secret").inner_text()
    assert key.startswith("msm_")
    operator.go(f"{home}/settings")
    assert key not in page.content()
    page.fill("#document", "{")
    page.get_by_role("button", name="Add the schema").click()
    assert "not JSON" in page.inner_text("#schemas")
    operator.go(f"{home}/domains")
    page.fill("#name", "gmail.com")
    page.get_by_role("button", name="Claim").click()
    assert page.get_attribute("#name", "aria-invalid") == "true"
    page.fill("#name", "muster-example.org")
    page.get_by_role("button", name="Claim").click()
    assert "_muster-challenge.muster-example.org" in page.inner_text("main")
    assert operator.barriers() == []
