"""Who made a change, as pages say it: by name, whatever has become of them since."""

from __future__ import annotations

import base64
import html
import re

from tests.api.idp import Idp
from tests.api.platform import Platform
from tests.console.visitor import Page, Visitor


def settle(visitor: Visitor, days: int) -> None:
    """Make a change as a console user."""
    assert visitor.post("/settings", log_days=str(days), redacted="", administrators="").status == 303


def row(page: Page, words: str) -> str:
    """What stands in the row of a table that has these words."""
    rows = re.findall(r"<tr>.*?</tr>", page.html, re.DOTALL)
    read = [" ".join(html.unescape(re.sub(r"<[^>]*>", " ", one)).split()) for one in rows]
    return next(one for one in read if words in one)


def test_whoever_made_a_change_is_named(acme: Platform, admin: Visitor) -> None:
    """A console user also when they are disabled, a key also when it is revoked; its own page has the id too."""
    other = Visitor(acme.api, acme.organization, "admin")
    settle(other, 11)
    admin.post("/settings/people", id=other.user.id, disabled="yes")
    made = acme.post("/api-keys", {"name": "Deploys", "scopes": ["write"]})
    used = acme.key
    acme.key = made["api_key"]
    acme.post("/domains", {"name": "acme.example.org"})
    acme.key = used
    acme.post(f"/api-keys/{made['id']}/revoke")
    page = admin.get("/changes")
    assert f"{other.user.name} disabled" in row(page, "Organization")
    assert "Deploys management key, revoked" in row(page, "Domain")
    assert f"Console user {other.user.name} modified {admin.user.name}" in row(page, "Console user")
    assert row(page, "Management key Deploys created")
    number = row(page, "Domain").split()[0]
    assert made["id"] in admin.get(f"/changes/{number}").text


def test_a_service_account_is_named(acme: Platform, idp: Idp, admin: Visitor) -> None:
    """Where a change, and the request that made it, say which credential it was."""
    made = acme.post("/service-accounts", {"connection": idp.connection, "name": "Sync"})["key"]
    pair = base64.b64encode(f"{made['id']}:{made['secret']}".encode()).decode()
    idp.authorization = f"Basic {pair}"
    person = admin.get(f"/users/{idp.user('ada')}")
    (change,) = set(re.findall(r"/changes/\d+", person.html))
    (request,) = set(re.findall(r'/requests/[^"]+', person.html))
    assert "Sync service account" in " ".join(admin.get(change).text.split())
    assert "Sync service account" in " ".join(admin.get(request).text.split())


def test_the_platforms_own_are_named_to_operators_alone(acme: Platform, admin: Visitor) -> None:
    """An organization's people see that it was the platform, on each page that says who."""
    operator = Visitor(acme.api, acme.organization, "operator")
    settle(operator, 12)
    assert operator.user.name in row(operator.get("/changes"), "Organization")
    page = admin.get("/changes")
    assert operator.user.name not in page.text
    assert "the platform" in row(page, "Organization")
    operator.post("/settings/invitations", role="auditor")
    assert operator.user.name in row(operator.get("/settings"), "in 7 d")
    assert "auditor the platform" in row(admin.get("/settings"), "in 7 d")


def test_many_cost_no_more_than_one(acme: Platform, admin: Visitor) -> None:
    """Whoever they are."""
    operator = Visitor(acme.api, acme.organization, "operator")
    settle(operator, 13)
    settle(admin, 14)
    costs = admin.statements("/changes"), operator.statements("/changes")
    for days in range(20, 30):
        settle(Visitor(acme.api, acme.organization, "admin" if days % 2 else "operator"), days)
        acme.key = acme.api.new_key(acme.organization)
        acme.post("/domains", {"name": f"d{days}.example.org"})
    assert admin.get("/changes").text.count("@example.com") == 1 + 1 + 5
    assert (admin.statements("/changes"), operator.statements("/changes")) == costs


def test_who_accepts_an_invitation_made_that_change(acme: Platform, admin: Visitor) -> None:
    """Not the command line: nobody gave a command."""
    page = admin.post("/settings/invitations", role="auditor")
    (link,) = set(re.findall(r"/console/invitation/\w+", page.html))
    words = {
        "name": "grace@example.com",
        "passphrase": "correct horse battery",
        "again": "correct horse battery",
    }
    assert Visitor.nobody(acme.api).at(link, "POST", **words).status == 303
    assert "Console user grace@example.com created grace@example.com" in row(
        admin.get("/changes"), "Console user"
    )
