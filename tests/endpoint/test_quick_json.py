"""The quick way of reading a body gives what the strict parser gives, for any bytes: the same value or the same error."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from muster.endpoint import decode
from muster.endpoint.decode import parse_json
from muster.endpoint.strict_json import read_strictly
from muster.scim.errors import ScimError

Outcome = tuple[type, str]

_TOKENS = [
    *"{}[],: \t\n\r\f\0",
    *('"a"', '"a":', '"\\u0061":', '"A":', '"":', '":"', '"a:b"', '"\\":"', '"\\u003a"', '"\\u003A:"', '"\\\\u003a"'),
    *('"\\u00e9"', '"é":', '"\\ud83d\\ude00"', '"\\ud83d"', '"\\ude00\\ud83d"', '"\\u0000"', '"\\\\u0000"', '"\x01"'),
    *("0", "-0", "7", "01", "1.0", "-0.0", "1e5", "1E+400", "1e-999", ".5", "+1", "9" * 5000),
    *(str(number) for number in (2**53 + 1, 2**63 - 1, 2**63, 2**64 - 1, 2**64, -(2**63), -(2**63) - 1)),
    *("true", "false", "null", "NaN", "Infinity", "-Infinity", "True", "\ufeff", "'a'", "//", '"', "\\"),
]  # fmt: skip
_BYTES = [b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xef\xbb\xbf", b"\xc0\xaf", b"\x80"]

_tokens = st.sampled_from([token.encode() for token in _TOKENS] + _BYTES)
_hostile = st.lists(_tokens, max_size=25).map(b"".join)
_names = st.sampled_from(["a", "b", "a:b", "é", ":", '":'])
_simple = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | _names | st.text(max_size=8)
_values = st.recursive(
    _simple | st.floats(),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(_names | st.text(max_size=3), inner, max_size=4)
    ),
    max_leaves=25,
)


@st.composite
def _written(draw: st.DrawFn) -> bytes:
    """Return a JSON value as some client writes it."""
    separators = draw(st.sampled_from([(",", ":"), (", ", ": "), (" ,", " : ")]))
    text = json.dumps(
        draw(_values),
        ensure_ascii=draw(st.booleans()),
        indent=draw(st.sampled_from([None, 1])),
        separators=separators,
    )
    return text.encode("utf-8", "surrogatepass")


@st.composite
def _mutated(draw: st.DrawFn) -> bytes:
    """Return such bytes with a part of themselves or something hostile put over a part of them."""
    body = draw(_written())
    for _ in range(draw(st.integers(1, 3))):
        places = st.integers(0, len(body))
        start, end, first, last = (draw(places) for _ in range(4))
        piece = draw(st.just(body[first:last]) | _tokens)
        body = body[:start] + piece + body[max(start, end if draw(st.booleans()) else start) :]
    return body


@st.composite
def _doubled(draw: st.DrawFn) -> bytes:
    """Return an object whose names often stand twice, each written in one of its ways, somewhere within others."""
    spellings = ['"a"', '"\\u0061"', '"b"', '":"', '"\\u003a"', '"a:b"', '"\\""', '"\\u00e9"', '"é"']
    pairs = draw(st.lists(st.tuples(st.sampled_from(spellings), st.sampled_from(_TOKENS[13:])), max_size=5))
    written = (
        "{" + ",".join(f"{name}{draw(st.sampled_from([':', ' : ']))}{value}" for name, value in pairs) + "}"
    )
    around = draw(st.sampled_from(["{}", "[{}]", '{{"c":{}}}', '[{{"a":1}},{}]', ' {{"a":{{"a":{}}}}}\n']))
    return around.format(written).encode("utf-8", "surrogatepass")


def _outcome(read: object, body: bytes) -> Outcome:
    """Return what became of a body: value and types of all in it, or the error and its words."""
    assert callable(read)
    try:
        value = read(body)
    except ScimError as error:
        return type(error), error.detail
    return type(value), repr(value)


@given(_written() | _mutated() | _hostile | _doubled() | st.binary(max_size=60))
@example(b"\xef\xbb\xbf{}")
@example(b'{"a":1,"\\u0061":2}')
@example(b'{"\\u003a":1,"\\u003A":2,"b":3}')
@example(b'{"b":"\\u003a","b":1}')
@example(b'{"a":"\\":","a":1}')
@example(b'{"a":1.5,"a":2}')
@example(b'{"a":"\\u0000"}')
@example(b'{"\\u0000":"\\ud800"}')
@example(b'{"a":18446744073709551616}')
@example(b"[" * 32 + b"]" * 32)
@example(b"[" * 33 + b"]" * 33)
@example(b'{"a":' * 32 + b"1" + b"}" * 32)
@example(b'{"a":' * 33 + b"1" + b"}" * 33)
@example(b"[" * 2000 + b"]" * 2000)
def test_a_body_is_read_as_the_strict_parser_reads_it(body: bytes) -> None:
    """Value, types, order of names; error, and what it says."""
    assert _outcome(parse_json, body) == _outcome(read_strictly, body)


@pytest.mark.parametrize(
    ("body", "strictly"),
    [
        (b'{"a":[1,{"b":"c: \\"d\\" \\ud83d\\ude00"}],"e":null}', False),
        ('{ "név" : "\\u00e9", "b" : -9223372036854775808 }'.encode(), False),
        (b'{"a":1,"a":2}', True),
        (b'{"a":1.5}', True),
        (b'{"a":18446744073709551616}', True),
    ],
)
def test_only_a_body_that_may_be_read_in_two_ways_is_read_twice(
    body: bytes, strictly: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Escapes, spaces and colons in strings do not make a body slow."""
    asked: list[bytes] = []
    monkeypatch.setattr(decode, "read_strictly", asked.append)
    parse_json(body)
    assert bool(asked) is strictly


def test_numbers_are_exact() -> None:
    """A number with a fraction is a Decimal also among values that the quick parser reads."""
    assert repr(parse_json(b'{"a":[1,1.10]}')) == repr({"a": [1, Decimal("1.10")]})
