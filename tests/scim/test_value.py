"""Comparison keys: which values are equal, and which comes first."""

import sys
import unicodedata
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.scim.characteristics import Type
from muster.scim.value import exact, fold, instant, is_empty, key, moment, number
from tests.scim.sample import plain

TEXTS = st.text(st.characters(codec="utf-8"), max_size=8)

NOTHING: tuple[object, ...] = (None, "", [], {})


def scalars() -> list[str]:
    """Every character there is."""
    return [chr(code) for code in range(sys.maxunicode + 1) if not 0xD800 <= code <= 0xDFFF]


@pytest.mark.parametrize("text, folded", [
    ("BJensen", "bjensen"), ("\uff2a\uff4f\uff48\uff4e", "john"), ("A\u030a", "\u00e5"), ("\u00c5", "\u00e5"), ("\u212b", "\u00e5"),
    ("\u212a", "k"), ("\u03a3\u038a\u03a3\u03a5\u03a6\u039f\u03a3", fold("\u03a3\u03af\u03c3\u03c5\u03c6\u03bf\u03c2")),
    ("Stra\u00dfe", "stra\u00dfe"), ("STRASSE", "strasse"), ("\u0130stanbul", "i\u0307stanbul"), ("a\u3000b", "a b"), ("\uff76\uff9e", "\u30ac"),
    # What the profile refuses has a key all the same (R243).
    ("Foo Bar", "foo bar"), ("O\u2019Malley", "o\u2019malley"), ("\ufb01sh", "\ufb01sh"), ("\u017fmith", "\u017fmith"),
    ("\u200dA", "\u200da"), ("Foo\u05d0", "foo\u05d0"), ("\u0660User", "\u0660user"), ("", ""), ("\0", "\0"),
])  # fmt: skip
def test_fold(text: str, folded: str) -> None:
    """Width-mapped, lower-cased, NFC, for any text (R244)."""
    assert fold(text) == folded


def test_every_character_folds_once() -> None:
    """The key of a key is the key, and composed and decomposed forms have one key: for each character of Unicode."""
    for character in scalars():
        folded = fold(character)
        assert fold(folded) == folded
        assert fold(unicodedata.normalize("NFD", character)) == folded


@given(TEXTS)
def test_any_text_folds_once(text: str) -> None:
    """The same for texts, and for the key that minds letter case."""
    assert fold(fold(text)) == fold(text)
    assert exact(exact(text)) == exact(text) == exact(unicodedata.normalize("NFD", text))


@given(TEXTS, TEXTS)
def test_an_ascii_prefix_stays_a_prefix(text: str, prefix: str) -> None:
    """Whatever the letter case, the key of an ASCII start of a text that goes on in ASCII starts its key."""
    ascii_text = text.encode("ascii", "ignore").decode()
    ascii_prefix = prefix.encode("ascii", "ignore").decode()

    assert fold(ascii_prefix + ascii_text).startswith(fold(ascii_prefix.upper()))


def test_exact() -> None:
    """Letter case counts, the form of composition does not."""
    assert exact("A\u030a") == exact("\u212b") == "\u00c5" != exact("\u00e5")
    assert exact("\uff21") == "\uff21"


@pytest.mark.parametrize("text, microseconds", [
    ("1970-01-01T00:00:00Z", 0), ("1970-01-01T00:00:00", 0), ("1970-01-01T01:00:00+01:00", 0), ("1969-12-31T19:00:00-05:00", 0),
    ("1970-01-01T00:00:00.5Z", 500_000), ("1970-01-01T00:00:00.0000019Z", 1), ("1969-12-31T23:59:59.999999Z", -1),
    ("2015-10-10T14:38:21.8617979-07:00", 1_444_513_101_861_797), ("1970-01-01T14:00:00+14:00", 0),
])  # fmt: skip
def test_instant(text: str, microseconds: int) -> None:
    """Offsets are applied, none means UTC, digits beyond the microsecond are cut (R009, R010)."""
    assert instant(text) == microseconds


@pytest.mark.parametrize("text", [
    "", "2020-01-01", "2020-01-01T00:00Z", "2020-01-01T24:61:00Z", "2020-01-01T00:00:60Z", "2020-02-30T00:00:00Z", "20200101T000000Z",
    "2020-01-01t00:00:00z", "2020-01-01T00:00:00 Z", "2020-01-01T00:00:00+0100", "2020-01-01T00:00:00+15:00", "2020-01-01T00:00:00+01:60",
    "2020-01-01T00:00:00Z\n", "\u0662020-01-01T00:00:00Z", "2020-01-01T00:00:00.Z", "2020-01-01T00:00:00.1234567890123Z", "now",
    "0000-01-01T00:00:00Z", "-2020-01-01T00:00:00Z",
])  # fmt: skip
def test_no_instant(text: str) -> None:
    """What is no date with a time is a ValueError."""
    with pytest.raises(ValueError):
        instant(text)


