"""PATCH on elements, on complex and on immutable values: the RFC's rules one by one, alike in both dialects."""

from __future__ import annotations

from typing import Any

import pytest

from muster.scim.dialect import DEFAULT, STRICT, Dialect
from muster.scim.errors import InvalidValue, Mutability
from tests.scim.patching import VECTORS, Json, op, patch, user

BOTH = pytest.mark.parametrize("dialect", [DEFAULT, STRICT], ids=lambda dialect: dialect.name)
WORK = {"value": "w@x", "type": "work", "primary": True}
HOME = {"value": "h@x", "type": "home"}
THIRD = {"value": "t@x", "type": "other", "primary": True}


def extension(**values: Any) -> Json:
    """Return a stored User with values in the vectors' extension."""
    return user(**{VECTORS: values})


# --- add ------------------------------------------------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize(
    "value, expected",
    [
        ([HOME], [WORK, HOME]),
        ({"value": "H@X", "type": "HOME"}, [WORK, HOME]),
        ([{**HOME, "primary": False}], [WORK, HOME]),
        ([{**HOME, "display": "H"}], [WORK, {**HOME, "display": "H"}]),
        ([{**HOME, "primary": True}], [{**WORK, "primary": False}, {**HOME, "primary": True}]),
        ([{"value": "h@x"}], [WORK, HOME, {"value": "h@x"}]),
        ([THIRD, THIRD], [{**WORK, "primary": False}, HOME, THIRD]),
        ([], [WORK, HOME]),
        (None, [WORK, HOME]),
    ],
)
def test_add_appends_what_is_not_there(value: object, expected: list[Json], dialect: Dialect) -> None:
    """What is there is only completed; a new primary takes the mark from the old one (R210, R214 to R216)."""
    assert patch(user(emails=[WORK, HOME]), op("add", "emails", value), dialect=dialect)["emails"] == expected


@BOTH
def test_add_to_simple_values_compares_as_filters_do(dialect: Dialect) -> None:
    """By the attribute's letter-case rule (R215)."""
    before = extension(tags=["red"], codes=["X1"])
    after = patch(
        before,
        op("add", f"{VECTORS}:tags", ["RED", "green"]),
        op("add", f"{VECTORS}:codes", ["x1", "X1"]),
        dialect=dialect,
    )
    assert after[VECTORS] == {"tags": ["red", "green"], "codes": ["X1", "x1"]}


@BOTH
def test_add_to_selected_elements_merges(dialect: Dialect) -> None:
    """A value path with add sets the sub-attributes given (R214)."""
    after = patch(
        user(emails=[WORK, HOME]), op("add", 'emails[type eq "home"]', {"display": "H"}), dialect=dialect
    )
    assert after["emails"] == [WORK, {**HOME, "display": "H"}]


@BOTH
def test_an_equal_value_changes_nothing(dialect: Dialect) -> None:
    """The document is the same, so that no version need move (R215)."""
    before = extension(level=1, tags=["red"], badge={"code": "a"}) | {
        "emails": [WORK, HOME],
        "name": {"givenName": "g"},
    }
    operations = [
        op("add", "emails", [WORK]), op("replace", 'emails[type eq "home"].value', "h@x"), op("replace", "name", {"givenName": "g"}),
        op("add", f"{VECTORS}:level", 1), op("replace", VECTORS, {"tags": ["red"]}), op("add", value={"userName": "u"}),
        op("remove", "title"), op("remove", "addresses"), op("remove", 'emails[type eq "x"]'), op("remove", "name.familyName"),
        op("add", value={}), op("replace", "emails", [WORK, HOME]),
    ]  # fmt: skip
    assert patch(before, *operations, dialect=dialect) == before


# --- replace ---------------------------------------------------------------------------------------------------------------------


@BOTH
def test_replace_at_a_filter_replaces_all_of_each_element(dialect: Dialect) -> None:
    """What the value does not give is gone (R227)."""
    before = user(
        addresses=[{"type": "work", "locality": "a", "region": "b"}, {"type": "home", "locality": "a"}]
    )
    after = patch(before, op("replace", 'addresses[locality eq "a"]', {"locality": "c"}), dialect=dialect)
    assert after["addresses"] == [{"locality": "c"}]


@BOTH
@pytest.mark.parametrize("value", [None, {}, []])
def test_replace_at_a_filter_with_nothing_removes(value: object, dialect: Dialect) -> None:
    """An element without data is none (R020, R022)."""
    after = patch(user(emails=[WORK, HOME]), op("replace", 'emails[type eq "home"]', value), dialect=dialect)
    assert after["emails"] == [WORK]


@BOTH
def test_elements_that_become_the_same_are_one(dialect: Dialect) -> None:
    """The same (type, value) is not kept twice (R018)."""
    after = patch(
        user(emails=[WORK, HOME]),
        op("replace", 'emails[type eq "home"]', {"value": "w@x", "type": "work"}),
        dialect=dialect,
    )
    assert after["emails"] == [WORK]


