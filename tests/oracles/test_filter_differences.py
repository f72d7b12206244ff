"""Our evaluator and scim2-models' on the same filters and resources: they agree, or a requirement says who is right.

The table must be exact: a difference that is not in it fails, and so does an entry that is no difference any more.
"""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muster.scim.dialect import STRICT
from muster.scim.evaluate import matches
from muster.scim.filter import parse_filter
from tests.oracles.cases import EXTENSION, Case, load
from tests.oracles.peer import REFUSED, SIDES, found_by_them, found_by_us

CASES = load("filters")["cases"]
UNIT = [case for case in CASES if case.get("level") == "unit"]

# case: (check number, what they do, what we do)
DIFFERENCES = {
    "F054": ("R153", "negate eq over all values", "ne holds when any value differs"),
    "F100": ("R171", "nobody has a password", "an attribute that is never returned is refused"),
    "F165": ("R161", "an empty string is a value", "an empty string is no value, so it equals null"),
    "F167": ("R154", "only a missing attribute is null", "a list of empty objects is absent, too"),
    "F169": ("R161", "an empty string is a value", "an empty string is no value"),
    "F223": ("R166", "value path with sub-attribute is read", "strict: not in the filter grammar"),
    "F245": ("R143", "unknown schemas are absent", "refused"),
    "F247": ("R163", "a schema URN is no attribute: false", "has the resource this extension?"),
    "F256": ("R147", "True is true", "literals are JSON's"),
    "F258": ("R143", "unknown attributes are absent", "refused"),
    "F260": ("R143", "unknown attributes are absent", "refused"),
    "F262": ("R143", "unknown sub-attributes are absent", "refused"),
    "F263": ("R160", 'the integer equals "2"', "a string for a number is refused"),
    "F267": ("R159", "a number contains nothing", "co on a number is refused"),
    "F269": ("R160", "false", "a complex attribute cannot be compared"),
    "F283": ("R164", "$ref is a name", "of members, value and type can be asked for"),
}


def test_the_vectors_find_the_same_or_the_table_says_why() -> None:
    """Over all filter vectors, the differing ones are exactly those of the table."""
    differing = {
        case["id"]: (found_by_them(side, case["filter"]), found_by_us(side, case["filter"]))
        for case in CASES
        for side in [SIDES[case["resourceType"]]]
        if found_by_them(side, case["filter"]) != found_by_us(side, case["filter"])
    }
    assert differing.keys() == DIFFERENCES.keys(), differing


@pytest.mark.parametrize("case", UNIT, ids=[case["id"] for case in UNIT])
def test_vectors_that_cannot_be_set_up_over_http(case: Case) -> None:
    """Fixed meta values and a missing `active`: what no client can send is evaluated here."""
    side = SIDES[case["resourceType"]]
    tree = parse_filter(case["filter"], side.resource_type, STRICT)
    found = sorted(name for name, resource in side.resources.items() if matches(tree, resource))
    assert found == sorted(case["expect"]["match"])


# --- generated filters: only what both sides claim to read alike ------------------------------------------------------

TEXTS = {
    "userName": ["alice", "Bob", "carol", "nobody"],
    "displayName": ["Alice Adams", "alice", "B"],
    "title": ["Engineer", "eng", "Manager"],
    "userType": ["Employee", "contractor"],
    "name.familyName": ["Adams", "brown", "C"],
    "name.givenName": ["Alice", "bob"],
    "externalId": ["EXT-a", "ext-a"],
    "id": ["a1b2c3d4-0000-4000-8000-00000000000a", "a1b2"],
    "emails.value": ["alice@example.com", "BOB@example.com", "nobody@example.net"],  # they want addresses
    "emails.type": ["work", "HOME", "other"],
    "phoneNumbers.value": ["tel:+1-201-555-0123", "201"],
    "addresses.country": ["US", "de"],
    f"{EXTENSION}:looseString": ["alpha", "Beta", "z"],
    f"{EXTENSION}:exactString": ["Alpha", "alpha"],
}
NUMBERS = {f"{EXTENSION}:level": [0, 1, 2, 3], f"{EXTENSION}:score": [0, 1.5, 2, -1]}
DATES = {
    f"{EXTENSION}:startDate": ["2020-01-01T00:00:00Z", "2020-01-01T01:00:00+01:00", "2021-06-30T00:00:00Z"],
    "meta.created": ["2011-01-01T00:00:00Z", "2020-01-01T00:00:00Z"],
}
BOOLEANS = ["active", f"{EXTENSION}:flag"]
MULTI_VALUED = ("emails", "phoneNumbers", "addresses")
ORDER = ["gt", "ge", "lt", "le"]


# Whether an empty string is a value, the table says (F165, F169).
WITH_EMPTY_TEXT = {name for name, user in SIDES["User"].resources.items() if '""' in json.dumps(user)}


def quoted(text: str) -> str:
    """A JSON string; these texts need no escapes."""
    return f'"{text}"'


def compared(values: dict[str, Any], operators: list[str], shown: Any) -> st.SearchStrategy[str]:
    """`attribute operator value`; without ne on multi-valued attributes (R153: the table has that difference)."""

    def build(attribute: str, operator: str) -> st.SearchStrategy[str]:
        if operator == "ne" and attribute.startswith(MULTI_VALUED):
            operator = "eq"
        return st.sampled_from(values[attribute]).map(lambda value: f"{attribute} {operator} {shown(value)}")

    pairs = st.tuples(st.sampled_from(sorted(values)), st.sampled_from(operators))
    return pairs.flatmap(lambda pair: build(*pair))


PRESENT = st.sampled_from([*sorted(TEXTS), *sorted(NUMBERS), *sorted(DATES), *BOOLEANS, "emails", "name"])
SIMPLE = st.one_of(
    compared(TEXTS, ["eq", "ne", "co", "sw", "ew", *ORDER], quoted),
    compared(NUMBERS, ["eq", "ne", *ORDER], str),
    compared(DATES, ["eq", "ne", *ORDER], quoted),
    st.tuples(st.sampled_from(BOOLEANS), st.sampled_from(["eq true", "eq false", "ne true"])).map(" ".join),
    PRESENT.map(lambda attribute: f"{attribute} pr"),
)
ELEMENTS = st.tuples(
    st.sampled_from(['type eq "work"', 'type eq "home"', "type pr"]),
    st.sampled_from(["and", "or"]),
    st.sampled_from(
        ['value co "example"', 'value ew ".org"', 'not (value sw "a")', 'value eq "bob@example.com"']
    ),
).map(lambda parts: f"emails[{' '.join(parts)}]")


def combined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Two filters joined, or one negated."""
    joined = st.tuples(inner, st.sampled_from(["and", "or", "AND", "Or"]), inner).map(" ".join)
    return st.one_of(joined, joined.map(lambda text: f"({text})"), inner.map(lambda text: f"not ({text})"))


FILTERS = st.recursive(st.one_of(SIMPLE, ELEMENTS), combined, max_leaves=8)


@settings(max_examples=1500, deadline=None)
@given(condition=FILTERS)
def test_generated_filters_find_the_same(condition: str) -> None:
    """On filters that both claim to support, both find the same users; neither refuses."""
    ours, theirs = found_by_us(SIDES["User"], condition), found_by_them(SIDES["User"], condition)
    assert REFUSED not in (ours, theirs)
    assert set(ours) - WITH_EMPTY_TEXT == set(theirs) - WITH_EMPTY_TEXT
