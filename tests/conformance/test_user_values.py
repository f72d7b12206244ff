"""RFC 7643 §4.1.2: the multi-valued attributes of User (R069 to R079)."""

import socket
from typing import Any

import pytest

from tests.conformance.bodies import USER, user
from tests.conformance.expect import (
    add,
    by_mode,
    done,
    found,
    modified,
    new_group,
    new_user,
    read,
    refused,
    remove,
    replace,
    unchanged,
)
from tests.conformance.marks import requirement
from tests.harness.client import ScimClient

CERTIFICATE = (
    "MIIBejCCASGgAwIBAgIUWBoRaD/TJ7VQ25TAi7kN07aFoP8wCgYIKoZIzj0EAwIwEjEQMA4GA1UEAwwHYmplbnNlbjAgFw0yNjEx"
    "MjIxMzI0NDRaGA8yMTI2MTAyOTEzMjQ0NFowEjEQMA4GA1UEAwwHYmplbnNlbjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABGtO"
    "FPxKRwQPIRLLoDqGsV01Lna3FHJ7wA/SU6a+KSDO+GnCbdNxvuD2RLabR9esjK03V5M2+PyPr5ykf1faDyqjUzBRMB0GA1UdDgQW"
    "BBQPFCTQzwvDSLzLxKdC7W7zgx6vsjAfBgNVHSMEGDAWgBQPFCTQzwvDSLzLxKdC7W7zgx6vsjAPBgNVHRMBAf8EBTADAQH/MAoG"
    "CCqGSM49BAMCA0cAMEQCIGe/sk8aaspZYMHqBiVZ2Ow58mGYMv7aQlf0UNQ/KuqrAiAOWJHChj3Pj/s8rYjUOnxE8K5gYlDKaEI1"
    "PSMnFg+u5Q=="
)
PLURALS = ["emails", "phoneNumbers", "ims", "photos", "entitlements", "roles", "x509Certificates"]
ADDRESS = ["formatted", "streetAddress", "locality", "region", "postalCode", "country", "type", "primary"]


def parts(scim: ScimClient, name: str) -> dict[str, dict[str, Any]]:
    """The published sub-attributes of an attribute of User, by name."""
    (definition,) = (one for one in read(scim, f"/Schemas/{USER}")["attributes"] if one["name"] == name)
    assert definition["multiValued"] is True
    return {sub["name"]: sub for sub in definition["subAttributes"]}


def kept(scim: ScimClient, name: str, *values: dict[str, Any]) -> None:
    """The values come back as they were sent."""
    made = new_user(scim, **{name: list(values)})
    assert read(scim, f"/Users/{made['id']}")[name] == list(values)


@requirement("R069")
def test_r069_emails(scim: ScimClient) -> None:
    """An e-mail address keeps its case, is compared without it, and needs no form."""
    values: list[dict[str, Any]] = [
        {"value": "Anna@Example.COM", "type": "work", "primary": True, "display": "A"},
        {"value": "odd"},
    ]
    kept(scim, "emails", *values)

    assert set(parts(scim, "emails")) == {"value", "display", "type", "primary"}
    assert len(found(scim, 'emails.value eq "anna@example.com"')) == 1


@requirement("R070")
def test_r070_phone_numbers(scim: ScimClient) -> None:
    """Phone numbers of any form are kept, not reformatted."""
    kept(
        scim,
        "phoneNumbers",
        {"value": "tel:+1-201-555-0123", "type": "work"},
        {"value": "+1 (555) 010 99 x7"},
    )

    kinds = parts(scim, "phoneNumbers")["type"]["canonicalValues"]
    assert set(kinds) == {"work", "home", "mobile", "fax", "pager", "other"}


@requirement("R071")
def test_r071_ims(scim: ScimClient) -> None:
    """Instant-messaging addresses and their types."""
    kept(scim, "ims", {"value": "someaimhandle", "type": "aim"})

    kinds = parts(scim, "ims")["type"]["canonicalValues"]
    assert set(kinds) == {"aim", "gtalk", "icq", "xmpp", "msn", "skype", "qq", "yahoo"}


