"""RFC 7643 §2: attribute names, data types and what counts as a value (R001 to R012)."""

import json
from typing import Any

import pytest

from tests.conformance.bodies import (
    ENTERPRISE,
    EXTENSION,
    USER,
    attribute,
    compact,
    enterprise_user,
    extended_user,
    fresh,
    group,
    user,
)
from tests.conformance.expect import by_mode, done, found, listed, modified, new_user, read, refused, replace
from tests.conformance.marks import Extend, requirement
from tests.harness.client import ScimClient
from tests.harness.server import CommandFailed

TYPES = {"string", "boolean", "decimal", "integer", "dateTime", "binary", "reference", "complex"}


@requirement("R001")
def test_r001_names_match_in_any_case(scim: ScimClient) -> None:
    """Body keys, paths, filters and the attributes parameter ignore the case of names."""
    name = fresh()
    made = done(scim.post("/Users", {"SCHEMAS": [USER], "USERNAME": name, "Name": {"GIVENNAME": "A"}}), 201)
    target = f"/Users/{made['id']}"

    assert (made["userName"], made["name"]) == (name, {"givenName": "A"})
    assert modified(scim, target, replace("NICKname", "N"))["nickName"] == "N"
    assert found(scim, f'USERname eq "{name}"') == {made["id"]}
    assert read(scim, target, attributes="NICKNAME")["nickName"] == "N"


@requirement("R002")
@pytest.mark.parametrize("name", ["1abc", "a.b", "a b", "__proto__", "", "-a"])
def test_r002_bad_attribute_names_are_refused(scim: ScimClient, extend: Extend, name: str) -> None:
    """A custom schema whose attribute name is outside the grammar does not get in."""
    with pytest.raises(CommandFailed):
        extend(attribute(name))

    assert EXTENSION not in {schema["id"] for schema in listed(scim, "/Schemas")["Resources"]}


@requirement("R003")
@pytest.mark.parametrize(
    "tail",
    [
        b',"userName":"other"}',
        b',"username":"other"}',
        b',"name":{"givenName":"a","givenName":"b"}}',
        b',"name":{"givenName":"a","GIVENNAME":"b"}}',
        b',"emails":[{"value":"a@example.com","value":"b@example.com"}]}',
    ],
)
def test_r003_duplicate_keys_are_refused(scim: ScimClient, tail: bytes) -> None:
    """The same key twice in one object, spelled alike or in another case, is a syntax error."""
    body = compact(user())

    refused(scim.post("/Users", raw=body[:-1] + tail), 400, "invalidSyntax")
    assert listed(scim)["totalResults"] == 0


@requirement("R004")
def test_r004_characteristics_have_defaults(scim: ScimClient, extend: Extend) -> None:
    """An attribute that is registered with its name only is published with the defaults."""
    extend(attribute("plain"))

    (published,) = read(scim, f"/Schemas/{EXTENSION}")["attributes"]
    expected = {
        "name": "plain",
        "type": "string",
        "multiValued": False,
        "required": False,
        "caseExact": False,
        "mutability": "readWrite",
        "returned": "default",
        "uniqueness": "none",
    }
    assert expected.items() <= published.items()
    assert not published.get("canonicalValues")


@requirement("R005")
def test_r005_no_other_data_types(scim: ScimClient, extend: Extend) -> None:
    """A schema with a type of its own invention is refused; only the eight types are published."""
    with pytest.raises(CommandFailed):
        extend(attribute("price", type="money"))

    for schema in listed(scim, "/Schemas")["Resources"]:
        for published in schema["attributes"]:
            inner = published.get("subAttributes", [])
            assert {published["type"], *(sub["type"] for sub in inner)} <= TYPES


