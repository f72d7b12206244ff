"""Paging by cursor: each page goes on where the one before ended, whatever has come and gone since."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from muster.directory.records import Page
from tests.store.scene import Scene, Side, user_document

SORTS = [
    None,
    "userName",
    "externalId",
    "title",
    "emails.value",
    "id",
    "meta.created",
    "meta.lastModified",
    "meta.version",
    "active",
]
FILTERS = [None, "title pr", 'userName sw "u"', 'title eq "t1" or active eq true', 'emails co "x"']


def pages(side: Side, size: int, *asked: Any, **more: Any) -> Iterator[Page]:
    """The pages of a query, one after the other."""
    after: bytes | None = None
    while True:
        page = side.query("User", *asked, cursor=True, limit=size, after=after, **more)
        yield page
        after = page.following
        if after is None:
            return


def ids(found: Iterator[Page]) -> list[str]:
    """The ids on all pages, in order."""
    return [resource.id for page in found for resource in page.resources]


def populate(side: Side, count: int = 23) -> None:
    """Users of whom some have a title, an externalId, e-mails."""
    for number in range(count):
        more: dict[str, Any] = {"active": number % 3 == 0}
        if number % 2:
            more["title"] = f"t{number % 5}"
        if number % 4 == 1:
            more["externalId"] = f"{number % 7}{number}"
        if number % 3:
            more["emails"] = [{"value": f"{number % 4}@x", "type": "work"}, {"value": f"{number}@y"}]
        side.user(f"u{number * 7 % count:02}", **more)


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("descending", [False, True])
def test_pages_are_the_whole(side: Side, sort: str | None, descending: bool) -> None:
    """In every order, with every filter, the pages one after the other are what a single query answers."""
    populate(side)
    for text in FILTERS:
        whole = side.found("User", text, sort, descending=descending)
        for size in (1, 4, len(whole) or 1, 1000):
            assert ids(pages(side, size, text, sort, descending=descending)) == whole


def test_the_last_page_says_so(side: Side) -> None:
    """A page that ends with the last row is the last one; an empty answer is one page."""
    populate(side, 6)
    for size, number in ((2, 3), (3, 2), (4, 2), (6, 1), (7, 1)):
        found = list(pages(side, size))
        assert len(found) == number
        assert all(page.resources for page in found)
    (empty,) = pages(side, 5, 'userName eq "nobody"')
    assert (empty.total, list(empty.resources)) == (0, [])


def test_no_rows_are_asked(side: Side) -> None:
    """A limit of 0 answers how many there are."""
    populate(side, 5)
    (page,) = pages(side, 0)
    assert (page.total, list(page.resources)) == (5, [])


def test_totals(side: Side) -> None:
    """How many match is counted where it is asked for."""
    populate(side, 9)
    assert side.query("User", "title pr", cursor=True, limit=2).total == 4
    assert side.query("User", cursor=True, limit=2).total == 9
    first = side.query("User", "title pr", cursor=True, limit=2)
    rest = side.query("User", "title pr", cursor=True, limit=2, after=first.following, counted=False)
    assert rest.total == 0


def test_a_position_means_nothing_to_another_connection(side: Side) -> None:
    """Whatever position is sent, the rows are those of the one who asks."""
    populate(side, 5)
    other = side.scene.side()
    first = side.query("User", cursor=True, limit=2)
    assert list(other.query("User", cursor=True, limit=2, after=first.following).resources) == []


NAMES = st.sets(st.text("abc", min_size=1, max_size=3), max_size=8)
TITLES: st.SearchStrategy[dict[str, Any]] = st.sampled_from([{}, {"title": "a"}, {"title": "b"}])
COIN = st.booleans()
LETTERS = st.sampled_from("abc")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data(), st.sampled_from(SORTS), st.booleans(), st.integers(1, 4))
def test_who_stays_is_seen_once(
    scene: Scene, data: st.DataObject, sort: str | None, descending: bool, size: int
) -> None:
    """Users that were there all the time stand on exactly one page, while others come and go between the pages."""
    side = scene.side()
    stay = {side.user(name, **data.draw(TITLES)) for name in sorted(data.draw(NAMES))}
    here = [user_document(f"{name}.", **data.draw(TITLES)) for name in sorted(data.draw(NAMES))]
    numbered: dict[str, Any] = {side.add("User", document): document for document in here}
    seen: list[str] = []
    coming = iter(range(20))
    for page in pages(side, size, None, sort, descending=descending):
        seen += [resource.id for resource in page.resources]
        if data.draw(COIN) and numbered:
            side.delete("User", *numbered.popitem())
        if data.draw(COIN) and (number := next(coming, None)) is not None:
            document = user_document(f"{data.draw(LETTERS)}{number}", **data.draw(TITLES))
            numbered[side.add("User", document)] = document
    assert {id: seen.count(id) for id in stay} == dict.fromkeys(stay, 1)
    assert len(seen) == len(set(seen))
