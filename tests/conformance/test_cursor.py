"""RFC 9865: cursor pagination (R295 to R312)."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest

from tests.conformance.bodies import SEARCH, user
from tests.conformance.expect import done, listed, new_group, new_user, read, refused, unchanged
from tests.conformance.marks import Connect, requirement
from tests.harness.client import ScimClient
from tests.harness.server import RunningServer, muster

HOUR = 3600


def populated(scim: ScimClient, count: int = 5) -> list[str]:
    """The ids of new users, in their order."""
    return [new_user(scim, userName=f"{chr(97 + number * 3 % 26)}{number}")["id"] for number in range(count)]


def pages(scim: ScimClient, target: str = "/Users", **query: Any) -> Iterator[dict[str, Any]]:
    """The pages of a query, one after the other."""
    cursor = ""
    while True:
        page = listed(scim, target, **query, cursor=cursor)
        yield page
        if "nextCursor" not in page:
            return
        cursor = page["nextCursor"]


def ids(*found: dict[str, Any]) -> list[str]:
    """The ids on pages, in order."""
    return [one["id"] for page in found for one in page["Resources"]]


def altered(cursor: str, position: int) -> str:
    """The cursor with another character somewhere."""
    other = "A" if cursor[position] != "A" else "B"
    return cursor[:position] + other + cursor[position + 1 :]


@requirement("R295")
@pytest.mark.parametrize("query", ["cursor&count=2", "cursor=&count=2", "count=2&CURSOR="])
def test_r295_first_page(scim: ScimClient, query: str) -> None:
    """A cursor without a value, or with an empty one, asks for the first page."""
    made = populated(scim)
    page = done(scim.get(f"/Users?{query}"))
    assert ids(page) == made[:2]
    assert page["nextCursor"]
    done(scim.get("/Groups?cursor&filter=members.value%20eq%20%22x%22"))


@requirement("R296")
def test_r296_characters(scim: ScimClient) -> None:
    """A cursor can stand in a URL as it is."""
    new_user(scim, title="ä ö/+?&=%")
    new_user(scim, title="z")
    page = listed(scim, sortBy="title", count=1, cursor="")
    assert re.fullmatch(r"[A-Za-z0-9._~-]+", page["nextCursor"])
    assert len(ids(listed(scim, sortBy="title", count=1, cursor=page["nextCursor"]))) == 1


@requirement("R297")
@pytest.mark.parametrize("count", [1, 2, 3, 5, 6])
def test_r297_next_cursor(scim: ScimClient, count: int) -> None:
    """Every page but the last has one, and no page is empty."""
    made = populated(scim, 6)
    found = list(pages(scim, count=count))
    assert ids(*found) == made
    assert len(found) == -(-6 // count)
    assert all(page["itemsPerPage"] == len(page["Resources"]) > 0 for page in found)
    assert all("startIndex" not in page for page in found)


@requirement("R297")
def test_r297_nothing_found(scim: ScimClient) -> None:
    """No match is one empty page."""
    (page,) = pages(scim, filter='userName eq "nobody"')
    assert (page["totalResults"], page["itemsPerPage"]) == (0, 0)


@requirement("R298")
def test_r298_no_way_back(scim: ScimClient) -> None:
    """No previousCursor is offered, on the first page least of all."""
    populated(scim)
    assert all("previousCursor" not in page for page in pages(scim, count=2))


@requirement("R299")
def test_r299_count(scim: ScimClient) -> None:
    """As many as asked, the usual number otherwise, and none for 0, which tells the total alone."""
    populated(scim, 3)
    assert len(ids(listed(scim, cursor="", count=2))) == 2
    assert len(ids(listed(scim, cursor=""))) == 3
    none = listed(scim, cursor="", count=0)
    assert (none["totalResults"], none["itemsPerPage"]) == (3, 0)
    assert "nextCursor" not in none


@requirement("R300")
@pytest.mark.parametrize(
    "other",
    [
        {"filter": "userName pr and id pr"},
        {"filter": None},
        {"sortBy": "id"},
        {"sortBy": None},
        {"sortOrder": "descending"},
        {"attributes": "userName,id"},
        {"attributes": None},
        {"excludedAttributes": "title", "attributes": None},
        {"count": 3},
        {"count": None},
        {"count": 0},
    ],
    ids=str,
)
def test_r300_the_same_question(scim: ScimClient, other: dict[str, Any]) -> None:
    """A cursor goes on with the question it was given for, and no other."""
    populated(scim)
    asked = {"filter": "userName pr", "sortBy": "userName", "attributes": "userName", "count": 2}
    cursor = listed(scim, **asked, cursor="")["nextCursor"]
    changed = {name: value for name, value in (asked | other).items() if value is not None}

    refused(scim.get("/Users", query=changed | {"cursor": cursor}), 400, "invalidCursor")
    refused(
        scim.get("/Groups", query=asked | {"cursor": cursor}),
        400,
        "invalidCursor",
        "invalidFilter",
        "invalidPath",
    )
    assert len(ids(listed(scim, **asked, cursor=cursor))) == 2


@requirement("R301")
def test_r301_invalid_cursor(scim: ScimClient) -> None:
    """What is no cursor of ours is 400 invalidCursor."""
    for cursor in ("x", "-", "AAAA", "ä", "0" * 200, "=", "a=b"):
        refused(scim.get("/Users", query={"cursor": cursor}), 400, "invalidCursor")


@requirement("R301")
@pytest.mark.parametrize("count", ["-1", "1001", "1e2", "many"])
def test_r301_invalid_count(scim: ScimClient, count: str) -> None:
    """A count that is no page's size is 400 invalidCount beside a cursor."""
    refused(scim.get("/Users", query={"cursor": "", "count": count}), 400, "invalidCount")


