"""People and roles in the console: what is shown, what may be done, and what a page costs."""

from __future__ import annotations

import html
import re

import pytest

from muster.directory import people
from tests.api.idp import ALICE, Idp
from tests.api.platform import Platform
from tests.console.visitor import Page, Visitor

FORM = {"email": "bo@example.com", "given_name": "Bo", "family_name": "Berg"}


def made(admin: Visitor, **form: str) -> str:
    """A new local person: the path of its page."""
    answer = admin.post("/users/new", **(FORM | form))
    assert answer.status == 303, answer.text
    return answer.location.removeprefix(admin.base)


def test_people_are_found(admin: Visitor, idp: Idp) -> None:
    """By the beginning of userName, by e-mail, by each of the ids, by status and by source; case does not matter."""
    alice = idp.user(**ALICE)
    account = re.search(r"Account</dt><dd><code>([^<]+)", admin.get(f"/users/{alice}").html)
    assert account is not None
    idp.activate(idp.user("albert"), active=False)
    made(admin)
    for asked, found in {
        "": {"Alice@Example.com", "albert", "bo@example.com"},
        "?name=AL": {"Alice@Example.com", "albert"},
        "?email=ALICE@example.com": {"Alice@Example.com"},
        f"?id={alice}": {"Alice@Example.com"},
        f"?id={account[1]}": {"Alice@Example.com"},
        "?id=a1": {"Alice@Example.com"},
        "?id=a2": set(),
        "?status=inactive": {"albert"},
        "?source=local": {"bo@example.com"},
        f"?source={idp.connection}&status=active": {"Alice@Example.com"},
    }.items():
        page = admin.get(f"/users{asked}")
        names = re.findall(r'<th scope="row"><a [^>]*>([^<]+)</a>', page.html)
        assert (page.status, set(names), len(names)) == (200, found, len(found)), asked
    for wrong in ("?status=gone", "?source=nobody", f"?name={65 * 'a'}"):
        answer = admin.get(f"/users{wrong}")
        assert (answer.status, 'role="alert"' in answer.html) == (422, True)


def test_pages_follow_each_other(admin: Visitor, idp: Idp) -> None:
    """Everybody stands on one page, and on one alone; the filter goes along."""
    for number in range(53):
        idp.user(f"user{number:02}")
    path, seen = "/users?name=user", []
    while path:
        page = admin.get(path)
        seen += re.findall(r">(user\d\d)</a>", page.html)
        following = re.search(r'href="(\?[^"]*)" rel="next"', page.html)
        path = "/users" + following[1].replace("&amp;", "&") if following else ""
    assert sorted(seen) == [f"user{number:02}" for number in range(53)]


def names_on(page: Page) -> list[str]:
    """Who stands on a page of people, in its order."""
    return re.findall(r'<th scope="row"><a [^>]*>([^<]+)</a>', page.html)


def next_of(page: Page) -> str:
    """The address of the next page."""
    (following,) = re.findall(r'href="(\?[^"]*)" rel="next"', page.html)
    return f"/users{html.unescape(following)}"


def test_people_are_in_the_order_of_their_names(admin: Visitor, idp: Idp) -> None:
    """Whatever source they are of; page by page, also when the last of a page is renamed or deleted meanwhile."""
    other = Idp(idp.api, admin.base.rpartition("/")[2])
    names = [f"{number:02} of {place}" for number in range(30) for place in "ab"]
    ids = [(idp, other)[name.endswith("b")].user(name) for name in reversed(names)][::-1]
    first = admin.get("/users")
    idp.patch(f"/Users/{ids[48]}", {"op": "replace", "path": "userName", "value": "zz"})
    other.delete(f"/Users/{ids[49]}")  # the last of the page
    second = admin.get(next_of(first))
    assert names_on(first) + names_on(second) == [*names, "zz"]
    assert names_on(admin.get(f"/users?source={other.connection}")) == names[1:49:2] + names[51::2]
    assert admin.get("/users?after=zz~1~u").status == 422


