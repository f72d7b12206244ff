"""Which operator and which literal each type of attribute allows (R158, R159, R160)."""

from contextlib import nullcontext
from itertools import product

import pytest

from muster.scim.characteristics import Type
from muster.scim.dialect import DEFAULT, STRICT, Dialect
from muster.scim.errors import InvalidFilter
from muster.scim.expression import Operator
from muster.scim.filter import parse_filter
from tests.scim.sample import USER, VECTORS_URN
from tests.scim.strategies import operators

ATTRIBUTES = {
    Type.STRING: "looseString", Type.BOOLEAN: "flag", Type.INTEGER: "level", Type.DECIMAL: "score", Type.DATE_TIME: "startDate",
    Type.BINARY: "blob", Type.REFERENCE: "site",
}  # fmt: skip
LITERALS = {
    "string": '"x"', "instant": '"2020-01-01T00:00:00Z"', "true": "true", "integer": "1", "fraction": "1.5",
}  # fmt: skip
FITTING = {
    Type.STRING: {"string", "instant"}, Type.REFERENCE: {"string", "instant"}, Type.BINARY: {"string", "instant"},
    Type.BOOLEAN: {"true"}, Type.INTEGER: {"integer", "fraction"}, Type.DECIMAL: {"integer", "fraction"}, Type.DATE_TIME: {"instant"},
}  # fmt: skip


@pytest.mark.parametrize("dialect", [DEFAULT, STRICT], ids=lambda dialect: dialect.name)
@pytest.mark.parametrize("type_, operator", list(product(ATTRIBUTES, Operator)))
def test_every_pairing(type_: Type, operator: Operator, dialect: Dialect) -> None:
    """Each operator with each kind of literal is accepted exactly where the type allows both."""
    attribute = USER.extensions[VECTORS_URN.lower()].attribute(ATTRIBUTES[type_])
    assert attribute is not None
    for kind, written in LITERALS.items():
        fits = operator in operators(attribute) and kind in FITTING[type_]
        with nullcontext() if fits else pytest.raises(InvalidFilter, match="Character"):
            parse_filter(f"{attribute.path} {operator} {written}", USER, dialect)


@pytest.mark.parametrize("operator", Operator)
@pytest.mark.parametrize(
    "name", ["title", "active", "name", "emails", "meta.created", f"{VECTORS_URN}:level"]
)
def test_null(name: str, operator: Operator) -> None:
    """Null goes with eq and ne only, whatever the type."""
    if operator in {Operator.EQ, Operator.NE}:
        parse_filter(f"{name} {operator} null", USER, STRICT)
        return
    with pytest.raises(InvalidFilter, match="null can be compared with eq and ne only"):
        parse_filter(f"{name} {operator} null", USER, STRICT)


@pytest.mark.parametrize("operator", Operator)
def test_version(operator: Operator) -> None:
    """A version is equal to another or not, and has no order."""
    text = rf'meta.version {operator} "W/\"3\""'
    if operator in {Operator.EQ, Operator.NE}:
        parse_filter(text, USER, DEFAULT)
        return
    with pytest.raises(InvalidFilter, match="version"):
        parse_filter(text, USER, DEFAULT)


@pytest.mark.parametrize("written", [
    "yesterday", "2020-01-01", "2020-13-01T00:00:00Z", "2020-02-30T00:00:00Z", "2020-01-01T24:61:00Z", "2020-01-01 00:00:00Z",
    "2020-01-01T00:00:00+99:00", "0000-01-01T00:00:00Z", "", "\u0662020-01-01T00:00:00Z",
])  # fmt: skip
def test_what_is_no_date_time(written: str) -> None:
    """A literal that is no xsd:dateTime is refused, with an example of one (F135)."""
    with pytest.raises(InvalidFilter, match=r"expected a dateTime such as"):
        parse_filter(f'meta.lastModified ge "{written}"', USER, DEFAULT)


@pytest.mark.parametrize("written", [
    "2015-10-10T14:38:21.8617979-07:00", "2020-01-01T00:00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59.999999999999-14:00",
])  # fmt: skip
def test_what_is_a_date_time(written: str) -> None:
    """Fractions beyond the microsecond, no offset, and the ends of the calendar are fine (R009, R010)."""
    parse_filter(f'meta.lastModified ge "{written}"', USER, STRICT)
