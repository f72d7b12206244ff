"""Passkeys at the console, as far as no browser is needed: what the page costs, how often one may try, what is refused."""

from __future__ import annotations

from urllib.parse import urlencode

from muster.console import cookies
from muster.directory.ports import Administration
from muster.directory.registers.passkeys import Passkey
from tests.api.platform import Platform
from tests.console.visitor import Page, Visitor

ME = "/console/me"


def sent(visitor: Visitor, address: str, **form: str) -> Page:
    """What comes of a form of the visitor's session."""
    body = urlencode({"form_key": cookies.form_key(visitor._secret), **form}).encode()
    return visitor.send(address, body)


def test_the_page_costs_the_same_with_ten_passkeys(admin: Visitor, acme: Platform) -> None:
    """As many statements as with none."""
    before = admin.statements_at(ME)
    number = admin.user.organization

    async def add(administration: Administration) -> None:
        for place in range(10):
            passkey = Passkey(number, f"{number} {place}", admin.user.id, f"{number} {place}", b"", 0, "n", 1)
            assert await administration.registers.passkeys.add(passkey)

    acme.api.run(acme.api.database.administer(number, add))
    page = admin._ask("GET", ME, b"")
    assert page.html.count("/console/me/passkeys/remove") == 10
    assert "no more" in page.text
    assert admin.statements_at(ME) == before


def test_attempts_are_counted(admin: Visitor) -> None:
    """Guesses at the passphrase by name, with those at the door; answers of passkeys by where they come from."""
    for status in [*[422] * 10, 429]:
        assert sent(admin, f"{ME}/passkeys/ask", name="Laptop", confirm="a guess").status == status
    for _ in range(60 - 11):
        refused = sent(admin, "/console/sign-in", credential="{}")
        assert (refused.status, "does not sign you in" in refused.text) == (403, True)
    assert sent(admin, "/console/sign-in", credential="{}").status == 429
    assert sent(admin, "/console/sign-in", name="somebody", passphrase="else").status == 429


def test_what_nobody_has_made_is_not_added(admin: Visitor, auditor: Visitor) -> None:
    """Neither without a challenge, nor another's removed; a form of another session does nothing."""
    unasked = sent(admin, f"{ME}/passkeys", name="Laptop", credential="{}")
    assert (unasked.status, "begin once more" in unasked.text) == (422, True)
    nameless = sent(admin, f"{ME}/passkeys/ask", name=" ", confirm="a guess")
    assert (nameless.status, "1 to 100 printable characters" in nameless.text) == (422, True)
    assert sent(auditor, f"{ME}/passkeys/remove", id="nothing").status == 404
    for path in ("ask", "remove"):
        assert admin.send(f"{ME}/passkeys/{path}", b"name=x").status == 403
