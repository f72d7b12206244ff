"""Bytes to values, once and strictly."""

from __future__ import annotations

import contextlib
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.endpoint.decode import parameters, parse_json, segments
from muster.scim.errors import InvalidSyntax, InvalidValue, ScimError


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":1,"a":2}',
        b'{"x":{"a":1,"a":1}}',
        b"{" * 100 + b"}" * 100,
        b'{"a":' * 33 + b"1" + b"}" * 33,
        b"[" * 100_000,
        b'{"a":NaN}',
        b'{"a":-Infinity}',
        b'{"a":1}x',
        b"\xff\xfe",
        b'{"a":"\xc3"}',
        b"{'a':1}",
        b'{"a":1,}',
        b'{"a":"\x01"}',
    ],
)
def test_what_two_parsers_might_read_differently_is_refused(body: bytes) -> None:
    """Duplicate keys, depth, NaN, bad UTF-8 and bad JSON are invalidSyntax (R003, R131, R272)."""
    with pytest.raises(InvalidSyntax):
        parse_json(body)


@pytest.mark.parametrize(
    "text",
    [
        '"\\ud800"',
        '"\\u0000"',
        '{"a":["\\uDFFF"]}',
        '{"\\u0000":1}',
        "1e999999",
        "1e" + "9" * 20,
        "9" * 5000,
    ],
)
def test_what_no_store_can_hold_is_refused(text: str) -> None:
    """NUL, half surrogates and absurd numbers are invalidValue, wherever they stand (R271)."""
    with pytest.raises(InvalidValue):
        parse_json(text.encode())


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('"\\ud83d\\ude00"', "😀"),
        ('"\\\\u0000"', "\\u0000"),
        ("\ufeff{}", {}),
        ("1.10", Decimal("1.10")),
        ("1e3", Decimal("1e3")),
        (" [1, true, null] ", [1, True, None]),
        ('"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["', "[" * 40),
    ],
)
def test_valid_json_is_read_exactly(text: str, value: Any) -> None:
    """Surrogate pairs, a BOM, decimals and brackets in strings are fine."""
    assert parse_json(text.encode()) == value


@given(st.binary(max_size=200))
def test_any_bytes_are_a_value_or_a_scim_error(body: bytes) -> None:
    """No body makes the parser raise anything else."""
    with contextlib.suppress(ScimError):
        parse_json(body)


def test_parameters_are_decoded_once() -> None:
    """`+` is a space, `%25` stays a percent sign, an empty part is nothing (R150)."""
    assert parameters(b"filter=a+eq+%22%2541%22&&count=&x") == [
        ("filter", 'a eq "%41"'),
        ("count", ""),
        ("x", ""),
    ]
    with pytest.raises(InvalidValue):
        parameters(b"filter=%ff")


def test_segments_are_decoded_once_and_an_encoded_slash_separates_nothing() -> None:
    """`%2F` stays within its segment, doubled and trailing slashes are nothing (R121)."""
    assert segments(b"/scim//v2/Users/") == ["scim", "v2", "Users"]
    assert segments(b"/scim/v2%2FUsers/%252e") == ["scim", "v2/Users", "%2e"]
    with pytest.raises(InvalidValue):
        segments(b"/scim/%00")


@given(st.binary(max_size=100))
def test_any_bytes_are_segments_and_parameters_or_a_scim_error(raw: bytes) -> None:
    """No path and no query string makes the decoding raise anything else."""
    for decode in (segments, parameters):
        with contextlib.suppress(ScimError):
            decode(raw)


def test_a_name_that_stands_twice_among_very_many_is_found_in_one_pass() -> None:
    """Looking for each among all others would take minutes, during which nobody else is served."""
    names = ",".join(f'"{number}":0' for number in range(100_000))
    with pytest.raises(InvalidSyntax, match="'99999' stands twice"):
        parse_json(f'{{{names},"99999":1}}'.encode())
