"""PATCH on a group's members: steps on rows, made without the group."""

from __future__ import annotations

from typing import Any

import pytest

from muster.scim import members as members_module
from muster.scim.dialect import DEFAULT, STRICT, Dialect, Notes
from muster.scim.errors import InvalidSyntax, InvalidValue, Mutability, NoTarget, PayloadTooLarge
from muster.scim.members import (
    AddMembers,
    ExpectMembers,
    MemberRef,
    MemberStep,
    RemoveMatching,
    RemoveMembers,
    ReplaceMembers,
)
from tests.scim.members import after
from tests.scim.patching import op, plan

BOTH = pytest.mark.parametrize("dialect", [DEFAULT, STRICT], ids=lambda dialect: dialect.name)
A, B = MemberRef("a"), MemberRef("b")


def steps(*operations: Any, dialect: Dialect = DEFAULT, notes: Notes | None = None) -> tuple[MemberStep, ...]:
    """Return the steps of a PATCH that is about members alone."""
    made = plan(*operations, dialect=dialect, kind="Group", notes=notes)
    assert not made.operations
    return made.members


@BOTH
@pytest.mark.parametrize(
    "operation, expected",
    [
        (
            op("Add", "members", [{"$ref": None, "value": "a"}, {"value": "b", "display": "B"}]),
            AddMembers((A, B)),
        ),
        (op("add", "MEMBERS", {"value": "a", "type": "USER"}), AddMembers((MemberRef("a", "User"),))),
        (op("add", "members", [{"value": "a"}, {"value": "a", "type": "User"}]), AddMembers((A,))),
        (op("add", value={"members": [{"value": "a"}]}), AddMembers((A,))),
        (op("replace", "members", [{"value": "a", "display": "x"}]), ReplaceMembers((A,))),
        (op("replace", value={"members": [{"value": "a"}]}), ReplaceMembers((A,))),
        (op("replace", "members", []), ReplaceMembers(())),
        (op("replace", "members", None), ReplaceMembers(())),
        (op("remove", "members"), ReplaceMembers(())),
        (op("remove", "members", None), ReplaceMembers(())),
        (op("remove", 'members[value eq "a"]'), RemoveMembers(("a",))),
        (op("remove", 'members[value eq "a" or value eq "b"]'), RemoveMembers(("a", "b"))),
        (op("replace", 'members[value eq "a"]', {"value": "a"}), ExpectMembers(("a",))),
        (op("replace", 'members[value eq "a"].value', "a"), ExpectMembers(("a",))),
        (op("replace", 'members[value eq "a"]', None), RemoveMembers(("a",))),
    ],
)
def test_one_operation_is_one_step(operation: Any, expected: MemberStep, dialect: Dialect) -> None:
    """Catalogue 39, 41 to 42, 53, 68, 70, 89 to 91, 104, 119, 120, 122."""
    assert steps(operation, dialect=dialect) == (expected,)


def test_a_remove_that_lists_members_removes_those() -> None:
    """Never all (catalogue 40, 120, 126, R223); strict refuses it."""
    for value in ([{"$ref": None, "value": "a"}], {"value": "a"}, "a", ["a"]):
        notes = Notes()
        assert steps(op("Remove", "members", value), notes=notes) == (RemoveMembers(("a",)),)
        assert "remove_listed_values" in {note.rule for note in notes.items}
        with pytest.raises(InvalidValue):
            steps(op("Remove", "members", value), dialect=STRICT)
    assert steps(op("remove", "members", [])) == ()


@BOTH
@pytest.mark.parametrize(
    "condition", ['type eq "User"', 'not (value eq "a")', 'value ne "a"', 'value eq "a" and type eq "User"']
)
def test_other_filters_stay_filters(condition: str, dialect: Dialect) -> None:
    """They are matched against the rows."""
    (step,) = steps(op("remove", f"members[{condition}]"), dialect=dialect)
    assert isinstance(step, RemoveMatching)
    assert after((step,), {"a": "User", "b": "Group"}).keys() in ({"a"}, {"b"})


