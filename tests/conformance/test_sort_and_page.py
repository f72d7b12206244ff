"""RFC 7644 §3.4.2.3 and §3.4.2.4: sorting and index pagination (R172 to R182)."""

from typing import Any

import pytest

from tests.conformance.bodies import user
from tests.conformance.expect import done, listed, new_group, new_user, read, refused
from tests.conformance.marks import requirement
from tests.harness.client import ScimClient


def order(scim: ScimClient, name: str = "userName", target: str = "/Users", **query: Any) -> list[Any]:
    """One attribute of each resource of a list, in its order."""
    return [one.get(name) for one in listed(scim, target, **query)["Resources"]]


@requirement("R172")
def test_r172_sorting_is_advertised_and_done(scim: ScimClient) -> None:
    """The configuration says that sorting is supported, and it is, for users, groups and filtered lists."""
    for name in ("b", "c", "a"):
        new_user(scim, userName=name)
        new_group(scim, displayName=name)

    assert read(scim, "/ServiceProviderConfig")["sort"] == {"supported": True}
    assert order(scim, sortBy="userName") == ["a", "b", "c"]
    assert order(scim, "displayName", "/Groups", sortBy="displayName", sortOrder="descending") == [
        "c",
        "b",
        "a",
    ]
    assert order(scim, sortBy="userName", filter='userName gt "a"') == ["b", "c"]


@requirement("R173")
def test_r173_missing_values(scim: ScimClient) -> None:
    """Who has no value comes last, and first when descending; ascending is the default."""
    for name, title in (("a", None), ("b", "Y"), ("c", "X")):
        new_user(scim, userName=name, title=title)

    for ascending in ({}, {"sortOrder": "ascending"}, {"sortOrder": "Ascending"}):
        assert order(scim, sortBy="title", **ascending) == ["c", "b", "a"]
    assert order(scim, sortBy="title", sortOrder="descending") == ["a", "b", "c"]


@requirement("R174")
def test_r174_case_in_sorting(scim: ScimClient) -> None:
    """Attributes without case sort without it, those with case by it, and no locale has a say."""
    for name in ("b", "A", "\u00e9", "C", "z"):
        new_user(scim, userName=name, externalId=name)

    assert order(scim, sortBy="userName") == ["A", "b", "C", "z", "\u00e9"]
    assert order(scim, sortBy="externalId") == ["A", "C", "b", "z", "\u00e9"]


@requirement("R175")
def test_r175_multi_valued_attributes(scim: ScimClient) -> None:
    """The primary value counts, else the first."""
    new_user(scim, userName="x", emails=[{"value": "c@e.example"}, {"value": "a@e.example", "primary": True}])
    new_user(scim, userName="y", emails=[{"value": "b@e.example"}, {"value": "0@e.example"}])
    new_user(scim, userName="z", emails=[{"value": "d@e.example", "primary": True}])

    assert order(scim, sortBy="emails.value") == ["x", "y", "z"]
    assert order(scim, sortBy="emails") == ["x", "y", "z"]


@requirement("R175")
def test_r175_complex_attributes(scim: ScimClient) -> None:
    """A complex attribute is sorted by one of its parts, not as such."""
    new_user(scim, userName="x", name={"familyName": "B"})
    new_user(scim, userName="y", name={"familyName": "A"})

    assert order(scim, sortBy="name.familyName") == ["y", "x"]
    refused(scim.get("/Users", query={"sortBy": "name"}), 400, "invalidPath", "invalidValue")


@requirement("R176")
def test_r176_ties_are_stable(scim: ScimClient) -> None:
    """Paging through equal sort keys shows everybody once."""
    made = {new_user(scim, title="same")["userName"] for _ in range(7)}
    pages = [order(scim, sortBy="title", startIndex=start, count=2) for start in (1, 3, 5, 7)]

    seen = [name for page in pages for name in page]
    assert (len(seen), set(seen)) == (7, made)