def test_those_of_one_status_are_found_among_many(
    admin: Visitor, idp: Idp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each page looks at a bounded number of people, and the next goes on where it ended."""
    monkeypatch.setattr(people, "AMONG", 120)  # of two sources: 60 of each page
    for number in range(130):
        idp.user(f"a{number:03}")
    for name in ("b", "c"):
        idp.activate(idp.user(name), active=False)
    page, pages = admin.get("/users?status=inactive"), 1
    while 'rel="next"' in page.html:
        assert "Nobody among those who were looked at so far" in page.text
        page, pages = admin.get(next_of(page)), pages + 1
    assert (names_on(page), pages) == (["b", "c"], 3)


def test_who_is_gone_is_found_by_name_and_status(admin: Visitor, idp: Idp) -> None:
    """But is not among those who are there; the page says so."""
    for name in ("ada", "grace"):
        idp.user(name)
    idp.delete(f"/Users/{idp.user('adam')}")
    page = admin.get("/users")
    assert names_on(page) == ["ada", "grace"]
    assert "Whoever was deleted is found by name" in page.text
    assert names_on(admin.get("/users?name=ad")) == ["ada", "adam"]
    assert names_on(admin.get("/users?name=ad&status=removed")) == ["adam"]
    assert names_on(admin.get("/users?status=removed")) == ["adam"]


def test_a_person_of_an_idp_is_read_only(admin: Visitor, acme: Platform, idp: Idp) -> None:
    """The page says who owns it, and nothing of it can be changed; sessions can be ended."""
    alice = idp.user(**ALICE)
    page = admin.get(f"/users/{alice}")
    assert "owns this person" in page.text
    assert "delete them in the IdP first" in page.text
    for act in ("deactivate", "reactivate", "delete", "purge"):
        assert f"/{act}" not in page.html
        assert admin.post(f"/users/{alice}/{act}").status == 409
    assert admin.get(f"/users/{alice}/edit").status == 404
    assert acme.account(alice)["status"] == "active"
    assert admin.post(f"/users/{alice}/revoke").status == 303
    assert acme.account(alice)["revoked_before"] is not None


def test_why_somebody_has_a_role(admin: Visitor, acme: Platform, idp: Idp) -> None:
    """The way through the groups with the change and the request that brought each, and the permissions that follow."""
    alice = idp.user(**ALICE)
    inner = idp.group("Engineers", alice)
    outer = idp.group("Staff", inner)
    acme.post(f"/roles/{outer}/permissions", {"permissions": ["wiki.read"]})
    (why,) = next(role for role in acme.access(alice)["roles"] if role["id"] == outer)["why"]
    page = admin.get(f"/users/{alice}")
    assert re.search(r"Engineers\s+added .*→\s+Staff\s+added", page.text, re.DOTALL)
    for step in why["path"]:
        assert f"/changes/{step['change']}" in page.html
        assert f"/requests/{step['request']}" in page.html
    assert "wiki.read" in page.text


def test_the_timeline_shows_losses_first(admin: Visitor, idp: Idp) -> None:
    """What went stands above what came, and the request that did it is a link."""
    alice = idp.user(**ALICE)
    idp.send("PUT", f"/Users/{alice}", {"userName": "alice", "nickName": "Al"})
    newest = admin.get(f"/users/{alice}").html.partition("What changed")[2].partition("</details>")[0]
    attributes = re.findall(r'<th scope="row">([^<]+)', newest)
    assert attributes.index("title") < attributes.index("nickName")
    assert "/requests/" in newest


def test_who_is_called_as_somebody_deleted_was(admin: Visitor, idp: Idp) -> None:
    """The page of the new one leads to the one who is gone."""
    gone = idp.user(**ALICE)
    idp.delete(f"/Users/{gone}")
    new = idp.user(**ALICE)
    page = admin.get(f"/users/{new}")
    assert "may be the same person" in page.text
    assert f'users/{gone}">' in page.html
    assert "was deleted at" in admin.get(f"/users/{gone}").text
    assert len(re.findall(r'<th scope="row"><a [^>]*>Alice@', admin.get("/users?name=alice").html)) == 2


def test_who_was_deleted_and_came_back_is_joined(
    admin: Visitor, auditor: Visitor, acme: Platform, idp: Idp
) -> None:
    """The page says first what follows, then does it; the other page leads on. Who may only look is not asked."""
    gone = idp.user(**ALICE)
    earlier = acme.account(gone)["id"]
    idp.delete(f"/Users/{gone}")
    new = idp.user(**ALICE)
    later = acme.account(new)["id"]
    page = admin.get(f"/users/{new}")
    assert "The same person as Alice Smith" in page.text
    assert f"account that they have now, {later}, ends as removed" in page.text
    assert f'name="earlier" value="{earlier}"' in page.html
    assert "The same person as" not in auditor.get(f"/users/{new}").text
    assert auditor.post(f"/users/{new}/join", earlier=earlier).status == 404
    assert admin.post(f"/users/{new}/join", earlier=later).status == 409
    assert admin.post(f"/users/{new}/join", earlier=earlier).location.endswith(f"/users/{new}")
    assert acme.account(new)["id"] == earlier
    page = admin.get(f"/users/{new}")
    assert "The same person as" not in page.text
    assert "join" in page.text
    assert re.search(f"goes on under the account\\s+{earlier}", admin.get(f"/users/{gone}").text)


def test_an_account_that_is_held_says_so(admin: Visitor, acme: Platform, idp: Idp) -> None:
    """Deleted by the IdP, and it has access still: by which alert, with the roles it keeps; nothing to purge yet."""
    guard = {"guard": {"users": 1, "percent": 0, "minutes": 10, "hold": True}}
    acme.post(f"/connections/{idp.connection}", {"switches": guard}, method="PATCH")
    for name in ("first", "second"):
        user = idp.user(name)
        role = idp.group(f"Role of {name}", user)
        idp.delete(f"/Users/{user}")
    (alert,) = acme.items("/alerts?open=true")
    page = admin.get(f"/users/{user}")
    assert "has kept its access" in page.text
    assert "Role of second" in page.text
    above = page.html.partition("What changed")[0]
    assert above.count(f"/alerts/{alert['id']}") == 2  # on top, and as the reason for the role
    assert f"/roles/{role}" in page.html
    assert f"/users/{user}/purge" not in page.html
    assert f"/users/{user}/revoke" in page.html


def test_a_local_person_s_life(admin: Visitor, acme: Platform) -> None:
    """Made, changed, deactivated, reactivated, deleted and purged, as the API sees it each time."""
    path = made(admin)
    user = path.rpartition("/")[2]
    admin.post(f"{path}/edit", **(FORM | {"title": "Clerk", "user_name": "bo", "given_name": ""}))
    attributes = acme.get(f"/users/{user}")["attributes"]
    assert (attributes["userName"], attributes["title"]) == ("bo", "Clerk")
    assert attributes["name"] == {"familyName": "Berg"}
    for act, status in (("deactivate", "inactive"), ("reactivate", "active"), ("delete", "removed")):
        assert admin.post(f"{path}/{act}").location.endswith(path)
        assert acme.account(user)["status"] == status
    assert "was deleted at" in admin.get(path).text
    assert "bo@example.com" in admin.get(path).text
    assert admin.post(f"{path}/purge").status == 303
    page = admin.get(path)
    assert "was purged" in page.text
    assert "bo@example.com" not in page.text


def test_what_is_wrong_is_said_at_the_field(admin: Visitor, acme: Platform) -> None:
    """What was typed is kept; nobody is made; where provisioning is enforced there is no form to begin with."""
    made(admin)
    twice = admin.post("/users/new", **(FORM | {"title": "Kept"}))
    assert (twice.status, 'value="Kept"' in twice.html) == (422, True)
    assert re.search(r'id="user_name"[^>]*aria-invalid', twice.html)
    assert admin.post("/users/new", **(FORM | {"title": "a\0", "user_name": "c"})).status == 422
    nobody = admin.post("/users/new", email="", given_name="X")
    assert nobody.status == 422
    assert re.search(r'id="user_name"[^>]*aria-invalid', nobody.html)
    assert len(acme.items("/users")) == 1
    acme.post(f"/organizations/{acme.organization}", {"enforce_provisioning": True}, method="PATCH")
    assert "/users/new" not in admin.get("/users").html
    assert "enforces provisioning" in admin.post("/users/new", email="c@example.com").text


def test_permissions_are_given_and_taken(admin: Visitor, acme: Platform, idp: Idp) -> None:
    """Several at once; taking one says what becomes of it; a name that is none is told, and kept."""
    role = idp.group("Staff", idp.user())
    assert admin.post(f"/roles/{role}/give", permissions="wiki.read, app.use").status == 303
    page = admin.get(f"/roles/{role}")
    assert "loses it" in page.text
    assert admin.post(f"/roles/{role}/take", permission="app.use").status == 303
    assert acme.get(f"/roles/{role}")["permissions"] == ["wiki.read"]
    wrong = admin.post(f"/roles/{role}/give", permissions="No Such")
    assert (wrong.status, 'value="No Such"' in wrong.html) == (422, True)
    assert admin.post(f"/roles/{role}/give").status == 422


def test_an_auditor_looks_and_changes_nothing(auditor: Visitor, acme: Platform, idp: Idp) -> None:
    """No form but those that search, and what is sent nevertheless is refused."""
    user = acme.post("/users", {"attributes": {"userName": "x"}})["id"]
    role = idp.group("Staff")
    for path in ("/users", f"/users/{user}", "/roles", f"/roles/{role}"):
        page = auditor.get(path)
        assert page.status == 200
        assert re.findall(r'<form[^>]*method="post"[^>]*action="([^"]*)"', page.html) == ["/console/sign-out"]
    for path in (f"/users/{user}/purge", "/users/new", f"/users/{user}/edit", f"/roles/{role}/give"):
        assert auditor.post(path, permissions="a", **FORM).status == 404
    assert acme.account(user)["status"] == "active"


def test_others_people_are_nobody(admin: Visitor, acme: Platform, idp: Idp) -> None:
    """Another organization's ids are as those that never were, and so is what cannot be one."""
    other = Idp(acme.api, acme.api.new_organization("other"))
    person = other.user()
    role = other.group("Staff", person)
    mine = idp.user("mine")
    for path in (
        f"/users/{person}", f"/users/{person}/edit", "/users/nobody", "/users/%00", "/users?name=%00",
        "/users?after=%00", f"/roles/{role}", "/roles/%00", "/roles?after=x",
        f"/users/{mine}?before=x",
        f"/users/{mine}?before={10**20}",
        f"/roles?after={10**20}~x",
        f"/changes?before={10**20}",
    ):  # fmt: skip
        assert admin.get(path).status == 404, path
    for path in (f"/users/{person}/revoke", f"/users/{person}/purge", f"/roles/{role}/give"):
        assert admin.post(path, permissions="a").status == 404, path
    assert "alice" not in admin.get(f"/users?id={person}").text


def test_members_are_found(admin: Visitor, idp: Idp) -> None:
    """By the beginning of userName; who is called so and is in another role alone is not among them."""
    alice, alan, bob = (idp.user(name) for name in ("alice", "alan", "bob"))
    role = idp.group("Staff", alice, bob)
    idp.group("Others", alan)
    assert re.findall(r'<th scope="row"><a[^>]*>([^<]+)', admin.get(f"/roles/{role}?member=AL").html) == [
        "alice"
    ]
    assert "No member's userName begins so" in admin.get(f"/roles/{role}?member=alan").text
    assert re.findall(r'<th scope="row"><a[^>]*>([^<]+)', admin.get("/roles?name=ot").html) == ["Others"]


def test_everybody_in_a_role_is_found(admin: Visitor, idp: Idp, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever others are called: each page of a search looks at a bounded number of names, and the next goes on."""
    monkeypatch.setattr(people, "AMONG", 4)
    users = [idp.user(f"a{number}") for number in range(10)]
    role = idp.group("Staff", *users[7:])
    found, address, pages = list[str](), "?member=A", 0
    while pages < len(users):
        pages += 1
        page = admin.get(f"/roles/{role}{html.unescape(address)}")
        found += re.findall(r'<th scope="row"><a[^>]*>([^<]+)', page.html)
        following = re.search(r'href="[^"?]*(\?member=A[^"]*)" rel="next"', page.html)
        if following is None:
            break
        assert "There are more: look further" in page.text
        address = following[1]
    assert (found, pages) == (["a7", "a8", "a9"], 3)


def test_roles_are_in_the_order_of_their_names(admin: Visitor, idp: Idp) -> None:
    """Whatever source they are of; page by page, also behind one that is deleted meanwhile."""
    other = Idp(idp.api, admin.base.rpartition("/")[2])
    names = [f"{number:02} of {place}" for number in range(30) for place in "ab"]
    ids = [(idp, other)[name.endswith("b")].group(name) for name in reversed(names)]
    first = admin.get("/roles")
    idp.delete(f"/Groups/{ids[::-1][48]}")
    other.delete(f"/Groups/{ids[::-1][49]}")  # the last of the page
    (following,) = re.findall(r'href="[^"?]*/roles(\?[^"]*)" rel="next"', first.html)
    second = admin.get(f"/roles{html.unescape(following)}")
    assert [
        name for page in (first, second) for name in re.findall(r'<th scope="row"><a[^>]*>([^<]+)', page.html)
    ] == names


def test_looking_costs_the_same_whatever_the_size(admin: Visitor, idp: Idp) -> None:
    """The same statements for one member and for sixty, for one group and for thirty; pages as they are: test_page_costs."""
    user = idp.user("user")
    role = idp.group("Staff", user)
    paths = ("/users?name=u", "/roles?name=s", f"/roles/{role}?member=u")
    before = [admin.statements(path) for path in paths]
    users = [idp.user(f"user{number}") for number in range(60)]
    for number in range(30):
        idp.group(f"Staff {number}", user)
    idp.patch(f"/Groups/{role}", {"op": "add", "path": "members", "value": [{"value": one} for one in users]})
    assert [admin.statements(path) for path in paths] == before
    assert max(before) < 40
