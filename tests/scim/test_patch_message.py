"""PATCH messages: what is refused before any resource is looked at, and how the refusal says where."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.scim import patch as patch_module
from muster.scim.dialect import DEFAULT, STRICT, Dialect, Notes
from muster.scim.errors import (
    InvalidFilter,
    InvalidPath,
    InvalidSyntax,
    InvalidValue,
    Mutability,
    NoTarget,
    PayloadTooLarge,
    ScimError,
)
from muster.scim.message import PATCH_OP
from muster.scim.patch import parse_patch
from tests.scim.members import after
from tests.scim.patching import ID, VECTORS, group, message, of, op, patch, plan, user
from tests.scim.strategies import documents
from tests.scim.test_validate_values import json_values

BOTH = pytest.mark.parametrize("dialect", [DEFAULT, STRICT], ids=lambda dialect: dialect.name)
TITLE = op("replace", "title", "x")


@BOTH
@pytest.mark.parametrize(
    "body",
    [None, [], "x", {}, {"schemas": [PATCH_OP]}, {"schemas": [PATCH_OP], "Operations": {}}, message(), message("x"), message(None),
     {"schemas": [], "Operations": [TITLE]}, {"schemas": ["urn:x"], "Operations": [TITLE]}, {"schemas": PATCH_OP, "Operations": [TITLE]},
     {"schemas": [PATCH_OP], "Operations": [TITLE], "operations": [TITLE]}, message({"path": "title", "value": "x"}),
     message({"op": 5, "path": "title", "value": "x"}), message(op("move", "title", "x")), message({**TITLE, "OP": "add"}),
     message(op("replace", "", "x") | {"Path": "title"})],
)  # fmt: skip
def test_what_is_no_patch_message_is_refused(body: object, dialect: Dialect) -> None:
    """R203, R204, R212: invalidSyntax."""
    with pytest.raises(InvalidSyntax):
        parse_patch(body, of("User"), dialect, Notes())


@BOTH
@pytest.mark.parametrize(
    "body",
    [{"SCHEMAS": [PATCH_OP.upper()], "operations": [TITLE]}, {"id": ID, **message(TITLE)},
     message({"OP": "Replace", "Path": "TITLE", "Value": "x", "name": "setTitle"})],
)  # fmt: skip
def test_letter_case_and_more_names_do_not_matter(body: object, dialect: Dialect) -> None:
    """R001, R204; catalogue 68, 69."""
    assert parse_patch(body, of("User"), dialect, Notes()).apply(user(), ID)["title"] == "x"


def test_a_message_without_schemas_is_understood_by_default() -> None:
    """Scimgateway leaves them out (catalogue 126); strict refuses."""
    notes = Notes()
    assert parse_patch({"Operations": [TITLE]}, of("User"), DEFAULT, notes).apply(user(), ID)["title"] == "x"
    assert [note.rule for note in notes.items] == ["missing_schemas"]
    with pytest.raises(InvalidSyntax):
        parse_patch({"Operations": [TITLE]}, of("User"), STRICT, Notes())


@BOTH
def test_too_many_operations_are_refused(dialect: Dialect, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the limit it works, above it is 413 (R231)."""
    monkeypatch.setattr(patch_module, "MAX_PATCH_OPERATIONS", 60)
    assert patch(user(), *[TITLE] * 60, dialect=dialect)["title"] == "x"
    with pytest.raises(PayloadTooLarge):
        plan(*[TITLE] * 61, dialect=dialect)


