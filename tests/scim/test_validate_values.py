"""Reading JSON values as attribute values: types, emptiness, elements, and what each dialect lets pass."""

from __future__ import annotations

import base64
import json
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.scim.catalog import builtin, with_extensions
from muster.scim.dialect import DEFAULT, STRICT, Dialect, Notes
from muster.scim.errors import InvalidSyntax, InvalidValue, ScimError
from muster.scim.read import read_value
from muster.scim.schema import Attribute, ResourceType
from muster.scim.value import key

VECTORS = Path(__file__).parent.parent / "vectors" / "filters.json"
BOTH = pytest.mark.parametrize("dialect", [DEFAULT, STRICT], ids=lambda dialect: dialect.name)


@cache
def user() -> ResourceType:
    """Return User with the extension that has one attribute of every type."""
    return with_extensions(builtin(), [json.loads(VECTORS.read_text())["schemas"][0]]).user


def attribute(name: str) -> Attribute:
    """Return an attribute of User, or of one of its extensions, by its own name."""
    return next(one for one in user().every_attribute() if one.name == name)


def read(name: str, value: object, dialect: Dialect = DEFAULT, notes: Notes | None = None) -> Any:
    """Read one value."""
    return read_value(attribute(name), value, dialect, notes or Notes())


def rules(name: str, value: object) -> set[str]:
    """Return the tolerances that reading a value in the default dialect used."""
    notes = Notes()
    read(name, value, DEFAULT, notes)
    return {note.rule for note in notes.items}


@BOTH
@pytest.mark.parametrize(
    "name, value",
    [
        ("title", "Chief"), ("title", " "), ("title", "\U0001d4b3 ✓"), ("active", False), ("level", 0), ("level", -(2**63)),
        ("score", Decimal("1.50")), ("score", 7), ("startDate", "2024-02-29T00:00:00.123456789+02:00"),
        ("startDate", "0001-01-01T00:00:00+14:00"), ("blob", "AQ=="), ("blob", "AQ"), ("blob", "AQID"),
        ("site", "https://example.com/A"), ("site", "../Users/1"), ("tags", ["red", "Blue"]), ("codes", ["X1", "x1"]),
        ("badge", {"code": "A", "floor": 1}), ("emails", [{"value": "a@b", "primary": True}, {"value": "c@d"}]),
        ("emails", [{"value": "a@b", "type": "work"}, {"value": "c@d", "type": "work"}]),
        ("addresses", [{"type": "work"}]),
    ],
)  # fmt: skip
def test_a_value_of_its_type_is_kept_as_it_is(name: str, value: object, dialect: Dialect) -> None:
    """No value is transformed on its way in (R006 to R012, R043)."""
    assert read(name, value, dialect) == value


@BOTH
@pytest.mark.parametrize(
    "name, value",
    [
        ("title", 5), ("title", True), ("title", b"x"), ("title", {"value": "x"}),
        ("active", 1), ("active", "yes"), ("active", Decimal(1)), ("level", Decimal("1.0")), ("level", Decimal("1E+3")),
        ("level", 1.0), ("level", "1"), ("level", True), ("level", 2**63), ("level", 10**400), ("score", "1.5"),
        ("score", Decimal("NaN")), ("score", Decimal("1E+400")), ("score", Decimal("1." + "1" * 200)), ("score", 10**400),
        ("startDate", "2024-02-29"), ("startDate", "2024-02-29T24:61:00Z"), ("startDate", "tomorrow"), ("startDate", 5),
        ("startDate", "2023-02-29T00:00:00Z"), ("startDate", "2024-02-29T00:00:00+25:00"), ("blob", "A"), ("blob", "A-_A"),
        ("blob", "AQ="), ("blob", "AQID="), ("blob", " AQID"), ("site", 5), ("tags", [["red"]]), ("tags", {"value": "red"}),
        ("emails", [5]), ("emails", [[]]), ("emails", 5), ("badge", 5), ("badge", "A1"), ("title", "a\x00b"),
        ("title", "\ud800"), ("emails", [{"value": "a\x00"}]), ("title", ["a", "b"]), ("title", [["a"]]),
        ("emails", [{"value": "a", "primary": True}, {"value": "b", "primary": True}]),
    ],
)  # fmt: skip
def test_a_value_of_another_type_is_refused_by_name(name: str, value: object, dialect: Dialect) -> None:
    """The error is invalidValue and names the attribute (R131)."""
    with pytest.raises(InvalidValue) as refusal:
        read(name, value, dialect)
    assert attribute(name).path in refusal.value.detail


