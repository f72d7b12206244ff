"""The request log and the changes in the console: who, of whose IdP, and the ways from one to the other."""

from __future__ import annotations

import html
import re
from typing import Any

from muster.bootstrap import world
from muster.directory.purge import purge
from muster.scim.schema import CORE_USER
from tests.api.asgi import Answer
from tests.api.idp import PATCH, Idp
from tests.api.platform import Platform
from tests.console.visitor import Page, Visitor

BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
REMOVE = {"op": "replace", "path": "active", "value": False}


def sent(idp: Idp, method: str, path: str, body: Any = None) -> Answer:
    """Send a request; what it leaves in the log is written when this returns."""
    answer = idp.send(method, path, body)
    database: Any = idp.api.database
    idp.api.run(database._log.flush())
    idp.api.run(database._refusals._flush())
    return answer


def page_of(admin: Visitor, answer: Answer) -> Page:
    """The page of a request."""
    page = admin.get(f"/requests/{answer.headers['x-request-id']}")
    assert page.status == 200, page.text
    return page


def bulk(count: int) -> dict[str, Any]:
    """A bulk request that makes so many people."""
    operations = [
        {"method": "POST", "path": "/Users", "bulkId": f"b{count}-{number}", "data": {
            "schemas": [CORE_USER], "userName": f"bulk {count} {number}"}}
        for number in range(count)
    ]  # fmt: skip
    return {"schemas": [BULK], "Operations": operations}


def test_where_there_is_no_body_a_sentence_says_why(acme: Platform, idp: Idp, admin: Visitor) -> None:
    """Refused before it was read, empty, in parts, or purged; a body that is there is shown, a GET needs no word."""
    user = idp.user("ada")
    shown = page_of(admin, sent(idp, "PATCH", f"/Users/{user}", {"schemas": [PATCH], "Operations": [REMOVE]}))
    assert '"value": false' in shown.text
    assert "Its body is not" not in shown.text
    assert "body" not in page_of(admin, sent(idp, "GET", f"/Users/{user}")).text.lower()
    assert "sent without a body" in page_of(admin, sent(idp, "POST", "/Users")).text
    assert "not kept as a whole" in page_of(admin, sent(idp, "POST", "/Bulk", bulk(2))).text
    acme.post(f"/connections/{idp.connection}", {"state": "paused"}, method="PATCH")
    refused = sent(idp, "POST", "/Users", {"schemas": [CORE_USER], "userName": "grace"})
    assert refused.status == 429
    assert "refused before that was read" in page_of(admin, refused).text
    assert "refused before its body was read names nobody" in admin.get("/requests?person=grace").text


def test_of_who_was_purged_the_log_says_so(idp: Idp, admin: Visitor) -> None:
    """And nothing else."""
    made = sent(idp, "POST", "/Users", {"schemas": [CORE_USER], "userName": "ada"})
    idp.delete(f"/Users/{made.json['id']}")
    idp.api.run(purge(idp.api.database, world(), idp.number, made.json["id"]))
    assert "the person whom it was about was purged" in page_of(admin, made).text


def test_a_bulk_request_costs_the_same_whatever_is_in_it(idp: Idp, admin: Visitor) -> None:
    """One operation or twenty, each with what it changed."""
    one, many = (sent(idp, "POST", "/Bulk", bulk(count)).headers["x-request-id"] for count in (1, 20))
    assert admin.get(f"/requests/{many}").html.count(">What changed<") == 20
    assert admin.statements(f"/requests/{one}") == admin.statements(f"/requests/{many}")


def test_the_ways_lead_from_a_request_to_its_change_and_to_whom_it_is_about(idp: Idp, admin: Visitor) -> None:
    """From there to the connection and back; a group's lead to its role; of who is not there, none does."""
    user = idp.user("ada", displayName="Ada")
    group = idp.group("Staff", user)
    request = page_of(admin, sent(idp, "PATCH", f"/Groups/{group}", {
        "schemas": [PATCH], "Operations": [{"op": "replace", "path": "displayName", "value": "Crew"}]}))  # fmt: skip
    ways = re.findall(r'href="([^"]+)"', request.html)
    assert f"{admin.base}/roles/{group}" in ways
    assert f"/console/connections/{idp.connection}" in ways
    (change,) = (way for way in ways if re.fullmatch(rf"{admin.base}/changes/\d+", way))
    back = admin.get(change.removeprefix(admin.base))
    assert "Crew" in back.text
    assert {f"{admin.base}/roles/{group}", f"/console/connections/{idp.connection}"} < set(
        re.findall(r'href="([^"]+)"', back.html)
    )
    unknown = page_of(admin, sent(idp, "GET", "/Users/nobody"))
    assert f"{admin.base}/users/nobody" not in unknown.html
    assert change in admin.get("/requests").html


