"""A filter printed and read again is the same filter."""

from contextlib import suppress

from hypothesis import given, settings

from muster.scim.dialect import DEFAULT, STRICT
from muster.scim.errors import InvalidFilter
from muster.scim.expression import Filter
from muster.scim.filter import parse_filter
from tests.scim.sample import GROUP, USER
from tests.scim.strategies import filters


@settings(max_examples=500)
@given(filters(USER))
def test_user_filters(node: Filter) -> None:
    """parse(print(ast)) == ast, in both dialects."""
    assert parse_filter(str(node), USER, DEFAULT) == node
    assert parse_filter(str(node), USER, STRICT) == node


@given(filters(GROUP))
def test_group_filters(node: Filter) -> None:
    """The same for groups and their members."""
    assert parse_filter(str(node), GROUP, DEFAULT) == node


@settings(max_examples=200)
@given(filters(USER))
def test_a_damaged_filter_is_understood_or_refused(node: Filter) -> None:
    """Any half of a filter, and a filter with a character gone, is parsed or InvalidFilter: nothing else."""
    text = str(node)
    middle = len(text) // 2
    for damaged in (
        text[:middle],
        text[middle:],
        text[:middle] + text[middle + 1 :],
        text.replace('"', "", 1),
    ):
        with suppress(InvalidFilter):
            parse_filter(damaged, USER, DEFAULT)
