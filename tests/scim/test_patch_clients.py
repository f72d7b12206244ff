"""What identity providers really send as PATCH, and the document that must come of it (the catalogue's shapes)."""

from __future__ import annotations

from typing import Any

import pytest

from muster.scim.dialect import STRICT, Notes
from muster.scim.errors import InvalidFilter, InvalidSyntax, InvalidValue, Mutability, NoTarget, ScimError
from muster.scim.schema import CORE_GROUP, CORE_USER, ENTERPRISE_USER
from tests.scim.patching import ID, VECTORS, Json, group, op, patch, rules, user

ENT = ENTERPRISE_USER
WORK = {"value": "w@x", "type": "work", "primary": True}
HOME = {"value": "h@x", "type": "home"}


def both(document: Json, *operations: Any) -> Json:
    """Return the document after the operations, which both dialects must agree on."""
    result = patch(document, *operations)
    assert patch(document, *operations, dialect=STRICT) == result
    return result


def by_default(document: Json, *operations: Any) -> Json:
    """Return the document after operations that the strict dialect refuses."""
    with pytest.raises(ScimError):
        patch(document, *operations, dialect=STRICT)
    return patch(document, *operations)


# --- Entra -----------------------------------------------------------------------------------------------------------------


def test_entra_replaces_several_attributes() -> None:
    """Capitalised operations, a value path and a sub-attribute (13, 14)."""
    before = user(emails=[WORK, HOME], name={"familyName": "a", "givenName": "b"})
    after = both(
        before,
        op("Replace", 'emails[type eq "work"].value', "n@x"),
        op("Replace", "name.familyName", "N"),
        op("Replace", "userName", "v"),
    )
    assert after["emails"] == [{**WORK, "value": "n@x"}, HOME]
    assert (after["name"], after["userName"]) == ({"familyName": "N", "givenName": "b"}, "v")


@pytest.mark.parametrize("text, value", [("False", False), ("True", True), ("false", False), ("TRUE", True)])
def test_entra_sends_booleans_as_strings(text: str, value: bool) -> None:
    """With and without path; what is stored is a boolean (15, 17, 122)."""
    for operation in (op("Replace", "active", text), op("replace", value={"active": text})):
        assert by_default(user(active=not value), operation)["active"] is value
        assert rules(user(), operation) == {"string_booleans"}


def test_entra_with_its_flag_sends_paths_as_keys() -> None:
    """Dotted and qualified keys land where they point (18, R228)."""
    value = {"displayName": "D", "name.givenName": "G", "name.familyName": "F", f"{ENT}:employeeNumber": "12"}
    after = both(user(), op("replace", value=value))
    assert after["name"] == {"givenName": "G", "familyName": "F"}
    assert after[ENT] == {"employeeNumber": "12"}
    assert after["schemas"] == [CORE_USER, ENT]
    assert after["displayName"] == "D"


def test_a_value_path_as_key_is_a_path_by_default() -> None:
    """Strict asks for it in path (Entra with its flag)."""
    operation = op("add", value={'emails[type eq "work"].value': "n@x"})
    assert by_default(user(emails=[WORK]), operation)["emails"] == [{**WORK, "value": "n@x"}]
    assert "path_keys" in rules(user(), operation)
    with pytest.raises(InvalidFilter):
        patch(user(), op("add", value={"emails[type eq": "x"}))


@pytest.mark.parametrize("kind", ["Add", "Replace"])
def test_entra_writes_to_elements_that_do_not_exist(kind: str) -> None:
    """The element is made of the filter's terms and the value (19, 20, R217); strict answers noTarget."""
    after = by_default(user(emails=[HOME]), op(kind, 'emails[type eq "work"].value', "w@x"))
    assert after["emails"] == [HOME, {"type": "work", "value": "w@x"}]
    assert rules(user(), op(kind, 'phoneNumbers[type eq "fax"].value', "1")) == {"create_missing_element"}
    with pytest.raises(NoTarget, match="operation 1"):
        patch(user(), op(kind, 'emails[type eq "work"].value', "w@x"), dialect=STRICT)


@pytest.mark.parametrize(
    "condition",
    [
        'type sw "work"',
        'type eq "work" or type eq "home"',
        'not (type eq "home")',
        "value pr",
        "type eq null",
    ],
)
def test_only_simple_terms_make_an_element(condition: str) -> None:
    """What the filter does not say plainly is not invented (R227)."""
    with pytest.raises(NoTarget):
        patch(user(), op("replace", f"emails[{condition}].value", "x"))


def test_several_operations_build_one_element() -> None:
    """The first makes it, the others find it; a whole value is merged with the terms (29, P314)."""
    address = [op("Add", f'addresses[type eq "work"].{name}', name) for name in ("locality", "country")]
    assert by_default(user(), *address)["addresses"] == [
        {"type": "work", "locality": "locality", "country": "country"}
    ]
    roles = [op("add", f'roles[primary eq "True"].{name}', name) for name in ("value", "display", "type")]
    assert by_default(user(), *roles)["roles"] == [
        {"primary": True, "value": "value", "display": "display", "type": "type"}
    ]
    whole = op("add", 'emails[type eq "work" and primary eq true]', {"value": "w@x"})
    assert by_default(user(emails=[{**HOME, "primary": True}]), whole)["emails"] == [
        {**HOME, "primary": False},
        WORK,
    ]


