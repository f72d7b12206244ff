"""The settings of an organization in the console: its keys."""

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
