"""Queries from parameters and from SearchRequests, and the list envelope."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.scim.errors import InvalidCount, InvalidFilter, InvalidSyntax, InvalidValue
from muster.scim.limits import DEFAULT_PAGE, MAX_PAGE
from muster.scim.message import LIST_RESPONSE, SEARCH_REQUEST
from muster.scim.page import Query, list_response

TEXTS = st.text(max_size=30) | st.sampled_from(["ascending", "1", "-1", "1e9", "٣", "9" * 30, " "])
NAMES = st.sampled_from(
    ["filter", "sortBy", "sortOrder", "startIndex", "count", "cursor", "attributes", "excludedAttributes"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=5,
)


def asked(**parameters: str) -> Query:
    """The query of these parameters."""
    return Query.from_parameters(parameters.items())


def searched(**members: Any) -> Query:
    """The query of a SearchRequest with these members."""
    return Query.from_search({"schemas": [SEARCH_REQUEST], **members})


def test_nothing_asked() -> None:
    """Everything, from the first, a page of the usual size (R177, R181)."""
    assert asked() == searched() == Query()
    assert (Query().start_index, Query().count) == (1, DEFAULT_PAGE)


def test_both_forms_are_one_query() -> None:
    """A GET and a POST .search that ask the same are equal (R190, R192)."""
    wanted = Query('userName eq "a"', "name.familyName", True, 11, 5, ("userName", "emails"), ())
    texts = {"filter": 'userName eq "a"', "sortBy": "name.familyName", "sortOrder": "descending"}
    assert asked(**texts, startIndex="11", count="5", attributes="userName, emails") == wanted
    assert searched(**texts, startIndex=11, count=5, attributes=["userName", "emails"]) == wanted


def test_names_in_any_case() -> None:
    """Parameters and members are found in any letter case."""
    assert asked(startindex="0", COUNT="3").count == 3
    assert Query.from_search({"Schemas": [SEARCH_REQUEST], "STARTINDEX": 4}).start_index == 4


def test_unknown_parameters_are_ignored() -> None:
    """Such as Entra's flag (R138)."""
    assert asked(aadOptscim062020="", foo="bar") == Query()


def test_a_cursor() -> None:
    """None is paging by index, an empty one the first page; it stands beside no startIndex (R295, R306)."""
    assert asked(cursor="") == searched(cursor="") == Query(cursor="")
    assert asked(Cursor="x", count="0") == searched(cursor="x", count=0) == Query(cursor="x", count=0)
    assert searched(cursor=None, startIndex=2) == Query(start_index=2)
    with pytest.raises(InvalidSyntax):
        asked(cursor="", startIndex="1")
    with pytest.raises(InvalidSyntax):
        searched(cursor="x", startIndex=1)
    with pytest.raises(InvalidValue):
        searched(cursor=7)


@pytest.mark.parametrize("count", ["-1", "1001", "x", "1.5", ""])
def test_a_count_beside_a_cursor_is_a_page_size(count: str) -> None:
    """What is cut to size for an index is refused for a cursor (RFC 9865 §2.1)."""
    with pytest.raises(InvalidCount):
        asked(cursor="", count=count)
    with pytest.raises(InvalidCount):
        searched(cursor="", count=int(count) if count.lstrip("-").isdigit() else count)
    assert searched(foo=1, cursor=None) == Query()


@pytest.mark.parametrize("index, expected", [("0", 1), ("-5", 1), ("1", 1), ("7", 7), ("007", 7)])
def test_start_index(index: str, expected: int) -> None:
    """Counts from 1; what is less is 1 (R177)."""
    assert asked(startIndex=index).start_index == expected
    assert searched(startIndex=int(index)).start_index == expected


@pytest.mark.parametrize(
    "count, expected", [("-1", 0), ("0", 0), ("1", 1), ("1000", 1000), ("1001", MAX_PAGE)]
)
def test_count(count: str, expected: int) -> None:
    """Less than 0 is 0, and what is too many is capped (R178)."""
    assert asked(count=count).count == expected
    assert searched(count=int(count)).count == expected


@pytest.mark.parametrize("name", ["startIndex", "count"])
@pytest.mark.parametrize(
    "value",
    ["", "1e9", "٣", "1.0", " 1", "1 ", "+1", "0x1", "a", "9" * 20, "-" + "9" * 20, "--1", "1\n", "1_0"],
)
def test_refuses_what_is_no_integer(name: str, value: str) -> None:
    """Only digits, and not more than a store can count (R180)."""
    with pytest.raises(InvalidValue, match=name):
        asked(**{name: value})


@pytest.mark.parametrize("value", ["1", 1.0, True, [1], {}, 10**18, -(10**400)])
def test_refuses_what_is_no_json_integer(value: object) -> None:
    """In a SearchRequest a number is a number."""
    with pytest.raises(InvalidValue, match="count"):
        searched(count=value)


