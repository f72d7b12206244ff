"""RFC 7643 §4.1.1: the single-valued attributes of User (R056 to R068)."""

from typing import Any

import pytest

from tests.conformance.bodies import USER, fresh, user
from tests.conformance.expect import by_mode, done, found, modified, new_user, read, refused, remove, replace
from tests.conformance.marks import requirement
from tests.harness.client import ScimClient
from tests.harness.inside import places_of
from tests.harness.server import RunningServer

NAME_PARTS = ["formatted", "familyName", "givenName", "middleName", "honorificPrefix", "honorificSuffix"]


def definition(scim: ScimClient, name: str, urn: str = USER) -> dict[str, Any]:
    """The published definition of an attribute."""
    (found_one,) = (one for one in read(scim, f"/Schemas/{urn}")["attributes"] if one["name"] == name)
    return dict(found_one)


def kept_or_refused(scim: ScimClient, name: str, value: Any) -> None:
    """By default the value is kept as it was sent; when strict it is refused."""
    made = by_mode(scim, scim.post("/Users", user(**{name: value})), 201, "invalidValue")

    assert scim.strict or made[name] == value


@requirement("R056")
def test_r056_user_name_as_published(scim: ScimClient) -> None:
    """The published characteristics of userName are the RFC's."""
    expected = {
        "type": "string",
        "multiValued": False,
        "required": True,
        "caseExact": False,
        "mutability": "readWrite",
        "returned": "default",
        "uniqueness": "server",
    }

    assert expected.items() <= definition(scim, "userName").items()


@requirement("R056")
@pytest.mark.parametrize("value", [None, "", 5, ["x", "y"], {"value": "x"}, True])
def test_r056_user_name_is_a_non_empty_string(scim: ScimClient, value: Any) -> None:
    """Nothing but a non-empty string is a userName."""
    refused(scim.post("/Users", user(userName=value)), 400, "invalidValue")
    refused(scim.post("/Users", {"schemas": [USER]}), 400, "invalidValue")


@requirement("R057")
@pytest.mark.parametrize(
    "first, second",
    [("BJensen", "bjensen"), ("\uff2a\uff4f\uff48\uff4e", "john"), ("A\u030angstrom", "\u00e5ngstrom")],
)
def test_r057_user_names_differing_by_spelling_conflict(scim: ScimClient, first: str, second: str) -> None:
    """Case, width and normalisation make no other userName."""
    new_user(scim, userName=first)

    refused(scim.post("/Users", user(userName=second)), 409, "uniqueness")


@requirement("R058")
def test_r058_name_has_its_parts(scim: ScimClient) -> None:
    """The six sub-attributes of name are published and come back as they were sent."""
    name = {part: f"the {part}" for part in NAME_PARTS}

    assert [sub["name"] for sub in definition(scim, "name")["subAttributes"]] == NAME_PARTS
    made = new_user(scim, name=name)
    assert read(scim, f"/Users/{made['id']}")["name"] == name


@requirement("R059")
def test_r059_formatted_is_neither_invented_nor_dropped(scim: ScimClient) -> None:
    """The name.formatted of a user is what the client sent, also when a part changes."""
    bare = new_user(scim, name={"givenName": "A", "familyName": "B"})
    full = new_user(scim, name={"givenName": "A", "formatted": "A B"})

    assert "formatted" not in bare["name"]
    changed = modified(scim, f"/Users/{full['id']}", replace("name.givenName", "C"))
    assert changed["name"] == {"givenName": "C", "formatted": "A B"}


@requirement("R060")
@pytest.mark.parametrize("name", ["displayName", "nickName", "title", "userType"])
def test_r060_plain_strings(scim: ScimClient, name: str) -> None:
    """Each is an optional string that comes back as it was sent; other types are refused."""
    made = new_user(scim, **{name: "  Œuvre d'Art 中 "})

    assert made[name] == "  Œuvre d'Art 中 "
    assert definition(scim, name)["type"] == "string"
    assert definition(scim, name)["required"] is False
    for wrong in (5, True, ["x", "y"], {"a": "b"}):
        refused(scim.post("/Users", user(**{name: wrong})), 400, "invalidValue")


