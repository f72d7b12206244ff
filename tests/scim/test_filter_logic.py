"""and, or, not and parentheses against Python's own, which bind alike (R145)."""

import random

import pytest

from muster.scim.dialect import DEFAULT, STRICT
from muster.scim.evaluate import matches
from muster.scim.filter import parse_filter
from tests.scim.sample import USER

# Comparisons that this resource satisfies, and such that it does not.
RESOURCE = {
    "userName": "alice",
    "active": True,
    "emails": [{"value": "a@x", "type": "work"}, {"value": "b@x"}],
}
HOLD = (
    "title eq null",
    'userName eq "ALICE"',
    'emails.value ne "a@x"',
    'emails[type eq "work"]',
    "active PR",
)
FAIL = (
    "title pr",
    'userName gt "b"',
    'emails eq "c"',
    'emails[type eq "work" and value eq "b@x"]',
    "active eq false",
)
ROUNDS = 5
FILTERS_A_ROUND = 20_000


def expression(chance: random.Random, depth: int) -> tuple[str, str]:
    """A filter with as few parentheses as the grammar needs or more, and the same for Python."""
    shape = chance.randrange(5) if depth else 0
    if shape <= 1:
        holds = chance.random() < 0.5
        return chance.choice(HOLD if holds else FAIL), str(holds)
    inner, python = expression(chance, depth - 1)
    if shape == 2:
        word = chance.choice(("not ", "not", "", "NOT  "))
        return f"{word}({inner})", f"{'not ' if word else ''}({python})"
    other, other_python = expression(chance, depth - 1)
    word = ("and", "or")[shape - 3]
    return f"{inner} {word} {other}", f"{python} {word} {other_python}"


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_logic(seed: int) -> None:
    """A hundred thousand random expressions in all."""
    chance = random.Random(seed)
    for _ in range(FILTERS_A_ROUND):
        text, python = expression(chance, 4)
        dialect = chance.choice((DEFAULT, STRICT))
        assert matches(parse_filter(text, USER, dialect), RESOURCE) is eval(python), text  # noqa: S307
