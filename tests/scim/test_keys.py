"""The index entries of a resource: enough to answer every filter, and nothing that must not be asked."""

from collections import defaultdict
from typing import Any

import pytest
from hypothesis import given, settings

from muster.scim import evaluate
from muster.scim.expression import And, Compare, Constant, Filter, Not, Operator, Or, Present, ValuePath
from muster.scim.keys import Entry, attribute_entries, entries
from muster.scim.schema import ENTERPRISE_USER, Attribute
from tests.scim.sample import SECRETS_URN, USER, VECTORS_URN
from tests.scim.strategies import Document, questions


def answer(node: Filter, found: set[Entry], element: int | None = None) -> bool:
    """The answer to a filter from entries alone, as a store gives it; `element` inside brackets."""
    match node:
        case And():
            return all(answer(operand, found, element) for operand in node.operands)
        case Or():
            return any(answer(operand, found, element) for operand in node.operands)
        case Not():
            return not answer(node.operand, found, element)
        case ValuePath():
            numbers = {entry.element for entry in found if entry.path == node.attribute.path}
            return any(answer(node.filter, found, number) for number in numbers)
        case Constant():
            return node.value
        case Present():
            return bool(keys_of(node.attribute, found, element))
        case Compare():
            return compared(node, keys_of(node.attribute, found, element))


def keys_of(attribute: Attribute, found: set[Entry], element: int | None) -> list[Any]:
    """The keys of the attribute, of one element or of all."""
    return [e.key for e in found if e.path == attribute.path and element in {None, e.element}]


def compared(node: Compare, keys: list[Any]) -> bool:
    """One comparison, written out."""
    wanted: Any = node.key
    if wanted is None:
        return bool(keys) == (node.operator is Operator.NE)
    match node.operator:
        case Operator.EQ:
            return wanted in keys
        case Operator.NE:
            return not keys or any(key != wanted for key in keys)
        case Operator.CO:
            return any(wanted in key for key in keys)
        case Operator.SW:
            return any(key[: len(wanted)] == wanted for key in keys)
        case Operator.EW:
            return any(key[len(key) - len(wanted) :] == wanted for key in keys if len(key) >= len(wanted))
        case Operator.GT | Operator.GE:
            return any(key > wanted or (node.operator is Operator.GE and key == wanted) for key in keys)
        case Operator.LT | Operator.LE:
            return any(key < wanted or (node.operator is Operator.LE and key == wanted) for key in keys)


@settings(max_examples=200)
@given(questions(USER, stored_only=True))
def test_entries_answer_what_evaluate_answers(asked: tuple[list[Document], list[Filter]]) -> None:
    """Entries and evaluator see the same values: the law that a store stands on."""
    population, filters = asked
    for resource in population:
        found = entries(USER, resource)
        for node in filters:
            assert answer(node, found) == evaluate.matches(node, resource), str(node)


def by_path(document: dict[str, Any]) -> dict[str, list[tuple[object, int]]]:
    """The entries as path -> sorted (key, element)."""
    collected: dict[str, list[tuple[object, int]]] = defaultdict(list)
    for path, key, element in sorted(
        entries(USER, document), key=lambda entry: (entry.element, str(entry.key))
    ):
        collected[path].append((key, element))
    return collected


def test_entries_of_each_shape() -> None:
    """A simple value, a complex one, several, and those of an extension."""
    document = {
        "userName": "Alice",
        "active": False,
        "name": {"givenName": "ALICE"},
        ENTERPRISE_USER: {"department": "R&D", "manager": {"value": "ABC"}},
        VECTORS_URN: {"tags": ["Red", "Blue"], "level": 3},
    }

    assert by_path(document) == {
        "userName": [("alice", 0)],
        "active": [(0, 0)],
        "name": [(1, 0)],
        "name.givenName": [("alice", 0)],
        f"{ENTERPRISE_USER}:department": [("r&d", 0)],
        f"{ENTERPRISE_USER}:manager": [(1, 0)],
        f"{ENTERPRISE_USER}:manager.value": [
            (by_path(document)[f"{ENTERPRISE_USER}:manager.value"][0][0], 0)
        ],
        f"{VECTORS_URN}:tags": [("red", 0), ("blue", 1)],
        f"{VECTORS_URN}:level": [(3, 0)],
    }


def test_the_primary_element_comes_first() -> None:
    """Element 0 is the primary one, else the first: that is where sorting looks."""
    emails = [{"value": "a"}, {"value": "b", "primary": True}, {"value": "c"}]
    without = [{"value": "a"}, {"value": "b", "primary": False}]

    assert by_path({"emails": emails})["emails.value"] == [("b", 0), ("a", 1), ("c", 2)]
    assert by_path({"emails": without})["emails.value"] == [("a", 0), ("b", 1)]


@pytest.mark.parametrize("document", [
    {"id": "x", "meta": {"version": 'W/"1"'}, "groups": [{"value": "g"}], "members": [{"value": "u"}]}, {"password": "x"},
    {SECRETS_URN: {"pin": "1234"}}, {SECRETS_URN: {"lines": [{"unseen": "x"}]}}, {"nothing": "x", "urn:x:nothing": {"a": 1}},
    {"title": "", "name": {"givenName": ""}, "emails": [{}], VECTORS_URN: {"tags": [""]}}, {"title": None, "emails": []},
])  # fmt: skip
def test_no_entry(document: dict[str, Any]) -> None:
    """None for what has its own columns or rows, is never returned, is unknown, or is empty."""
    assert entries(USER, document) == set()


def test_several_values_of_a_sub_attribute() -> None:
    """Each is an entry of its element."""
    document = {SECRETS_URN: {"lines": [{"numbers": [1, 2]}, {"note": "x"}]}}

    assert by_path(document)[f"{SECRETS_URN}:lines.numbers"] == [(1, 0), (2, 0)]
    assert by_path(document)[f"{SECRETS_URN}:lines"] == [(1, 0), (1, 1)]


def test_one_attribute() -> None:
    """The entries of one attribute are its part of the document's."""
    emails = [{"value": "a", "type": "work"}]
    attribute = USER.attribute("emails")
    assert attribute is not None

    assert attribute_entries(attribute, emails) == entries(USER, {"emails": emails})
    assert attribute_entries(attribute, None) == set()