@BOTH
def test_a_path_without_filter_means_every_element(dialect: Dialect) -> None:
    """Its sub-attribute changes in all of them, and in a new one where there is none (R219, R225)."""
    before = user(emails=[WORK, HOME])
    after = patch(before, op("replace", "emails.display", "D"), dialect=dialect)
    assert [element["display"] for element in after["emails"]] == ["D", "D"]
    assert patch(after, op("remove", "emails.display"), dialect=dialect) == before
    assert patch(user(), op("add", "emails.value", "n@x"), dialect=dialect)["emails"] == [{"value": "n@x"}]


@BOTH
def test_an_extension_is_a_container(dialect: Dialect) -> None:
    """Its attributes are replaced, the others stay; null, {} and remove take them all (R224, P077)."""
    before = extension(level=1, looseString="a", badge={"code": "a", "floor": 1})
    for operation in (
        op("replace", VECTORS, {"LEVEL": 2, "badge": {"floor": 2}}),
        op("replace", value={VECTORS: {"level": 2, "badge.floor": 2}}),
    ):
        assert patch(before, operation, dialect=dialect) == extension(
            level=2, looseString="a", badge={"code": "a", "floor": 2}
        )
    for operation in (
        op("remove", VECTORS),
        op("replace", VECTORS, None),
        op("replace", value={VECTORS: {}}),
    ):
        assert patch(before, operation, dialect=dialect) == user()


# --- primary ----------------------------------------------------------------------------------------------------------------------


@BOTH
def test_a_new_primary_clears_the_others(dialect: Dialect) -> None:
    """Through a filter, too (R210)."""
    after = patch(
        user(emails=[WORK, HOME]), op("replace", 'emails[type eq "home"].primary', True), dialect=dialect
    )
    assert after["emails"] == [{**WORK, "primary": False}, {**HOME, "primary": True}]
    whole = op("replace", 'emails[type eq "home"]', {"value": "n@x", "primary": True})
    assert patch(user(emails=[WORK, HOME]), whole, dialect=dialect)["emails"][0]["primary"] is False


@BOTH
@pytest.mark.parametrize(
    "operation",
    [op("replace", "emails[value pr].primary", True), op("replace", "emails[value pr]", {"display": "x", "primary": True}),
     op("add", "emails.primary", True), op("replace", "emails", [WORK, THIRD]), op("add", "emails", [THIRD, {**HOME, "primary": True}])],
)  # fmt: skip
def test_one_operation_cannot_make_two_primary(operation: Any, dialect: Dialect) -> None:
    """R016: invalidValue, nothing done."""
    with pytest.raises(InvalidValue, match="operation 1: emails"):
        patch(user(emails=[WORK, HOME]), operation, dialect=dialect)


# --- immutable, required ------------------------------------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize("operation", [op("replace", f"{VECTORS}:fixedString", "b"), op("add", value={VECTORS: {"fixedString": "b"}}),
                                       op("remove", f"{VECTORS}:fixedString"), op("replace", f"{VECTORS}:fixedString", None), op("remove", VECTORS)])  # fmt: skip
def test_an_immutable_value_stays(operation: Any, dialect: Dialect) -> None:
    """Another value, none, or the whole extension gone: mutability (R209)."""
    with pytest.raises(Mutability, match="fixedString"):
        patch(extension(fixedString="a"), operation, dialect=dialect)


@BOTH
def test_an_immutable_value_can_be_set_once(dialect: Dialect) -> None:
    """Unset it takes a value; the same one again is no change; removing none is none (R046, R209)."""
    first = patch(user(), op("replace", f"{VECTORS}:fixedString", "a"), dialect=dialect)
    assert first == extension(fixedString="a")
    assert patch(first, op("add", f"{VECTORS}:fixedString", "a"), dialect=dialect) == first
    assert patch(user(), op("remove", f"{VECTORS}:fixedString"), dialect=dialect) == user()


@BOTH
def test_a_required_value_may_be_away_between_operations_only(dialect: Dialect) -> None:
    """The final state counts (R041, R205)."""
    cleared, given = op("replace", "userName", None), op("replace", "userName", "n")
    assert patch(user(), cleared, given, dialect=dialect)["userName"] == "n"
    with pytest.raises(InvalidValue, match="userName"):
        patch(user(), given, cleared, dialect=dialect)


def test_values_keep_the_letter_case_they_come_in() -> None:
    """A replace that differs in case only is a change (R043)."""
    assert patch(user(title="chief"), op("replace", "title", "Chief"))["title"] == "Chief"
    assert patch(user(emails=[HOME]), op("replace", "emails.value", "H@x"))["emails"] == [
        {**HOME, "value": "H@x"}
    ]