def test_an_element_that_the_request_itself_removed_is_not_made_again_by_a_replace() -> None:
    """The tolerance is for clients that do not know what is there; others' elements do not count (P286)."""
    gone = op("remove", 'emails[type eq "work"]')
    with pytest.raises(NoTarget, match="operation 2"):
        patch(user(emails=[WORK]), gone, op("replace", 'emails[type eq "work"].value', "x"))
    assert patch(user(emails=[WORK]), gone, op("add", 'emails[type eq "work"].value', "x"))["emails"]
    assert patch(user(emails=[WORK]), gone, op("replace", 'emails[type eq "home"].value', "x"))["emails"]


def test_entra_writes_extension_attributes_and_schemas_follow() -> None:
    """By qualified path; the last one that goes takes its schema along (21, 31, R208)."""
    after = both(user(), op("Add", f"{ENT}:department", "IT"), op("Add", f"{VECTORS}:level", 1))
    assert after["schemas"] == [CORE_USER, ENT, VECTORS]
    assert both(after, op("remove", f"{ENT}:department"), op("remove", VECTORS)) == user()


@pytest.mark.parametrize(
    "operation",
    [
        op("Add", "manager", [{"$ref": "http://x/scim/Users/2819c223", "value": "2819c223"}]),
        op("Replace", f"{ENT}:manager", "2819c223"),
        op("Add", "manager", "2819c223"),
        op("Add", f"{ENT}.manager", [{"value": "2819c223"}]),
        op("replace", value={f"{ENT}:manager": "2819c223"}),
        op("replace", value={ENT: {"manager": "2819c223"}}),
    ],
)  # fmt: skip
def test_a_manager_comes_in_many_shapes(operation: Any) -> None:
    """Always an object with a value in the end (22, 23, 75)."""
    assert by_default(user(), operation)[ENT]["manager"]["value"] == "2819c223"


def test_a_new_manager_takes_the_old_ones_address_away() -> None:
    """`$ref` said where the old one is; it is kept when it is given, or when nothing changes."""
    before = user(**{ENT: {"manager": {"value": "1", "$ref": "../Users/1"}}})
    assert patch(before, op("Replace", f"{ENT}:manager", "2"))[ENT]["manager"] == {"value": "2"}
    assert both(before, op("replace", f"{ENT}:manager.value", "1")) == before
    other = {"value": "2", "$ref": "../Users/2"}
    assert both(before, op("replace", f"{ENT}:manager", other))[ENT]["manager"] == other


@pytest.mark.parametrize("value", ["", None, {}, [], {"value": None}])
def test_a_manager_is_cleared(value: object) -> None:
    """By "" (24, 60), and by every other way to say nothing; its schema goes with it."""
    before = user(**{ENT: {"manager": {"value": "1"}}})
    assert patch(before, op("Replace", f"{ENT}:manager", value)) == user()
    assert both(before, op("Remove", f"{ENT}:manager")) == user()


def test_roles_come_as_json_in_a_string() -> None:
    """Stored as it is, never parsed; an add keeps the others, a replace does not (26 to 28, 30)."""
    text = '{"id":"06b0","value":"25","displayName":"R"}'
    before = user(roles=[{"value": "a"}])
    assert both(before, op("Add", "roles", [{"value": text}]))["roles"] == [{"value": "a"}, {"value": text}]
    assert by_default(before, op("Add", "roles", text))["roles"] == [{"value": "a"}, {"value": text}]
    replaced = [{"display": "d", "value": "v", "type": "t", "primary": False}]
    assert both(before, op("replace", "roles", replaced))["roles"] == replaced
    with pytest.raises(InvalidValue):
        patch(before, op("replace", "roles", text))


@pytest.mark.parametrize("value", ["", None])
def test_the_logic_app_clears_every_attribute(value: object) -> None:
    """Replace with "" and with null on all that is not required (58, R020)."""
    before = user(title="t", emails=[WORK], name={"givenName": "g"}, **{ENT: {"department": "d"}})
    paths = (
        "title",
        'emails[type eq "work"].value',
        "name.givenName",
        f"{ENT}:department",
        'phoneNumbers[type eq "fax"].value',
    )
    after = patch(before, *(op("replace", path, value) for path in paths))
    assert after == user(emails=[{"type": "work", "primary": True}])


def test_active_can_be_removed() -> None:
    """In whatever way; what that means for the account is for the directory to say."""
    for operation in (
        op("remove", "active"),
        op("replace", "active", None),
        op("replace", value={"active": None}),
    ):
        assert "active" not in both(user(active=False), operation)


