"""What a filter may look like: operators, literals, spaces, parentheses, and the place of a mistake."""

import re
from decimal import Decimal

import pytest

from muster.scim.dialect import DEFAULT, STRICT, Dialect
from muster.scim.errors import InvalidFilter
from muster.scim.expression import And, Compare, Filter, Not, Or, Present, ValuePath
from muster.scim.filter import parse_filter
from muster.scim.grammar import Kind, Tokens, simple_comparison
from tests.scim.sample import USER, VECTORS_URN

BOTH = pytest.mark.parametrize("dialect", [DEFAULT, STRICT], ids=lambda dialect: dialect.name)


def parse(text: str, dialect: Dialect = DEFAULT) -> Filter:
    """The filter on users."""
    return parse_filter(text, USER, dialect)


def refusal(text: str, dialect: Dialect = DEFAULT) -> str:
    """The detail with which the filter is refused."""
    with pytest.raises(InvalidFilter) as caught:
        parse(text, dialect)
    return caught.value.detail


@BOTH
@pytest.mark.parametrize("word", ["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le", "EQ", "Eq", "cO"])
def test_operators_in_any_case(word: str, dialect: Dialect) -> None:
    """All nine comparison operators, in any letter case (R144)."""
    node = parse(f'userName {word} "x"', dialect)
    assert isinstance(node, Compare)
    assert node.operator == word.lower()


@BOTH
def test_words_in_any_case(dialect: Dialect) -> None:
    """pr, and, or, not and names ignore letter case (R144)."""
    assert parse("NOT (TITLE PR) AnD nickname pR oR USERNAME Pr", dialect) == parse(
        "not (title pr) and nickName pr or userName pr", dialect
    )


def test_precedence() -> None:
    """`not` binds before and, and before or; parentheses before all (R145)."""
    a, b, c = (parse(f"{name} pr") for name in ("title", "nickName", "locale"))

    assert parse("title pr or nickName pr and locale pr") == Or((a, And((b, c))))
    assert parse("(title pr or nickName pr) and locale pr") == And((Or((a, b)), c))
    assert parse("not (title pr) and nickName pr") == And((Not(a), b))
    assert parse("title pr and nickName pr and locale pr") == And((a, b, c))


@pytest.mark.parametrize("text", [
    'not(userName eq "a")', 'not  ( userName   eq  "a" )', ' not (userName eq "a") ', '(not ((userName eq "a")))',
])  # fmt: skip
def test_spaces_beyond_the_grammar(text: str) -> None:
    """More spaces, and none after not, change nothing (D15, erratum 7319)."""
    assert parse(text) == Not(parse('userName eq "a"')) == parse(text, STRICT)


def test_spaces_between_brackets() -> None:
    """Spaces inside brackets and before the opening one change nothing."""
    assert parse('emails[ type eq "work" ]') == parse('emails[type eq "work"]')


@pytest.mark.parametrize("text, place", [
    ('userName eq"a"', 12), ('userName eq "a"and title pr', 16), ("title pr and(nickName pr)", 13),
    ("(title pr)and title pr", 11), ("title pr or(nickName pr)", 12), ('userName eq "a" and"b"', 20),
])  # fmt: skip
def test_a_space_must_separate(text: str, place: int) -> None:
    """Words that touch are no filter."""
    assert f"Character {place}:" in refusal(text)


@pytest.mark.parametrize("text", [
    "title\tpr", "title\u00a0pr", "title pr\n", "title\u2003pr", 'title eq "a\tb"', 'title eq "a\nb"', "title\x00pr", "\x7f",
])  # fmt: skip
def test_only_the_space_is_white(text: str) -> None:
    """Other white space and control characters are refused, outside strings and raw inside them."""
    refusal(text)


@BOTH
@pytest.mark.parametrize("written, value", [
    ('"x"', "x"), ('""', ""), (r'"\""', '"'), (r'"\\"', "\\"), (r'"\/\b\f\n\r\t"', "/\b\f\n\r\t"), (r'"\u00e9"', "é"),
    (r'"\ud83d\ude00"', "\U0001f600"), (r'"\u0000"', "\0"), ('"é"', "é"), ('"a.b*%_\'"', "a.b*%_'"), ('"and (or) ]"', "and (or) ]"),
])  # fmt: skip
def test_string_literals(written: str, value: str, dialect: Dialect) -> None:
    """Strings are those of JSON with all its escapes (R147); what looks like a pattern is literal (R169)."""
    node = parse(f"title eq {written}", dialect)
    assert isinstance(node, Compare)
    assert node.literal == value


@pytest.mark.parametrize("written", [
    r'"\ud83d"', r'"\ude00"', r'"\ude00\ud83d"', r'"\ud83dx"', '"\ud83d"', '"a\udcff"', r'"\x41"', r'"\u12"', r'"\u12G4"',
    '"', '"a', r'"a\"', "'a'", "a", "“a”", "{}", '["a"]', "[]", "undefined", "True", "FALSE", "Null", "NaN", "Infinity",
    "-Infinity", "01", "-01", "+1", ".5", "5.", "1e", "1e+", "0x10", "1_000", "--1", "1.2.3", "\u0661", "1\u0661", "1e999",
    "-1e999", "1e99999999999999999999", "9" * 400,
])  # fmt: skip
def test_what_is_no_literal(written: str) -> None:
    """Half a surrogate pair, unquoted text, and numbers JSON does not know are refused (R147, D16)."""
    assert "Character" in refusal(f"title eq {written}")
    assert "Character" in refusal(f"{VECTORS_URN}:score eq {written}")