@requirement("R072")
def test_r072_photos(scim: ScimClient) -> None:
    """Photos are external references that the server stores and does not fetch."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        port = listener.getsockname()[1]
        kept(scim, "photos", {"value": f"http://127.0.0.1:{port}/a.png", "type": "photo"})
        with pytest.raises(BlockingIOError):
            listener.accept()

    published = parts(scim, "photos")
    assert (published["value"]["type"], published["value"]["referenceTypes"]) == ("reference", ["external"])
    assert set(published["type"]["canonicalValues"]) == {"photo", "thumbnail"}


@requirement("R072")
def test_r072_photos_of_other_schemes(scim: ScimClient) -> None:
    """A photo that is no web address is kept by default, and refused when strict."""
    photos = [{"value": "javascript:alert(1)", "type": "photo"}]
    made = by_mode(scim, scim.post("/Users", user(photos=photos)), 201, "invalidValue")

    assert scim.strict or made["photos"] == photos


@requirement("R073")
def test_r073_addresses(scim: ScimClient) -> None:
    """All sub-attributes of an address are published and kept, primary included."""
    address: dict[str, Any] = {part: f"a {part}" for part in ADDRESS}
    kept(scim, "addresses", address | {"type": "work", "country": "US", "primary": True})

    published = parts(scim, "addresses")
    assert set(published) >= set(ADDRESS)
    assert set(published["type"]["canonicalValues"]) == {"work", "home", "other"}


@requirement("R074", "R287")
@pytest.mark.parametrize("country", ["USA", "Germany", "D"])
def test_r074_countries_are_two_letters(scim: ScimClient, country: str) -> None:
    """Another country than a two-letter code is kept by default, and refused when strict."""
    kept(scim, "addresses", {"country": "US"}, {"country": "de"})
    addresses = [{"country": country, "type": "work"}]
    made = by_mode(scim, scim.post("/Users", user(addresses=addresses)), 201, "invalidValue")

    assert scim.strict or made["addresses"] == addresses


@requirement("R075")
def test_r075_groups_are_read_only(scim: ScimClient) -> None:
    """The groups of a user are ignored in POST and PUT, an error in PATCH, and follow the group."""
    crowd = new_group(scim)
    wish = [{"value": crowd["id"]}]
    made = new_user(scim, groups=wish)
    target = f"/Users/{made['id']}"
    assert "groups" not in made
    assert "groups" not in done(scim.put(target, user(userName=made["userName"], groups=wish)))

    with unchanged(scim, target):
        for change in (add("groups", wish), replace("groups", wish), remove("groups")):
            refused(scim.patch(target, change), 400, "mutability")
    modified(scim, f"/Groups/{crowd['id']}", add("members", [{"value": made["id"]}]))
    (membership,) = read(scim, target)["groups"]
    assert membership == {
        "value": crowd["id"],
        "$ref": crowd["meta"]["location"],
        "display": crowd["displayName"],
        "type": "direct",
    }


@requirement("R076")
def test_r076_nested_membership_is_indirect(scim: ScimClient) -> None:
    """A user in a group in a group has the inner one directly and the outer one indirectly."""
    made = new_user(scim)
    inner = new_group(scim, made["id"])
    outer = new_group(scim, inner["id"])

    kinds = {group["value"]: group["type"] for group in read(scim, f"/Users/{made['id']}")["groups"]}
    assert kinds == {inner["id"]: "direct", outer["id"]: "indirect"}


@requirement("R077")
def test_r077_roles_and_entitlements_are_data(scim: ScimClient) -> None:
    """Roles and entitlements come back as sent, whatever they claim; several may have one type."""
    kept(
        scim,
        "roles",
        {"value": "admin", "type": "x", "display": "Admin", "primary": True},
        {"value": "b", "type": "x"},
    )
    kept(scim, "entitlements", {"value": "everything"})


@requirement("R078")
def test_r078_one_certificate_per_value(scim: ScimClient) -> None:
    """A DER certificate in base64 is accepted."""
    kept(scim, "x509Certificates", {"value": CERTIFICATE})


@requirement("R078")
@pytest.mark.parametrize("value", ["MIIB", CERTIFICATE[:-4], CERTIFICATE[:-2] + "AA"])
def test_r078_other_bytes_are_no_certificate(scim: ScimClient, value: str) -> None:
    """Cut or prolonged DER is kept as bytes by default, and refused when strict."""
    body = user(x509Certificates=[{"value": value}])

    by_mode(scim, scim.post("/Users", body), 201, "invalidValue")


@requirement("R078")
def test_r078_text_is_no_certificate(scim: ScimClient) -> None:
    """PEM is refused when strict; by default nothing else than what was sent is stored."""
    pem = f"-----BEGIN CERTIFICATE-----\n{CERTIFICATE}\n-----END CERTIFICATE-----\n"
    answer = scim.post("/Users", user(x509Certificates=[{"value": pem}]))

    if scim.strict or answer.status != 201:
        refused(answer, 400, "invalidValue")
    else:
        assert answer.body["x509Certificates"] == [{"value": pem}]


@requirement("R079")
def test_r079_plurals_publish_their_parts(scim: ScimClient) -> None:
    """Each multi-valued attribute publishes value, display, type and primary; groups its own."""
    for name in PLURALS:
        assert set(parts(scim, name)) >= {"value", "display", "type", "primary"}, name
    assert set(parts(scim, "groups")) >= {"value", "$ref", "display", "type"}
