"""Who may sign in, on the pages: invitations with who made them, what lives on, and an organization that is disabled."""

from __future__ import annotations

import re

import pytest

from muster.bootstrap import world
from muster.directory.organizations import Settling, settle_organization
from tests.api.platform import Platform
from tests.console.visitor import Page, Visitor

PASSPHRASE = "correct horse battery staple"
LONG = "9" * 5000


@pytest.fixture
def operator(acme: Platform) -> Visitor:
    """An operator of the platform."""
    return Visitor(acme.api, acme.organization, "operator")


def invited(visitor: Visitor) -> str:
    """The address of a new invitation, without its origin."""
    page = visitor.post("/settings/invitations", role="admin")
    found = re.search(r"/console/invitation/[\w-]+", page.html)
    assert found is not None
    return found[0]


def form_key(page: Page) -> str:
    """What the page's main form carries."""
    main = page.html.partition("<main")[2]
    found = re.search(r'name="form_key" value="(\w*)"', main)
    assert found is not None, main
    return found[1]


def become(visitor: Visitor, link: str, name: str, key: str = "") -> Page:
    """Accept an invitation."""
    form = {"name": name, "passphrase": PASSPHRASE, "again": PASSPHRASE, "form_key": key}
    return visitor.at(link, "POST", **form)


def settle(visitor: Visitor, *, disabled: bool) -> None:
    """Disable the organization, or enable it."""
    number = visitor.user.organization
    settling = settle_organization(visitor.api.database, world(), number, Settling(disabled=disabled))
    visitor.api.run(settling)


def test_open_invitations_are_listed_and_revoked(admin: Visitor, auditor: Visitor) -> None:
    """With who made them, and a button for who may; the link is over then."""
    link = invited(admin)
    shown = admin.get("/settings")
    assert "Invitations that nobody has used yet" in shown.text
    row = shown.html.partition("Invitations that nobody")[2]
    assert admin.user.name in row
    (id,) = re.findall(r'name="id" value="([^"]+)"', row)
    assert "invitations/revoke" not in auditor.get("/settings").html
    assert auditor.post("/settings/invitations/revoke", id=id).status == 404
    assert admin.post("/settings/invitations/revoke", id=id).status == 303
    assert "nobody has used yet" not in admin.get("/settings").text
    assert admin.at(link).status == 404
    assert admin.post("/settings/invitations/revoke", id=id).status == 409


def test_disabling_somebody_names_what_lives_on(acme: Platform, admin: Visitor) -> None:
    """Keys show who made them; the answer names what is left, and what was invited with is over."""
    gone = Visitor(acme.api, acme.organization, "admin")
    made = gone.post("/settings/keys", name="deploys", ttl="1d", scope="read")
    assert gone.user.name in made.html.partition("deploys")[2].partition("</tr>")[0]
    link = invited(gone)
    answer = admin.post("/settings/people", id=gone.user.id, disabled="yes")
    page = admin.at(answer.location.partition("#")[0])
    left = page.html.partition("lives on.")[2].partition("</ul>")[0]
    assert "management key" in left
    assert "deploys" in left
    assert admin.at(link).status == 404
    other = Visitor(acme.api, acme.organization, "auditor")
    answer = admin.post("/settings/people", id=other.user.id, disabled="yes")
    assert "nothing that they made lives on" in admin.at(answer.location.partition("#")[0]).text


def test_the_console_of_a_disabled_organization_is_shut(admin: Visitor, operator: Visitor) -> None:
    """To its own people, who are told whom to ask once their passphrase is right; operators enable it again."""
    link, second = invited(admin), invited(operator)
    name = f"ada-{admin.user.organization}@example.com"
    ada = Visitor(admin.api, "", "operator")
    ada.leave()
    assert become(ada, link, name).location == "/console?welcome=yes"
    settle(admin, disabled=True)
    for page in ("/settings", "/changes.jsonl", ""):
        assert admin.get(page).location.startswith("/console/sign-in"), page
    assert admin.post("/settings/keys", name="late", ttl="1d", scope="read").status == 303
    for passphrase, told in ((PASSPHRASE, "organization is disabled"), ("another one", "is wrong")):
        answer = ada.at("/console/sign-in", "POST", name=name, passphrase=passphrase)
        assert answer.status == 403
        assert told in answer.text
    assert "disabled" in ada.at(second).text
    assert operator.get("/settings").status == 200
    assert operator.post("/settings/disabled", disabled="no").status == 303
    assert admin.get("/settings").status == 200
    assert "late" not in admin.get("/settings").text


def test_an_invitation_is_accepted_by_who_is_signed_in(admin: Visitor, operator: Visitor) -> None:
    """Its form carries the key of their session, and without it is refused; so does that of a setup link."""
    link = invited(admin)
    key = form_key(operator.at(link))
    name = f"bob-{admin.user.organization}@example.com"
    assert become(operator, link, name).status == 403
    assert become(operator, link, name, key).location == "/console?welcome=yes"


def test_a_setup_link_is_begun_by_who_is_signed_in(acme: Platform, admin: Visitor) -> None:
    """Its form carries the key of their session too."""
    connection = acme.post("/connections", {"provider": "okta"})["id"]
    url = acme.post("/setup-links", {"connection": connection})["url"]
    link = "/setup/" + url.rpartition("/")[2]
    assert admin.at(link, "POST").status == 403
    assert admin.at(link, "POST", form_key=form_key(admin.at(link))).location == "/setup"


def test_numbers_of_any_length_are_refused(admin: Visitor) -> None:
    """Where one stands in an address or a form, as those that are no numbers are."""
    for text in (LONG, "9" * 19, "0x1", "-1", "\u0661"):
        assert admin.get(f"/changes/{text}").status == 404, text
        assert admin.post("/settings", log_days=text, administrators="", redacted="").status == 422, text
    for asked, status in (("/changes?before=", 404), ("/requests?before=", 422), ("?after=", 404)):
        assert admin.get(asked + LONG).status == status, asked


def test_asking_for_the_head_of_a_page_changes_nothing(admin: Visitor) -> None:
    """HEAD is answered as GET is."""
    for address in (
        f"{admin.base}/settings",
        f"{admin.base}/connections/new",
        f"{admin.base}/domains",
        f"{admin.base}/users/new",
        "/console/sign-in",
        invited(admin),
    ):
        assert admin.at(address, "HEAD").status == admin.at(address).status, address


def test_an_invitation_says_to_what_it_invites(acme: Platform, admin: Visitor) -> None:
    """The organization by name; that two passphrases are not the same is said at the second, and has the focus."""
    link, nobody = invited(admin), Visitor.nobody(acme.api)
    assert "You will administer acme:" in nobody.at(link).text
    form = {"name": "new@example.com", "passphrase": PASSPHRASE, "again": f"{PASSPHRASE}."}
    page = nobody.at(link, "POST", **form)
    again = page.html.partition('<input id="again"')[2].partition("</div>")[0]
    assert (page.status, "autofocus" in again, "The two passphrases differ." in again) == (422, True, True)
    assert nobody.at(link, "POST", **form | {"again": PASSPHRASE}).status == 303