@requirement("R176")
@pytest.mark.parametrize(
    "query",
    [
        {"sortBy": "nosuch"},
        {"sortBy": "userName", "sortOrder": "sideways"},
        {"sortBy": "emails[type"},
        {"sortBy": "a b"},
    ],
)
def test_r176_bad_sorting(scim: ScimClient, query: dict[str, str]) -> None:
    """Unknown attributes and orders are refused."""
    refused(scim.get("/Users", query=query), 400, "invalidValue", "invalidPath", "invalidFilter")


@requirement("R177")
@pytest.mark.parametrize("start", [None, 1, 0, -1, -1000])
def test_r177_start_index(scim: ScimClient, start: int | None) -> None:
    """The first index is 1, which is also the default and what lower numbers mean."""
    made = new_user(scim)
    new_user(scim)
    body = listed(scim, count=1, **({} if start is None else {"startIndex": start}))

    assert body["startIndex"] == 1
    assert body["Resources"][0]["id"] == made["id"]


@requirement("R178")
@pytest.mark.parametrize(
    "count, expected", [(0, 0), (-1, 0), (-99, 0), (1, 1), (2, 2), (3, 3), (4, 3), (5000, 3)]
)
def test_r178_count(scim: ScimClient, count: int, expected: int) -> None:
    """Never more than count; none at all still gives the right total."""
    for _ in range(3):
        new_user(scim)
    body = listed(scim, count=count)

    assert len(body.get("Resources", [])) == body["itemsPerPage"] == expected
    assert body["totalResults"] == 3


@requirement("R179")
@pytest.mark.parametrize(
    "query", [{"count": 1}, {"startIndex": 2}, {"startIndex": 4}, {"startIndex": 1000000}]
)
def test_r179_total(scim: ScimClient, query: dict[str, int]) -> None:
    """The total is of all matches, on any page and beyond the last."""
    for title in ("A", "A", "A", None):
        new_user(scim, title=title)
    body = listed(scim, filter='title eq "A"', **query)

    assert body["totalResults"] == 3
    assert body["startIndex"] == query.get("startIndex", 1)
    expected = min(query.get("count", 3), max(0, 4 - query.get("startIndex", 1)))
    assert len(body.get("Resources", [])) == expected


@requirement("R180")
@pytest.mark.parametrize("name", ["count", "startIndex"])
@pytest.mark.parametrize("value", ["abc", "1.5", "1e9", "0x1", "\u0663", "1 2", "--1", "NaN", "true"])
def test_r180_no_integers(scim: ScimClient, name: str, value: str) -> None:
    """What is no integer in ASCII digits is refused."""
    refused(scim.get("/Users", query={name: value}), 400, "invalidValue")


@requirement("R180")
@pytest.mark.parametrize("name", ["count", "startIndex"])
@pytest.mark.parametrize("value", ["9" * 20, "-" + "9" * 20, "9" * 5000])
def test_r180_huge_integers(scim: ScimClient, name: str, value: str) -> None:
    """Huge integers are bounded or refused, never an error of ours."""
    new_user(scim)
    answer = scim.get("/Users", query={name: value})

    if answer.status != 200:
        refused(answer, 400, "invalidValue")
    else:
        assert answer.body["totalResults"] == 1


@requirement("R181")
def test_r181_page_sizes(scim: ScimClient) -> None:
    """A page has 100 by default, as many as asked up to the limit, and the limit is at most 1000."""
    for _ in range(104):
        done(scim.post("/Users", user()), 201)

    assert len(order(scim)) == 100
    assert len(order(scim, count=102)) == 102
    assert len(order(scim, count=100000)) == 104
    assert 100 <= read(scim, "/ServiceProviderConfig")["filter"]["maxResults"] <= 1000


@requirement("R182")
def test_r182_default_order(scim: ScimClient) -> None:
    """Without sortBy the list is in the order of creation, whatever happens to its resources."""
    made = [new_user(scim)["userName"] for _ in range(5)]
    first = listed(scim)["Resources"][0]
    scim.patch(f"/Users/{first['id']}", {"op": "add", "path": "title", "value": "T"})

    assert order(scim) == made
    assert order(scim, startIndex=2, count=3) == made[1:4]
