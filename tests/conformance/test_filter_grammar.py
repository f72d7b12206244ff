"""RFC 7644 §3.4.2.2: what is a filter, and how it is read (R144 to R150, R168, R169)."""

import random
from collections.abc import Callable
from urllib.parse import quote

import pytest

from tests.conformance.bodies import ENTERPRISE, SEARCH, USER, enterprise_user, user
from tests.conformance.expect import bad_filter, done, found, new_user, refused
from tests.conformance.marks import requirement
from tests.harness.client import ScimClient

Row = dict[str, str]


def population(scim: ScimClient, *rows: Row) -> dict[str, str]:
    """Users with these attributes; their ids by userName."""
    return {row["userName"]: new_user(scim, user(**row))["id"] for row in rows}


@requirement("R144")
@pytest.mark.parametrize(
    "expression, names",
    [
        ('userName eq "anna"', "anna"),
        ('userName ne "anna"', "bob carl"),
        ('title ne "T"', "anna carl"),
        ('title ne "x"', "anna bob carl"),
        ("active ne false", "anna bob carl"),
        ("active ne true", ""),
        ('emails[value ne "carl@example.com"]', ""),
        ('userName co "a"', "anna carl"),
        ('userName sw "a"', "anna"),
        ('userName ew "b"', "bob"),
        ("title pr", "bob"),
        ('userName gt "anna"', "bob carl"),
        ('userName ge "bob"', "bob carl"),
        ('userName lt "bob"', "anna"),
        ('userName le "bob"', "anna bob"),
        ('userName eq "anna" or title pr', "anna bob"),
        ('userName sw "b" and title pr', "bob"),
        ("not (title pr)", "anna carl"),
        ('emails[value ew "example.com"]', "carl"),
        ('(userName eq "anna")', "anna"),
        ('USERNAME EQ "anna" OR Title PR', "anna bob"),
        ('NOT (title Pr) AnD userName Sw "c"', "carl"),
        ('Emails[VALUE Ew "example.com"]', "carl"),
    ],
)
def test_r144_operators(scim: ScimClient, expression: str, names: str) -> None:
    """Each operator finds what it says, in any case of operators and names."""
    ids = population(scim, {"userName": "anna"}, {"userName": "bob", "title": "T"})
    ids["carl"] = new_user(scim, userName="carl", emails=[{"value": "carl@example.com"}])["id"]

    assert found(scim, expression) == {ids[name] for name in names.split()}


def grow(source: random.Random, depth: int) -> tuple[str, Callable[[Row], bool]]:
    """A random filter over three attributes, and what it means for a row."""
    kind = source.choice(["eq", "eq", "not", "and", "or"]) if depth else "eq"
    if kind == "eq":
        name, value = source.choice(["nickName", "title", "userType"]), source.choice("xy")
        return f'{name} eq "{value}"', lambda row: row.get(name) == value
    left, means_left = grow(source, depth - 1)
    if kind == "not":
        return f"not ({left})", lambda row: not means_left(row)
    right, means_right = grow(source, depth - 1)
    if kind == "and":
        return f"({left}) and ({right})", lambda row: means_left(row) and means_right(row)
    return f"({left}) or ({right})", lambda row: means_left(row) or means_right(row)


@requirement("R145")
def test_r145_random_filters(scim: ScimClient) -> None:
    """Forty random filters find, of all combinations of three attributes, what they mean."""
    choices = [("", "x"), ("x", "y"), ("x", "y")]
    rows: list[Row] = []
    for number in range(8):
        names = ("nickName", "title", "userType")
        values = [pair[number >> position & 1] for position, pair in enumerate(choices)]
        rows.append(
            {"userName": f"u{number}"}
            | {key: value for key, value in zip(names, values, strict=True) if value}
        )
    ids = population(scim, *rows)
    source = random.Random(145)

    for _ in range(40):
        expression, means = grow(source, 4)
        assert found(scim, expression) == {ids[row["userName"]] for row in rows if means(row)}, expression


@requirement("R145")
def test_r145_precedence(scim: ScimClient) -> None:
    """Without parentheses `and` binds before `or`, and `not` before both."""
    ids = population(
        scim, {"userName": "a", "title": "x"}, {"userName": "b"}, {"userName": "c", "title": "y"}
    )

    assert found(scim, 'userName eq "a" or userName eq "b" and title pr') == {ids["a"]}
    assert found(scim, 'userName eq "b" and title pr or userName eq "a"') == {ids["a"]}
    assert found(scim, 'not (userName eq "a") and title pr') == {ids["c"]}
    assert found(scim, 'not (userName eq "a") or title pr') == set(ids.values())
    assert found(scim, '(userName eq "a" or userName eq "b") and title pr') == {ids["a"]}


@requirement("R146")
@pytest.mark.parametrize("operator", ["zz", "=", "==", "like", "in", "eqq"])
def test_r146_unknown_operators(scim: ScimClient, operator: str) -> None:
    """An unknown operator is refused, and the detail names it."""
    error = bad_filter(scim, f'userName {operator} "x"')

    assert operator in error["detail"]


