"""Documents as bytes, and what differs between two."""

from __future__ import annotations

from decimal import Decimal

from muster.directory.document import difference, dump, load
from muster.scim.catalog import builtin, with_extensions

_URN = "urn:example:params:measures:2.0:User"
_MEASURES = {
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
    "id": _URN,
    "name": "Measures",
    "attributes": [{"name": "height", "type": "decimal"}],
}


def test_decimals_do_not_drift() -> None:
    """More digits than a binary float has come back as they went in (R008)."""
    user = with_extensions(builtin(), [_MEASURES]).user
    document = {"userName": "a", _URN: {"height": Decimal("1.12345678901234567890123")}}
    stored = dump(document)

    assert b"1.12345678901234567890123" in stored
    assert load(user, stored) == document
    assert dump(load(user, stored)) == stored


def test_difference_names_only_what_changed() -> None:
    """Attributes that stayed are in neither state; extension objects are compared by attribute."""
    urn = "urn:x"
    before = {"userName": "a", "title": "T", urn: {"department": "A", "division": "D"}}
    after = {"userName": "a", "nickName": "N", urn: {"department": "B", "division": "D"}}

    old, new = difference(before, after)

    assert old == {"title": "T", urn: {"department": "A"}}
    assert new == {"nickName": "N", urn: {"department": "B"}}


def test_true_and_one_are_different_values() -> None:
    """Python's equality of True and 1 does not hide a change."""
    assert difference({"x": True}, {"x": 1}) == ({"x": True}, {"x": 1})