@BOTH
@pytest.mark.parametrize(
    "operation, error",
    [
        (op("remove"), NoTarget),
        (op("remove", value=[{"value": "x"}]), NoTarget),
        (op("add", "title"), InvalidValue),
        (op("replace"), InvalidValue),
        (op("replace", value=["title"]), InvalidValue),
        (op("replace", value=None), InvalidValue),
        ({"op": "replace", "path": 5, "value": "x"}, InvalidPath),
        (op("replace", "", "x"), InvalidPath),
        (op("replace", "nosuch", "x"), InvalidPath),
        (op("replace", "__proto__", "x"), InvalidPath),
        (op("replace", "emails[0].value", "x"), InvalidPath),
        (op("replace", "/title", "x"), InvalidPath),
        (op("replace", "emails[type zz 1]", {}), InvalidFilter),
        (op("replace", "title", 5), InvalidValue),
        (op("replace", "name.givenName", {}), InvalidValue),
        (op("remove", "userName"), Mutability),
        (op("remove", "id"), Mutability),
        (op("remove", "meta"), Mutability),
        (op("remove", "schemas"), Mutability),
        (op("remove", 'groups[value eq "1"]'), Mutability),
        (op("replace", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User", 5), InvalidValue),
        (op("replace", value={"title": "a", "Title": "b"}), InvalidSyntax),
        (op("replace", "schemas", "x"), InvalidSyntax),
    ],
)
def test_an_operation_is_refused_by_its_number(
    operation: Any, error: type[ScimError], dialect: Dialect
) -> None:
    """The detail counts operations from 1 (R211 to R213, R218, R220)."""
    with pytest.raises(error, match=r"operation 2: ") as refusal:
        plan(TITLE, operation, dialect=dialect)
    assert type(refusal.value) is error


@BOTH
@pytest.mark.parametrize(
    "operation",
    [op("replace", "id", "other"), op("replace", value={"id": "other"}), op("replace", "meta", {}),
     op("add", "groups", [{"value": "x"}]), op("replace", "meta.version", "x"), op("replace", f"{VECTORS}:serial", "x"),
     op("replace", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.displayName", "x")],
)  # fmt: skip
def test_what_is_read_only_cannot_be_written(operation: Any, dialect: Dialect) -> None:
    """R209: mutability, with the path."""
    with pytest.raises(Mutability, match="operation 1: "):
        patch(user(), operation, dialect=dialect)


@BOTH
@pytest.mark.parametrize("operation", [op("replace", value={"id": ID, "title": "x"}), op("add", "id", ID)])
def test_a_read_only_value_that_is_the_stored_one_changes_nothing(operation: Any, dialect: Dialect) -> None:
    """Okta and idp-scim-sync send the id along (R229, catalogue 88, 123)."""
    assert {**patch(user(), operation, dialect=dialect), "title": 0} == {**user(), "title": 0}
    stored = user(**{VECTORS: {"serial": "s"}})
    assert patch(stored, op("replace", f"{VECTORS}:serial", "s"), dialect=dialect) == stored


def test_a_plan_says_what_it_touches() -> None:
    """Top-level paths; members apart, so that a group need not be loaded for them."""
    members = plan(op("add", "members", [{"value": "a"}]), kind="Group")
    assert members.touched == {"members"}
    assert members.is_members_only
    both = plan(op("add", "members", [{"value": "a"}]), op("replace", "displayName", "x"), kind="Group")
    assert both.touched == {"members", "displayName"}
    assert not both.is_members_only
    extension = plan(op("remove", VECTORS), op("replace", "name.givenName", "x"))
    assert {f"{VECTORS}:level", "name"} <= extension.touched


def test_a_password_is_accepted_and_discarded() -> None:
    """With and without path; nothing of it is kept in the plan or its notes (D8, catalogue 83)."""
    for operation in (op("replace", value={"password": "s3cret"}), op("add", "password", "s3cret")):
        notes = Notes()
        made = plan(operation, notes=notes)
        assert made.apply(user(), ID) == user()
        assert "s3cret" not in repr(made)
        assert [note.rule for note in notes.items] == ["password_discarded"]
    assert patch(user(), op("remove", "password")) == user()


# --- anything at all ------------------------------------------------------------------------------------------------------------

PATHS = [
    "title", "name", "name.givenName", "emails", 'emails[type eq "work"]', 'emails[type eq "work"].value', "emails.value",
    "emails[primary eq true].primary", 'emails[value eq "a" and type eq "home"].display', "emails[not (type pr)]", "active",
    "userName", "id", "meta", "groups", "schemas", "password", "members", 'members[value eq "a"]', 'members[type eq "User"]',
    'members[value eq "a"].value', "members.value", VECTORS, f"{VECTORS}:badge.floor", f'{VECTORS}:tags[value eq "red"]',
    f"{VECTORS}:nums[value gt 1]", f"{VECTORS}:fixedString", f"{VECTORS}:serial", "", "x", "emails[", "[", "name.", 'roles[primary eq "True"].value',
]  # fmt: skip


def operations() -> st.SearchStrategy[Any]:
    """Return operations that are nearly right, or any JSON."""
    kinds = st.sampled_from(["add", "replace", "remove", "Remove", "move"])
    with_path = st.fixed_dictionaries({"op": kinds, "path": st.sampled_from(PATHS), "value": json_values()})
    without_value = st.fixed_dictionaries({"op": kinds, "path": st.sampled_from(PATHS)})
    values = st.dictionaries(st.sampled_from(PATHS), json_values(), max_size=4)
    return (
        with_path
        | without_value
        | st.fixed_dictionaries({"op": kinds, "value": values | json_values()})
        | json_values()
    )


@given(
    st.sampled_from(["User", "Group"]),
    st.lists(operations(), max_size=4).map(lambda several: message(*several)) | json_values(),
    st.sampled_from([DEFAULT, STRICT]),
    st.data(),
)
def test_any_body_is_a_plan_or_refused(kind: str, body: Any, dialect: Dialect, data: st.DataObject) -> None:
    """Nothing but a document or a SCIM error comes out of any JSON, on any document (law 12)."""
    document = data.draw(documents(of(kind)))
    try:
        made = parse_patch(body, of(kind), dialect, Notes())
        made.apply(document, ID)
        after(made.members, {"a": "User"})
    except ScimError as error:
        error.detail.encode()


def test_a_group_is_patched_like_a_user() -> None:
    """Its attributes follow the same rules (catalogue 38, 52)."""
    assert patch(group(), op("Replace", "displayName", "x"))["displayName"] == "x"
    assert patch(group(), op("replace", value={"externalId": "e"}))["externalId"] == "e"
    with pytest.raises(InvalidValue):
        patch(group(), op("replace", "displayName", ""))