@pytest.mark.parametrize(
    "order, descending", [("ascending", False), ("descending", True), ("Descending", True)]
)
def test_sort_order(order: str, descending: bool) -> None:
    """In any letter case (R173)."""
    assert asked(sortBy="userName", sortOrder=order).descending is descending


def test_sort_order_without_sort_by_means_nothing() -> None:
    """There is nothing that it orders."""
    assert not asked(sortOrder="descending").descending
    assert asked(sortBy="", sortOrder="").sort_by is None


@pytest.mark.parametrize("order", ["desc", "down", "ascending,descending"])
def test_refuses_another_sort_order(order: str) -> None:
    """A sort order that is none is not guessed at (R176)."""
    with pytest.raises(InvalidValue, match="sortOrder"):
        asked(sortBy="userName", sortOrder=order)


@pytest.mark.parametrize("text", ["", " ", "\t"])
def test_refuses_an_empty_filter(text: str) -> None:
    """It finds neither nothing nor everything (R148)."""
    with pytest.raises(InvalidFilter):
        asked(filter=text)
    with pytest.raises(InvalidFilter):
        searched(filter=text)


def test_attribute_names() -> None:
    """Separated by commas, blanks trimmed; none at all is not asked (R184)."""
    assert asked(attributes=" userName , ,name.givenName,").attributes == ("userName", "name.givenName")
    assert asked(attributes="", excludedAttributes=" , ") == Query()
    assert searched(attributes=[], excludedAttributes=["members", ""]).excluded == ("members",)


@pytest.mark.parametrize("first, second", [("count", "count"), ("count", "COUNT"), ("filter", "Filter")])
def test_refuses_a_repeated_parameter(first: str, second: str) -> None:
    """Two readers could take two different ones (R139)."""
    with pytest.raises(InvalidSyntax, match="more than once"):
        Query.from_parameters([(first, "1"), (second, "1")])


def test_unknown_parameters_may_be_repeated() -> None:
    """What is ignored is ignored twice."""
    assert Query.from_parameters([("x", "1"), ("x", "2"), ("y", "3")]) == Query()


def test_refuses_a_repeated_member() -> None:
    """Members that differ in letter case only are one."""
    with pytest.raises(InvalidSyntax, match="count"):
        searched(count=1, Count=2)
    with pytest.raises(InvalidSyntax, match="schemas"):
        searched(Schemas=[SEARCH_REQUEST])


@pytest.mark.parametrize(
    "body",
    [None, [], "x", 1, {}, {"schemas": None}, {"schemas": []}, {"schemas": SEARCH_REQUEST}, {"schemas": [LIST_RESPONSE]},
     {"schemas": [1]}, {"schemas": [[]]}, {"schemas": [SEARCH_REQUEST, LIST_RESPONSE]}, {"schemas": {SEARCH_REQUEST: 1}}],
)  # fmt: skip
def test_refuses_what_is_no_search_request(body: object) -> None:
    """The schema must be there and be the right one (R191)."""
    with pytest.raises(InvalidSyntax):
        Query.from_search(body)


@pytest.mark.parametrize(
    "name, value",
    [("filter", 1), ("sortBy", ["a"]), ("sortOrder", True), ("attributes", "userName"), ("attributes", [1]),
     ("excludedAttributes", {}), ("filter", {})],
)  # fmt: skip
def test_refuses_members_of_the_wrong_type(name: str, value: object) -> None:
    """Each member has its JSON type."""
    with pytest.raises(InvalidValue, match=name):
        searched(**{name: value})


def test_null_members_are_absent() -> None:
    """A null is no value (R020)."""
    assert (
        searched(**dict.fromkeys(("filter", "sortBy", "sortOrder", "startIndex", "count", "attributes")))
        == Query()
    )


@given(st.lists(st.tuples(NAMES | TEXTS, TEXTS), max_size=6))
def test_any_parameters_are_understood_or_refused(parameters: list[tuple[str, str]]) -> None:
    """A query within the limits, or a refusal that the protocol knows."""
    within_limits(lambda: Query.from_parameters(parameters))


@given(st.dictionaries(NAMES | TEXTS, JSON, max_size=6))
def test_any_search_is_understood_or_refused(members: dict[str, Any]) -> None:
    """The same of any JSON object."""
    within_limits(lambda: Query.from_search({"schemas": [SEARCH_REQUEST], **members}))


def within_limits(understand: Any) -> None:
    """Check what comes of it."""
    try:
        query = understand()
    except (InvalidCount, InvalidFilter, InvalidSyntax, InvalidValue):
        return
    assert 1 <= query.start_index < 10**18
    assert 0 <= query.count <= MAX_PAGE


def test_list_response() -> None:
    """The envelope has all its members, however little there is (R136, R137)."""
    assert list_response([{"id": "a"}], 12, 12) == {
        "schemas": [LIST_RESPONSE], "totalResults": 12, "startIndex": 12, "itemsPerPage": 1, "Resources": [{"id": "a"}],
    }  # fmt: skip
    assert list_response([], 0)["Resources"] == []