def test_the_validator_sends_many_operations_at_once() -> None:
    """Later ones see what earlier ones did; the last of several on one attribute wins (50, 54)."""
    after = patch(
        user(),
        op("add", 'emails[type eq "work"].primary', True),
        op("add", 'emails[type eq "work"].value', "w@x"),
        op("add", 'roles[primary eq "True"].display', "r"),
        op("add", "title", "a"),
        op("replace", "title", "b"),
        op("add", f"{ENT}:employeeNumber", "1"),
    )
    assert after["emails"] == [WORK]
    assert (after["title"], after["roles"]) == ("b", [{"primary": True, "display": "r"}])


# --- Okta, authentik, and the others -----------------------------------------------------------------------------------------


def test_okta_deactivates_without_a_path() -> None:
    """In both dialects (81, D1)."""
    assert both(user(), op("replace", value={"active": False})) == user(active=False)


def test_group_attributes_come_with_id_and_schemas() -> None:
    """Okta, authentik and idp-scim-sync send back what they know (88, 119, 123)."""
    value = {"schemas": [CORE_GROUP], "id": ID, "externalId": "e", "displayName": "n"}
    assert both(group(), op("replace", value=value)) == group(displayName="n", externalId="e")
    with pytest.raises(Mutability):
        patch(group(), op("replace", value={**value, "id": "other"}))


def test_schemas_in_a_value_are_checked_and_not_written() -> None:
    """They follow from the data (R208); a list that is none, or unknown to strict, is refused."""
    assert both(user(), op("replace", "schemas", [CORE_USER, ENT])) == user()
    assert by_default(user(), op("add", value={"schemas": [CORE_USER, "urn:x"], "title": "t"})) == user(
        title="t"
    )
    for value in ("x", [], [5], ["urn:scim:schemas:core:1.0"]):
        with pytest.raises(InvalidSyntax):
            patch(user(), op("replace", value={"schemas": value}))


def test_scimgateway_merges_names() -> None:
    """A partial complex value leaves the rest (126, R226); null in it clears."""
    before = user(name={"givenName": "a", "familyName": "b", "formatted": "c"})
    after = both(
        before, op("replace", value={"active": False, "name": {"givenName": "Z", "formatted": None}})
    )
    assert after == user(active=False, name={"givenName": "Z", "familyName": "b"})


def test_unknown_names_in_a_value_are_noted_or_refused() -> None:
    """By default the rest is done and the log says so; in a path it is always an error (R211, D2)."""
    for value in ({"nosuch": 1, "title": "t"}, {"__proto__": {}, "title": "t"}, {"name.nosuch": 1, "title": "t"}, {"name": {"nosuch": 1}, "title": "t"},
                  {ENT: {"nosuch": 1}, "title": "t"}, {"urn:x:y": 1, "title": "t"}, {f"{ENT}:nosuch": 1, "title": "t"}):  # fmt: skip
        assert by_default(user(), op("add", value=value)) == user(title="t")
        assert rules(user(), op("replace", value=value)) == {"unknown_attributes"}
        with pytest.raises(InvalidSyntax):
            patch(user(), op("add", value=value), dialect=STRICT)


def test_only_unknown_parts_clear_nothing() -> None:
    """A complex value of which nothing is known is not an empty one (SCIM 1.1 names, 107)."""
    before = user(**{ENT: {"manager": {"value": "1"}}}, emails=[WORK])
    assert patch(before, op("replace", f"{ENT}:manager", {"managerId": "2"})) == before
    assert patch(before, op("replace", 'emails[type eq "work"]', {"nosuch": 1})) == before


# --- removing what is listed ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value, left",
    [
        ([{"value": "h@x"}], [WORK]),
        ([{"value": "H@X", "type": "home"}], [WORK]),
        ([{"value": "h@x", "type": "work"}], [WORK, HOME]),
        ([{"type": "home"}], [WORK]),
        ({"value": "h@x", "$ref": None}, [WORK]),
        ("h@x", [WORK]),
        (["h@x", "w@x"], None),
        ([{"value": "other@x"}], [WORK, HOME]),
        ([], [WORK, HOME]),
        ("", [WORK, HOME]),
    ],
)
def test_a_remove_with_a_value_removes_the_listed_ones(value: object, left: list[Json] | None) -> None:
    """Never all because one was named (40, R223); strict refuses what the RFC does not know."""
    assert by_default(user(emails=[WORK, HOME]), op("Remove", "emails", value)).get("emails") == left
    assert "remove_listed_values" in rules(user(), op("remove", "emails", value))


def test_a_remove_without_value_removes_all() -> None:
    """Null is no value (122); one of a single-valued attribute says nothing more than its path."""
    assert both(user(emails=[WORK]), op("remove", "emails", None)) == user()
    assert both(user(title="a"), op("remove", "title", "b")) == user()
    tags = user(**{VECTORS: {"tags": ["red", "Blue"]}})
    assert by_default(tags, op("remove", f"{VECTORS}:tags", ["RED"]))[VECTORS] == {"tags": ["Blue"]}


def test_notes_name_the_place() -> None:
    """A note says which rule and where."""
    notes = Notes()
    patch(user(), op("Add", 'emails[type eq "work"].value', "x"), notes=notes)
    assert [(note.rule, note.where) for note in notes.items] == [
        ("create_missing_element", 'emails[type eq "work"].value')
    ]
