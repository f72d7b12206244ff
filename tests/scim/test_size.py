"""How large values may be: up to the limit they are taken, beyond it refused by name."""

from __future__ import annotations

from typing import Any

import pytest

from muster.scim.dialect import DEFAULT, STRICT, Dialect, Notes
from muster.scim.errors import InvalidValue
from muster.scim.limits import MAX_NAME_CHARACTERS, MAX_STRING_CHARACTERS
from muster.scim.schema import ENTERPRISE_USER
from muster.scim.validate import read_body
from tests.scim.patching import group, of, patch, user

BOTH = pytest.mark.parametrize("dialect", [DEFAULT, STRICT], ids=lambda dialect: dialect.name)
SCHEMAS = [of("User").schema.id, ENTERPRISE_USER]


def read(dialect: Dialect, **values: Any) -> dict[str, Any]:
    """Read the body of a user."""
    body = {"schemas": SCHEMAS, "userName": "u", **values}
    return read_body(of("User"), body, dialect, Notes()).document


@BOTH
@pytest.mark.parametrize("letter", ["a", "å"])
@pytest.mark.parametrize("name", ["userName", "displayName", "externalId"])
def test_a_name_has_its_limit(name: str, letter: str, dialect: Dialect) -> None:
    """In characters, whichever they are."""
    longest = letter * MAX_NAME_CHARACTERS
    assert read(dialect, **{name: longest})[name] == longest
    with pytest.raises(InvalidValue, match=f"^{name}: at most 1024 characters") as refused:
        read(dialect, **{name: longest + letter})
    assert refused.value.code == "value-too-large"


@BOTH
@pytest.mark.parametrize("letter", ["a", "å"])
@pytest.mark.parametrize(
    "where, around",
    [
        ("title", lambda text: {"title": text}),
        ("name.familyName", lambda text: {"name": {"familyName": text}}),
        ("emails[1].value", lambda text: {"emails": [{"value": "x"}, {"value": text, "type": "work"}]}),
        (f"{ENTERPRISE_USER}:department", lambda text: {ENTERPRISE_USER: {"department": text}}),
    ],
)
def test_any_string_has_a_limit(where: str, around: Any, letter: str, dialect: Dialect) -> None:
    """Wherever it is in a body."""
    longest = letter * MAX_STRING_CHARACTERS
    given = around(longest)
    assert given.items() <= read(dialect, **given).items()
    with pytest.raises(InvalidValue) as refused:
        read(dialect, **around(longest + letter))
    assert refused.value.detail == f"{where}: at most 65536 characters"


@pytest.mark.parametrize(
    "operation",
    [
        {"path": "title", "value": "a" * 65_537},
        {"value": {"title": "a" * 65_537}},
        {"path": "name.givenName", "value": "å" * 65_537},
        {"path": "emails", "value": [{"value": "a" * 65_537}]},
        {"path": 'emails[type eq "work"].value', "value": "a" * 65_537},
        {"path": "userName", "value": "a" * 1025},
        {"path": "externalId", "value": "å" * 1025},
    ],
)
def test_a_patch_has_the_same_limits(operation: dict[str, Any]) -> None:
    """With a path, without, and through a filter."""
    with pytest.raises(InvalidValue, match=r"at most (65536|1024) characters"):
        patch(user(emails=[{"value": "x", "type": "work"}]), {"op": "replace", **operation})


def test_the_id_of_a_member_has_a_limit() -> None:
    """No id of ours is nearly as long."""
    operation = {"op": "add", "path": "members", "value": [{"value": "a" * 1025}]}
    with pytest.raises(InvalidValue, match=r"members\[0\].value: expected the id of a member, 1 to 1024"):
        patch(group(), operation)