@requirement("R147")
@pytest.mark.parametrize(
    "value, literal",
    [
        ('a "quoted" b', r'"a \"quoted\" b"'),
        ("a\\b", r'"a\\b"'),
        ("caf\u00e9", r'"caf\u00e9"'),
        ("caf\u00e9", '"caf\u00e9"'),
        ("\U0001f600", r'"\ud83d\ude00"'),
        ("a/b\tc", r'"a\/b\tc"'),
        ("and ) or ] not (", '"and ) or ] not ("'),
    ],
)
def test_r147_strings_are_json(scim: ScimClient, value: str, literal: str) -> None:
    """Strings are written with JSON's escapes, and may hold anything."""
    made = new_user(scim, nickName=value)

    assert found(scim, f"nickName eq {literal}") == {made["id"]}


@requirement("R147")
@pytest.mark.parametrize(
    "literal",
    [
        r'"\ud800"',
        r'"\u12"',
        r'"\x41"',
        "'x'",
        "True1",
        "nul",
        "01",
        ".5",
        "0x10",
        '{"a":1}',
        '["a"]',
        '"\t"',
        "x",
    ],
)
def test_r147_other_literals_are_refused(scim: ScimClient, literal: str) -> None:
    """Lone surrogates, bad escapes and what is no JSON literal are refused."""
    bad_filter(scim, f"nickName eq {literal}")


@requirement("R148")
@pytest.mark.parametrize(
    "expression",
    [
        "",
        " ",
        "userName",
        'userName eq "a" and',
        'or userName eq "a"',
        'userName eq "a") ',
        '(userName eq "a"',
        'emails[type eq "work"',
        'emails[type eq "work"]]',
        "emails[]",
        "not ()",
        "()",
        "not title pr",
        'userName eq "a" title pr',
        'userName eq "a"; title pr',
        "userName pr x",
        "userName eq",
        "name. pr",
        ".userName pr",
        "name.givenName.x pr",
        "1a pr",
        'userName eq "a" xor title pr',
    ],
)
def test_r148_the_whole_must_parse(scim: ScimClient, expression: str) -> None:
    """Rubbish before, within or behind a filter is refused, and an empty filter is none."""
    bad_filter(scim, expression)


@requirement("R149")
@pytest.mark.parametrize(
    "expression",
    [
        f'{USER}:userName eq "anna"',
        f'{USER.upper()}:USERNAME eq "anna"',
        f'{USER}:name.familyName eq "adams"',
        f'{ENTERPRISE}:department eq "d"',
        f'{ENTERPRISE.lower()}:Department eq "d"',
        f'{ENTERPRISE}:manager.value eq "boss"',
        f'{USER}:emails[type eq "work"]',
    ],
)
def test_r149_qualified_names(scim: ScimClient, expression: str) -> None:
    """Names may carry their schema's URI, in any case."""
    new_user(scim, userName="bob")
    extra = {"name": {"familyName": "Adams"}, "emails": [{"value": "a@example.com", "type": "work"}]}
    made = new_user(
        scim, enterprise_user(department="D", manager={"value": "boss"}) | extra | {"userName": "anna"}
    )

    assert found(scim, expression) == {made["id"]}


@requirement("R150")
def test_r150_queries_are_decoded_once(scim: ScimClient) -> None:
    """A plus is a space, an encoded plus is a plus, and what was encoded twice stays encoded once."""
    ids = {value: new_user(scim, nickName=value)["id"] for value in ("a b", "a+b", "a%20b", "a%2Bb")}

    def ask(query: str) -> set[str]:
        return {one["id"] for one in done(scim.get(f"/Users?filter={query}"))["Resources"]}

    assert ask("nickName+eq+%22a+b%22") == {ids["a b"]}
    assert ask("nickName%20eq%20%22a%20b%22") == {ids["a b"]}
    for value, made in ids.items():
        assert ask(quote(f'nickName eq "{value}"', safe="")) == {made}


@requirement("R168")
@pytest.mark.parametrize(
    "expression",
    [
        f'userName eq "{"canary" * 1500}"',
        "(" * 60 + 'userName eq "canary"' + ")" * 60,
        "not (" * 60 + 'userName eq "canary"' + ")" * 60,
        " or ".join(['title eq "canary"'] * 250),
    ],
    ids=["length", "parentheses", "negations", "nodes"],
)
def test_r168_bounds(scim: ScimClient, expression: str) -> None:
    """A filter beyond the bounds of length, depth or nodes is refused without being repeated."""
    search = {"schemas": [SEARCH], "filter": expression}

    for answer in (scim.post("/Users/.search", search), scim.get("/Users", query={"filter": expression})):
        error = refused(answer, 400, "invalidFilter")
        assert "canary" not in error["detail"]


@requirement("R168")
def test_r168_within_bounds(scim: ScimClient) -> None:
    """Depth 35, 90 terms and 8000 characters are fine."""
    made = new_user(scim, title="a")

    assert found(scim, "(" * 35 + "title pr" + ")" * 35) == {made["id"]}
    assert found(scim, " or ".join(['title eq "a"'] * 90)) == {made["id"]}
    assert found(scim, f'title eq "{"a" * 8000}"') == set()


@requirement("R169")
@pytest.mark.parametrize("sign", ["%", "_", "\\\\", ".*", "^", "[a]", "'", "*", "?", "$"])
def test_r169_special_characters_are_literal(scim: ScimClient, sign: str) -> None:
    """Wildcards and regex signs in a value mean themselves."""
    new_user(scim, nickName="plain")
    made = new_user(scim, nickName=f"x{sign}y".replace("\\\\", "\\"))

    for operator, value in (("co", sign), ("sw", f"x{sign}"), ("ew", f"{sign}y"), ("eq", f"x{sign}y")):
        assert found(scim, f'nickName {operator} "{value}"') == {made["id"]}, operator