@requirement("R006")
@pytest.mark.parametrize(("sent", "stored"), [("False", False), ("true", True)])
def test_r006_booleans_as_strings(scim: ScimClient, sent: str, stored: bool) -> None:
    """A boolean that is sent as a string is stored as a boolean by default, and refused when strict."""
    made = by_mode(scim, scim.post("/Users", user(active=sent, nickName=sent)), 201, "invalidValue")

    if not scim.strict:
        assert made["active"] is stored
        assert made["nickName"] == sent


@requirement("R006")
@pytest.mark.parametrize("sent", [1, "yes", [True, True], {"value": True}])
def test_r006_other_types_are_no_booleans(scim: ScimClient, sent: Any) -> None:
    """Numbers, words, arrays and objects are not taken for a boolean."""
    refused(scim.post("/Users", user(active=sent)), 400, "invalidValue")


@requirement("R007")
@pytest.mark.parametrize("literal", ["1.0", "1e3", "1.5", "1" + "0" * 400, "9" * 5000, '"7"', "true"])
def test_r007_integers_are_whole(scim: ScimClient, extend: Extend, literal: str) -> None:
    """Fractions, exponents, other types and numbers beyond bounds are refused."""
    extend(attribute("level", type="integer"))
    raw = compact(extended_user(level="@")).replace(b'"@"', literal.encode())

    refused(scim.post("/Users", raw=raw), 400, "invalidValue", "invalidSyntax")


@requirement("R007")
@pytest.mark.parametrize("value", [0, -1, 2147483648, 9007199254740993])
def test_r007_integers_come_back(scim: ScimClient, extend: Extend, value: int) -> None:
    """Whole numbers of 64 bits come back as they were sent."""
    extend(attribute("level", type="integer"))
    made = new_user(scim, extended_user(level=value))

    assert read(scim, f"/Users/{made['id']}")[EXTENSION] == {"level": value}


@requirement("R008")
@pytest.mark.parametrize("literal", ["0.1", "1.50", "-2.25", "1234567890.12345", "7", "1E3"])
def test_r008_decimals_come_back(scim: ScimClient, extend: Extend, literal: str) -> None:
    """A decimal comes back with its value."""
    extend(attribute("score", type="decimal"))
    raw = compact(extended_user(score="@")).replace(b'"@"', literal.encode())
    made = done(scim.post("/Users", raw=raw), 201)

    assert read(scim, f"/Users/{made['id']}")[EXTENSION]["score"] == float(literal)


@requirement("R008")
@pytest.mark.parametrize("literal", [".5", "1.", "+1.5", "NaN", "Infinity", '"1.5"', "1e999"])
def test_r008_malformed_decimals_are_refused(scim: ScimClient, extend: Extend, literal: str) -> None:
    """A digit stands on each side of the point; names and strings are no numbers."""
    extend(attribute("score", type="decimal"))
    raw = compact(extended_user(score="@")).replace(b'"@"', literal.encode())

    refused(scim.post("/Users", raw=raw), 400, "invalidSyntax", "invalidValue")


@requirement("R008")
def test_r008_decimals_are_exact_or_refused(scim: ScimClient, extend: Extend) -> None:
    """A decimal of more digits than a double holds is kept exactly or refused, never altered in silence."""
    extend(attribute("score", type="decimal"))
    literal = b"0.12345678901234567890"
    answer = scim.post("/Users", raw=compact(extended_user(score="@")).replace(b'"@"', literal))

    if answer.status == 201:
        made = json.loads(answer.raw, parse_float=str)
        assert made[EXTENSION]["score"].rstrip("0") == literal.decode().rstrip("0")
    else:
        refused(answer, 400, "invalidValue")


@requirement("R009")
@pytest.mark.parametrize(
    "value",
    ["2020-01-01", "2020-01-01T24:61:00Z", "2020-13-01T00:00:00Z", "yesterday", "12:00:00Z", 1577836800],
)
def test_r009_datetimes_have_date_and_time(scim: ScimClient, extend: Extend, value: Any) -> None:
    """A date alone, an impossible time, free text and numbers are refused."""
    extend(attribute("since", type="dateTime"))

    refused(scim.post("/Users", extended_user(since=value)), 400, "invalidValue")