@given(st.integers(-62_135_596_800_000, 253_402_300_799_999))
def test_moment_is_an_instant(milliseconds: int) -> None:
    """What we answer reads as the same instant, to the millisecond."""
    assert instant(moment(milliseconds * 1000)) == milliseconds * 1000


@given(st.integers() | st.decimals(allow_nan=False, allow_infinity=False), st.integers(-(2**53), 2**53))
def test_numbers_compare_as_numbers(one: int | Decimal, other: int) -> None:
    """Keys of numbers order as the numbers do, ties by rounding aside; what fits 64 bits is exact."""
    if one < other:
        assert number(one) <= number(other)
    if one == other:
        assert number(one) == number(other)


def test_numbers_fit_a_store() -> None:
    """An int has 64 bits at most; beyond, and with a fraction, it is a float."""
    for value in (2**63 - 1, -(2**63), Decimal(2**63 - 1)):
        assert number(value) == value
        assert isinstance(number(value), int)
    for large in (2**63, -(2**63) - 1, Decimal(2**63), 10**400, Decimal("1.5")):
        assert isinstance(number(large), float)
    assert number(2**63) == number(Decimal(2**63)) == number(Decimal("9223372036854775808.0"))


@pytest.mark.parametrize("type_, one, other", [
    (Type.STRING, "A", "a"), (Type.BOOLEAN, True, True), (Type.DECIMAL, Decimal("1.50"), 1.5), (Type.DECIMAL, 2, Decimal("2.0")),
    (Type.DECIMAL, Decimal("0.1"), 0.1), (Type.INTEGER, 2, Decimal(2)), (Type.DECIMAL, -0.0, 0), (Type.BINARY, "AQ==", "AQ"),
    (Type.DATE_TIME, "2020-01-01T00:00:00Z", "2020-01-01T01:00:00.000+01:00"), (Type.REFERENCE, "\u212b", "\u00c5"),
])  # fmt: skip
def test_equal_values(type_: Type, one: object, other: object) -> None:
    """Values that are equal for their type have one key."""
    assert key(plain(type_), one) == key(plain(type_), other)


@pytest.mark.parametrize("type_, ascending", [
    (Type.STRING, ["", "A", "ab", "B", "\u00e9"]), (Type.INTEGER, [-10, -1, 0, 2, 10, 2**62, 2**63 - 1]),
    (Type.DECIMAL, [Decimal("-1.5"), -1, 0.5, Decimal("0.75"), 1, 10**30]), (Type.BOOLEAN, [False, True]),
    (Type.DATE_TIME, ["0001-01-01T00:00:00Z", "2020-01-01T12:00:00+14:00", "2020-01-01T00:00:00", "2020-01-01T00:00:00.000001Z"]),
    (Type.REFERENCE, ["A", "B", "a"]),
])  # fmt: skip
def test_order(type_: Type, ascending: list[object]) -> None:
    """Strings by character, numbers by value, instants by time."""
    keys: list[Any] = [key(plain(type_), value) for value in ascending]

    assert all(one < other for one, other in pairwise(keys))


def test_letter_case_by_attribute() -> None:
    """The attribute decides whether letter case counts (R156)."""
    assert key(plain(Type.STRING), "ABC") == "abc"
    assert key(plain(Type.STRING, case_exact=True), "ABC") == "ABC"


@pytest.mark.parametrize("type_, value", [
    (Type.STRING, 1), (Type.STRING, True), (Type.STRING, None), (Type.BOOLEAN, 1), (Type.BOOLEAN, "true"), (Type.INTEGER, True),
    (Type.INTEGER, "1"), (Type.DECIMAL, False), (Type.DATE_TIME, 0), (Type.BINARY, b"AQ"), (Type.REFERENCE, {}), (Type.COMPLEX, {}),
    (Type.STRING, ["a"]),
])  # fmt: skip
def test_other_types_have_no_key(type_: Type, value: object) -> None:
    """A value of another type is a ValueError, never a key by accident."""
    with pytest.raises(ValueError):
        key(plain(type_), value)


def test_is_empty() -> None:
    """Null, and empty strings, lists and objects; zero, false and a space are values (R161)."""
    assert all(is_empty(value) for value in NOTHING)
    assert not any(is_empty(value) for value in (0, False, " ", [None], {"a": None}, Decimal(0), 0.0))