@BOTH
@pytest.mark.parametrize(
    "name, value",
    [("title", None), ("title", []), ("emails", None), ("emails", []), ("emails", [None, {}]), ("name", {}),
     ("name", {"givenName": None}), ("badge", []), ("emails", [{"value": None}]), ("active", None)],
)  # fmt: skip
def test_null_and_empty_are_unassigned(name: str, value: object, dialect: Dialect) -> None:
    """Null, [] and {} are the same state as absent (R020, R022)."""
    assert read(name, value, dialect) is None


@pytest.mark.parametrize(
    "name", ["title", "externalId", "emails", "manager", "active", "startDate", "level", "site"]
)
def test_an_empty_string_clears_by_default(name: str) -> None:
    """Entra clears optional attributes with "" (catalogue 24, 58); it is noted."""
    assert read(name, "") is None
    assert rules(name, "") == {"empty_is_unassigned"}


def test_an_empty_string_is_a_value_of_a_string_when_strict() -> None:
    """For other types, and for identifiers, it is no value (R021)."""
    assert read("title", "", STRICT) == ""
    for name in ("externalId", "active", "startDate", "level", "manager", "userName"):
        with pytest.raises(InvalidValue):
            read(name, "", STRICT)


@BOTH
def test_a_required_string_is_not_empty(dialect: Dialect) -> None:
    """An empty userName is refused, never taken for absent (R021, R056)."""
    with pytest.raises(InvalidValue, match="userName"):
        read("userName", "", dialect)


def test_a_date_time_without_zone_is_utc() -> None:
    """It is stored with Z (R010)."""
    assert read("startDate", "2024-02-29T10:00:00.5") == "2024-02-29T10:00:00.5Z"


@pytest.mark.parametrize(
    "name, value, expected, rule",
    [
        ("active", "False", False, "string_booleans"),
        ("active", "true", True, "string_booleans"),
        ("emails", [{"value": "a", "primary": "True"}], [{"value": "a", "primary": True}], "string_booleans"),
        ("manager", "26118915", {"value": "26118915"}, "bare_values"),
        ("roles", '{"id":"1"}', [{"value": '{"id":"1"}'}], "bare_values"),
        ("manager", [{"value": "x"}], {"value": "x"}, "single_from_list"),
        ("title", ["x"], "x", "single_from_list"),
        ("roles", [{"value": "a", "displayName": "A"}], [{"value": "a"}], "unknown_attributes"),
        ("manager", {"managerId": "1", "displayName": "B"}, None, "unknown_attributes"),
    ],
)
def test_what_clients_are_known_to_send_is_understood_and_noted(
    name: str, value: object, expected: object, rule: str
) -> None:
    """By default the stored value is right and the note says what was done; strict refuses it (catalogue 10, 15, 22, 30)."""
    assert read(name, value) == expected
    assert rule in rules(name, value)
    with pytest.raises(ScimError):
        read(name, value, STRICT)


@BOTH
def test_names_match_in_any_letter_case(dialect: Dialect) -> None:
    """Sub-attribute names become the schema's (R001)."""
    assert read("emails", [{"VALUE": "a", "Primary": True}], dialect) == [{"value": "a", "primary": True}]


@BOTH
def test_names_that_differ_in_case_only_are_refused(dialect: Dialect) -> None:
    """Which of the two would count is not ours to guess (R003)."""
    with pytest.raises(InvalidSyntax):
        read("name", {"givenName": "a", "givenname": "b"}, dialect)


@BOTH
def test_a_single_object_is_a_list_of_one(dialect: Dialect) -> None:
    """Multi-valued attributes take both forms (R216)."""
    assert read("emails", {"value": "a"}, dialect) == [{"value": "a"}]


@BOTH
def test_a_pair_of_type_and_value_is_kept_once(dialect: Dialect) -> None:
    """The same (type, value) folds into the first, losing nothing that only the second says (R018)."""
    twice = [
        {"value": "A@b", "type": "work"},
        {"value": "a@B", "type": "work", "primary": True},
        {"value": "a@b"},
    ]
    assert read("emails", twice, dialect) == [
        {"value": "A@b", "type": "work", "primary": True},
        {"value": "a@b"},
    ]
    assert read("tags", ["red", "RED", "blue"], dialect) == ["red", "blue"]


