"""Laws that every PATCH obeys, on drawn documents: atomic, idempotent, sequential, and true to what a filter selects."""

from __future__ import annotations

import copy
import dataclasses
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from muster.scim.characteristics import Mutability, Type
from muster.scim.dialect import DEFAULT, STRICT, Dialect, Notes
from muster.scim.errors import InvalidValue, ScimError
from muster.scim.read import read_value
from muster.scim.schema import Attribute
from muster.scim.validate import new_document, read_body
from tests.scim.patching import ID, Json, of, op, plan, user
from tests.scim.strategies import OUTSIDE, documents
from tests.scim.strategies import stored as drawn_values

# Drawn values know nothing of the formats of single attributes; those have tests of their own.
DIALECTS = st.sampled_from([DEFAULT, dataclasses.replace(STRICT, formats_unchecked=True)])
WRITABLE = [
    attribute
    for attribute in of("User").every_attribute()
    if attribute.name not in OUTSIDE and attribute.mutability is Mutability.READ_WRITE
]
OPTIONAL = [attribute for attribute in WRITABLE if not attribute.required and attribute.name != "active"]


def values_of(attribute: Attribute) -> st.SearchStrategy[Any]:
    """Return canonical values of an attribute, none of them unassigned."""
    drawn = drawn_values(attribute)
    return drawn.map(lambda value: read_value(attribute, value, DEFAULT, Notes())).filter(
        lambda value: value is not None
    )


def stored() -> st.SearchStrategy[Json]:
    """Return documents as they come out of a create."""
    drawn = documents(of("User"))
    return drawn.map(lambda document: new_document(of("User"), document, DEFAULT, Notes()).document)


def value_in(document: Json, attribute: Attribute) -> Any:
    """Return the value of an attribute in a document, None when it has none."""
    holder = document if attribute.extension is None else document.get(attribute.extension, {})
    return holder.get(attribute.name)


@st.composite
def changes(draw: st.DrawFn) -> tuple[Attribute, Json]:
    """Return an operation on one attribute with a value of its type, or null."""
    attribute = draw(st.sampled_from(WRITABLE))
    value = draw(st.none() | values_of(attribute))
    kind = draw(st.sampled_from(["add", "replace", "remove"]))
    if kind == "remove":
        assume(attribute in OPTIONAL)
        return attribute, op(kind, attribute.path)
    subs = [sub for sub in attribute.sub_attributes.values() if sub.mutability is Mutability.READ_WRITE]
    if isinstance(value, dict) and draw(st.booleans()):
        sub = draw(st.sampled_from(subs))
        return attribute, op(kind, sub.path, value.get(sub.name))
    return attribute, op(kind, attribute.path, value)


def carried_out(document: Json, operations: list[Json], dialect: Dialect = DEFAULT) -> Json | str:
    """Return the document after the operations, or the error's type; the one given must not change."""
    kept = copy.deepcopy(document)
    try:
        return plan(*operations, dialect=dialect).apply(document, ID)
    except ScimError as error:
        return str(error.scim_type)
    finally:
        assert document == kept


@given(stored(), st.lists(changes(), min_size=1, max_size=4), DIALECTS)
def test_a_patch_leaves_a_whole_document_or_the_one_before(
    document: Json, several: list[tuple[Attribute, Json]], dialect: Dialect
) -> None:
    """The input never changes (R205), and what comes out could have been created."""
    result = carried_out(document, [operation for _, operation in several], dialect)
    if isinstance(result, dict):
        assert read_body(of("User"), result, dialect, Notes()).document == result


@given(stored(), changes(), DIALECTS)
def test_every_operation_is_idempotent(
    document: Json, change: tuple[Attribute, Json], dialect: Dialect
) -> None:
    """Done twice, in one request or in two, is done once (R215)."""
    once = carried_out(document, [change[1]], dialect)
    assume(isinstance(once, dict))
    assert isinstance(once, dict)
    assert carried_out(once, [change[1]], dialect) == once
    assert carried_out(document, [change[1], change[1]], dialect) == once


@given(stored(), changes(), changes())
def test_operations_are_carried_out_in_order(
    document: Json, first: tuple[Attribute, Json], second: tuple[Attribute, Json]
) -> None:
    """One request with two is one with the first, then one with the second; apart they commute (R205)."""
    one = carried_out(document, [first[1]])
    assume(isinstance(one, dict))
    assert isinstance(one, dict)
    both = carried_out(document, [first[1], second[1]])
    assert both == carried_out(one, [second[1]])
    if first[0] is not second[0]:
        assert both == carried_out(document, [second[1], first[1]])


@given(stored(), st.sampled_from(OPTIONAL), DIALECTS, st.data())
def test_remove_undoes_add_where_nothing_was(
    document: Json, attribute: Attribute, dialect: Dialect, data: st.DataObject
) -> None:
    """Add then remove of an absent attribute leaves the document as it was, `schemas` included (R208, R219)."""
    assume(value_in(document, attribute) is None)
    value = data.draw(values_of(attribute))
    added = carried_out(document, [op("add", attribute.path, value)], dialect)
    assert isinstance(added, dict)
    assert value_in(added, attribute) == value
    assert carried_out(added, [op("remove", attribute.path)], dialect) == document


@given(stored(), st.sampled_from(WRITABLE), st.data())
def test_replace_and_add_put_the_value_there(
    document: Json, attribute: Attribute, data: st.DataObject
) -> None:
    """Replace leaves the value given (of a complex one, the parts given); add leaves at least it (R214, R225, R226)."""
    value = data.draw(values_of(attribute))
    replaced = carried_out(document, [op("replace", attribute.path, value)])
    added = carried_out(document, [op("add", attribute.path, value)])
    assert isinstance(replaced, dict)
    assert isinstance(added, dict)
    if attribute.multi_valued:
        assert value_in(replaced, attribute) == value
        assert len(value_in(added, attribute)) >= len(value)
    elif attribute.type is Type.COMPLEX:
        for result in (replaced, added):
            assert value.items() <= value_in(result, attribute).items()
    else:
        assert value_in(replaced, attribute) == value_in(added, attribute) == value


@given(st.sampled_from([a for a in OPTIONAL if a.multi_valued]), st.data())
def test_removing_what_is_listed_leaves_the_rest(attribute: Attribute, data: st.DataObject) -> None:
    """What was there and is not listed survives, in its order (R223)."""
    before, listed = data.draw(values_of(attribute)), data.draw(values_of(attribute))
    document = carried_out(user(), [op("add", attribute.path, before)])
    assert isinstance(document, dict)
    result = carried_out(document, [op("remove", attribute.path, listed)])
    assert isinstance(result, dict)
    left = value_in(result, attribute) or []
    assert [element for element in before if element in left] == left
    assert not [element for element in left if element in listed]


@given(stored(), st.lists(changes(), min_size=1, max_size=3))
def test_a_failing_operation_undoes_those_before_it(
    document: Json, several: list[tuple[Attribute, Json]]
) -> None:
    """Whatever came before, a required attribute left without value refuses all (R205, R041)."""
    operations = [operation for _, operation in several] + [op("replace", "userName", None)]
    made = plan(*operations)
    kept = copy.deepcopy(document)
    with pytest.raises(InvalidValue, match="userName"):
        made.apply(document, ID)
    assert document == kept