def test_changes_say_who_they_are_of(acme: Platform, idp: Idp, admin: Visitor) -> None:
    """By name, those that are gone too, accounts by their person; and no way leads to a role that is."""
    users = [idp.user(name, displayName=name.title()) for name in ("ada", "grace")]
    kept, gone = (idp.group(name, *users) for name in ("Staff", "Lab"))
    acme.post(f"/roles/{kept}/permissions", {"permissions": ["wiki.read"]})
    acme.post(f"/accounts/{acme.account(users[0])['id']}/revoke")
    idp.delete(f"/Users/{users[1]}")
    idp.delete(f"/Groups/{gone}")
    rows = re.findall(r"<tr>\s*<td class=\"number\">.*?</tr>", admin.get("/changes").html, re.DOTALL)
    read = [" ".join(html.unescape(re.sub(r"<[^>]*>", " ", row)).split()) for row in rows]
    for words in (
        "Group Lab deleted",
        "User Grace deleted",
        "Role Staff modified",
        "User Ada created",
        "Account of Ada revoked",
        "Organization acme created",
        "Management key test created",
    ):
        assert any(words in one for one in read), (words, read)
    found = "".join(rows)
    assert f"{admin.base}/users/{users[1]}" in found
    assert f"{admin.base}/roles/{kept}" in found
    assert f"{admin.base}/roles/{gone}" not in found


def test_an_address_is_read_as_people_read_it_unless_it_would_mislead(idp: Idp, admin: Visitor) -> None:
    """Not percent-encoded; but for what nobody would see, or would turn the line around."""
    sent(idp, "GET", "/Users?filter=userName%20eq%20%22ada%22")
    sent(idp, "GET", "/Users?filter=userName%20eq%20%22%E2%80%AEada%22")
    text = admin.get("/requests").text
    assert 'GET /Users?filter=userName eq "ada"' in text
    assert "%E2%80%AEada" in text


def test_the_log_says_whom_each_request_is_about(idp: Idp, admin: Visitor) -> None:
    """By name, with the way there; who was refused by the name that was sent, with the way to who is called so."""
    ada = sent(idp, "POST", "/Users", {"schemas": [CORE_USER], "userName": "ada", "displayName": "Ada"}).json[
        "id"
    ]
    group = idp.group("Staff", ada)
    read = sent(idp, "GET", f"/Users/{ada}")
    taken = sent(idp, "POST", "/Users", {"schemas": [CORE_USER], "userName": "ADA"})
    sent(idp, "DELETE", f"/Groups/{group}")
    page = admin.get("/requests")
    about = [row.split("<td>")[3] for row in page.html.split("<tr>")[2:]]
    assert [re.sub(r"<[^>]*>", "", one).strip() for one in about] == ["Staff", "ada", "Ada", "Staff", "Ada"]
    assert [f"{admin.base}/users/{ada}" in one for one in about] == [False, False, True, False, True]
    assert f"{admin.base}/roles/{group}" not in page.html
    assert f'href="{admin.base}/users?name=ada"' in page_of(admin, taken).html
    assert ">Ada</bdi></a>" in page_of(admin, read).html


def test_a_log_that_is_as_it_was_is_not_sent_again(idp: Idp, admin: Visitor) -> None:
    """So what is being read, marked or copied stays; what has come since is sent."""
    sent(idp, "GET", "/Users/nobody")
    shown = admin.get("/requests?rows=yes")
    (mark,) = re.findall(r'name="seen" value="(\w+)"', shown.html)
    assert admin.get(f"/requests?rows=yes&seen={mark}").status == 204
    sent(idp, "GET", "/Users/nobody-else")
    later = admin.get(f"/requests?rows=yes&seen={mark}")
    assert (later.status, "nobody-else" in later.text) == (200, True)


def test_a_search_that_cannot_be_made_is_not_made_again_and_again(admin: Visitor) -> None:
    """It says what is wrong, shows nothing as if that had been found, and does not ask for more."""
    for path, told in (
        ("/requests?status=abc", "A status is written as"),
        ("/users?status=abc", "A status is one of"),
    ):
        page = admin.get(path)
        assert (page.status, told in page.text, "<table>" in page.html) == (422, True, False)
        assert "hx-get" not in page.html


def test_a_connection_that_nothing_has_opened_says_so(idp: Idp, admin: Visitor) -> None:
    """Not that nothing has come, beside the words that it was refused."""
    right, idp.authorization = idp.authorization, "Bearer mst_mistyped"
    refused = sent(idp, "GET", "/Users")
    page = admin.at(f"/console/connections/{idp.connection}").text
    assert "authentication failing" in page
    assert (refused.status, "Nothing has opened this connection yet" in page) == (401, True)
    assert "No request has come in yet" not in page
    idp.authorization = right
    sent(idp, "GET", "/Users")
    assert "Nothing has opened" not in admin.at(f"/console/connections/{idp.connection}").text
