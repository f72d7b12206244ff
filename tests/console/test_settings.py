"""The settings of an organization in the console: its name, its keys."""

from __future__ import annotations

import re

from tests.api.platform import Platform
from tests.console.visitor import Visitor


def test_a_key_shows_when_it_was_last_used(admin: Visitor, acme: Platform) -> None:
    """From where and by what software; one that nobody has used says so."""
    agent = [(b"user-agent", b"<sync>/1.0")]
    assert acme.api.request("GET", "/accounts", key=acme.key, headers=agent).status == 200
    acme.api.new_key(acme.organization)
    acme.api.run(acme.api.database._log.flush())  # type: ignore[attr-defined]
    keys = admin.get("/settings").html.partition('id="keys"')[2].partition("</table>")[0]
    used, unused = re.findall(r"<tr><td>test</td>.*?</tr>", keys, re.DOTALL)
    assert "192.0.2.7" in used
    assert "&lt;sync&gt;/1.0" in used
    assert ("never" in used, "never" in unused) == (False, True)


def test_an_operator_renames_an_organization(admin: Visitor, acme: Platform) -> None:
    """What is wrong with a name is said at the field; nobody else is offered it."""
    operator = Visitor(acme.api, acme.organization, "operator")
    acme.api.new_organization("taken")
    assert 'value="acme"' in operator.get("/settings").html
    assert "organization_name" not in admin.get("/settings").html
    assert admin.post("/settings/name", organization_name="mine").status == 404
    page = operator.post("/settings/name", organization_name="taken")
    assert (page.status, "called 'taken' already" in page.text) == (422, True)
    assert operator.post("/settings/name", organization_name="Acme Ltd").location.endswith("/settings")
    assert "Acme Ltd" in admin.get("/settings").text


def test_what_was_saved_says_so(admin: Visitor) -> None:
    """And what was not says why, without the table of another search."""
    kept = {"redacted": "", "administrators": ""}
    saved = admin.post("/settings", log_days="12", **kept)
    assert "Saved." in admin.get(saved.location.removeprefix(admin.base)).text
    assert "Saved." not in admin.get("/settings").text
    wrong = admin.post("/settings", log_days="0", **kept)
    assert (wrong.status, "Saved." in wrong.text, "from 1 to 3650 days" in wrong.text) == (422, False, True)
