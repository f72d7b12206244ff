"""Length, depth and size of filters: bombs are refused before they cost anything (R168)."""

import sys

import pytest

from muster.scim.binding import Binder
from muster.scim.dialect import DEFAULT
from muster.scim.errors import InvalidFilter, InvalidPath
from muster.scim.filter import FilterParser, parse_filter
from muster.scim.grammar import Malformed, Tokens
from muster.scim.limits import MAX_FILTER_BYTES, MAX_FILTER_DEPTH, MAX_FILTER_NODES
from muster.scim.names import Names
from muster.scim.path import parse_path
from tests.scim.sample import USER


def refused(text: str) -> str:
    """The detail with which the filter is refused."""
    with pytest.raises(InvalidFilter) as caught:
        parse_filter(text, USER, DEFAULT)
    return caught.value.detail


def sized(size: int, filler: str = "x") -> str:
    """A filter of `size` bytes."""
    text = f'title eq "{filler}"'
    return f'title eq "{filler}{"x" * (size - len(text.encode()))}"'


def test_length_is_counted_in_bytes() -> None:
    """8 KiB of UTF-8 pass, one byte more does not."""
    for filler in ("x", "é"):
        assert len(sized(MAX_FILTER_BYTES, filler).encode()) == MAX_FILTER_BYTES
        parse_filter(sized(MAX_FILTER_BYTES, filler), USER, DEFAULT)
        assert f"{MAX_FILTER_BYTES} bytes" in refused(sized(MAX_FILTER_BYTES + 1, filler))


def test_depth() -> None:
    """Forty levels of parentheses and brackets pass, one more does not."""
    deep = MAX_FILTER_DEPTH
    parse_filter("(" * deep + "title pr" + ")" * deep, USER, DEFAULT)
    parse_filter("(" * (deep - 1) + "emails[type pr]" + ")" * (deep - 1), USER, DEFAULT)
    parse_filter("not (" * deep + "title pr" + ")" * deep, USER, DEFAULT)

    assert f"Character {deep + 1}:" in refused("(" * (deep + 1) + "title pr" + ")" * (deep + 1))
    assert "nested deeper" in refused("(" * deep + "emails[type pr]" + ")" * deep)
    assert "nested deeper" in refused("emails[" + "(" * deep + "type pr" + ")" * deep + "]")


def test_depth_counts_nesting_only() -> None:
    """Groups side by side are not deep."""
    parse_filter(" or ".join(["(title pr)"] * 60), USER, DEFAULT)


@pytest.mark.parametrize("word", ["and", "or"])
def test_nodes(word: str) -> None:
    """Two hundred comparisons and operators pass, one more does not."""
    most = MAX_FILTER_NODES - 1
    parse_filter(f" {word} ".join(["title pr"] * most), USER, DEFAULT)

    assert "More than 200" in refused(f" {word} ".join(["title pr"] * (most + 1)))


@pytest.mark.parametrize("bomb", [
    "(" * 100_000, "not (" * 100_000, " and ".join(["title pr"] * 100_000), "emails[" * 100_000, 'title eq "' + "x" * 1_000_000 + '"',
    "x" * 1_000_000, '"' * 1_000_000, "\\" * 1_000_000, " " * 1_000_000, "title eq " + "9" * 1_000_000, "é" * 1_000_000,
], ids=range(11))  # fmt: skip
def test_bombs(bomb: str) -> None:
    """What is too long is refused unread, as a filter and as a path."""
    refused(bomb)
    with pytest.raises(InvalidPath):
        parse_path(bomb, USER, DEFAULT)


@pytest.mark.parametrize("bomb", [
    "(" * 100_000, "not (" * 100_000, "not(" * 100_000, " and ".join(["title pr"] * 100_000), " or ".join(["title pr"] * 100_000),
    "emails[" + "(" * 100_000,
], ids=range(6))  # fmt: skip
def test_bombs_where_length_is_no_guard(bomb: str) -> None:
    """The parser alone stops at the depth and the node that are too many, far from Python's recursion limit."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(400)
    try:
        with pytest.raises(Malformed, match=r"nested deeper|More than"):
            FilterParser(Tokens(bomb), Binder(Names(USER, DEFAULT))).whole()
    finally:
        sys.setrecursionlimit(before)


@pytest.mark.parametrize(
    "text", ['"' + "x" * 8000, '"' + "\\" * 8001, '"' + "\\u12" * 2000, " " * 8191 + '"'], ids=range(4)
)
def test_a_string_that_never_ends(text: str) -> None:
    """It is read once and refused."""
    refused("title eq " + text[: MAX_FILTER_BYTES - 9])