@requirement("R301")
def test_r301_expired_cursor(scim: ScimClient, server: RunningServer) -> None:
    """A cursor has an end, and SPC says when; the clock of cursors is proven with a clock in tests/directory."""
    assert read(scim, "/ServiceProviderConfig")["pagination"]["cursorTimeout"] == HOUR


@requirement("R302")
def test_r302_total_results(scim: ScimClient) -> None:
    """Every page tells the total; of a filtered query as it was when the first page was read."""
    populated(scim)
    assert [page["totalResults"] for page in pages(scim, count=2)] == [5, 5, 5]
    found = pages(scim, count=2, filter="userName pr")
    assert next(found)["totalResults"] == 5
    new_user(scim)
    assert [page["totalResults"] for page in found] == [5, 5]


@requirement("R303")
@pytest.mark.parametrize("order", ["ascending", "descending"])
def test_r303_sorted(scim: ScimClient, order: str) -> None:
    """Pages follow sortBy, those without a value where they stand in a list by index."""
    for number in range(7):
        new_user(scim, **({"title": f"t{number % 3}"} if number % 2 else {}))
    for sort in ("userName", "title", "meta.created", "externalId"):
        whole = ids(listed(scim, sortBy=sort, sortOrder=order))
        assert ids(*pages(scim, sortBy=sort, sortOrder=order, count=2)) == whole


@requirement("R304")
def test_r304_only_when_asked(scim: ScimClient) -> None:
    """A query without a cursor is answered by index."""
    populated(scim)
    page = listed(scim, count=2)
    assert page["startIndex"] == 1
    assert "nextCursor" not in page


@requirement("R305", "R308")
def test_r305_published(scim: ScimClient) -> None:
    """Both ways are offered, the index remains the default, and the sizes are those that are used."""
    pagination = read(scim, "/ServiceProviderConfig")["pagination"]
    assert pagination == {
        "cursor": True,
        "index": True,
        "defaultPaginationMethod": "index",
        "defaultPageSize": 100,
        "maxPageSize": 1000,
        "cursorTimeout": HOUR,
    }
    assert "startIndex" in listed(scim)


@requirement("R306")
def test_r306_one_way_at_a_time(scim: ScimClient) -> None:
    """Both startIndex and cursor are 400; so is a cursor over all resource types."""
    for cursor in ("", "x"):
        refused(scim.get("/Users", query={"startIndex": 1, "cursor": cursor}), 400, "invalidSyntax")
        body = {"schemas": [SEARCH], "startIndex": 1, "cursor": cursor}
        refused(scim.post("/Users/.search", body), 400, "invalidSyntax")
    refused(scim.get("/", query={"cursor": ""}), 400, "invalidSyntax")