@BOTH
@pytest.mark.parametrize(
    "operation",
    [op("replace", 'members[value eq "a"].value', "b"), op("add", 'members[value eq "a"].type', "User"), op("replace", "members.value", "a"),
     op("remove", 'members[value eq "a"].value'), op("replace", 'members[value eq "a"].display', "x"), op("replace", 'members[value eq "a"]', {"value": "b"}),
     op("replace", 'members[type eq "User"]', {"value": "a"}), op("remove", "members.display")],
)  # fmt: skip
def test_a_member_cannot_be_changed(operation: Any, dialect: Dialect) -> None:
    """Its sub-attributes are immutable (R081)."""
    with pytest.raises(Mutability, match="operation 1: members"):
        steps(operation, dialect=dialect)


def test_a_member_that_is_not_there() -> None:
    """Replace expects it (P129); add makes it by default and expects it when strict."""
    add = op("add", 'members[value eq "a"]', {"value": "a"})
    assert steps(add) == (AddMembers((A,)),)
    with pytest.raises(NoTarget):
        after(steps(add, dialect=STRICT), {})
    with pytest.raises(NoTarget):
        after(steps(op("replace", 'members[value eq "a"]', {"value": "a"})), {})


@BOTH
@pytest.mark.parametrize(
    "value, error",
    [([{"value": ""}], InvalidValue), ([{"display": "x"}], InvalidValue), (5, InvalidValue), ([[]], InvalidValue),
     ([{"value": "a", "type": "Device"}], InvalidValue), ([{"value": "a", "VALUE": "b"}], InvalidSyntax)],
)  # fmt: skip
def test_a_value_that_names_no_member_is_refused(
    value: object, error: type[Exception], dialect: Dialect
) -> None:
    """By operation and position."""
    with pytest.raises(error, match="operation 1: members"):
        steps(op("add", "members", value), dialect=dialect)


def test_bare_ids_and_more_names_are_for_the_default_dialect() -> None:
    """Microsoft's collection (catalogue 68, 69); a replace by a bare id would drop all others and is refused."""
    assert steps(op("add", "members", "a")) == (AddMembers((A,)),)
    assert steps(op("add", "members", [{"displayName": "x", "value": "a"}])) == (AddMembers((A,)),)
    for operation in (op("add", "members", "a"), op("add", "members", [{"displayName": "x", "value": "a"}])):
        with pytest.raises((InvalidValue, InvalidSyntax)):
            steps(operation, dialect=STRICT)
    with pytest.raises(InvalidValue):
        steps(op("replace", "members", "a"))


def test_one_operation_per_member_is_one_step() -> None:
    """What authentik sends (catalogue 120, R230): neighbours of one kind are merged, their order is kept."""
    adds = [op("add", "members", [{"value": f"u{i}"}]) for i in range(256)]
    removes = [op("remove", f'members[value eq "u{i}"]') for i in range(256)]
    add, remove = steps(*adds, *adds, *removes)
    assert isinstance(add, AddMembers)
    assert [ref.value for ref in add.refs] == [f"u{i}" for i in range(256)]
    assert isinstance(remove, RemoveMembers)
    assert len(remove.ids) == 256
    mixed = steps(op("add", "members", "a"), op("remove", 'members[value eq "a"]'), op("add", "members", "a"))
    assert mixed == (AddMembers((A,)), RemoveMembers(("a",)), AddMembers((A,)))


def test_steps_end_where_operations_one_by_one_do() -> None:
    """A replace in between parts what is before it from what is after."""
    several = [
        op("add", "members", [{"value": "c"}]), op("remove", "members"), op("add", "members", [{"value": "a"}]),
        op("add", "members", [{"value": "b"}]), op("remove", 'members[value eq "a"]'), op("remove", 'members[value eq "x"]'),
    ]  # fmt: skip
    assert after(steps(*several), {"z": "User"}).keys() == {"b"}


def test_too_many_values_over_all_operations_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the limit they pass (R231)."""
    monkeypatch.setattr(members_module, "MAX_MEMBER_VALUES", 4)
    two = op("add", "members", [{"value": "a"}, {"value": "b"}])
    assert steps(two, op("remove", 'members[value eq "a" or value eq "b"]'))
    with pytest.raises(PayloadTooLarge):
        steps(two, two, two)