@BOTH
def test_read_only_sub_attributes_are_left_aside(dialect: Dialect) -> None:
    """manager.displayName is derived (R089)."""
    assert read("manager", {"value": "1", "displayName": "Boss"}, dialect) == {"value": "1"}


def certificate(*parts: bytes) -> str:
    """Return base64 of a DER SEQUENCE of the parts."""
    body = b"".join(parts)
    return base64.b64encode(b"\x30\x82" + len(body).to_bytes(2, "big") + body).decode()


SEQUENCE, BITS = b"\x30\x01\x00", b"\x03\x01\x00"
ONE = certificate(SEQUENCE, SEQUENCE, BITS)


@pytest.mark.parametrize(
    "name, good, bad",
    [
        ("profileUrl", ["https://example.com/u", "HTTP://x"], ["javascript:alert(1)", "x", "https:///", "//x", "https://[", "https://\u00fc.example/"]),
        ("photos", [[{"value": "https://example.com/p.png"}]], [[{"value": "data:image/png;base64,AA"}]]),
        ("preferredLanguage", ["en", "en-US;q=0.8, fr", "*"], ["en_US", "en US", ";q=1", "en;q=2"]),
        ("locale", ["en-US", "en_US", "de"], ["en US", "-", "HNULHBRGUHWA"]),
        ("timezone", ["Europe/Zurich", "America/Goose_Bay", "UTC", "Etc/GMT+1"], ["Europe Zurich", "+01:00", "/x"]),
        ("addresses", [[{"country": "CH"}]], [[{"country": "USA"}], [{"country": "Gibraltar"}]]),
        ("x509Certificates", [[{"value": ONE}]], [
            [{"value": base64.b64encode(base64.b64decode(ONE) * 2).decode()}], [{"value": certificate(base64.b64decode(ONE))}],
            [{"value": "AQID"}], [{"value": certificate(SEQUENCE, SEQUENCE, BITS)[:-4]}],
        ]),
    ],
)  # fmt: skip
def test_formats_bind_the_strict_dialect_only(name: str, good: list[object], bad: list[object]) -> None:
    """Microsoft's validator sends nonsense and must be served; strict holds to the schema (R061 to R064, R072, R074, R078)."""
    for value in good:
        assert read(name, value, STRICT) == value
    for value in bad:
        assert read(name, value) == value
        with pytest.raises(InvalidValue, match="expected"):
            read(name, value, STRICT)


@BOTH
def test_a_pem_certificate_is_no_base64(dialect: Dialect) -> None:
    """R078: binary is base64 and nothing around it."""
    with pytest.raises(InvalidValue):
        read("x509Certificates", [{"value": "-----BEGIN CERTIFICATE-----"}], dialect)


def json_values() -> st.SearchStrategy[Any]:
    """Return any JSON value, with the names of attributes among its own."""
    names = st.sampled_from(["value", "VALUE", "type", "primary", "givenName", "$ref", "x", ""]) | st.text(
        max_size=3
    )
    leaves = (
        st.none()
        | st.booleans()
        | st.integers()
        | st.decimals()
        | st.text(st.characters(), max_size=5)
        | st.sampled_from(["", "True", "AQID"])
    )
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
        max_leaves=8,
    )


@given(st.sampled_from(list(user().every_attribute())), json_values(), st.sampled_from([DEFAULT, STRICT]))
def test_any_json_is_read_or_refused(one: Attribute, value: Any, dialect: Dialect) -> None:
    """Nothing but a value or a SCIM error comes out, and what comes out reads as itself and has keys (law 12)."""
    try:
        found = read_value(one, value, dialect, Notes())
    except ScimError as error:
        error.detail.encode()
        return
    if found is not None:
        notes = Notes()
        assert read_value(one, found, dialect, notes) == found
        assert not notes.items
        for leaf, part in leaves(one, found):
            key(leaf, part)


def leaves(one: Attribute, value: Any) -> list[tuple[Attribute, Any]]:
    """Return the simple values of a canonical value with their attributes."""
    if isinstance(value, list):
        return [leaf for item in value for leaf in leaves(one, item)]
    if isinstance(value, dict):
        return [
            leaf for name, part in value.items() for leaf in leaves(one.sub_attributes[name.lower()], part)
        ]
    return [(one, value)]