@requirement("R061")
@pytest.mark.parametrize(
    "value", ["javascript:alert(1)", "data:text/html,x", "ftp://example.com/a", "not a url"]
)
def test_r061_profile_urls_of_other_schemes(scim: ScimClient, value: str) -> None:
    """A profileUrl that is no http or https URL is kept as text by default, and refused when strict."""
    kept_or_refused(scim, "profileUrl", value)


@requirement("R061")
@pytest.mark.parametrize("value", ["https://login.example.com/bjensen", "http://example.com/?a=b#c"])
def test_r061_profile_urls(scim: ScimClient, value: str) -> None:
    """Web addresses are accepted in both modes."""
    assert new_user(scim, profileUrl=value)["profileUrl"] == value
    assert definition(scim, "profileUrl")["referenceTypes"] == ["external"]


@requirement("R062", "R290")
@pytest.mark.parametrize("value", ["en-US", "en-US;q=0.8, fr", "da, en-gb;q=0.8, en;q=0.7"])
def test_r062_preferred_language(scim: ScimClient, value: str) -> None:
    """The syntax of Accept-Language, with hyphens, is accepted as sent."""
    assert new_user(scim, preferredLanguage=value)["preferredLanguage"] == value


@requirement("R063")
@pytest.mark.parametrize("value", ["en", "en-US", "zh-Hant-TW", "de-CH"])
def test_r063_locales(scim: ScimClient, value: str) -> None:
    """Language tags are accepted."""
    assert new_user(scim, locale=value)["locale"] == value


@requirement("R063")
@pytest.mark.parametrize("value", ["english please", "!!", "-en"])
def test_r063_other_text_is_no_locale(scim: ScimClient, value: str) -> None:
    """What is no language tag is kept by default, and refused when strict."""
    kept_or_refused(scim, "locale", value)


@requirement("R064")
@pytest.mark.parametrize("value", ["America/Los_Angeles", "Europe/Berlin", "Etc/UTC", "Mars/Olympus_Mons"])
def test_r064_timezones(scim: ScimClient, value: str) -> None:
    """IANA names, and names that the server has never heard of, come back as sent."""
    assert new_user(scim, timezone=value)["timezone"] == value


@requirement("R065")
def test_r065_active_turns_off_and_on(scim: ScimClient) -> None:
    """A user is deactivated and reactivated; nothing but a boolean will do."""
    made = new_user(scim, active=True)
    target = f"/Users/{made['id']}"

    assert modified(scim, target, replace("active", False))["active"] is False
    assert found(scim, "active eq false") == {made["id"]}
    refused(scim.patch(target, replace("active", "perhaps")), 400, "invalidValue")
    assert modified(scim, target, replace("active", True))["active"] is True


@requirement("R066")
def test_r066_active_left_out(scim: ScimClient) -> None:
    """Without active a POST makes an active user, and a PUT leaves it as it is."""
    made = new_user(scim)
    target = f"/Users/{made['id']}"
    body = user(userName=made["userName"])
    assert made["active"] is True
    assert done(scim.put(target, body))["active"] is True

    modified(scim, target, replace("active", False))
    assert done(scim.put(target, body))["active"] is False


@requirement("R067")
def test_r067_password_is_discarded(scim: ScimClient, server: RunningServer) -> None:
    """A password is accepted in POST, PUT and PATCH, never answered, and in no file of the database."""
    canary = fresh("canary")
    created = scim.post("/Users", user(password=canary))
    target = f"/Users/{done(created, 201)['id']}"
    name = {"userName": created.body["userName"]}
    answers = [
        created,
        scim.put(target, user(password=canary) | name),
        scim.patch(target, replace("password", canary)),
        scim.patch(target, {"op": "replace", "value": {"password": canary}}),
        scim.get(target),
    ]

    assert [answer.status for answer in answers] == [201, 200, 200, 200, 200]
    assert not any("password" in answer.body for answer in answers)
    assert set(places_of(server, [canary, name["userName"]])) == {name["userName"]}
    assert read(scim, "/ServiceProviderConfig")["changePassword"]["supported"] is False


@requirement("R067")
def test_r067_password_leaves_no_trace_in_versions(scim: ScimClient) -> None:
    """A PATCH of nothing but the password changes nothing."""
    made = new_user(scim)
    target = f"/Users/{made['id']}"

    assert modified(scim, target, replace("password", "t1meMa$heen")) == made
    assert modified(scim, target, remove("password")) == made