@requirement("R009")
def test_r009_datetimes_compare_as_instants(scim: ScimClient, extend: Extend) -> None:
    """Z, offsets and fractions are accepted, and one instant in three spellings is equal."""
    extend(attribute("since", type="dateTime"))
    spellings = ["2020-06-15T10:30:00Z", "2020-06-15T12:30:00+02:00", "2020-06-15T10:30:00.000Z"]
    same = {new_user(scim, extended_user(since=spelling))["id"] for spelling in spellings}
    later = new_user(scim, extended_user(since="2020-06-15T10:30:00.001Z"))["id"]

    assert found(scim, f'{EXTENSION}:since eq "2020-06-15T05:30:00-05:00"') == same
    assert found(scim, f'{EXTENSION}:since gt "2020-06-15T10:30:00Z"') == {later}


@requirement("R010")
def test_r010_datetimes_without_offset_are_utc(scim: ScimClient, extend: Extend) -> None:
    """A dateTime without an offset is taken as UTC and answered with one."""
    extend(attribute("since", type="dateTime"))
    made = new_user(scim, extended_user(since="2020-01-01T00:00:00"))

    assert made[EXTENSION]["since"].endswith("Z")
    assert found(scim, f'{EXTENSION}:since eq "2020-01-01T00:00:00Z"') == {made["id"]}


@requirement("R011")
@pytest.mark.parametrize("value", ["AQ==", "AQ", "AQID", "+/8="])
def test_r011_base64_is_accepted(scim: ScimClient, extend: Extend, value: str) -> None:
    """Base64 is accepted with and without padding."""
    extend(attribute("blob", type="binary"))

    assert new_user(scim, extended_user(blob=value))[EXTENSION]["blob"].rstrip("=") == value.rstrip("=")


@requirement("R011")
@pytest.mark.parametrize("value", ["@@@@", "A", "AQ=ID", "Zwölf", 5])
def test_r011_other_text_is_no_base64(scim: ScimClient, extend: Extend, value: Any) -> None:
    """Characters outside the alphabet and impossible lengths are refused."""
    extend(attribute("blob", type="binary"))

    refused(scim.post("/Users", extended_user(blob=value)), 400, "invalidValue")


@requirement("R011")
def test_r011_binaries_are_case_exact(scim: ScimClient, extend: Extend) -> None:
    """Base64 in another case is another value."""
    extend(attribute("blob", type="binary"))
    made = new_user(scim, extended_user(blob="AQID"))

    assert found(scim, f'{EXTENSION}:blob eq "AQID"') == {made["id"]}
    assert found(scim, f'{EXTENSION}:blob eq "aqid"') == set()


@requirement("R012")
def test_r012_references_are_case_exact(scim: ScimClient, extend: Extend) -> None:
    """A reference in another case is another value."""
    extend(attribute("site", type="reference", referenceTypes=["external"]))
    made = new_user(scim, extended_user(site="https://example.com/A"))

    assert found(scim, f'{EXTENSION}:site eq "https://example.com/A"') == {made["id"]}
    assert found(scim, f'{EXTENSION}:site eq "https://example.com/a"') == set()


@requirement("R012")
def test_r012_relative_references_stand_on_the_base_url(scim: ScimClient) -> None:
    """A relative $ref of a member or manager means the resource under the base URL."""
    boss = new_user(scim)
    reference = {"value": boss["id"], "$ref": f"Users/{boss['id']}"}
    crowd = done(scim.post("/Groups", group(members=[reference])), 201)
    made = new_user(scim, enterprise_user(manager=reference))

    (member,) = read(scim, f"/Groups/{crowd['id']}")["members"]
    assert member["$ref"] == f"{scim.base_url}/Users/{boss['id']}"
    assert made[ENTERPRISE]["manager"]["value"] == boss["id"]