@BOTH
@pytest.mark.parametrize("written, value", [
    ("0", 0), ("-0", 0), ("-1", -1), ("1.50", Decimal("1.5")), ("1E3", Decimal(1000)), ("1e-3", Decimal("0.001")),
    ("9223372036854775807", 2**63 - 1), ("9223372036854775808", Decimal(2**63)), ("0.0", Decimal(0)), ("1e-999", Decimal("1e-999")),
])  # fmt: skip
def test_number_literals(written: str, value: int | Decimal, dialect: Dialect) -> None:
    """Numbers are those of JSON, without loss (R147)."""
    node = parse(f"{VECTORS_URN}:score eq {written}", dialect)
    assert isinstance(node, Compare)
    assert node.literal == value


@pytest.mark.parametrize("text, place", [
    ("", 1), ("   ", 4), ("userName", 9), ("userName ", 10), ("userName eq", 12), ('userName eq "a" and', 20), ("(", 2),
    ('userName eq "a")', 16), ('(userName eq "a"', 17), ('userName eq "a" title pr', 17), ("not title pr", 5), ("not", 4),
    ("()", 2), ("userName (eq) 1", 10), ('emails[type eq "a"', 19), ("emails[]", 8), ("emails]", 7), ("[title pr]", 1),
    ('emails[type eq "a"]]', 20), ('"a" eq userName', 1), ("title pr pr", 10), ('title pr "x"', 10), ("title zz 1", 7),
    ('emails[ims[type eq "a"]]', 11), ('emails[type eq "a"][value pr]', 20), ("nothing pr", 1), ("not not (title pr)", 5),
])  # fmt: skip
def test_the_place_of_a_mistake(text: str, place: int) -> None:
    """The detail names the character that cannot stand there, counted from 1 (R148)."""
    assert f"Character {place}:" in refusal(text)


def test_an_unknown_operator_is_named() -> None:
    """And the operators there are (R146)."""
    detail = refusal('userName like "x"')

    assert '"like"' in detail
    assert "eq, ne, co, sw, ew, gt, ge, lt, le and pr" in detail


def test_a_detail_never_echoes_much() -> None:
    """Of the input a word of 40 characters at most, made printable; never a literal."""
    assert re.search(r'"x{40}…"', refusal("x" * 5000 + " pr"))
    assert "hunter2" not in refusal("userName eq hunter2")
    assert "hunter2" not in refusal('active eq "hunter2"')
    assert "\u202e" not in refusal("a\u202eb pr")


def test_value_path() -> None:
    """Names between brackets are sub-attributes; logic and parentheses work there (R152)."""
    node = parse('emails[(type eq "work" or primary eq true) and not (value pr)]')

    assert isinstance(node, ValuePath)
    assert node.attribute.path == "emails"
    assert str(node) == 'emails[(type eq "work" or primary eq true) and not (value pr)]'


@pytest.mark.parametrize("text", [
    'emails[value eq "a" and ims[type eq "b"]]', 'emails[emails.type eq "a"]', "emails[userName pr]", 'name[givenName eq "a"]',
    'userName[value eq "a"]', 'emails.value[value eq "a"]', f"{VECTORS_URN}[level eq 1]", f'{VECTORS_URN}:tags[tags eq "a"]',
])  # fmt: skip
def test_what_brackets_cannot_hold(text: str) -> None:
    """No brackets in brackets (erratum 4690), no other names, and none after a single value."""
    refusal(text)


def test_value_path_of_simple_values() -> None:
    """The elements of a simple multi-valued attribute are called value."""
    node = parse(f'{VECTORS_URN}:tags[VALUE eq "red"]')

    assert isinstance(node, ValuePath)
    assert isinstance(node.filter, Compare)
    assert node.filter.attribute is node.attribute
    assert str(node) == f'{VECTORS_URN}:tags[value eq "red"]'


@pytest.mark.parametrize("text", [
    'userName eq "x"', 'Name.GivenName SW "é"', 'nothing eq "x"', 'active gt "x"', 'not eq "x"', 'pr eq "x"', 'emails co "@"',
    'userName eq ""', f'{VECTORS_URN}:level ne "1"', '] eq "x"',
])  # fmt: skip
def test_the_short_cut_changes_nothing(text: str) -> None:
    """A plain comparison is read as the tokenizer would read it."""
    short = simple_comparison(text)
    if short is None:
        assert text.startswith("]")
        return
    tokens = Tokens(text)
    assert short == (tokens.take(), tokens.take(), tokens.take())
    assert tokens.head.kind is Kind.END


def test_a_present_attribute() -> None:
    """`pr` needs no value."""
    assert isinstance(parse("name pr"), Present)