@requirement("R307")
def test_r307_search(scim: ScimClient) -> None:
    """.search takes the cursor in its body, also one that a GET was answered with."""
    made = populated(scim)
    body = {"schemas": [SEARCH], "count": 2, "cursor": ""}
    first = done(scim.post("/Users/.search", body))
    second = done(scim.post("/Users/.search", body | {"cursor": first["nextCursor"]}))
    third = listed(scim, count=2, cursor=second["nextCursor"])
    assert ids(first, second, third) == made


@requirement("R309")
def test_r309_a_cursor_grants_nothing(scim: ScimClient, connect: Connect) -> None:
    """To another organization, or another connection of the same one, it is worth nothing."""
    populated(scim)
    cursor = listed(scim, count=2, cursor="")["nextCursor"]
    for other in (connect(), connect(organization=scim.organization)):
        populated(other)
        refused(other.get("/Users", query={"count": 2, "cursor": cursor}), 400, "invalidCursor")


@requirement("R309")
def test_r309_revoked_on_the_way(scim: ScimClient, server: RunningServer) -> None:
    """A key that was revoked between two pages is 401; the connection's next key goes on."""
    populated(scim)
    cursor = listed(scim, count=2, cursor="")["nextCursor"]
    made: Any = muster(server.database, "credential", "create", "--connection", scim.connection_id)
    muster(server.database, "credential", "revoke", scim.credential_id)

    refused(scim.get("/Users", query={"count": 2, "cursor": cursor}), 401)
    with scim.twin(made["api_key"]) as following:
        assert len(ids(listed(following, count=2, cursor=cursor))) == 2


@requirement("R310")
def test_r310_forgeries_look_alike(scim: ScimClient, connect: Connect) -> None:
    """Whatever is wrong with a cursor, the answer is the same, and it tells nothing of what it holds."""
    made = populated(scim)
    cursor = listed(scim, count=2, cursor="")["nextCursor"]
    other = connect()
    populated(other)
    foreign = listed(other, count=2, cursor="")["nextCursor"]
    wrong = [altered(cursor, position) for position in range(len(cursor))]
    wrong += [foreign, cursor[:-1], cursor + "A", cursor[:8], "nonsense"]

    answers = {scim.get("/Users", query={"count": 2, "cursor": one}).raw for one in wrong}
    assert len(answers) == 1
    assert all(id not in cursor for id in made)


@requirement("R311")
def test_r311_nothing_is_kept(scim: ScimClient) -> None:
    """A cursor is not looked up anywhere: it outlives any number of them that came after it."""
    made = populated(scim)
    cursor = listed(scim, count=2, cursor="")["nextCursor"]
    for _ in range(300):
        listed(scim, count=2, cursor="")

    assert ids(listed(scim, count=2, cursor=cursor)) == made[2:4]


@requirement("R312")
def test_r312_stable_under_change(scim: ScimClient) -> None:
    """Who was there all the time is on exactly one page, while others come and go between the pages."""
    made = [new_user(scim, userName=f"m{number:02}")["id"] for number in range(12)]
    gone = made[2::5]
    seen: list[str] = []
    for number, page in enumerate(pages(scim, sortBy="userName", count=2)):
        seen += ids(page)
        done(scim.post("/Users", user(userName=f"a{number}")), 201)
        done(scim.post("/Users", user(userName=f"m{number:02}x")), 201)
        for leaver in islice(gone, number, number + 1):
            done(scim.delete(f"/Users/{leaver}"), 204)
    assert [seen.count(one) for one in made if one not in gone] == [1] * (len(made) - len(gone))
    assert len(seen) == len(set(seen))


@requirement("R312")
def test_r312_groups_with_members(scim: ScimClient) -> None:
    """A page of groups is whole, members included; reading changes nothing."""
    one = new_user(scim)["id"]
    made = [new_group(scim, one)["id"] for _ in range(5)]
    with unchanged(scim, f"/Groups/{made[0]}"):
        found = list(pages(scim, "/Groups", count=2))
    assert ids(*found) == made
    assert all(len(group["members"]) == 1 for page in found for group in page["Resources"])
